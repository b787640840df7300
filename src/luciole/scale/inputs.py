"""Finds out what a person handed in: app files, sets of app files, or evidence from a device."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from luciole.apps.apk.archive import Archive
from luciole.apps.macho.layout import is_macho
from luciole.devices.evidence import recognise
from luciole.devices.sources.age import KIND as ENCRYPTED
from luciole.kernel.errors import ParseError
from luciole.kernel.text import mark
from luciole.scale.items import DEPTH, AppFile, AppFolder, AppSet, DeviceEvidence, Item, Skipped, shown_name

APP_SUFFIXES = frozenset({".apk", ".apks", ".xapk", ".apkm", ".aab", ".zip", ".ipa", ".msi", ".dmg", ".pkg"})
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOOSE_APPS = "apk-folder"
"""Evidence that is only app files is read as app files, with its splits put together."""
MANIFEST = b"AndroidManifest.xml"
NO_FILE = mark("this is neither a file nor a folder")
A_LINK = mark("this is a link; links are not followed")
TOO_DEEP = mark("this folder lies too deep to be looked into")


def find_items(paths: Iterable[Path]) -> Iterator[Item]:
    """What lies at `paths`, in a stable order. A path that is no evidence of a device is taken as app files.

    An archive that is an app as well as an acquisition is taken as both: the one must not hide the other.
    """
    for path in paths:
        if not path.is_dir() and not path.is_file():
            yield Skipped(os.fsencode(path), shown_name(path.name), NO_FILE)
            continue
        kind = recognise(path)
        device = kind is not None and kind != LOOSE_APPS
        if device:
            yield DeviceEvidence(os.fsencode(path), shown_name(path.name), str(kind), decrypted=kind == ENCRYPTED)
        if path.is_dir() and not device:
            yield from [_folder(path, path)] if _is_app_folder(path) else _inside(path)
        elif path.is_file() and (not device or _is_an_app_too(path)):
            yield AppFile(os.fsencode(path), shown_name(path.name))


def _inside(folder: Path) -> Iterator[Item]:
    """What lies in a folder that is itself no evidence: evidence of devices directly in it, and the app files below."""
    files = sorted(folder.iterdir())
    kinds = {path: recognise(path) for path in files if path.is_file() and not path.is_symlink()}
    devices = {path: kind for path, kind in kinds.items() if kind is not None and kind != LOOSE_APPS}
    for path, kind in devices.items():
        yield DeviceEvidence(os.fsencode(path), _shown(folder, path), kind, decrypted=kind == ENCRYPTED)
    only_device = {os.fsencode(path) for path in devices if not _is_an_app_too(path)}
    yield from (item for item in find_apps(folder) if item.path not in only_device)


def find_apps(folder: Path) -> Iterator[AppFile | AppSet | AppFolder | Skipped]:
    """App files below `folder`; base.apk with its split_*.apk is one set, and so is an .app folder. Links and what
    lies too deep are told."""  # noqa: D209, D205 - one sentence each
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        depth = len(here.relative_to(folder).parts)
        if depth >= DEPTH and folders:
            yield Skipped(os.fsencode(here), _shown(folder, here), TOO_DEEP)
        folders[:] = sorted(folders) if depth < DEPTH else []
        bundles = [name for name in folders if _is_app_folder(here / name)]
        yield from (_folder(folder, here / name) for name in bundles)
        folders[:] = [name for name in folders if name not in bundles]
        yield from (Skipped(os.fsencode(here / name), _shown(folder, here / name), A_LINK)
                    for name in sorted(files) if (here / name).is_symlink() and _suffix_of_app(name))  # fmt: skip
        names = sorted(name for name in files if _may_be_app(here / name))
        splits = [name for name in names if name.startswith("split_") and name.endswith(".apk")]
        if "base.apk" in names and splits:
            paths = tuple(os.fsencode(here / name) for name in ("base.apk", *splits))
            yield AppSet(paths[0], _shown(folder, here), paths)
            names = [name for name in names if name != "base.apk" and name not in splits]
        yield from (AppFile(os.fsencode(here / name), _shown(folder, here / name)) for name in names)


def _shown(folder: Path, path: Path) -> str:
    """A name relative to what was handed in, never a full path."""
    return shown_name(str(path.relative_to(folder)) if path != folder else folder.name)


def _suffix_of_app(name: str) -> bool:
    return Path(name).suffix.lower() in APP_SUFFIXES


def _may_be_app(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if _suffix_of_app(path.name):
        return True
    try:
        with path.open("rb") as file:
            return _begins_as_app(file)
    except OSError:
        return False


def _begins_as_app(file: BinaryIO) -> bool:
    """By the first bytes: an archive, a program of Windows (its header must be there) or macOS, a Windows package."""
    start = file.read(64)
    if start[:4] == ZIP_MAGIC or start[:8] == OLE_MAGIC or is_macho(start):
        return True
    if start[:2] != b"MZ" or len(start) < 64:  # noqa: PLR2004 - the DOS header
        return False
    at = int.from_bytes(start[60:64], "little")
    file.seek(at)
    return file.read(4) == b"PE\0\0" or at >= file.seek(0, os.SEEK_END)


def _is_app_folder(path: Path) -> bool:
    """Whether a folder is an app of an Apple system: its name says so, and its list or its programs are there."""
    if path.suffix.lower() != ".app" or path.is_symlink():
        return False
    return any((path / name).exists() for name in ("Info.plist", "Contents/Info.plist", "Contents/MacOS"))


def _folder(root: Path, path: Path) -> AppFolder:
    return AppFolder(os.fsencode(path), _shown(root, path))


def _is_an_app_too(path: Path) -> bool:
    """Whether the archive holds a manifest at its root, so that Android would take it as an app."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return data[:4] == ZIP_MAGIC and MANIFEST in Archive.open(data).entries
    except (OSError, ValueError, ParseError):
        return False
