"""Who is answered when: look-ups at once, pages in turn, bodies beside both, so that nobody waits behind an upload.

Threads of Python that work make each other late, so few of a process may work on pages at the same time. Threads that
wait for the bytes of a slow client do not work, but they are not there for others: so some never take a body.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from luciole.hub.site import headers, problems

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
FREE = 2
"""Threads of a server process that never wait for a body; so many fewer requests with bodies are taken in at once."""
SHORT = 1 << 18
"""Bytes of a body that is read before anything is done with it."""
AGAIN_AFTER = "1"
PATIENCE = 0.25
"""Seconds that a short body waits for room: others of its kind are answered within a few milliseconds."""


class Bodies:
    """Takes in short bodies before the application is asked, and refuses more bodies at once than there is room for.

    most: so many at once; https: whether people reach the hub over TLS.
    """

    def __init__(self, application: Application, most: int, *, https: bool) -> None:
        self._application = application
        self._room = threading.BoundedSemaphore(most)
        self._headers = [
            *headers.always(https=https).items(), ("Content-Security-Policy", headers.API_POLICY),
            ("Content-Type", problems.MEDIA_TYPE), ("Retry-After", AGAIN_AFTER),
        ]  # fmt: skip

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """The answer of the application; 503 where there is no room for another body."""
        length = _length(environ)
        if length == 0:
            return self._application(environ, start_response)
        is_short = length is not None and length <= SHORT
        if not self._room.acquire(timeout=PATIENCE if is_short else 0):
            start_response("503 Service Unavailable", self._headers)
            return [problems.body(503, _("Many files arrive at this moment. Try again in a few seconds."))]
        try:
            if length is not None and is_short:
                environ["wsgi.input"] = io.BytesIO(_read(environ["wsgi.input"], length))
            return self._application(environ, start_response)
        finally:
            self._room.release()


class Turns:
    """Lets so many at once work behind it. A long body has no turn: whoever sends it would keep others waiting."""

    def __init__(self, application: Application, at_once: int) -> None:
        self._application = application
        self._turn = threading.BoundedSemaphore(at_once)

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """The answer of the application, in turn."""
        length = _length(environ)
        if length is None or length > SHORT:
            return self._application(environ, start_response)
        with self._turn:
            return self._application(environ, start_response)


def _length(environ: Environ) -> int | None:
    """Bytes of the body; None where that is not said."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    said = environ.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else None


def _read(stream: Any, length: int) -> bytes:
    """The body; shorter where it broke off, which whoever reads it finds out by its length."""
    parts = []
    while length > 0 and (part := stream.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
