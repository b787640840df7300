"""Inflates the streams of installers piece by piece, so that nothing is larger in memory than was asked for."""

from __future__ import annotations

import lzma
import zlib

from luciole.apps.apk.end_record import Buffer
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import MIB

LARGEST_WINDOW = 64 * MIB
"""The window of LZMA; makers of installers choose 8 MiB, at most 32."""
_PIECE = 64 << 10
_PROPERTIES = 5
_MOST_PROPERTIES = 9 * 5 * 5
_Lzma = lzma.LZMADecompressor


class Stream:
    """One stream, read from front to back. start, stop: where it lies in `data`; method: lzma, deflate or stored."""

    def __init__(self, data: Buffer, start: int, stop: int, method: str) -> None:
        self._data, self._at, self._stop = data, start, stop
        self._zlib = zlib.decompressobj(-15) if method == "deflate" else None
        self._lzma = self._window() if method == "lzma" else None
        self._kept = bytearray()

    def _window(self) -> _Lzma:
        """The five bytes ahead of raw LZMA: lc, lp and pb in one, then the size of the window."""
        head = bytes(self._data[self._at : min(self._stop, self._at + _PROPERTIES)])
        if len(head) < _PROPERTIES or head[0] >= _MOST_PROPERTIES:
            raise ParseError("no LZMA stream", offset=self._at)
        size = int.from_bytes(head[1:], "little")
        if size > LARGEST_WINDOW:
            raise ParseError(f"a window of {size} bytes, the limit is {LARGEST_WINDOW}", offset=self._at, limit=True)
        rest, lc = divmod(head[0], 9)
        pb, lp = divmod(rest, 5)
        self._at += _PROPERTIES
        chain = [{"id": lzma.FILTER_LZMA1, "dict_size": max(4096, size), "lc": lc, "lp": lp, "pb": pb}]
        try:
            return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain)
        except lzma.LZMAError as error:
            raise ParseError("no LZMA stream", offset=self._at) from error

    def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer where the stream ends. Raises ParseError where it is damaged."""
        while len(self._kept) < size and (piece := self._piece()):
            self._kept += piece
        taken = bytes(self._kept[:size])
        del self._kept[:size]
        return taken

    def skip(self, size: int) -> int:
        """Passes over so many bytes and keeps none; how many there were."""
        left = size
        while left and (taken := self.take(min(left, _PIECE))):
            left -= len(taken)
        return size - left

    def _piece(self) -> bytes:
        try:
            while not self._over():
                piece = self._next()
                if piece:
                    return piece
        except (zlib.error, lzma.LZMAError) as error:
            raise ParseError("the compressed data is damaged", offset=self._at) from error
        return b""

    def _over(self) -> bool:
        if self._lzma is not None:
            return self._lzma.eof or (self._lzma.needs_input and self._at >= self._stop)
        if self._zlib is not None:
            return self._zlib.eof or (not self._zlib.unconsumed_tail and self._at >= self._stop)
        return self._at >= self._stop

    def _next(self) -> bytes:
        if self._lzma is not None:
            return self._lzma.decompress(self._input() if self._lzma.needs_input else b"", _PIECE)
        if self._zlib is not None:
            return self._zlib.decompress(self._zlib.unconsumed_tail or self._input(), _PIECE)
        return self._input()

    def _input(self) -> bytes:
        piece = bytes(self._data[self._at : min(self._stop, self._at + _PIECE)])
        self._at += len(piece)
        return piece
