"""Unpacks a capture that was compressed with gzip, piece by piece and within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from isal import isal_zlib

from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits

MAGIC = b"\x1f\x8b"
_PIECE = 1 << 20
_GZIP = 31
_MOST_MEMBERS = 10_000
_InflateError: type[Exception] = isal_zlib.error  # type: ignore[assignment] # its stub names an instance


class _Inflater(Protocol):
    eof: bool
    unconsumed_tail: bytes
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def unpacked(pieces: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    """The content of a gzip file, also of several that were put one after the other (RFC 1952).

    Raises ParseError where it is damaged, cut off, followed by other bytes, or grows beyond the limits.
    """
    inflater: _Inflater = isal_zlib.decompressobj(_GZIP)
    members = 0
    taken = given = 0
    for piece in pieces:
        rest = piece
        taken += len(piece)
        while rest:
            if inflater.eof:
                members += 1
                if rest[:1] != MAGIC[:1] or members > _MOST_MEMBERS:
                    raise ParseError("bytes stand behind the compressed capture", offset=taken - len(rest))
                inflater = isal_zlib.decompressobj(_GZIP)
            chunk, rest = _inflate(inflater, rest, taken)
            given += len(chunk)
            _check(given, taken, limits)
            if chunk:
                yield chunk
    if not inflater.eof:
        raise ParseError("the compressed capture is cut off", offset=taken)


def _inflate(inflater: _Inflater, rest: bytes, taken: int) -> tuple[bytes, bytes]:
    """One piece, and what is left of the input."""
    try:
        chunk = inflater.decompress(rest, _PIECE)
    except _InflateError as error:
        raise ParseError(f"the compressed data is damaged ({error})", offset=taken) from error
    return chunk, inflater.unused_data if inflater.eof else inflater.unconsumed_tail


def _check(given: int, taken: int, limits: Limits) -> None:
    if given > limits.archive_total:
        raise ParseError("the capture is too large when unpacked", limit=True)
    if given > limits.ratio_from and given > limits.ratio * taken:
        raise ParseError("would unpack to more than the ratio allowed", limit=True)
