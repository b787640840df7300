"""Compares the entry names of an archive: what is no text, looks like a path, or hides behind another name."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from luciole.apps.apk.archive import Archive

LONG_NAME = 1024
_PRINTABLE = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)) + b"\0"
_PLAIN = bytes(range(0x20, 0x7F)).replace(b"\\", b"").replace(b":", b"") + b"\n"


def report_names(archive: Archive) -> None:
    """Adds anomalies about the names in the directory of `archive`; linear in their length."""
    names = list(archive.entries)
    joined = b"\n".join(names)
    if b"" in archive.entries or _may_be_odd(joined, len(names)):
        for name in names:
            _report_one(archive, name)
    if len(set(joined.lower().split(b"\n"))) != len(names):
        _report_cases(archive, names)
    if any(sign in joined for sign in (b"AndroidManifest.xml/", b".arsc/", b".dex/")):
        _report_folders(archive, names)


def _may_be_odd(joined: bytes, count: int) -> bool:
    """A cheap look over all names at once; True when they must be looked at one by one."""
    framed = b"\n" + joined + b"\n"
    return bool(
        joined.translate(None, _PLAIN)
        or joined.count(b"\n") != max(count - 1, 0)
        or any(sign in framed for sign in (b"..", b"//", b"\n/"))
        or len(joined) > LONG_NAME * max(count, 1)
        or max(map(len, joined.split(b"\n"))) > LONG_NAME
    )


def _report_one(archive: Archive, name: bytes) -> None:
    at = archive.entries[name].record
    if not name:
        archive.note("zip.name-empty", "an entry without a name", at)
    if b"\0" in name:
        archive.note("zip.name-nul", "a NUL byte in the name", at, name, refused=True)
    if len(name) > LONG_NAME:
        archive.note("zip.name-long", f"a name of {len(name)} bytes", at, name[:LONG_NAME])
    if _leaves(name):
        archive.note("zip.name-path", "the name would leave a folder it is unpacked to", at, name[:LONG_NAME])
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        archive.note("zip.name-not-utf8", "the name is not valid UTF-8", at, name[:LONG_NAME], refused=True)
        return
    if not text.isascii() and any(unicodedata.category(character) in {"Cf", "Zl", "Zp"} for character in text):
        archive.note(
            "zip.name-controls", "invisible or direction-changing characters in the name", at, name[:LONG_NAME]
        )
    elif name.translate(None, _PRINTABLE):
        archive.note("zip.name-controls", "control characters in the name", at, name[:LONG_NAME])


def _leaves(name: bytes) -> bool:
    """The name could be taken for a path out of the folder: absolute, with a drive, or climbing up."""
    parts = name.replace(b"\\", b"/").split(b"/")
    return name.startswith((b"/", b"\\")) or name[1:2] == b":" or b".." in parts or b"" in parts[:-1]


def _report_cases(archive: Archive, names: list[bytes]) -> None:
    """Names that differ only in case: one anomaly with their number, since shortened resource names often do."""
    lowered = {name.lower() for name in names}
    if len(lowered) == len(names):
        return
    first: dict[bytes, bytes] = {}
    for name in names:
        other = first.setdefault(name.lower(), name)
        if other != name and not name.startswith(b"res/"):
            break
    else:
        other = name = b"res/"
    detail = f"{len(names) - len(lowered)} names differ from another only in upper and lower case"
    archive.note("zip.names-differ-in-case", detail, None, name)


def _report_folders(archive: Archive, names: list[bytes]) -> None:
    """A name that is used as a file and as a folder, such as AndroidManifest.xml/ beside AndroidManifest.xml."""
    folders = {name.rpartition(b"/")[0] for name in names}
    for folder in folders & archive.entries.keys():
        detail = "the name is a file and also a folder of other entries"
        archive.note("zip.file-and-folder", detail, archive.entries[folder].record, folder)
