"""Fuzz target: any bytes as what an adb server sends, to every reader of its protocol."""

from __future__ import annotations

import contextlib

from luciole.devices.live import frames, problems, sync

MOST = 1 << 16


class Stream:
    """Bytes as a connection; the first one says in which pieces they come."""

    def __init__(self, data: bytes) -> None:
        self._step = 1 + data[0] % 64 if data else 1
        self._data = memoryview(data)[1:]

    def some(self, most: int, what: str) -> bytes:  # noqa: ARG002 - the form of a stream
        piece = bytes(self._data[: min(most, self._step)])
        self._data = self._data[len(piece) :]
        return piece

    def send(self, data: bytes) -> None:
        """Nobody listens."""


def target(data: bytes) -> None:
    """Every reader ends with what it read or with a typed error, and reads no more than it may."""
    readers = (
        lambda: frames.status(Stream(data), "x"),
        lambda: frames.device_lines(frames.text(Stream(data), "x")),
        lambda: frames.device_lines(data.decode("utf-8", "replace")),
        lambda: received(frames.packets(Stream(data), "x", MOST)),
        lambda: received(frames.marked(Stream(data), "x", MOST, terminal=False)),
        lambda: received(frames.marked(Stream(data), "x", MOST, terminal=True)),
        lambda: sync.state_of(Stream(data), b"/x", second=False),
        lambda: sync.state_of(Stream(data), b"/x", second=True),
        lambda: list(sync.listing(Stream(data), b"/x", second=False)),
        lambda: list(sync.listing(Stream(data), b"/x", second=True)),
        lambda: received(sync.content(Stream(data), b"/x", MOST)),
    )
    for read in readers:
        with contextlib.suppress(problems.LiveError):
            read()


def received(pieces: object) -> None:
    total = 0
    for piece in pieces:  # type: ignore[attr-defined] # a generator of one of the readers
        total += len(piece) if isinstance(piece, bytes) else 0
    assert total <= MOST
