"""Reads the names and sizes of a tar archive from a stream; contents are passed over, names are never paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from luciole.devices.parsers.rows import number
from luciole.kernel.errors import ParseError

_BLOCK = 512
_MOST_MEMBERS = 500_000
_LONGEST_EXTENSION = 1 << 16
_LARGEST = 1 << 40
_EXTENSIONS = frozenset(b"xL")
_GLOBAL = ord("g")


class Member(NamedTuple):
    """One member. name: as written, to be shown and searched only; kind: its type flag."""

    name: str
    size: int
    kind: str


class _Stream:
    """Exact reads from chunks of any size."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""
        self.offset = 0

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer at the end; for small sizes."""
        while len(self._rest) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._rest += chunk
        data, self._rest = self._rest[:size], self._rest[size:]
        self.offset += len(data)
        return data

    def collect(self, size: int) -> bytes:
        """`size` bytes in linear time. Raises ParseError where the archive ends before."""
        parts = []
        left = size
        while left > 0:
            if not self._rest:
                self._rest = next(self._chunks, b"")
                if not self._rest:
                    raise ParseError("the archive is cut off", offset=self.offset)
            part, self._rest = self._rest[:left], self._rest[left:]
            parts.append(part)
            left -= len(part)
            self.offset += len(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Passes over `size` bytes without keeping them."""
        self.offset += size
        while size > len(self._rest):
            size -= len(self._rest)
            chunk = next(self._chunks, None)
            if chunk is None:
                raise ParseError("the archive is cut off", offset=self.offset)
            self._rest = chunk
        self._rest = self._rest[size:]

    def holds_only_zeros(self) -> bool:
        """Whether nothing but zeros follows; the stream is read to its end."""
        rest, self._rest = self._rest, b""
        if rest.strip(b"\0"):
            return False
        return not any(chunk.strip(b"\0") for chunk in self._chunks)


def members(chunks: Iterator[bytes]) -> Iterator[Member]:
    """Every member in order, without contents; format and errors as `files`."""
    return (member for member, _ in files(chunks, lambda _: 0))


def files(chunks: Iterator[bytes], wanted: Callable[[Member], int]) -> Iterator[tuple[Member, bytes]]:
    """Every member in order with the beginning of its content. wanted: how many bytes of a member to hand over.

    Format: POSIX ustar with pax headers (IEEE 1003.1, pax), and long names of GNU tar.

    Raises ParseError at a header whose checksum is wrong, at an absurd size, where the archive is cut off, and where
    anything stands behind its end: the header of a member that was overwritten with zeros looks like the end.
    """
    stream = _Stream(chunks)
    extended: dict[str, str] = {}
    for _ in range(_MOST_MEMBERS):
        header = stream.read(_BLOCK)
        if not header.strip(b"\0"):
            if len(header) < _BLOCK:
                raise ParseError("the archive has no end", offset=stream.offset)
            if not stream.holds_only_zeros():
                raise ParseError("something stands behind the end of the archive", offset=stream.offset)
            return
        size, kind = _check(header, stream.offset)
        if kind in _EXTENSIONS or kind == _GLOBAL:
            if size > _LONGEST_EXTENSION:
                raise ParseError("an extended header is too long", offset=stream.offset, limit=True)
            data = stream.read(size)
            stream.skip(-size % _BLOCK)
            extended |= {} if kind == _GLOBAL else _extension(kind, data)
            continue
        stated = number(extended.get("size", ""))
        if stated is not None and 0 <= stated <= _LARGEST:
            size = stated
        member = Member(extended.get("path") or _name(header), size, chr(kind or 48))
        extended = {}
        data = stream.collect(min(size, wanted(member)))
        yield member, data
        stream.skip(size - len(data) + -size % _BLOCK)
    raise ParseError("more members than the limit", offset=stream.offset, limit=True)


def _check(header: bytes, offset: int) -> tuple[int, int]:
    """Size and type of a header whose checksum is right."""
    if len(header) < _BLOCK:
        raise ParseError("the archive is cut off", offset=offset)
    stated = _octal(header[148:156], offset)
    if sum(header[:148]) + 8 * 32 + sum(header[156:]) != stated:
        raise ParseError("a header does not fit its checksum", offset=offset)
    return _octal(header[124:136], offset), header[156]


def _octal(field: bytes, offset: int) -> int:
    if field[:1] == b"\x80":
        value = int.from_bytes(field[1:], "big")
    else:
        text = field.strip(b" \0")
        if text.strip(b"01234567"):
            raise ParseError("a number is not octal", offset=offset)
        value = int(text or b"0", 8)
    if value > _LARGEST:
        raise ParseError("a size is absurd", offset=offset, limit=True)
    return value


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:262] == b"ustar" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "replace")


def _extension(kind: int, data: bytes) -> dict[str, str]:
    """Records `length key=value` of a pax header, or the name of a GNU long-name member."""
    if kind == ord("L"):
        return {"path": data.rstrip(b"\0").decode("utf-8", "replace")}
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        length, space, _ = data[at : at + 12].partition(b" ")
        if not space or not length.isdigit() or int(length) <= len(length) + 1:
            break
        record = data[at + len(length) + 1 : at + int(length)]
        key, _, value = record.rstrip(b"\n").partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        at += int(length)
    return found
