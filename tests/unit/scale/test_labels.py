"""labels.csv says what each file stands for; a mistake is told with its line, and nothing outside is opened."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luciole.kernel.errors import ContentError, CouldNotLook
from luciole.scale.labels import LabelledFile, parse_labels, read_labels

HEAD = "file,label,mechanisms,platform,half\n"
GOOD = "a.apk,honest,bank,android,test\n"


def problems(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        parse_labels(text)
    return caught.value.problems


def test_a_line_is_read() -> None:
    (row,) = parse_labels("subject," + HEAD + "org.example.a,a.apk,stalkerware-like,vpn root,ios,development\n")
    assert (row.file, row.label, row.kinds) == ("a.apk", "stalkerware-like", ("vpn", "root"))
    assert (row.platform, row.half, row.subject) == ("ios", "development", "org.example.a")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("../a.apk,honest,bank,android,test", "labels.csv:3: the file '../a.apk' is no path inside the folder"),
        ("/a.apk,honest,bank,android,test", "labels.csv:3: the file '/a.apk' is no path inside the folder"),
        (",honest,bank,android,test", "labels.csv:3: the file '' is no path inside the folder"),
        ("b.apk,guilty,bank,android,test", "labels.csv:3: the label 'guilty' is neither"),
        ("b.apk,honest,bank,beos,test", "labels.csv:3: the platform 'beos' is none of"),
        ("b.apk,honest,bank,android,third", "labels.csv:3: the half 'third' is none of"),
        ("b.apk,honest,bank,android", "labels.csv:3: 4 values for 5 columns"),
        ('b.apk,"honest,bank,android,test', "labels.csv:3: unexpected end of data"),
        ("a.apk,honest,bank,android,test", "labels.csv: a.apk stands there twice"),
    ],
)
def test_a_mistake_is_told_with_its_line(line: str, said: str) -> None:
    assert problems(HEAD + GOOD + line + "\n")[0].startswith(said)


def test_missing_columns_are_named() -> None:
    assert problems("file,label\n") == [
        "labels.csv:1: the columns mechanisms, platform, half are missing; needed are "
        + HEAD.strip().replace(",", ", ")
    ]


def test_a_file_that_is_not_there_and_a_link_that_leads_out_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (tmp_path / "outside.apk").touch()
    (folder / "b.apk").symlink_to(tmp_path / "outside.apk")
    (folder / "labels.csv").write_text(HEAD + GOOD + "b.apk,honest,bank,android,test\n")
    with pytest.raises(ContentError) as caught:
        read_labels(folder)
    assert caught.value.problems == [
        "labels.csv: a.apk is not in the folder",
        "labels.csv: b.apk is not in the folder",
    ]


def test_a_folder_without_labels_is_told_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CouldNotLook) as caught:
        read_labels(tmp_path)
    assert "--make" in caught.value.remedy


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ContentError, match="no text in UTF-8"):
        read_labels(tmp_path)


@settings(max_examples=200)
@given(st.text(max_size=400) | st.lists(st.sampled_from([HEAD, GOOD, '"', "\n", ",", "\0", "..", "a"])).map("".join))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    rows: tuple[LabelledFile, ...] = ()
    told: list[str] = []
    try:
        rows = parse_labels(text)
    except ContentError as error:
        told = error.problems
    assert all(one.startswith("labels.csv") for one in told)
    assert all(".." not in row.file.split("/") for row in rows)
