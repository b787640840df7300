"""What every simulated server shares: a port of this computer, a thread for each connection, its start and its end."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

_LOOKS_FOR_ITS_END = 0.02
"""Seconds between two looks whether the server was told to end."""


class Hung(Exception):
    """The talk is over."""


class Listening:
    """Listens on a free port of this computer. Use as a context manager; connections still open end with the process.

    talk: has one conversation over a connection, in a thread of its own; `Hung`, or an error of the connection (TLS
    included), ends it.
    """

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, Hung):
                    talk(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOKS_FOR_ITS_END,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """The same as HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def read_exactly(connection: socket.socket, size: int) -> bytes:
    """The next `size` bytes of a connection. Raises Hung where the other side hangs up before."""
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise Hung
        data += piece
    return data
