"""Opens a package of the macOS installer: a xar archive whose payloads are cpio archives, with gzip or in chunks.

Sources: xar's header and table of contents (apple-oss-distributions/xar, include/xar.h); the chunks, "pbzx", as
reverse-engineered: a size of chunks, then for each its own flags and length, and xz or the bytes as they are.
"""

from __future__ import annotations

import base64
import binascii
import lzma
import re
import struct
import zlib
from collections.abc import Iterator

from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.signing.certificates import Certificate, read_certificate
from luciole.apps.installers import archives
from luciole.apps.installers.inside import (
    add_file,
    admit,
    closed,
    cost_of,
    level,
    lost,
    not_opened,
    path_of,
    spend,
    too_large,
)
from luciole.apps.ipa.members import Members, find_root
from luciole.apps.macho.layout import is_macho
from luciole.apps.programs.gathered import Gathered
from luciole.apps.programs.plain_texts import TEXT_ENDINGS, add_text_file
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Place, Value
from luciole.kernel.limits import MIB

LARGEST_TABLE = 16 * MIB
LARGEST_CHUNK = 32 * MIB
LARGEST_DESCRIPTION = 1 * MIB
MOST_KEPT = 96 * MIB
"""Bytes of programs and lists of one payload that wait until all its files are known."""
MOST_CERTIFICATES = 64
_HEADER = struct.Struct(">4sHHQQI")
_CHUNK = struct.Struct(">QQ")
_CHUNKED, _GZIP, _CPIO = b"pbzx", b"\x1f\x8b", b"0707"
_XZ = b"\xfd7zXZ\0"
_PIECE = 64 << 10
_CERTIFICATE = re.compile(rb"<X509Certificate>([A-Za-z0-9+/=\s]{1,65536})</X509Certificate>")
_DESCRIPTION = re.compile(rb"<pkg-info\s([^<>]{1,8192})>")
_ATTRIBUTE = re.compile(r"([A-Za-z-]{1,40})\s{0,8}=\s{0,8}\"([^\"]{0,1024})\"")
_LISTS = (*TEXT_ENDINGS, ".mobileprovision", ".provisionprofile")
_AUTOSTART = ("/LaunchAgents/", "/LaunchDaemons/", "/StartupItems/")


def read_package(data: Buffer, gathered: Gathered, member: str = "") -> None:
    """Adds everything about one package; member: its path inside what was handed in."""
    _signature(data, gathered, member)
    if not archives.is_available():
        closed(gathered, member, archives.MISSING)
        return
    for area in ("manifest", "resources", "code", "native", "archive"):
        gathered.examined(area, 0)
    described: list[dict[str, str]] = []
    try:
        for entry in archives.entries(archives.Bytes(data), "xar"):
            gathered.examined("archive")
            _part(entry, gathered, member, described)
    except ParseError as error:
        lost(gathered, error, member)
        gathered.lost_to("manifest", error, member)
    if not member:
        _identity(described, gathered)


def _part(entry: archives.Entry, gathered: Gathered, member: str, described: list[dict[str, str]]) -> None:
    path = path_of(member, entry.name)
    kind = entry.name.rpartition("/")[2]
    admit(gathered, 0, path)
    if kind == "PackageInfo":
        found = _DESCRIPTION.search(archives.take(entry.source, LARGEST_DESCRIPTION))
        if found:
            described.append(dict(_ATTRIBUTE.findall(found[1].decode("utf-8", "replace"))))
    elif kind in {"Payload", "Scripts"}:
        with level(gathered, path) as allowed:
            if allowed:
                _payload(entry.source, path, gathered, scripts=kind == "Scripts")


def _identity(described: list[dict[str, str]], gathered: Gathered) -> None:
    """The name that the package bears; an app inside has one of its own, which goes before it."""
    for one in described:
        gathered.examined("manifest")
        name, version = one.get("identifier", ""), one.get("version", "")
        if name:
            gathered.add("program.property", name, {"key": "product"}, member="PackageInfo")
        if not gathered.has("app.package") and name:
            gathered.add("app.package", name, member="PackageInfo", section="identifier")
            gathered.add("app.version_name", version, member="PackageInfo", section="version")


