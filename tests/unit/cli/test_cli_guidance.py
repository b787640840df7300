"""`luciole guidance` and `luciole directory` say what the pages and entries hold, and refuse in plain words."""

import json
from pathlib import Path

import pytest

from luciole.cli import exit_codes
from luciole.cli.main import run
from luciole.guidance.page import PLAN_FIRST
from luciole.guidance.pages import all_pages
from luciole.packs import directory


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCIOLE_SETTINGS", str(tmp_path / "settings.toml"))


def test_every_page_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guidance", "list", "--language", "en"]) == exit_codes.NOTHING_SEEN
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{one.id}: {one.title}" for one in all_pages()]


@pytest.mark.parametrize("one", all_pages(), ids=lambda one: one.id)
def test_a_page_is_shown_whole_with_cautions_before_steps(one: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guidance", "show", one.id, "--language", "en"]) == exit_codes.NOTHING_SEEN
    shown = capsys.readouterr().out
    assert [text for text in one.texts() if text not in shown] == []
    if one.cautions:
        assert shown.index(PLAN_FIRST) < shown.index(one.steps[0].text)
    assert "No support organisation has reviewed this page yet." in shown


def test_only_the_steps_of_a_version_are_shown_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["guidance", "show", "iphone-sharing", "-l", "en", "--system", "ios", "--system-version"]
    assert run([*asked, "16"]) == exit_codes.NOTHING_SEEN
    sixteen = capsys.readouterr().out
    assert run([*asked, "18"]) == exit_codes.NOTHING_SEEN
    eighteen = capsys.readouterr().out
    assert "Password & Security" in sixteen
    assert "Password & Security" not in eighteen
    assert "Sign-In & Security" in eighteen


def test_pages_come_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guidance", "show", "trackers", "--json", "-l", "en"]) == exit_codes.NOTHING_SEEN
    page = json.loads(capsys.readouterr().out)
    assert page["id"] == "trackers"
    assert len(page["steps"]) >= 5
    assert run(["guidance", "list", "--json", "-l", "en"]) == exit_codes.NOTHING_SEEN
    assert len(json.loads(capsys.readouterr().out)) == len(all_pages())


def test_a_page_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guidance", "show", "no-such-page", "-l", "en"]) == exit_codes.USAGE
    assert "luciole guidance list" in capsys.readouterr().err


def test_the_directory_is_shown_by_country(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["directory", "show", "--country", "au", "-l", "en"]) == exit_codes.NOTHING_SEEN
    shown = capsys.readouterr().out
    assert "Bonnie (AU)" in shown
    assert "NNEDV" not in shown
    assert shown.count("Nobody has verified this yet.") == shown.count("\n\n") == 3


def test_a_country_without_an_entry_is_said_to_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["directory", "show", "--country", "FR", "-l", "en"]) == exit_codes.NOTHING_SEEN
    assert capsys.readouterr().out.startswith("No entry for this country is in the directory.")


def test_the_whole_directory_comes_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["directory", "show", "--json", "-l", "en"]) == exit_codes.NOTHING_SEEN
    rows = json.loads(capsys.readouterr().out)
    assert [row["entry"]["id"] for row in rows] == [one.id for one in directory.built_in()]


def test_a_word_that_is_no_country_is_refused() -> None:
    assert run(["directory", "show", "--country", "France", "-l", "en"]) == exit_codes.USAGE


def test_loading_and_going_back_is_one_command_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = tmp_path / "ours.yml"
    ours.write_text(
        "version: 1\nentries:\n  - {id: a, country: FR, name: A, languages: [fr], services: [talk], source: us}\n"
    )
    assert run(["directory", "load", str(ours)]) == exit_codes.NOTHING_SEEN
    assert run(["directory", "show", "-c", "FR", "-l", "en"]) == exit_codes.NOTHING_SEEN
    assert "A (FR)" in capsys.readouterr().out
    assert run(["directory", "reset", "-l", "en"]) == exit_codes.NOTHING_SEEN
    assert run(["directory", "reset", "-l", "en"]) == exit_codes.NOTHING_SEEN
    assert not directory.is_loaded()


def test_a_wrong_directory_is_refused_with_every_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("version: 1\nentries:\n  - {id: A!, country: XX1}\n")
    assert run(["directory", "load", str(wrong)]) == exit_codes.COULD_NOT_LOOK
    problems = capsys.readouterr().err
    assert problems.count("wrong.yml:3:") >= 5
    assert not directory.is_loaded()
