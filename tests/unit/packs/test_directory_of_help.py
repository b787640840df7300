"""The directory of help: by country, fresh or marked, loaded whole or not at all, every mistake named with its line."""

import contextlib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luciole.guidance.directory import SHELF_LIFE_DAYS, WORLD, Entry, entries_for, entry_lines
from luciole.kernel.errors import ContentError, CouldNotLook
from luciole.kernel.text import Translator
from luciole.packs import directory

TODAY = "2026-06-30"
GOOD = """version: 1
entries:
  - id: night-line
    country: FR
    name: Night line
    languages: [fr, ar]
    services: [telephone]
    phone: "+33 0 00 00 00 00"
    hours: day and night
    link: https://help.example.invalid/
    last_verified: 2026-06-01
    source: called by us
"""


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LUCIOLE_SETTINGS", str(tmp_path / "settings" / "settings.toml"))
    return tmp_path / "settings"


def entry(country: str = "FR", last_verified: str = "") -> Entry:
    return Entry(
        id=f"e-{country}-{last_verified}", country=country, name="Name", languages=("fr",), services=("telephone",),
        source="called", last_verified=last_verified,
    )  # fmt: skip


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_directory_of_the_package_is_marked_as_to_be_verified_throughout() -> None:
    listed = [one for country in ("US", "CA", "AU", "GB") for one in directory.for_report(country, TODAY)]
    assert len({one.entry.id for one in listed}) == len(directory.built_in())
    assert {one.freshness for one in listed} == {"to-be-verified"}
    assert all(one.entry.source.startswith("http") for one in listed)


def test_entries_of_the_country_stand_before_those_for_every_country() -> None:
    rows = (entry(WORLD), entry("DE"), entry("FR"))
    assert [one.entry.country for one in entries_for(rows, "fr", TODAY)] == ["FR", WORLD]
    assert [one.entry.country for one in entries_for(rows, "", TODAY)] == [WORLD]
    assert [one.entry.country for one in entries_for(rows, WORLD, TODAY)] == [WORLD]


@pytest.mark.parametrize(
    ("verified", "freshness"),
    [
        ("", "to-be-verified"),
        ("2026-06-30", "verified"),
        ("2025-06-30", "verified"),
        ("2025-06-29", "old"),
        ("2027-01-01", "to-be-verified"),
    ],
)
def test_an_entry_older_than_its_shelf_life_is_marked(verified: str, freshness: str) -> None:
    assert SHELF_LIFE_DAYS == 365
    (one,) = entries_for((entry("FR", verified),), "FR", TODAY)
    assert one.freshness == freshness
    assert {"verified": "Verified on", "old": "last verified", "to-be-verified": "Nobody"}[freshness] in one.caution(
        Translator()
    )


def test_what_is_shown_of_an_entry_holds_everything_that_is_known() -> None:
    (one, *_) = entries_for(directory.parse("a.yml", GOOD), "FR", TODAY)
    shown = "\n".join(entry_lines(one, Translator()))
    for part in (
        "Night line",
        "telephone",
        "+33",
        "day and night",
        "Français, العربية",
        "https://help.example.invalid/",
    ):
        assert part in shown
    assert "Verified on 2026-06-01." in shown


def test_a_coalition_loads_its_own_directory_and_can_go_back(tmp_path: Path, own_settings: Path) -> None:
    before = directory.installed()
    directory.load(written(tmp_path / "ours.yml", GOOD))
    assert [one.id for one in directory.installed()] == ["night-line"]
    kept = own_settings / "directory.yml"
    assert kept.read_text("utf-8") == GOOD
    assert kept.stat().st_mode & 0o077 == 0
    assert directory.reset()
    assert directory.installed() == before
    assert not directory.reset()


def test_a_wrong_file_changes_nothing(tmp_path: Path, own_settings: Path) -> None:
    directory.load(written(tmp_path / "ours.yml", GOOD))
    with pytest.raises(ContentError):
        directory.load(written(tmp_path / "wrong.yml", GOOD.replace("country: FR", "country: France")))
    assert [path.name for path in own_settings.iterdir()] == ["directory.yml"]
    assert [one.id for one in directory.installed()] == ["night-line"]


def test_every_mistake_is_named_with_its_line() -> None:
    text = GOOD.replace("FR", "France").replace("https://", "javascript:").replace("2026-06-01", "last week")
    text = text.replace("[fr, ar]", "[French]").replace("hours:", "opening:")
    with pytest.raises(ContentError) as caught:
        directory.parse("ours.yml", text)
    places = sorted(problem.split(":")[1] for problem in caught.value.problems)
    assert places == ["10", "11", "4", "6", "9"]
    assert all(" — " in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version: 2\nentries: []\n",
        "entries:\n  - id: a\n",
        "version: 1\nentries: [a]\n",
        GOOD + GOOD.partition("entries:\n")[2],
        GOOD.replace("country: FR", "country: fr"),
        GOOD.replace('phone: "+33 0 00 00 00 00"', "phone: call me"),
        GOOD.replace("id: night-line", "id: &a night-line"),
        GOOD.replace("2026-06-01", "2026-02-30"),
        GOOD.replace("source: called by us", ""),
        "version: 1\n  bad",
    ],
)
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        directory.parse("ours.yml", text)
    assert all(problem.startswith("ours.yml:") for problem in caught.value.problems)


def test_a_loaded_directory_that_was_damaged_costs_nobody_their_report(tmp_path: Path, own_settings: Path) -> None:
    directory.load(written(tmp_path / "ours.yml", GOOD))
    (own_settings / "directory.yml").write_bytes(b"\xff\xfe")
    assert directory.for_report("US", TODAY) == entries_for(directory.built_in(), "US", TODAY)
    with pytest.raises(ContentError):
        directory.installed()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CouldNotLook, match=r"none\.yml"):
        directory.load(tmp_path / "none.yml")


def test_a_file_of_any_size_is_read_only_as_far_as_a_directory_goes(tmp_path: Path) -> None:
    with pytest.raises(ContentError):
        directory.load(written(tmp_path / "big.yml", GOOD + "#" * 2_000_000))


PIECES = st.sampled_from(
    ["version: 1", "entries:", "  - id: a", "    country: FR", "    name: [", "&x", "*x", "!!python/object:os.system",
     "    languages: [en]", "\t", "- - -", "? x", "<<: *x", "    phone: 1", "---", "\x00", "\u202e", "    note: |"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_directory_or_is_refused_as_one(text: str) -> None:
    with contextlib.suppress(ContentError):
        directory.parse("any.yml", text)


def test_the_compiled_directory_of_the_package_is_that_of_the_file_people_edit() -> None:
    compiled = (files("luciole.guidance") / directory.COMPILED).read_bytes()
    assert compiled == directory.compiled(), "run make catalogue"
