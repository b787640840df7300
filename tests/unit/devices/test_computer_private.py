"""Copied files of a computer: messages, contacts, photos and visited pages are not searched unless somebody asks."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.names import Kind
from luciole.kernel.outcome import Reason, State
from luciole.kernel.reading import Reading

HOST = "panel.example.net"
PRIVATE = {
    "Users/a/Library/Messages/chat.db": "messages",
    "Users/a/Library/Messages/chat.db-wal": "messages",
    "Users/a/Library/Safari/History.db": "browsing",
    "home/a/.mozilla/firefox/x.default/places.sqlite": "browsing",
    "Users/a/AppData/Local/Google/Chrome/User Data/Default/History": "browsing",
    "Users/a/Library/Application Support/AddressBook/AddressBook-v22.abcddb": "contacts",
    "Users/a/Pictures/Photos Library.photoslibrary/database/Photos.sqlite": "photos",
}


class Watching:
    """Knows one host."""

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return {HOST} & set(values) if kind == "host" else set()


def read(folder: Path, name: str, *include: str) -> Reading:
    unit, path = folder / "etc/systemd/system/a.service", folder / name
    for each, text in ((unit, "[Service]\nExecStart=/usr/bin/a\n"), (path, f"https://{HOST}/x\n")):
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_text(text)
    return devices.read_evidence(folder, watch=Watching(), include=frozenset(include))


def hosts(reading: Reading) -> list[object]:
    return [fact.value for each in reading.subjects for fact in each.facts if fact.name == "named.host"]


@pytest.mark.parametrize("name", PRIVATE)
def test_what_is_private_is_searched_only_where_somebody_asks(name: str, tmp_path: Path) -> None:
    reading = read(tmp_path, name)
    assert reading.evidence.kind == "computer"
    assert hosts(reading) == []
    line = next(each for each in reading.coverage if each.area == "device.names")
    assert (line.state, line.reason) == (State.PARTIAL, Reason.NOT_ASKED)
    assert PRIVATE[name] in line.detail
    assert hosts(read(tmp_path, name, PRIVATE[name])) == [HOST]


def test_other_files_are_searched_as_before(tmp_path: Path) -> None:
    assert hosts(read(tmp_path, "Users/a/AppData/Roaming/agent/config.txt")) == [HOST]
