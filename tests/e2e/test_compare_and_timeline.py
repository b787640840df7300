"""The commands compare, timeline and report on paper, as their users meet them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import pypdf
import pytest

from luciole.report.json import schema
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.devices.write import write_bugreport, write_zip

Run = subprocess.CompletedProcess[str]
CAME = "org.example.familywatch"


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One phone three times: before an app came, after, and after as a bug report, which holds less."""
    folder = tmp_path_factory.mktemp("phones")
    phone = msgspec.structs.replace(demonstration(), filler=Filler())
    before = tuple(app for app in phone.apps if app.package != CAME)
    write_zip(msgspec.structs.replace(phone, apps=before), folder / "before.zip")
    write_zip(phone, folder / "after.zip")
    write_bugreport(phone, folder / "report.zip")
    (folder / "app.apk").write_bytes(build_apk(DEMONSTRATIONS["stalkerware-like"]))
    return folder


def luciole(home: Path, *arguments: object) -> Run:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LUCIOLE_DATA": str(home / "data"), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "luciole", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=home, env=environment, check=False)


def test_compare_names_the_app_that_came_and_ends_with_10(phones: Path, tmp_path: Path) -> None:
    run = luciole(tmp_path, "compare", phones / "before.zip", phones / "after.zip", "-q")
    assert run.returncode == 10, run.stderr
    assert run.stdout.index("Apps that appeared") < run.stdout.rindex(CAME)


def test_compare_reads_saved_results_like_evidence(phones: Path, tmp_path: Path) -> None:
    for name in ("before", "after"):
        luciole(tmp_path, "check", phones / f"{name}.zip", "--facts", "--out", tmp_path / name, "-q")
    saved = [tmp_path / name / "result.json" for name in ("before", "after")]
    from_saved = json.loads(luciole(tmp_path, "compare", *saved, "--json").stdout)
    mixed = json.loads(luciole(tmp_path, "compare", phones / "before.zip", saved[1], "--json").stdout)
    assert from_saved["subjects"] == mixed["subjects"]
    jsonschema.Draft202012Validator(schema("comparison")).validate(from_saved)
    named = {one["subject"]["identity"]: one["kind"] for one in from_saved["subjects"]}
    assert named[CAME] == "appeared"


def test_compare_of_the_same_is_0_and_of_less_is_11_without_a_word_of_change(phones: Path, tmp_path: Path) -> None:
    assert luciole(tmp_path, "compare", phones / "app.apk", phones / "app.apk").returncode == 0
    run = luciole(tmp_path, "compare", phones / "after.zip", phones / "report.zip", "--json")
    kinds = {one["kind"] for one in json.loads(run.stdout)["subjects"]}
    assert not kinds & {"appeared", "vanished"}
    letter = tmp_path / "letter.txt"
    letter.write_text("a letter")
    run = luciole(tmp_path, "compare", letter, letter)
    assert run.returncode == 11


def test_timeline_as_text_page_table_and_document(phones: Path, tmp_path: Path) -> None:
    text = luciole(tmp_path, "timeline", phones / "after.zip")
    assert text.returncode == 0, text.stderr
    assert "First installed" in text.stdout
    files = luciole(tmp_path, "timeline", phones / "after.zip", "--html", "t.html", "--csv", "t.csv", "-q")
    assert files.stdout.split() == ["t.csv", "t.html"]
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    document = json.loads(luciole(tmp_path, "timeline", phones / "after.zip", "--json").stdout)
    jsonschema.Draft202012Validator(schema("timeline")).validate(document)
    assert len(rows) == len(document["events"]) == (tmp_path / "t.html").read_text("utf-8").count("<tr><td>")
    assert {row["subject"] for row in rows} >= {CAME, "org.example.systemservice"}
    assert all(row["zone"] in {"utc", "offset", "not-stated"} for row in rows)


def test_timeline_joins_several_takings(phones: Path, tmp_path: Path) -> None:
    events = [
        len(json.loads(luciole(tmp_path, "timeline", *paths, "--json").stdout)["events"])
        for paths in ([phones / "after.zip"], [phones / "after.zip", phones / "app.apk"])
    ]
    assert events[1] > events[0]


@pytest.mark.parametrize(("paper", "width"), [("a4", 595), ("letter", 612)])
def test_check_writes_a_pdf_of_the_paper_and_depth_that_was_asked_for(
    phones: Path, tmp_path: Path, paper: str, width: int
) -> None:
    pages = []
    for depth in ("person", "expert"):
        path = tmp_path / f"{depth}.pdf"
        run = luciole(tmp_path, "check", phones / "app.apk", "--pdf", path, "--paper", paper, "--depth", depth, "-q")
        assert run.returncode == 10, run.stderr
        assert run.stdout.splitlines()[-1] == str(path)
        document = pypdf.PdfReader(path)
        assert int(document.pages[0].mediabox.width) == width
        pages.append(len(document.pages))
    assert pages[0] < pages[1]


def test_a_saved_result_is_shown_in_both_depths_and_names_the_way_to_the_other(phones: Path, tmp_path: Path) -> None:
    luciole(tmp_path, "check", phones / "app.apk", "--out", tmp_path / "out", "-q")
    saved = tmp_path / "out" / "result.json"
    person, expert = (luciole(tmp_path, "report", "render", saved, "--depth", depth) for depth in ("person", "expert"))
    assert "--depth expert" in person.stdout
    assert "AndroidManifest.xml" in expert.stdout
    assert "AndroidManifest.xml" not in person.stdout
    assert len(person.stdout) < len(expert.stdout) / 2


def test_help_of_the_country_is_named_and_marked_as_not_verified(phones: Path, tmp_path: Path) -> None:
    from luciole.guidance.directory import NOT_YOUR_COUNTRY, UNVERIFIED

    named = luciole(tmp_path, "check", phones / "app.apk", "--country", "us").stdout
    assert "NNEDV Safety Net" in named
    assert UNVERIFIED in " ".join(named.split())
    elsewhere = luciole(tmp_path, "check", phones / "app.apk", "--country", "ZZ").stdout
    assert NOT_YOUR_COUNTRY in " ".join(elsewhere.split())
    assert luciole(tmp_path, "check", phones / "app.apk", "--country", "nowhere").returncode == 2


def test_the_country_of_the_settings_is_used(phones: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "luciole"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text('country = "US"\n')
    assert "NNEDV Safety Net" in luciole(tmp_path, "check", phones / "app.apk").stdout


def test_where_the_library_for_paper_cannot_start_the_other_files_are_written_and_it_is_said(
    phones: Path, tmp_path: Path
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')\n")
    command = [sys.executable, "-m", "luciole", "check", str(phones / "app.apk"), "-q"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}

    def run(*more: str) -> Run:
        return subprocess.run(
            [*command, *more], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
        )

    ended = run("--out", "out")
    assert ended.returncode == 10
    assert "libpango" in ended.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["result.html", "result.json"]
    asked = run("--pdf", "r.pdf")
    assert asked.returncode == 11
    assert "libpango" in asked.stderr
    assert not (tmp_path / "r.pdf").exists()
