"""Whatever trick a file plays, a check that could not look says so, and never reads like "nothing found"."""

import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import pages

from luciole.assess.document import Result
from luciole.cli import exit_codes
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
