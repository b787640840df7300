"""Every known trick goes through the whole check: it is read or refused with a reason, and hides nothing silently."""

from pathlib import Path

import pytest

from luciole.assess.document import Result
from luciole.packs.engine import load_engine
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.tricks import trick_list

NOW = "2026-01-01T00:00:00Z"
TRICKS = [name for name, _ in trick_list()]
WATCHING = {
    "package": "org.example.inert.tricky",
    "label": "System Service",
    "permissions": ["READ_SMS", "ACCESS_FINE_LOCATION", "RECORD_AUDIO", "INTERNET", "RECEIVE_BOOT_COMPLETED"],
    "services": [{"name": ".Watch", "foreground_types": ["location"]}],
    "apis": ["android.location.LocationManager.requestLocationUpdates"],
    "strings": ["https://collect.example.invalid/v1"],
}
QUIET = "nothing-seen"


def checked(tmp_path: Path, name: str) -> Result:
    path = tmp_path / "tricky.apk"
    path.write_bytes(build_apk({**WATCHING, "tricks": [name]}))
    return check([path], load_engine(), ReadSettings(now=NOW))


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_never_turns_a_watching_app_into_nothing_seen(name: str, tmp_path: Path) -> None:
    result = checked(tmp_path, name)
    assert result.assessments or result.unreadable
    for one in result.assessments:
        closed = [line for line in one.coverage if line.state.value != "examined" and line.reason.value != "not-asked"]
        assert one.verdict.code != QUIET or closed, f"{name} made the app unremarkable"


def test_without_a_trick_the_app_is_remarkable(tmp_path: Path) -> None:
    path = tmp_path / "plain.apk"
    path.write_bytes(build_apk(WATCHING))
    (one,) = check([path], load_engine(), ReadSettings(now=NOW)).assessments
    assert one.verdict.code != QUIET


def test_a_damaged_copy_of_a_watching_app_is_never_nothing_seen(tmp_path: Path) -> None:
    whole = build_apk(DEMONSTRATIONS["stalkerware-like"])
    paths = []
    for percent in range(1, 100):
        path = tmp_path / f"{percent}.apk"
        path.write_bytes(whole[: len(whole) * percent // 100])
        paths.append(path)
    result = check(paths, load_engine(), ReadSettings(now=NOW))
    assert len(result.assessments) + len(result.unreadable) == len(paths)
    assert [one.evidence for one in result.assessments if one.verdict.code == QUIET] == []
