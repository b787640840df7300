"""The way in for the server: who really asks, the fast layer, then Django; whatever goes wrong is still an answer."""

from __future__ import annotations

import functools
import ipaddress
import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luciole.hub.site.settings")

from luciole.hub.site import settings as hub_settings  # puts the current SQLite in place first

import django.core.wsgi  # isort: skip
from django.http import HttpResponse  # isort: skip

from luciole.hub.site import headers, problems
from luciole.hub.site.proxies import client_of, networks_of
from luciole.hub.site.turns import FREE, Bodies, Turns

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
log = logging.getLogger(__name__)


class Entrance:
    """Says who asks and over what, and answers even where everything behind it fails.

    proxies: networks whose word about the client is believed; scheme: of the address that people use.
    """

    def __init__(
        self,
        application: Application,
        proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...],
        scheme: str,
    ) -> None:
        self._application = application
        self._proxies = proxies
        self._scheme = scheme
        self._headers = [
            *headers.always(https=scheme == "https").items(),
            ("Content-Security-Policy", headers.API_POLICY),
        ]

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """The answer of the application behind, or a plain 500."""
        environ["wsgi.url_scheme"] = self._scheme
        forwarded = environ.pop("HTTP_X_FORWARDED_FOR", "")
        if self._proxies:
            environ["REMOTE_ADDR"] = client_of(environ.get("REMOTE_ADDR", ""), forwarded, self._proxies)
        try:
            return _whole(self._application(environ, start_response))
        except Exception:
            log.exception("nothing answered this request")
            start_response("500 Internal Server Error", [("Content-Type", problems.MEDIA_TYPE), *self._headers])
            return [problems.body(500)]


def _whole(answer: Iterable[bytes]) -> Iterable[bytes]:
    """One piece of what is all there, so that it goes out with its length and not in chunks."""
    if not isinstance(answer, HttpResponse):
        return answer
    body = answer.content
    answer.close()
    return [body]


@functools.cache
def _inner() -> Application:
    """Django, in turns, with the fast layer in front."""
    behind: Application = django.core.wsgi.get_wsgi_application()
    from luciole.hub.site import fast  # noqa: PLC0415 - reads models, so after Django is set up

    return fast.layer(Turns(behind, max(1, hub_settings.HUB.number("threads"))))


def make(threads: int) -> Entrance:
    """All of it for a server process with so many threads."""
    scheme = "https" if hub_settings.IS_HTTPS else "http"
    room = max(1, threads - FREE)
    return Entrance(
        Bodies(_inner(), room, https=hub_settings.IS_HTTPS), networks_of(hub_settings.HUB.text("proxies")), scheme
    )


application = make(2 * FREE)