def _payload(source: archives.Source, path: str, gathered: Gathered, *, scripts: bool) -> None:
    """The files of one payload. Raises ParseError only for what ends the whole package."""
    try:
        opened = _unpacked(source)
        if opened is None:
            not_opened(gathered, path, "packed in a way that Luciole does not know")
            return
        found = _Found(path, gathered, scripts=scripts)
        try:
            for entry in archives.entries(opened[0], "cpio", opened[1]):
                found.take(entry)
        finally:
            found.add()
    except ParseError as error:
        lost(gathered, error, path)


def _unpacked(source: archives.Source) -> tuple[archives.Source, str] | None:
    """What gives the cpio archive, and how that one is packed; None for something unknown."""
    start = _first(source, len(_CHUNKED))
    joined = _Joined(start, source)
    if start == _CHUNKED:
        return _Chunks(joined), "none"
    if start[:2] == _GZIP:
        return joined, "gzip"
    return (joined, "none") if start == _CPIO else None


def _first(source: archives.Source, size: int) -> bytes:
    start = b""
    while len(start) < size and (piece := source.read(size - len(start))):
        start += piece
    return start


class _Joined:
    """What was read already, and then the rest."""

    def __init__(self, start: bytes, rest: archives.Source) -> None:
        self._start, self._rest = start, rest

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        if not self._start:
            return self._rest.read(size)
        piece, self._start = self._start[:size], self._start[size:]
        return piece


