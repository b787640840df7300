"""A connection whose every read is bounded in time and size; what the readers of the protocols read from."""

from __future__ import annotations

import socket
import time
from types import TracebackType
from typing import Protocol, Self

import msgspec

from luciole.devices.live import problems

CHUNK = 1 << 16


class Waits(msgspec.Struct, frozen=True):
    """Seconds: to connect; without a byte; for a whole answer."""

    connect: float = 5.0
    idle: float = 60.0
    whole: float = 900.0


class Stream(Protocol):
    """Where the readers of the protocols take bytes from and put requests."""

    def some(self, most: int, what: str) -> bytes:
        """1 to `most` bytes; empty where the other side hung up. Raises TooSlow."""
        ...

    def send(self, data: bytes) -> None:
        """Sends everything. Raises Dropped or TooSlow."""
        ...


def exactly(stream: Stream, size: int, what: str) -> bytes:
    """`size` bytes. Raises Dropped where fewer come. `size` is compared with a bound by the caller."""
    parts = bytearray()
    while len(parts) < size:
        piece = stream.some(min(CHUNK, size - len(parts)), what)
        if not piece:
            raise problems.dropped(what, len(parts))
        parts += piece
    return bytes(parts)


class Wire:
    """A TCP connection as a `Stream`. Use as a context manager."""

    def __init__(self, host: str, port: int, waits: Waits) -> None:
        self._waits = waits
        self._until = time.monotonic() + waits.whole
        try:
            self._socket = socket.create_connection((host, port), timeout=waits.connect)
        except TimeoutError:
            raise problems.no_server(host, port, "no answer in time") from None
        except OSError as error:
            raise problems.no_server(host, port, error.strerror or "not reachable") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up."""
        self._socket.close()

    def _wait(self, what: str) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise problems.too_slow(what, self._waits.whole)
        self._socket.settimeout(min(left, self._waits.idle))

    def some(self, most: int, what: str) -> bytes:
        """As in `Stream`."""
        self._wait(what)
        try:
            return self._socket.recv(most)
        except TimeoutError:
            raise problems.too_slow(what, min(self._waits.idle, self._waits.whole)) from None
        except OSError:
            return b""

    def send(self, data: bytes) -> None:
        """As in `Stream`."""
        self._wait("sending a request")
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise problems.too_slow("sending a request", self._waits.idle) from None
        except OSError:
            raise problems.dropped("a request", 0) from None
