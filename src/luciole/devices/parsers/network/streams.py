"""Puts together the first bytes of each direction of a TCP connection, whatever the order in which they came."""

from __future__ import annotations

from luciole.devices.parsers.network.account import CaptureAccount

MOST_STREAM = 32 << 10
"""Bytes of one direction; a client hello has up to 2 KiB, a chain of certificates seldom more than 8 KiB."""
MOST_TOGETHER = 24 << 20
_MOST_PIECES = 64
_FREE_TRIES = 64
_HALF = 1 << 31
_WORD = (1 << 32) - 1


class Stream:
    """One direction. known: its first byte is known from the SYN; trusted: it was expected to begin with something."""

    __slots__ = ("_base", "_looked", "_pieces", "_tries", "content", "known", "size", "trusted", "used")

    def __init__(self, base: int, *, known: bool, trusted: bool = True) -> None:
        self._base = base
        self._pieces: dict[int, bytes] = {}
        self.content = b""
        self.known = known
        self.trusted = trusted
        self.size = 0
        self.used = 0
        self._tries = self._looked = 0

    def add(self, sequence: int, payload: bytes) -> bool:
        """Adds one segment; of bytes that came twice the first are kept. Whether the start of the stream grew."""
        place = (sequence - self._base) & _WORD
        if place >= _HALF:
            place -= 1 << 32
            if not self.known and not self.content and place > -MOST_STREAM:
                self._rebase(-place)
                place = 0
        if place + len(payload) <= len(self.content) or place >= MOST_STREAM:
            return False
        if len(self._pieces) >= _MOST_PIECES:
            return False
        if place not in self._pieces or len(self._pieces[place]) < len(payload):
            self.size += len(payload) - len(self._pieces.get(place, b""))
            self._pieces[place] = payload
        return self._join()

    def _rebase(self, by: int) -> None:
        self._base = (self._base - by) & _WORD
        self._pieces = {place + by: piece for place, piece in self._pieces.items()}

    def _join(self) -> bool:
        grew = False
        for place in sorted(self._pieces):
            end = len(self.content)
            if place > end:
                break
            piece = self._pieces.pop(place)
            if place + len(piece) > end:
                self.content += piece[end - place :]
                grew = True
        return grew

    def due(self) -> bool:
        """Whether to look at the content again.

        After some tries only once it has grown by an eighth: the first bytes of thousands of tiny segments are not read
        thousands of times.
        """
        if self._tries >= _FREE_TRIES and len(self.content) * 8 < self._looked * 9:
            return False
        self._tries += 1
        self._looked = len(self.content)
        return True

    @property
    def gap(self) -> bool:
        """Whether later bytes are there and earlier ones are not."""
        return bool(self._pieces)


class Streams:
    """The streams whose first bytes are still wanted, by the row of their direction; bounded together."""

    def __init__(self, account: CaptureAccount) -> None:
        self._account = account
        self._open: dict[int, Stream] = {}
        self._bytes = 0

    def begin(self, row: int, sequence: int) -> None:
        """A SYN: the content begins with the next number."""
        self.close(row)
        self._open[row] = Stream((sequence + 1) & _WORD, known=True)

    def reopen(self, row: int, sequence: int) -> Stream:
        """A place in the middle of a stream where something may begin."""
        self.close(row)
        stream = self._open[row] = Stream(sequence, known=False, trusted=False)
        return stream

    def get(self, row: int, sequence: int) -> Stream:
        """The stream of a row; one that began before the capture starts where it is first seen."""
        stream = self._open.get(row)
        if stream is None:
            self._account.late += 1
            stream = self._open[row] = Stream(sequence, known=False)
        return stream

    def add(self, row: int, stream: Stream, sequence: int, payload: bytes) -> bool:
        """Adds a segment; False where nothing new can be read."""
        before = stream.size
        grew = stream.add(sequence, payload)
        self._bytes += stream.size - before
        if self._bytes > MOST_TOGETHER:
            self._account.limit("more unfinished connections than are kept")
            for other in [each for each in self._open if each != row][: len(self._open) // 2]:
                self.close(other)
        return grew

    def close(self, row: int) -> None:
        """Nothing more is wanted of a stream."""
        stream = self._open.pop(row, None)
        if stream is not None:
            self._bytes -= stream.size

    def unfinished(self) -> int:
        """How many streams hold bytes that could not be understood because others are missing."""
        return sum(stream.trusted and (stream.gap or bool(stream.content)) for stream in self._open.values())
