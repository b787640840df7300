"""What a reader can be handed: an app file, a split app, an app folder, evidence of a device, or what is not opened."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

DEPTH = 64
"""Folders inside folders that are looked into."""


class AppFile(msgspec.Struct, frozen=True, tag="app"):
    """One file that may be an app or a container of one. member: its name inside the archive `path`, if it is there.

    Paths are bytes, as the system has them; names are text for people.
    """

    path: bytes
    name: str
    member: bytes = b""


class AppSet(msgspec.Struct, frozen=True, tag="set"):
    """The files of one split app. members: names inside the archive `path`; else paths of files."""

    path: bytes
    name: str
    members: tuple[bytes, ...]
    inside: bool = False


class DeviceEvidence(msgspec.Struct, frozen=True, tag="device"):
    """Something taken from a device, of a kind that a source recognises. decrypted: it must be, to be read."""

    path: bytes
    name: str
    kind: str
    decrypted: bool = False


class Skipped(msgspec.Struct, frozen=True, tag="skipped"):
    """Something that lies there and is not opened, with the reason in plain words."""

    path: bytes
    name: str
    why: str


class AppFolder(msgspec.Struct, frozen=True, tag="folder"):
    """An app of an Apple system that is a folder, whose files are read as one app."""

    path: bytes
    name: str


Item = AppFile | AppSet | AppFolder | DeviceEvidence | Skipped


def shown_name(name: str) -> str:
    """A file name as text for people: bytes that are no UTF-8 as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def bundle_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of an .app folder with their names in it, the folder's own first; links are passed over."""
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(folders) if len(here.relative_to(folder).parts) < DEPTH else []
        for name in sorted(files):
            path = here / name
            if not path.is_symlink() and path.is_file():
                yield shown_name(f"{folder.name}/{path.relative_to(folder).as_posix()}"), path


def size_of(item: Item) -> int:
    """Bytes of the files of an item, for the time it may take; 0 where that cannot be told."""
    paths = item.members if isinstance(item, AppSet) and not item.inside else (item.path,)
    total = 0
    for name in paths:
        path = Path(os.fsdecode(name))
        try:
            total += _size_below(path) if path.is_dir() else path.stat().st_size
        except OSError:
            continue
    return total


def _size_below(folder: Path) -> int:
    """Bytes of the files below a folder; links are not followed, and what cannot be looked at counts nothing."""
    total, folders = 0, [os.fspath(folder)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
    return total
