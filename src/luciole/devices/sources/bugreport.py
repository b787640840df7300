"""Evidence: the zip archive that `adb bugreport` or the developer menu of the device writes."""

from __future__ import annotations

from luciole.devices import dumpsys
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.tree import Tree, head
from luciole.devices.tree import read as read_file
from luciole.kernel.errors import ParseError

KIND = "bugreport"
TITLE = "bug reports of adb (zip)"
ORDER = 20
AREAS = dumpsys.AREAS
_POINTER = "main_entry.txt"
_LONGEST_NAME = 1_000
_LEAST = 1_000_000
_TRIED = 8


def recognise(opened: Opened) -> bool:
    """An archive or folder with a text of dumpstate in its first level."""
    return opened.tree is not None and main_text(opened.tree) != ""


def main_text(tree: Tree) -> str:
    """The name of the text of dumpstate: as the pointer says, else the largest text that begins like one."""
    names = [name for name in tree.names() if name.count("/") <= 1]
    pointed = _pointed(tree, names)
    texts = sorted((name for name in names if name.endswith(".txt") and "/" not in name), key=tree.size, reverse=True)
    for name in [pointed, *texts[:_TRIED]] if pointed else texts[:_TRIED]:
        if b"== dumpstate: " in head(tree, name):
            return name
    return ""


def _pointed(tree: Tree, names: list[str]) -> str:
    if _POINTER not in names:
        return ""
    try:
        name = read_file(tree, _POINTER, _LONGEST_NAME).decode("utf-8", "replace").strip()
    except ParseError:
        return ""
    return name if name in names else ""


def read(opened: Opened, collector: Collector) -> None:
    """Reads the text by sections and searches everything else for names."""
    if opened.tree is None:
        return
    main = main_text(opened.tree)
    dumpsys.read(opened, main, collector)
    for name in opened.tree.names():
        if name != main:
            collector.search(opened, name)
    collector.search_names(opened)
