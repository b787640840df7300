"""Finds out what a person handed in: app files, sets of app files, or evidence from a device."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from luciole.devices.evidence import recognise

APP_SUFFIXES = frozenset({".apk", ".apks", ".xapk", ".apkm", ".aab", ".zip"})
ZIP_MAGIC = b"PK\x03\x04"
LOOSE_APPS = "apk-folder"
"""Evidence that is only app files is read as app files, with its splits put together."""
DEPTH = 12
"""Folders inside folders that are looked into."""


class AppFile(msgspec.Struct, frozen=True, tag="app"):
    """One file that may be an app or a container of one. member: its name inside the archive `path`, if it is there."""

    path: str
    name: str
    member: str = ""


class AppSet(msgspec.Struct, frozen=True, tag="set"):
    """The files of one split app. members: names inside the archive `path`; else paths of files."""

    path: str
    name: str
    members: tuple[str, ...]
    inside: bool = False


class DeviceEvidence(msgspec.Struct, frozen=True, tag="device"):
    """Something taken from a device, of a kind that a source recognises."""

    path: str
    name: str
    kind: str


Item = AppFile | AppSet | DeviceEvidence


def find_items(paths: Iterable[Path]) -> Iterator[Item]:
    """What lies at `paths`, in a stable order. A path that is no evidence of a device is taken as app files."""
    for path in paths:
        kind = recognise(path)
        if kind is not None and kind != LOOSE_APPS:
            yield DeviceEvidence(str(path), path.name, kind)
        elif path.is_dir():
            yield from find_apps(path)
        else:
            yield AppFile(str(path), path.name)


def find_apps(folder: Path) -> Iterator[AppFile | AppSet]:
    """App files below `folder`; base.apk with its split_*.apk is one set. Links are not followed."""
    for parent, folders, files in os.walk(folder):
        depth = len(Path(parent).relative_to(folder).parts)
        folders[:] = sorted(folders) if depth < DEPTH else []
        names = sorted(name for name in files if _may_be_app(Path(parent) / name))
        splits = [name for name in names if name.startswith("split_") and name.endswith(".apk")]
        if "base.apk" in names and splits:
            paths = tuple(str(Path(parent) / name) for name in ("base.apk", *splits))
            yield AppSet(paths[0], _shown(folder, Path(parent)), paths)
            names = [name for name in names if name != "base.apk" and name not in splits]
        yield from (AppFile(str(Path(parent) / name), _shown(folder, Path(parent) / name)) for name in names)


def _shown(folder: Path, path: Path) -> str:
    """A name relative to what was handed in, never a full path."""
    return str(path.relative_to(folder)) if path != folder else folder.name


def _may_be_app(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if path.suffix.lower() in APP_SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == ZIP_MAGIC
    except OSError:
        return False


def size_of(item: Item) -> int:
    """Bytes of the files of an item, for the time it may take; 0 where that cannot be told."""
    paths = item.members if isinstance(item, AppSet) and not item.inside else (item.path,)
    total = 0
    for name in paths:
        path = Path(name)
        try:
            total += (
                sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) if path.is_dir() else path.stat().st_size
            )
        except OSError:
            continue
    return total
