"""The files of an app that is an archive or a folder, by name; each is read only when asked for, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from luciole.apps.apk.archive import Archive, show
from luciole.apps.apk.end_record import Buffer
from luciole.kernel.errors import ParseError

MOBILE_LIST, DESKTOP_LIST = "Info.plist", "Contents/Info.plist"
_ROOT = re.compile(r"(?:[^/]+/){0,2}[^/]+\.app/")


class Members(NamedTuple):
    """sizes: names with "/" between parts → bytes; read: the content of one, at most so many bytes; or ParseError."""

    sizes: Mapping[str, int]
    read: Callable[[str, int], Buffer]


def of_archive(archive: Archive) -> Members:
    """The files of an opened archive."""
    names = {show(entry.name): entry for entry in archive.entries.values() if not entry.name.endswith(b"/")}

    def read(name: str, most: int) -> bytes:
        return archive.read_entry(names[name], most)

    return Members({name: entry.size for name, entry in names.items()}, read)


def of_files(files: Mapping[str, tuple[int, Callable[[], Buffer]]]) -> Members:
    """The files of a folder: name → size, and what opens it."""

    def read(name: str, most: int) -> Buffer:
        size, content = files[name]
        if size > most:
            raise ParseError(f"{size} bytes, the limit is {most}", file=name, limit=True)
        return content()

    return Members({name: size for name, (size, _) in files.items()}, read)


class Root(NamedTuple):
    """Where an app lies among the files. path: ends in "/"; list: path of its Info.plist; platform: ios or macos."""

    path: str
    list: str
    platform: str


def find_root(names: Iterable[str]) -> Root | None:
    """The first app among the files; None where there is none."""
    held = frozenset(names)
    roots = sorted({found[0] for name in held if (found := _ROOT.match(name))}, key=lambda one: (one.count("/"), one))
    for path in roots:
        if path + DESKTOP_LIST in held:
            return Root(path, path + DESKTOP_LIST, "macos")
        if path + MOBILE_LIST in held or path.startswith("Payload/"):
            return Root(path, path + MOBILE_LIST, "ios")
        if any(name.startswith(f"{path}Contents/MacOS/") for name in held):
            return Root(path, path + DESKTOP_LIST, "macos")
    return None
