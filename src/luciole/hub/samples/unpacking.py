"""Opens an archive under the usual password, in the reader's process: what it holds, and one file of it at a time.

ZIP (PKWARE APPNOTE 6.3.10), with its traditional encryption or WinZip's AES. Names in an archive are shown and never
used; nothing is inflated before its size was compared with what is allowed.
"""

from __future__ import annotations

import io
import mmap
import zipfile

import msgspec
import pyzipper

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.end_record import Buffer
from luciole.apps.bundle import container_kind
from luciole.apps.programs.read import is_bundle, program_kind
from luciole.apps.read import ARCHIVE_START, CODE, MANIFEST
from luciole.kernel.errors import CouldNotLook, ParseError
from luciole.kernel.limits import DEFAULT, MIB
from luciole.kernel.text import mark

PASSWORD = b"infected"
"""The password that the field uses, so that a file is opened on purpose and not by accident; it is no secret."""
MOST_MEMBERS = 1_000
LARGEST_MEMBER = 256 * MIB
"""Bytes of one file in an archive, inflated."""
MOST_INFLATED = 1024 * MIB
"""Bytes of all of them together."""
HOW = mark("Pack app files into a ZIP archive with the password “infected”, or hand them in one by one.")
OTHER_PASSWORD = mark("This archive has another password than “infected”.")
DAMAGED = mark("This archive is damaged, or its end is missing.")
CHANGED = mark("This archive is damaged, or has another password than “infected”.")
TOO_MANY = mark("This archive holds more files than the hub opens at once.")
TOO_LARGE = mark("A file in this archive, or all of them together, would be larger than the hub takes.")
_ENCRYPTED = 1
_CHUNK = 1 << 16
_LIMITS = msgspec.structs.replace(DEFAULT, archive_entries=MOST_MEMBERS)


class Inside(msgspec.Struct, frozen=True):
    """One file in an archive. number: its place in the directory; name: as the archive says, only to be shown."""

    number: int
    name: str
    size: int


class Contents(msgspec.Struct, frozen=True):
    """What a file that begins like an archive is. is_app: an app itself, whatever bits it sets, and no archive of apps;
    files: what it holds, without folders."""  # noqa: D205, D209 - a list of fields follows the sentence

    is_app: bool
    files: tuple[Inside, ...] = ()


class Unpacked(msgspec.Struct, frozen=True):
    """What one file of an archive is. is_app: of a kind that the hub reads; is_archive: another archive, not opened."""

    is_app: bool
    is_archive: bool = False


def contents(data: Buffer) -> Contents:
    """What is in an archive, once it is known that the usual password opens it; nothing is inflated but a first byte.

    Raises CouldNotLook where it is damaged, has another password, or holds more than is allowed.
    """
    try:
        directory = Archive.open(data, _LIMITS)
    except ParseError as error:
        raise CouldNotLook(TOO_MANY if error.limit else DAMAGED, remedy=HOW) from None
    if MANIFEST in directory.entries or CODE in directory.entries:
        return Contents(is_app=True)
    with _opened(data) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise CouldNotLook(TOO_MANY, remedy=HOW)
        files = tuple(
            Inside(number, one.filename, one.file_size)
            for number, one in enumerate(members)
            if not one.filename.endswith("/")
        )
        if sum(one.size for one in files) > MOST_INFLATED or any(one.size > LARGEST_MEMBER for one in files):
            raise CouldNotLook(TOO_LARGE, remedy=HOW)
        for one in files:
            _first_byte(archive, members[one.number])
    return Contents(is_app=False, files=files)


def unpack(data: Buffer, number: int, place: mmap.mmap) -> Unpacked:
    """Writes one file of an archive to `place`, which is as large as that file said to be, and says what it is.

    Raises CouldNotLook where the file is damaged, or is not as large as it said.
    """
    size = len(place)
    with _opened(data) as archive:
        member = archive.infolist()[number]
        try:
            with archive.open(member) as stream:
                while (part := stream.read(_CHUNK)) and size >= 0:
                    size -= len(part)
                    place.write(part if size >= 0 else b"")
        except Exception:  # noqa: BLE001 - what the library raises on hostile bytes is not counted anywhere
            raise CouldNotLook(CHANGED, remedy=HOW) from None
    if size:
        raise CouldNotLook(CHANGED, remedy=HOW)
    return _kind_of(place)


def is_encrypted_archive(start: bytes) -> bool:
    """Whether a file begins like a ZIP archive of which the first file is encrypted. start: its first 64 KiB, or all.

    Folders, which are never encrypted, may stand before it (APPNOTE 4.3.7: signature, version, flags, …, sizes, names).
    """
    at = 0
    while start[at : at + 4] == b"PK\3\4" and at + 30 <= len(start):
        if start[at + 6] & _ENCRYPTED:
            return True
        size = int.from_bytes(start[at + 18 : at + 22], "little")
        name, extra = (int.from_bytes(start[at + one : at + one + 2], "little") for one in (26, 28))
        if size or start[at + 30 + name - 1 : at + 30 + name] != b"/":
            return False
        at += 30 + name + extra
    return False


def is_other_archive(start: bytes) -> bool:
    """Whether a file begins like an archive of a kind that the hub does not open: 7z or RAR."""
    return start.startswith((b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"))


class _View(io.RawIOBase):
    """A file over bytes that are there, without a copy."""

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        if start + offset < 0:
            raise OSError("before the first byte")
        self._at = start + offset
        return self._at

    def readinto(self, target: memoryview) -> int:  # type: ignore[override] # any buffer, says its stub
        part = self._data[self._at : self._at + len(target)]
        target[: len(part)] = part
        self._at += len(part)
        return len(part)


def _opened(data: Buffer) -> pyzipper.AESZipFile:
    try:
        archive = pyzipper.AESZipFile(io.BufferedReader(_View(data)))
    except Exception:  # noqa: BLE001 - what the library raises on hostile bytes is not counted anywhere
        raise CouldNotLook(DAMAGED, remedy=HOW) from None
    archive.setpassword(PASSWORD)
    return archive


def _first_byte(archive: pyzipper.AESZipFile, member: zipfile.ZipInfo) -> None:
    """Reads as much of a file as tells whether the password is right. Raises CouldNotLook."""
    try:
        with archive.open(member) as stream:
            stream.read(1)
    except RuntimeError:  # what both libraries raise for a password that is not right
        raise CouldNotLook(OTHER_PASSWORD, remedy=HOW) from None
    except Exception:  # noqa: BLE001 - what the library raises on hostile bytes is not counted anywhere
        raise CouldNotLook(DAMAGED, remedy=HOW) from None


def _kind_of(place: mmap.mmap) -> Unpacked:
    """What a file is, by its content, as reading it would find; a damaged archive may be an app and is kept as one."""
    if program_kind(place):
        return Unpacked(is_app=True)
    if is_other_archive(place[:8]):
        return Unpacked(is_app=False, is_archive=True)
    if place[: len(ARCHIVE_START)] != ARCHIVE_START:
        return Unpacked(is_app=False)
    try:
        archive = Archive.open(place)
    except ParseError:
        return Unpacked(is_app=True)
    if MANIFEST in archive.entries or CODE in archive.entries:
        return Unpacked(is_app=True)
    is_app = not archive.all_flags & _ENCRYPTED and (container_kind(archive) is not None or is_bundle(archive))
    return Unpacked(is_app=is_app, is_archive=not is_app)
