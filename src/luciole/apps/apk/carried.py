"""Finds what an app carries besides its own code: apps, DEX, ELF files, archives and unreadable data, by first bytes.

Only the first bytes of an entry are inflated to tell what it is. Entries under `SMALLEST` bytes are passed over (no
header fits), and so are entries under `SMALLEST_RESOURCE` in res/ except res/raw, which are nearly always compiled
XML and small images: looking at each of them would cost much more time than it tells.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from luciole.apps.apk.dex import is_dex
from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.layout import entropy
from luciole.kernel.errors import ParseError

SMALLEST = 0x70
SMALLEST_RESOURCE = 4096
SMALLEST_OPAQUE = 64 << 10
LARGEST_DIGESTED = 32 << 20
"""Carried files above this size are named without a digest."""
MOST_CARRIED = 2000
FIRST_BYTES = 32
_PEEK_INPUT = 512
_PEEK_MOST = 4096
_SAMPLE = 4096
_DENSE = 0.97
_HIGH_ENTROPY = 7.9
_DEFLATED = 8
_LOCAL = struct.Struct("<HH")
_LOCAL_SIZE = 30


class Entry(Protocol):
    """What is needed to know of an archive entry: as `luciole.apps.apk.archive.Entry`."""

    @property
    def name(self) -> bytes:
        """The name as bytes."""

    @property
    def method(self) -> int:
        """0 stored, 8 deflated."""

    @property
    def compressed(self) -> int:
        """Bytes in the archive."""

    @property
    def size(self) -> int:
        """Declared bytes once inflated."""

    @property
    def header(self) -> int:
        """Offset of the local header."""


Peek = Callable[[Entry, int], bytes]
"""Gives at most so many first bytes of an entry's content; empty when they cannot be read."""
Read = Callable[[bytes], bytes]
"""Gives the whole content of the entry of this name; raises ParseError."""


class Carried(NamedTuple):
    """One carried file. kind: apk, dex, elf, zip, opaque; sha256: empty when it was not read whole; encrypted: whether
    the archive says so (None where the kind cannot say)."""  # noqa: D209, D205 - one sentence

    name: bytes
    kind: str
    size: int
    sha256: str = ""
    encrypted: bool | None = None


_READABLE = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1",
    b"\xff\xf9", b"fLaC", b"\x1a\x45\xdf\xa3", b"%PDF", b"wOFF", b"wOF2", b"\x1f\x8b", b"BZh", b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!", b"\x04\x22\x4d\x18", b"UnityFS", b"\x00\x01\x00\x00", b"OTTO",
    b"SQLite format 3", b"#!AMR", b"MThd", b"\x00\x00\x01\x00", b"II*\0", b"MM\0*", b"\xabKTX",
    b"\x13\xab\xa1\x5c", b"<?xml", b"{",
)  # fmt: skip
"""First bytes of formats that are dense by nature and can be read: they are not opaque."""
_BOX = b"ftyp"
_CODE_STARTS = frozenset((b"de", b"\x7fE", b"PK"))


def peek_entry(data: Buffer, entry: Entry, size: int) -> bytes:
    """The first `size` bytes (at most 4,096) of an entry of the archive `data`, inflating no more than that.

    Empty when the local header or the deflate stream does not allow it. Works for any method: unknown ones are stored.
    """
    lengths = entry.header + 26
    if not 0 <= lengths <= len(data) - 4:
        return b""
    name, extra = _LOCAL.unpack_from(data, lengths)
    start = entry.header + _LOCAL_SIZE + name + extra
    size = min(size, _PEEK_MOST)
    if entry.method != _DEFLATED:
        return data[start : start + min(size, entry.size)]
    try:
        return zlib.decompressobj(-15).decompress(
            data[start : start + min(entry.compressed or size, _PEEK_INPUT + size)], size
        )
    except zlib.error:
        return b""


def loaded_names(names: Iterable[bytes]) -> list[bytes]:
    """The entries Android loads as code by itself: classes.dex, classes2.dex and so on up to the first gap."""
    present = {name for name in names if name.startswith(b"classes")}
    found: list[bytes] = []
    name = b"classes.dex"
    while name in present:
        found.append(name)
        name = b"classes%d.dex" % (len(found) + 1)
    return found


class CarriedScan:
    """Looks at the entries of one app. unread: names of carried files that could not be read, with the reason."""

    def __init__(self, read: Read, peek: Peek) -> None:
        self._read = read
        self._peek = peek
        self.unread: list[str] = []
        self.complete = True

    def scan(self, entries: Iterable[Entry], own: frozenset[bytes]) -> list[Carried]:
        """The carried files among `entries`; `own`: names that are the app's own code, manifest and table."""
        found: list[Carried] = []
        for entry in _worth_a_look(entries):
            if entry.name in own:
                continue
            kind = self._kind(entry)
            if not kind or (kind == "elf" and is_library(entry.name)):
                continue
            if len(found) >= MOST_CARRIED:
                self.complete = False
                break
            found.append(self._carried(entry, kind))
        return found

    def _kind(self, entry: Entry) -> str:
        start = self._peek(entry, FIRST_BYTES)
        kind = _code_kind(start)
        if kind or max(entry.size, entry.compressed) < SMALLEST_OPAQUE or kind_of(start):
            return kind
        return "opaque" if self._is_dense(entry) else ""

    def _is_dense(self, entry: Entry) -> bool:
        """Whether the content looks random: deflate did not shrink it, or a sample of stored bytes does."""
        if entry.method == _DEFLATED:
            return entry.compressed >= _DENSE * entry.size
        return entropy(self._peek(entry, _SAMPLE)) >= _HIGH_ENTROPY

    def _carried(self, entry: Entry, kind: str) -> Carried:
        if entry.size > LARGEST_DIGESTED:
            return Carried(entry.name, kind, entry.size)
        try:
            content = self._read(entry.name)
        except ParseError as error:
            self.unread.append(str(error))
            return Carried(entry.name, kind, entry.size)
        digest = hashlib.sha256(content).hexdigest()
        if kind != "zip":
            return Carried(entry.name, kind, len(content), digest)
        whole = "apk" if b"AndroidManifest.xml" in content else "zip"
        return Carried(entry.name, whole, len(content), digest, encrypted=bool(content[6] & 1))


def is_library(name: bytes) -> bool:
    """Whether Android would take this entry as a native library of the app: lib/ABI/*.so."""
    return name.startswith(b"lib/") and name.endswith(b".so") and name.count(b"/") == 2  # noqa: PLR2004 - two levels


def _worth_a_look(entries: Iterable[Entry]) -> list[Entry]:
    """One expression and no calls: it runs once for every entry of every app."""
    return [
        entry
        for entry in entries
        if entry.size >= SMALLEST_RESOURCE
        or entry.compressed >= SMALLEST_RESOURCE
        or (
            (entry.size >= SMALLEST or entry.compressed >= SMALLEST)
            and (not entry.name.startswith(b"res/") or entry.name.startswith(b"res/raw"))
        )
    ]


def kind_of(start: bytes) -> str:
    """What content with these first bytes is: dex, elf, zip, "readable" for known dense formats, or empty."""
    return _code_kind(start) or ("readable" if start.startswith(_READABLE) or start[4:8] == _BOX else "")


def _code_kind(start: bytes) -> str:
    """dex, elf, zip, or empty; nearly everything is told apart by two bytes."""
    if start[:2] not in _CODE_STARTS:
        return ""
    if is_dex(start):
        return "dex"
    if start.startswith(b"\x7fELF"):
        return "elf"
    return "zip" if start.startswith((b"PK\3\4", b"PK\5\6")) else ""
