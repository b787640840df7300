"""Evidence: a backup of an iPhone or iPad, as a folder or a zip archive of it, plain or encrypted with a password."""

from __future__ import annotations

from luciole.apps import plist
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.tree import Tree, head

KIND = "ios-backup"
TITLE = "backups of an iPhone or iPad (folder or zip)"
ORDER = 8
AREAS = (
    "ios.device",
    "ios.apps",
    "ios.removed",
    "ios.grants",
    "ios.location",
    "ios.profiles",
    "ios.management",
    "ios.network",
    "ios.keyboards",
    "ios.computers",
    "ios.accounts",
    "ios.shortcuts",
    "ios.usage",
    "ios.settings",
    "ios.jailbreak",
    "ios.files",
    "ios.messages",
    "ios.calls",
    "ios.contacts",
    "ios.photos",
    "ios.browsing",
    "device.names",
)
INFO, MANIFEST, STATUS, LIST = "Info.plist", "Manifest.plist", "Status.plist", "Manifest.db"


def recognise(opened: Opened) -> bool:
    """A folder or archive with at least two of the lists of a backup, of which one has the shape of a property list."""
    return opened.tree is not None and bool(places_of(opened.tree))


def places_of(tree: Tree) -> list[str]:
    """The folders that hold a backup, shortest first."""
    names = tree.names()
    own = {name for name in names if name.endswith((INFO, MANIFEST, LIST, STATUS))}
    ends = (MANIFEST, LIST)
    starts = {name.removesuffix(end) for name in own for end in ends if name.endswith(end)}
    fitting = [start for start in starts if start == "" or start.endswith("/")]
    return sorted(
        (start for start in fitting if _is_backup(tree, start, own)), key=lambda start: (start.count("/"), start)
    )


def _is_backup(tree: Tree, start: str, names: set[str]) -> bool:
    there = [end for end in (INFO, MANIFEST, LIST, STATUS) if start + end in names]
    lists = [end for end in there if end != LIST and plist.looks_like(head(tree, start + end))]
    return len(there) > 1 and bool(lists)


def read(opened: Opened, collector: Collector) -> None:
    """Reads the lists beside the files, opens the keys of an encrypted backup, then the few files that matter."""
    from luciole.devices.readers import ios_backup  # noqa: PLC0415 - loaded only where there is such evidence

    ios_backup.read(opened, collector)
