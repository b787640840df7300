"""Sends one webhook: to the address that was checked, over TLS, without following anything, in bounded time."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from enum import StrEnum
from typing import NamedTuple

from luciole import __version__
from luciole.hub.hooks.addresses import Network, NotThere, Place, Resolve, by_system, resolved

SECONDS = 10.0
"""Without anything from the other side."""
WHOLE = 20.0
"""Seconds of one try, however slowly the other side speaks."""
_OK = range(200, 300)


class Trouble(StrEnum):
    """Why something did not arrive; closed words, for what a server says is not kept."""

    NONE = ""
    FORBIDDEN = "forbidden"
    """The address leads where webhooks may not go."""
    CONNECTION = "connection"
    TLS = "tls"
    TIME = "time"
    ANSWER = "answer"
    """The server answered something else than 2xx, or nothing that is HTTP."""


class Sent(NamedTuple):
    """What became of it. status: of the answer, 0 where there was none."""

    status: int
    trouble: Trouble


class Sender:
    """Sends to addresses. resolve, inside: as `addresses.resolved` has them; trust: whose certificates are believed."""

    def __init__(
        self, resolve: Resolve = by_system, inside: tuple[Network, ...] = (), trust: ssl.SSLContext | None = None
    ) -> None:
        self._resolve = resolve
        self._inside = inside
        self._trust = trust or ssl.create_default_context()

    def send(self, address: str, body: bytes, headers: dict[str, str]) -> Sent:
        """Posts `body`, JSON. Never raises for what the other side does."""
        try:
            place = resolved(address, self._resolve, self._inside)
        except NotThere:
            return Sent(0, Trouble.FORBIDDEN)
        connection = _Checked(place, self._trust)
        over = threading.Timer(WHOLE, connection.end)
        over.daemon = True
        over.start()
        said = {"Content-Type": "application/json", "User-Agent": f"luciole-hub/{__version__}", **headers}
        try:
            sent = _posted(connection, place.target, body, said)
        finally:
            over.cancel()
            connection.close()
        # what was cut off may read like something else that went wrong, or like headers that ended
        return Sent(0, Trouble.TIME) if connection.is_over else sent


def _posted(connection: http.client.HTTPSConnection, target: str, body: bytes, headers: dict[str, str]) -> Sent:
    try:
        connection.request("POST", target, body, headers)
        status = connection.getresponse().status  # of what follows the headers nothing is read
    except ssl.SSLError:
        return Sent(0, Trouble.TLS)
    except TimeoutError:
        return Sent(0, Trouble.TIME)
    except OSError:
        return Sent(0, Trouble.CONNECTION)
    except (http.client.HTTPException, ValueError):
        return Sent(0, Trouble.ANSWER)
    return Sent(status, Trouble.NONE if status in _OK else Trouble.ANSWER)


class _Checked(http.client.HTTPSConnection):
    """Connects to the address that was checked, and still asks for the certificate of the host that was written."""

    def __init__(self, place: Place, trust: ssl.SSLContext) -> None:
        super().__init__(place.host, place.port, timeout=SECONDS, context=trust)
        self._place = place
        self._trust = trust
        self.is_over = False

    def end(self) -> None:
        """Ends the connection while another thread waits for something from it."""
        self.is_over = True
        with contextlib.suppress(OSError):
            if self.sock is not None:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def connect(self) -> None:
        """Opens the connection. No name is looked up here."""
        plain = socket.create_connection((self._place.address, self._place.port), SECONDS)
        try:
            self.sock = self._trust.wrap_socket(plain, server_hostname=self._place.host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        self.sock.do_handshake()
