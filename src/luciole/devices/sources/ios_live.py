"""Evidence: what was read from a connected iPhone or iPad (`luciole collect ios`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.parsers import command_log, ios_live
from luciole.devices.parsers.ios import origin
from luciole.devices.parsers.rows import Account, Row
from luciole.devices.parsers.times import iso
from luciole.devices.tree import Tree, head
from luciole.devices.tree import read as read_file
from luciole.kernel.errors import ParseError

KIND = "ios-live"
TITLE = "what `luciole collect ios` took from an iPhone or iPad"
ORDER = 12
AREAS = ("ios.device", "ios.apps", "ios.profiles", "ios.management", "ios.settings", "device.names")
_RECORD = "commands.json"
_MOST = 64 << 20
_MARK = b'"usbmux"'
_PROVISIONING = "provisioning/"

Read = Callable[[Value, Account], Iterator[Row]]
FILES: dict[str, tuple[Read, tuple[str, ...]]] = {
    "device.plist": (ios_live.device, ("ios.device",)),
    "settings.plist": (ios_live.settings, ("ios.settings",)),
    "apps.plist": (ios_live.apps, ("ios.apps",)),
    "profiles.plist": (ios_live.profile_list, ("ios.profiles",)),
    "cloud_configuration.plist": (ios_live.supervision, ("ios.management",)),
}
"""What reads each file, and the areas that it speaks of."""


def recognise(opened: Opened) -> bool:
    """A record of what was asked over usbmux, or two of the files where the record is damaged."""
    if opened.tree is None:
        return False
    names = set(opened.tree.names())
    if _RECORD in names and _MARK in head(opened.tree, _RECORD, 4096):
        return True
    lists = [name for name in FILES if name in names and plist.looks_like(head(opened.tree, name, 64))]
    return len(lists) > 1 and "acquisition.json" not in names and "Manifest.db" not in names


def read(opened: Opened, collector: Collector) -> None:
    """Reads the record first: what was not answered is not missing by chance."""
    if opened.tree is None:
        return
    from luciole.devices import ios_files  # noqa: PLC0415 - it reads databases too, and only what is there is loaded

    ios_files.begin(collector)
    names = opened.tree.names()
    _record(opened, opened.tree, collector)
    for name, (parse, areas) in FILES.items():
        if name in names:
            _property_list(opened, name, collector, parse, areas)
        else:
            for area in areas:
                collector.missing(area, f"{name} is not in what was taken")
    for name in names:
        if name.startswith(_PROVISIONING):
            _provisioning(opened, name, collector)
        elif name not in FILES and name != _RECORD:
            collector.search(opened, name)
    collector.search_names(opened)


def _record(opened: Opened, tree: Tree, collector: Collector) -> None:
    if _RECORD not in tree.names():
        _doubt(collector, ParseError("the record of what was asked is missing"))
        return
    try:
        data = read_file(tree, _RECORD, _MOST)
        record = command_log.parse(data)
    except ParseError as error:
        collector.unreadable(collector.origin(opened, _RECORD), error.message)
        _doubt(collector, error)
        return
    collector.taken = iso(record.started)
    for gap in command_log.gaps(record):
        collector.mark(gap.area, gap.state, gap.reason, detail=gap.detail)
    collector.details["commands_asked"] = str(len(record.commands))
    collector.details["commands_failed"] = str(sum(bool(one.problem) for one in record.commands))


def _doubt(collector: Collector, error: ParseError) -> None:
    """Without the record nobody can tell what was not answered."""
    for area in AREAS:
        collector.damaged(area, error, _RECORD)


def _property_list(
    opened: Opened, name: str, collector: Collector, parse: Read, areas: tuple[str, ...]
) -> None:  # fmt: skip
    from luciole.devices import ios_files  # noqa: PLC0415 - as above

    origin_ = collector.origin(opened, name)
    try:
        data = collector.whole(opened, name, _MOST)
    except ParseError as error:
        for area in areas:
            collector.damaged(area, error, name)
        collector.unreadable(origin_, "damaged")
        return

    def rows(document: bytes, account: Account) -> Iterator[Row]:
        value = plist.load(document)
        texts = ios_files.Texts()
        texts.add(plist.texts(value))
        ios_files.search(collector, origin_, texts)
        yield from parse(value, account)

    collector.document(opened, name, data, rows, areas)


def _provisioning(opened: Opened, name: str, collector: Collector) -> None:
    try:
        data = collector.whole(opened, name, _MOST)
        collector.take(list(origin.provisioning(data)), collector.origin(opened, name))
    except ParseError as error:
        collector.damaged("ios.apps", error, name)
