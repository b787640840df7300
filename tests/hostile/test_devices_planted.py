"""A known app, host, digest or certificate is found in every place of an acquisition that can name it."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.names import Kind
from luciole.kernel.reading import Reading
from luciole.simulate.devices import write
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.devices.places import PLACES, Place
from luciole.simulate.devices.plant import plant

VALUES = {"package": "org.planted.watcher", "host": "collect.planted.invalid"}
DIGESTS = {"sha256": "ab" * 32, "sha1": "cd" * 20, "md5": "ef" * 16}
NOT_READ = {("host", "backup")}
"""The contents of a backup (messages) are not read, by decision."""
BASE = DeviceDescription(filler=Filler(files=5, system_packages=2, log_lines=3, processes=2))


class Watching:
    def __init__(self, kind: str, value: str) -> None:
        self.kind, self.value = kind, value

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return set(values) & {self.value} if kind == self.kind else set()


def value_of(place: Place) -> str:
    return VALUES.get(place.kind) or DIGESTS.get(place.name.split()[-1], DIGESTS["sha256"])


def places_of(reading: Reading, value: str) -> set[tuple[str, str]]:
    """File and section of every fact that says the value was seen."""
    found = set()
    for each in reading.subjects:
        for fact in each.facts:
            named = fact.value == value and fact.name in {
                "named.host",
                "named.package",
                "named.digest",
                "contacted.host",
            }
            if named or (each.subject.identity == value and fact.name == "app.named"):
                assert fact.place.line is not None or fact.place.member == "backup.ab"
                found.add((fact.place.member, fact.place.section))
    return found


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.kind} in {place.name}")
def test_a_planted_name_is_found_where_it_was_planted(place: Place, tmp_path: Path) -> None:
    value = value_of(place)
    path = write.write_zip(plant(BASE, place.kind, value, place.name), tmp_path / "evidence")
    found = places_of(devices.read_evidence(path, watch=Watching(place.kind, value)), value)
    if (place.kind, place.name) in NOT_READ:
        assert found == set()
        return
    sections = {section for member, section in found if member == place.member}
    if place.member == "apks/":
        assert found
    elif place.member == "dumpsys.txt":
        assert "dumpsys " + place.name.split()[1] in sections
    else:
        assert sections


@pytest.mark.parametrize("kind", ["package", "host"])
def test_what_was_not_planted_is_not_found(kind: Kind, tmp_path: Path) -> None:
    path = write.write_zip(BASE, tmp_path / "evidence")
    assert places_of(devices.read_evidence(path, watch=Watching(kind, VALUES[kind])), VALUES[kind]) == set()
