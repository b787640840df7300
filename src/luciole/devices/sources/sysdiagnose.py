"""Evidence: a diagnosis archive of an iPhone or iPad (sysdiagnose), as tar.gz or as the unpacked folder."""

from __future__ import annotations

import zlib

from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.parsers import tar
from luciole.kernel.errors import ParseError

KIND = "sysdiagnose"
TITLE = "diagnosis archives of an iPhone or iPad (sysdiagnose, tar.gz or folder)"
ORDER = 9
AREAS = (
    "ios.device",
    "ios.apps",
    "ios.removed",
    "ios.grants",
    "ios.profiles",
    "ios.management",
    "ios.network",
    "ios.jailbreak",
    "ios.processes",
    "ios.logs",
    "device.names",
)
_GZIP = b"\x1f\x8b"
WINDOW = 31
_MARKS = (
    "sysdiagnose.log",
    "logs/SystemVersion/SystemVersion.plist",
    "system_logs.logarchive/",
    "logs/MobileInstallation/",
    "logs/MCState/",
    "crashes_and_spins/",
    "logs/powerlogs/",
    "ps.txt",
    "taskinfo.txt",
)
_FEWEST_MARKS = 3


def recognise(opened: Opened) -> bool:
    """A tar.gz whose first member lies in a folder of sysdiagnose, or a folder with at least three of its files."""
    if opened.tree is not None:
        start = place_of(opened.tree.names()) if not opened.content else None
        return start is not None
    return opened.head.startswith(_GZIP) and _first_member(opened.head).startswith("sysdiagnose_")


def _first_member(head: bytes) -> str:
    """The name of the first member of a compressed archive; empty where it is none."""
    try:
        data = zlib.decompressobj(WINDOW).decompress(head, 4 * 512)
        member = next(tar.members(iter([data])), None)
    except (zlib.error, ParseError):
        return ""
    return member.name.removeprefix("./") if member is not None else ""


def place_of(names: list[str]) -> str | None:
    """The folder that holds the files, with its slash; None where there is none."""
    starts = {"" if not name.startswith("sysdiagnose_") else name.partition("/")[0] + "/" for name in names[:200_000]}
    for start in sorted(starts):
        own = [name.removeprefix(start) for name in names if name.startswith(start)]
        if sum(any(name.startswith(mark) for name in own) for mark in _MARKS) >= _FEWEST_MARKS:
            return start
    return None


def read(opened: Opened, collector: Collector) -> None:
    """Reads the archive as a stream, or the files of the folder; links and all that no reader knows are passed over."""
    from luciole.devices.readers import sysdiagnose  # noqa: PLC0415 - loaded only where there is such evidence

    sysdiagnose.read(opened, collector)
