"""Evidence: the text of dumpsys, or the text of a bug report."""

from __future__ import annotations

from luciole.devices import dumpsys
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened

KIND = "dumpsys"
TITLE = "texts of dumpsys and of bug reports"
ORDER = 80
AREAS = dumpsys.AREAS


def recognise(opened: Opened) -> bool:
    """A plain text that begins like dumpsys or like dumpstate."""
    return opened.tree is None and b"\0" not in opened.head[:1024] and dumpsys.looks_like(opened.head)


def read(opened: Opened, collector: Collector) -> None:
    """Reads every section."""
    dumpsys.read(opened, "", collector)
