"""Recognises installers and images that hold programs, by their first and last bytes."""

from __future__ import annotations

from typing import NamedTuple

from luciole.apps.apk.end_record import Buffer
from luciole.kernel.vocabulary import Platform

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DISK_IMAGE = b"koly"
_TRAILER = 512


class Installer(NamedTuple):
    """kind: msi, dmg, pkg or cab; title: for people; platform: what it installs on."""

    kind: str
    title: str
    platform: Platform


def recognise_installer(data: Buffer) -> Installer | None:
    """What kind of installer or image this is; None for anything else."""
    if data[:8] == _OLE:
        return Installer("msi", "a package of Windows Installer", "windows")
    if data[:4] == b"xar!":
        return Installer("pkg", "a package of the macOS installer", "macos")
    if data[:8] == b"MSCF\0\0\0\0":
        return Installer("cab", "a cabinet of Windows", "windows")
    if len(data) >= _TRAILER and data[len(data) - _TRAILER : len(data) - _TRAILER + 4] == _DISK_IMAGE:
        return Installer("dmg", "a disk image of macOS", "macos")
    return None
