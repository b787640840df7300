"""`luciole intel`: everything known under one name, open questions, and what people decide."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from luciole.cli import exit_codes
from luciole.cli.main import run
from luciole.packs.store import Store

IOC = """
- name: ExampleSpy
  names: [OtherName]
  type: stalkerware
  packages: [org.example.spy, org.example.shared]
  certificates: [{key}]
  websites: [spy.example, spy.blogspot.com]
- name: ExampleWatch
  type: stalkerware
  packages: [org.example.shared]
- name: ExampleBoth
  type: stalkerware
"""
WATCHWARE = "- name: ExampleBoth\n  type: watchware\n"
KEY = "ab" * 20
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def intel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `luciole intel`; answers with exit code and everything printed."""
    monkeypatch.setenv("LUCIOLE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*arguments: str) -> tuple[int, str]:
        code = run(["intel", *arguments])
        printed = capfd.readouterr()
        return code, printed.out + printed.err

    return call


@pytest.fixture
def installed(intel: Command, tmp_path: Path) -> Command:
    """The same with a small list taken in."""
    folder = tmp_path / "list"
    folder.mkdir()
    (folder / "ioc.yaml").write_text(IOC.replace("{key}", KEY))
    (folder / "watchware.yaml").write_text(WATCHWARE)
    code, text = intel("import", str(folder), "--published", "2026-02-03")
    assert code == exit_codes.NOTHING_SEEN, text
    return intel


@pytest.mark.parametrize("command", [["show"], ["show", "examplespy"], ["questions"], ["search", "spy"]])
def test_that_nothing_is_installed_is_said_with_the_way_to_import(intel: Command, command: list[str]) -> None:
    for arguments in (command, [*command, "--json"]):
        code, text = intel(*arguments)
        assert code == exit_codes.NOTHING_SEEN
        assert "No list of known apps is installed" in text
        assert "luciole intel import PATH-OR-URL" in text


@pytest.mark.parametrize("name", ["ExampleSpy", "examplespy", "OTHERNAME"])
def test_a_family_is_shown_by_any_of_its_names_with_all_its_values(installed: Command, name: str) -> None:
    code, text = installed("show", name)
    assert code == exit_codes.NOTHING_SEEN
    for said in ("ExampleSpy (stalkerware)", "also called: OtherName", "echap says: stalkerware", "package:", KEY):
        assert said in text
    assert "reported · families ExampleSpy · sources echap · first seen 2026-02-03" in text
    assert "TLP:CLEAR" in text
    assert "One value is given to several families." in text
    details = json.loads(installed("show", name, "--json")[1])
    assert {one["role"] for one in details["values"]} == {"package", "certificate", "website"}
    warned = {one["value"]: one["warning_list"] for one in details["values"]}
    assert warned["spy.blogspot.com"]
    assert not warned["spy.example"]


@pytest.mark.parametrize("value", [KEY.upper(), "org.example.spy", "SPY.example"])
def test_a_value_is_shown_alone_with_its_family(installed: Command, value: str) -> None:
    details = json.loads(installed("show", value, "--json")[1])
    assert [one["name"] for one in details["families"]] == ["ExampleSpy"]
    assert [one["value"] for one in details["values"]] == [value.lower()]


def test_an_unknown_name_is_refused_and_leads_to_the_search(installed: Command) -> None:
    code, text = installed("show", "spy")
    assert code == exit_codes.USAGE
    assert "luciole intel search spy" in text


def test_open_questions_are_sentences_with_families_and_values(installed: Command) -> None:
    code, text = installed("questions")
    assert code == exit_codes.NOTHING_SEEN
    assert "One value is given to several families.\n  Families: ExampleSpy, ExampleWatch." in text
    assert "  Values: org.example.shared.\n" in text
    assert {one["kind"] for one in json.loads(installed("questions", "--json")[1])} == {
        "contradictory-kinds",
        "value-in-several-families",
    }


def test_a_withdrawn_value_matches_no_more_until_it_returns(installed: Command, tmp_path: Path) -> None:
    code, text = installed("withdraw", "org.example.spy", "--role", "package", "--why", "mistaken")
    assert code == exit_codes.NOTHING_SEEN
    assert "Withdrawn: org.example.spy (package)." in text
    assert not known("org.example.spy")
    shown = installed("show", "org.example.spy")[1]
    assert "for good: mistaken" in shown
    assert "held" not in shown
    again = installed("import", str(tmp_path / "list"), "--published", "2026-02-03")[1]
    assert "Held back until people decide: 1." in again
    assert not known("org.example.spy")
    assert "Withdrawn before." in installed("questions")[1]
    assert "Back in the list: org.example.spy" in installed("return", "org.example.spy", "--role", "package")[1]
    assert known("org.example.spy")
    assert "Withdrawn before." not in installed("questions")[1]


def known(package: str) -> bool:
    index = Store().index()
    assert index is not None
    return index.known("package", [package]) == {package}


def test_a_settled_family_is_no_longer_a_question(installed: Command) -> None:
    assert "ExampleBoth (disputed)" in installed("show", "exampleboth")[1]
    decision = json.loads(installed("settle", "exampleboth", "watchware", "--json")[1])
    assert decision["sentence"]["parameters"]["family"] == "ExampleBoth"
    shown = installed("show", "exampleboth")[1]
    assert "ExampleBoth (watchware)" in shown
    assert "settled by people: watchware" in shown
    assert "contradictory-kinds" not in installed("questions", "--json")[1]
    index = Store().index()
    assert index is not None
    family = index.family("exampleboth")
    assert family is not None
    assert family.kind == "watchware"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["withdraw", "org.example.spy", "--role", "website", "--why", "x"], "Its role is: package"),
        (["withdraw", "org.example.absent", "--role", "package", "--why", "x"], "luciole intel search"),
        (["return", "org.example.spy", "--role", "package"], "Nothing withdrawn is called org.example.spy"),
        (["settle", "absent", "watchware"], "No one family is called absent"),
        (["settle", "exampleboth", "disputed"], "Invalid value"),
        (["withdraw", "org.example.spy", "--role", "package"], "--why"),
    ],
)
def test_a_decision_about_what_is_not_there_changes_nothing(
    installed: Command, arguments: list[str], said: str
) -> None:
    before = Store().knowledge()
    code, text = installed(*arguments)
    assert code == exit_codes.USAGE
    assert said in text
    assert Store().knowledge() == before


def test_roles_of_the_command_line_are_those_of_the_model() -> None:
    from typing import get_args

    from luciole.cli.commands import intel
    from luciole.intel.model import FamilyKind, Role

    assert set(intel.ROLES) == set(get_args(Role))
    assert set(intel.KINDS) == set(get_args(FamilyKind)) - {"disputed"}
