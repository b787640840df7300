"""Whatever trick a file plays, a check that could not look says so, and never reads like "nothing found"."""

import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import pages

from luciole.assess.document import Result
from luciole.cli import exit_codes
from luciole.cli.main import run
from luciole.kernel.outcome import Reason, State
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.tricks import trick_list

TRICKS = [name for name, _ in trick_list()]
BY_DESIGN = frozenset({Reason.NONE, Reason.NOT_IN_THIS_EVIDENCE, Reason.NOT_ASKED})


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The result of each file, by `APP trick`."""
    folder = tmp_path_factory.mktemp("tricks")
    found = {}
    for app in ("notes", "stalkerware-like"):
        for trick in TRICKS:
            path = folder / "app.apk"
            path.write_bytes(build_apk(msgspec.structs.replace(DEMONSTRATIONS[app], tricks=(trick,))))
            found[f"{app} {trick}"] = pages.result_of(path)
    return found


def lost(result: Result) -> list[str]:
    """Areas that should have been read and were not, or not whole."""
    lines = [*result.coverage, *(line for one in result.assessments for line in one.coverage)]
    return [line.area for line in lines if line.state is not State.EXAMINED and line.reason not in BY_DESIGN]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_part_that_could_not_be_read_is_never_the_exit_code_of_nothing_seen(
    checked: dict[str, Result], trick: str
) -> None:
    result = checked[f"notes {trick}"]
    if lost(result) or result.unreadable:
        assert exit_codes.of_result(result) != exit_codes.NOTHING_SEEN, lost(result)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_never_turns_what_behaves_like_stalkerware_into_nothing_seen(
    checked: dict[str, Result], trick: str
) -> None:
    result = checked[f"stalkerware-like {trick}"]
    assert result.unreadable or pages.verdicts(result) <= {"behaves-like-stalkerware", "needs-a-person"}
    assert result.unreadable or result.assessments


@pytest.mark.parametrize("trick", TRICKS)
def test_a_file_that_is_refused_is_refused_with_its_own_reason(checked: dict[str, Result], trick: str) -> None:
    for app in ("notes", "stalkerware-like"):
        for one in checked[f"{app} {trick}"].unreadable:
            assert one.problem
            assert "unexpectedly" not in one.problem


def test_nothing_to_check_is_not_nothing_seen(tmp_path: Path) -> None:
    assert exit_codes.of_result(pages.result_of(tmp_path)) == exit_codes.COULD_NOT_LOOK


@pytest.mark.parametrize("data", [b"this is no app", b""])
def test_a_quiet_check_still_names_what_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    path = tmp_path / "letter.apk"
    path.write_bytes(data)
    assert run(["check", str(path), "--quiet"]) == exit_codes.COULD_NOT_LOOK
    assert "letter.apk" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--identity", "--rules"])
def test_a_file_of_another_kind_than_was_asked_for_is_said_in_plain_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    app = tmp_path / "app.apk"
    app.write_bytes(build_apk(DEMONSTRATIONS["notes"]))
    assert run(["check", str(app), option, str(app)]) in {exit_codes.USAGE, exit_codes.COULD_NOT_LOOK}
    assert capsys.readouterr().err.startswith("Error: ")


def test_a_report_that_cannot_be_written_is_said_in_plain_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = tmp_path / "app.apk"
    app.write_bytes(build_apk(DEMONSTRATIONS["notes"]))
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    assert run(["check", str(app), "--out", str(tmp_path / "taken")]) not in {exit_codes.NOTHING_SEEN, exit_codes.FOUND}
    assert capsys.readouterr().err.startswith("Error: ")