class _Chunks:
    """The content of a chunked payload, one chunk after the other."""

    def __init__(self, source: archives.Source) -> None:
        self._source = source
        self._pieces = self._all()
        self._kept = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes. Raises ParseError where a chunk is damaged."""
        if not self._kept:
            self._kept = next(self._pieces, b"")
        piece, self._kept = self._kept[:size], self._kept[size:]
        return piece

    def _all(self) -> Iterator[bytes]:
        if len(head := _first(self._source, 12)) < 12:  # noqa: PLR2004 - the magic and the size of chunks
            raise ParseError("the payload ends within its header")
        most = int.from_bytes(head[4:], "big")
        if not 0 < most <= LARGEST_CHUNK:
            raise ParseError(f"chunks of {most} bytes, the limit is {LARGEST_CHUNK}", limit=True)
        while head := _first(self._source, _CHUNK.size):
            if len(head) < _CHUNK.size or (length := _CHUNK.unpack(head)[1]) > 2 * LARGEST_CHUNK:
                raise ParseError("a chunk of the payload is damaged")
            content = _first_of(self._source, length)
            if len(content) < length:
                raise ParseError("the payload ends within a chunk")
            yield from _inflated(content, most) if content.startswith(_XZ) else (content,)


def _first_of(source: archives.Source, size: int) -> bytes:
    pieces: list[bytes] = []
    left = size
    while left and (piece := source.read(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _inflated(content: bytes, most: int) -> Iterator[bytes]:
    """One chunk, which holds no more than all chunks were said to."""
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2 * LARGEST_CHUNK)
    given, left = content, most
    try:
        while not stream.eof and (piece := stream.decompress(given, _PIECE)):
            given, left = b"", left - len(piece)
            if left < 0:
                raise ParseError("a chunk holds more than it may", limit=True)
            yield piece
    except lzma.LZMAError as error:
        raise ParseError("a chunk of the payload is damaged") from error
    if not stream.eof:
        raise ParseError("a chunk of the payload is damaged")


class _Found:
    """The files of one payload: the sizes of all, the content of those that say something."""

    def __init__(self, path: str, gathered: Gathered, *, scripts: bool) -> None:
        self._path, self._gathered, self._scripts = path, gathered, scripts
        self._sizes: dict[str, int] = {}
        self._kept: dict[str, bytes] = {}
        self._room = MOST_KEPT

    def take(self, entry: archives.Entry) -> None:
        """Keeps one file if it is a program or a list. Raises ParseError beyond the limits."""
        gathered = self._gathered
        name = entry.name.removeprefix("./")
        path = path_of(self._path, name)
        most = admit(gathered, entry.size, path)
        gathered.allowance.bytes -= entry.size
        self._sizes[name] = entry.size
        start = _first(entry.source, 8)
        if not (is_macho(start) or self._scripts or name.endswith(_LISTS) or not _is_plain(start)):
            return
        if entry.size > min(most, self._room):
            too_large(gathered, path, entry.size)
            return
        content = start + archives.take(entry.source, most)
        self._sort(name, path, content)
        if len(content) < entry.size:
            raise ParseError("the archive ends within this file", file=path)

    def _sort(self, name: str, path: str, content: bytes) -> None:
        """What an app may be made of is kept until all its files are known; anything else is added at once."""
        gathered = self._gathered
        if not is_macho(content[:8]) and not name.endswith(_LISTS):
            gathered.allowance.bytes += len(content)
            add_file(content, path, gathered)
            return
        try:
            if is_macho(content[:8]):
                spend(gathered, len(content), path)
        except ParseError as error:
            lost(gathered, error, path)
            return
        self._room -= len(content)
        self._kept[name] = content

    def add(self) -> None:
        """Adds the app among the files, and the programs that stand outside of it."""
        gathered = self._gathered
        for name in self._sizes:
            if self._scripts and name in {"preinstall", "postinstall"}:
                gathered.add("program.installs", name, {"kind": "action"}, member=self._path)
            elif not self._scripts:
                kind = "autostart" if any(one in f"/{name}" for one in _AUTOSTART) else "file"
                gathered.add("program.installs", name, {"kind": kind}, member=self._path)
        root = find_root(self._sizes)
        if root is not None:
            from luciole.apps.ipa.bundle import read_bundle  # noqa: PLC0415 - only packages with an app need it

            read_bundle(Members(self._sizes, self._read), root, gathered)
        for name, content in self._kept.items():
            if root is None or not name.startswith(root.path):
                self._one(content, path_of(self._path, name))

    def _read(self, name: str, most: int) -> bytes:
        content = self._kept.get(name)
        if content is None or len(content) > most:
            raise ParseError(f"{self._sizes.get(name, 0)} bytes, not kept", file=name, limit=True)
        return content

    def _one(self, content: bytes, path: str) -> None:
        """A kept program outside of the app; it was paid for when it was kept, as were its bytes."""
        gathered = self._gathered
        if is_macho(content[:8]):
            gathered.allowance.programs += cost_of(len(content))
            gathered.allowance.bytes += len(content)
            add_file(content, path, gathered)
        else:
            add_text_file(gathered, content, path)


def _is_plain(start: bytes) -> bool:
    """Whether a file that begins so carries neither programs nor other files."""
    return not start.startswith((b"MZ", b"PK\3\4", b"xar!", b"\x7fELF", b"dex\n", b"MSCF", b"\xd0\xcf\x11\xe0"))


def _signature(data: Buffer, gathered: Gathered, member: str) -> None:
    """Names the certificates. Whether the package is what was signed is not compared."""
    gathered.examined("signing")
    place = Place(gathered.file, member, None, None, "signatures")
    held: dict[str, Value] = {"state": "absent", "error": "", "signers": 0}
    try:
        found = certificates(data)
        if found:
            from luciole.apps.pe.read import add_certificates  # noqa: PLC0415 - only signed packages need it

            held["state"] = "not-compared"
            add_certificates(gathered, (), found[:1], place, "apple")
    except ParseError as error:
        held |= {"state": "failed", "error": error.message}
        gathered.lost_to("signing", error, member)
    gathered.add("signature.scheme", "apple", held, member=member, section="signatures")


def certificates(data: Buffer) -> tuple[Certificate, ...]:
    """The certificates that the table of contents names, that of the signer first. Raises ParseError."""
    if len(data) < _HEADER.size:
        raise ParseError("the file ends within its header", offset=len(data))
    magic, head, _, packed, size, _ = _HEADER.unpack(bytes(data[: _HEADER.size]))
    if magic != b"xar!" or head < _HEADER.size or head + packed > len(data):
        raise ParseError("the table of contents is damaged", offset=0)
    if size > LARGEST_TABLE:
        raise ParseError(f"a table of contents of {size} bytes, the limit is {LARGEST_TABLE}", offset=0, limit=True)
    try:
        table = zlib.decompressobj().decompress(bytes(data[head : head + packed]), LARGEST_TABLE)
    except zlib.error as error:
        raise ParseError("the table of contents is damaged", offset=head) from error
    found: dict[str, Certificate] = {}
    for one in _CERTIFICATE.findall(table)[:MOST_CERTIFICATES]:
        certificate = read_certificate(_decoded(one))
        found.setdefault(certificate.sha256, certificate)
    return tuple(found.values())


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ParseError("a certificate is damaged") from error
