"""One connection to one hub: a key, requests that are tried again when that is safe, and answers as bytes.

Nothing is followed: a redirect is a problem, so that a key is never sent elsewhere than it was meant to.
"""

from __future__ import annotations

import http.client
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import msgspec

from luciole import __version__
from luciole.client.documents import Problem
from luciole.client.failures import CannotReach, HubRefused, NotTrusted
from luciole.kernel.errors import UsageError

SECONDS = 120.0
OPENING = 900.0
"""The same for an archive: the hub opens it, and keeps what is in it, before it answers."""
TRIES = 5
LONGEST_PAUSE = 60.0
"""Seconds; who is told to wait longer is told so."""
MOST_ANSWER = 256 << 20
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_AGAIN = frozenset({429, 502, 503, 504})
_CONFLICT = 409
_REMEDIES = {
    401: "Check the key: it may have ended, been revoked, or be used from another network than it is made for.",
    413: "Hand in fewer or smaller files.",
    429: "Wait a little, then try again.",
    507: "Tell whoever runs the hub.",
}
"""What to do about statuses of which the detail does not say it."""
_CHUNK = 1 << 16
Body = bytes | Callable[[], Iterator[bytes]]


class Answer(NamedTuple):
    """What came back. headers: by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Asks a hub. address: https, or http on this computer; key: `luc_…`; pause: waits so many seconds."""

    def __init__(self, address: str, key: str, pause: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise UsageError(f"{address} is not an https address.", remedy="Name the hub as https://HOST.")
        if not key.isascii() or not key.isprintable():
            raise UsageError("The key is none.", remedy="Set LUCIOLE_HUB_KEY to a key as the hub showed it.")
        self._host, self._port, self._tls = parts.hostname or "", parts.port, parts.scheme == "https"
        self._prefix = parts.path.rstrip("/") + "/api/v1"
        self._key = key
        self._pause = pause
        self._open: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, body: Body = b"", *, length: int | None = None,
        headers: Mapping[str, str] | None = None, again: bool = True, seconds: float = SECONDS,
    ) -> Answer:  # fmt: skip
        """The answer, of a status below 400. body: bytes, or what gives them anew for each try, `length` of them.

        again: whether it may be sent again when nobody knows what became of it; seconds: how long the answer may take.
        Raises HubRefused, CannotReach.
        """
        for left in reversed(range(TRIES)):
            try:
                with self.open(method, path, body, length=length, headers=headers, seconds=seconds) as stream:
                    return Answer(stream.status, stream.headers, stream.read_all())
            except HubRefused as error:
                self._wait_as_told(error, left)
            except NotTrusted:
                raise
            except CannotReach:
                if not left or not again:
                    raise
                self.wait(TRIES - left)
        raise AssertionError

    def stream(self, method: str, path: str, body: bytes, *, headers: Mapping[str, str]) -> Stream:
        """The answer, to be read piece by piece. Asked again only where the hub says that it did nothing yet.

        Raises HubRefused, CannotReach.
        """
        for left in reversed(range(TRIES)):
            try:
                return self.open(method, path, body, headers=headers)
            except HubRefused as error:
                self._wait_as_told(error, left)
        raise AssertionError

    def wait(self, number: int) -> None:
        """Waits before the next try, longer after each one. number: tries that failed, from 1."""
        self._pause(_growing(number))

    def _wait_as_told(self, error: HubRefused, left: int) -> None:
        wait = error.wait if isinstance(error, _Wait) else None
        if wait is None or not left or wait > LONGEST_PAUSE:
            raise error
        self._pause(wait)

    def open(
        self, method: str, path: str, body: Body = b"", *, length: int | None = None,
        headers: Mapping[str, str] | None = None, seconds: float = SECONDS,
    ) -> Stream:  # fmt: skip
        """The answer to one try, to be read piece by piece. Raises HubRefused, CannotReach."""
        said = {
            "Authorization": f"Bearer {self._key}", "Accept": "application/json",
            "User-Agent": f"luciole/{__version__}",
            "Content-Length": str(len(body) if isinstance(body, bytes) else length or 0), **(headers or {}),
        }  # fmt: skip
        connection = self._connection()
        try:
            _send(connection, method, self._prefix + path, body, said)
            if connection.sock is not None:
                connection.sock.settimeout(seconds)
            stream = Stream(connection.getresponse(), self.close)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise NotTrusted(
                f"The certificate of the hub at {self._host} is not trusted: {error.verify_message}.",
                remedy="Nothing was sent. Check the address, and ask whoever runs the hub.",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise CannotReach(
                f"The hub at {self._host} cannot be reached: {error or type(error).__name__}.",
                remedy="Check the connection and the address of the hub, then try again.",
            ) from None
        if stream.status >= 400 or (300 <= stream.status < 400 and stream.status != 304):  # noqa: PLR2004 - of RFC 9110
            with stream:
                raise _problem(stream)
        return stream

    def close(self) -> None:
        """Ends the connection; the next request opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connection(self) -> http.client.HTTPConnection:
        if self._open is None:
            kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
            self._open = kind(self._host, self._port, timeout=SECONDS)
        return self._open


class Stream:
    """An answer that is being read. Use as a context manager; one that is left before its end ends the connection."""

    def __init__(self, response: http.client.HTTPResponse, close: Callable[[], None]) -> None:
        self._response = response
        self._close = close
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._response.isclosed() or self._response.will_close:
            self._close()

    def chunks(self) -> Iterator[bytes]:
        """The body. Raises CannotReach where it breaks off."""
        try:
            while chunk := self._response.read(_CHUNK):
                yield chunk
            if self._response.length:
                raise http.client.IncompleteRead(b"", self._response.length)
        except (OSError, http.client.HTTPException) as error:
            self._close()
            raise CannotReach(f"The answer broke off: {error or type(error).__name__}.", remedy="Try again.") from None

    def read_all(self) -> bytes:
        """The whole body. Raises CannotReach for one that is larger than any answer."""
        held = bytearray()
        for chunk in self.chunks():
            held += chunk
            if len(held) > MOST_ANSWER:
                self._close()
                raise CannotReach("The answer is larger than any answer of a hub.")
        return bytes(held)


class _Wait(HubRefused):
    """What goes again later. wait: seconds, None where the hub did not say."""

    wait: float | None = None


def _send(connection: http.client.HTTPConnection, method: str, path: str, body: Body, headers: dict[str, str]) -> None:
    """Sends a request. What the hub answers before it read everything is still read."""
    if connection.sock is not None:
        connection.sock.settimeout(SECONDS)
    connection.putrequest(method, path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        for chunk in (body,) if isinstance(body, bytes) else body():
            if chunk:
                connection.send(chunk)
    except (BrokenPipeError, ConnectionResetError):
        return


def _problem(stream: Stream) -> HubRefused:
    try:
        told = msgspec.json.decode(stream.read_all(), type=Problem)
    except (msgspec.MsgspecError, CannotReach):
        told = Problem("This is no answer of a hub.")
    wrong = "; ".join(f"{one.at.removeprefix('body.')}: {one.problem}" for one in told.errors)
    message = f"The hub refused ({stream.status}): {told.detail or told.title}" + (f" {wrong}" if wrong else "")
    after = stream.headers.get("retry-after", "")
    # 409 with a time: the same request is still being answered, and whoever asks again gets its answer
    goes_again = stream.status in _AGAIN or (stream.status == _CONFLICT and after)
    kind = _Wait if goes_again else HubRefused
    made = kind(stream.status, message, told.instance, told.expected)
    made.remedy = _REMEDIES.get(stream.status, "")
    if isinstance(made, _Wait):
        made.wait = float(after) if after.isascii() and after.isdigit() else 1.0
    return made


def _growing(number: int) -> float:
    """A pause that grows, and is not the same for everybody who waits."""
    return min(LONGEST_PAUSE, 0.25 * (1 << number)) * (0.5 + random.random() / 2)  # noqa: S311 - no secret
