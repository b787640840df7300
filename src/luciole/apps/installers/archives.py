"""Opens cabinets and the archives inside packages of macOS through libarchive, as streams, unpacking nothing to disk.

libarchive (2-clause BSD) reads Microsoft's cabinets with MSZIP and LZX, xar, cpio and 7z; libarchive-c binds it and
comes with the extra `installers`. It runs only in the child that reads hostile files, limited to one format at a time.
"""

from __future__ import annotations

import ctypes
import io
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from luciole.apps.apk.end_record import Buffer
from luciole.kernel.errors import ParseError

MISSING = 'libarchive is not there; install it with: pip install "luciole[installers]" and your system\'s libarchive'
_BLOCK = 64 << 10
_NAMES = ("libarchive.so.13", "libarchive.so")


class Source(Protocol):
    """What is read from front to back."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end. May raise ParseError."""


class Entry(NamedTuple):
    """One file of an archive. size: as the archive says; source: its content, until the next entry is asked for."""

    name: str
    size: int
    source: Source


def is_available() -> bool:
    """Whether libarchive and its binding are there."""
    return _library() is not None


def _library() -> Any:  # noqa: ANN401 - the binding has no types
    """The binding; None where it or the library is missing."""
    if sys.platform.startswith("linux") and "LIBARCHIVE" not in os.environ:
        # the binding would otherwise start programs to search for the library
        found = next(filter(_loads, _NAMES), None)
        if found is None:
            return None
        os.environ["LIBARCHIVE"] = found
    try:
        import libarchive  # noqa: PLC0415 - optional, and only installers need it
    except (ImportError, OSError, TypeError, AttributeError):
        return None
    logging.getLogger("libarchive").setLevel(logging.CRITICAL)
    return libarchive


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def entries(source: Source, form: str, packed: str = "none") -> Iterator[Entry]:
    """The files of an archive in their order. form: cab, xar, cpio or 7zip; packed: none or gzip.

    Raises ParseError where the archive is damaged, or the library is missing (see `is_available`).
    """
    library = _library()
    if library is None:
        raise ParseError(MISSING)
    feed = _Feed(source)
    try:
        with library.stream_reader(feed, form, packed, _BLOCK) as archive:
            for entry in archive:
                if entry.isreg:
                    yield Entry(_text(entry.pathname), entry.size or 0, _Content(entry))
    except ParseError:
        raise
    except MemoryError:
        raise ParseError("the archive claims more than fits", limit=True) from None
    except Exception as error:  # the binding lets out its own errors, and what reading texts and numbers raises
        if feed.error is not None:
            raise feed.error from error
        raise ParseError(f"the archive is damaged ({str(error)[:200]})") from error
    if feed.error is not None:
        raise feed.error


def _text(name: str | bytes | None) -> str:
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name or ""
    return text.encode("utf-8", "replace").decode()


class Bytes:
    """A buffer read from front to back without a copy of the whole."""

    def __init__(self, data: Buffer) -> None:
        self._data, self._at = data, 0

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        piece = bytes(self._data[self._at : self._at + size])
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Goes to a place within the buffer, counted as `io` counts; where that is."""
        start = (0, self._at, len(self._data))[whence]
        self._at = min(max(0, start + offset), len(self._data))
        return self._at


class _Feed(io.RawIOBase):
    """Hands bytes to the library. error: what went wrong at the source; the library cannot carry it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.error: ParseError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return isinstance(self._source, Bytes)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._source.seek(offset, whence) if isinstance(self._source, Bytes) else -1

    def tell(self) -> int:
        return self.seek(0, 1)

    def readinto(self, target: Any, /) -> int:  # noqa: ANN401 - memory of the library
        try:
            piece = self._source.read(len(target))
        except ParseError as error:
            self.error = error
            return 0
        except MemoryError:
            self.error = ParseError("the archive claims more than fits", limit=True)
            return 0
        target[: len(piece)] = piece
        return len(piece)


class _Content:
    """The content of one entry, piece by piece."""

    def __init__(self, entry: Any) -> None:  # noqa: ANN401 - the binding has no types
        self._blocks = entry.get_blocks(_BLOCK)
        self._kept = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        if not self._kept:
            self._kept = self._block()
        piece, self._kept = self._kept[:size], self._kept[size:]
        return piece

    def _block(self) -> bytes:
        try:
            block: bytes = next(self._blocks, b"")
        except Exception as error:  # as above
            raise ParseError(f"the archive is damaged ({str(error)[:200]})") from error
        return block


def take(source: Source, most: int) -> bytes:
    """Everything of a source, but no more than `most` and one byte, which shows that there is more."""
    pieces: list[bytes] = []
    left = most + 1
    while left and (piece := source.read(min(left, _BLOCK))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
