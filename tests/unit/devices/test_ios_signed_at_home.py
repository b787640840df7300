"""An app that was signed anew at home bears a team behind its id: it is still known by the id it had before."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.names import Kind
from luciole.devices.parsers import rows
from luciole.devices.parsers.ios import origin
from luciole.simulate.devices.ios import write
from luciole.simulate.devices.ios.description import App, IosDescription

KNOWN = "org.example.knownwatcher"


class Watching:
    """Knows one app."""

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return {KNOWN} & set(values) if kind in {"package", "ios-bundle"} else set()


@pytest.mark.parametrize("team", ["", ".A1B2C3D4E5"])
def test_a_known_app_is_known_with_and_without_a_team_behind_its_id(team: str, tmp_path: Path) -> None:
    path = write.write_backup(IosDescription(apps=(App(KNOWN + team, origin="sideloaded"),)), tmp_path / "backup")
    facts = [fact for each in devices.read_evidence(path, watch=Watching()).subjects for fact in each.facts]
    known = {fact.value for fact in facts if fact.name in {"app.package", "named.package"}}
    assert KNOWN in known


def test_the_id_from_before_is_handed_on_to_be_searched() -> None:
    found = list(origin.by_name(f"{KNOWN}.A1B2C3D4E5"))
    assert [row.value for row in found if row.name == rows.LOOK] == [KNOWN]
    assert list(origin.by_name(KNOWN)) == []
