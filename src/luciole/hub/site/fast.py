"""Answers look-ups in front of Django, in the same process, and leaves everything else to it, refusals among it.

A look-up is answered here only where it is well formed, comes with a key that may, and the database answers. Whatever
stands in its way is told by Django, which answers the same addresses more slowly (`samples.lookups_api`): so there is
one place that says no.
"""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import msgspec
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import translation

from luciole.hub.members.policy import Actor, allowed
from luciole.hub.samples import lookup_rows, lookups
from luciole.hub.samples.lookups import Digest, Found, Listed, NotAsked, Record
from luciole.hub.samples.search_language import Field
from luciole.hub.site import headers, limits
from luciole.hub.site.fast_database import Reader, Unavailable, reader
from luciole.hub.site.fast_keys import Keys
from luciole.hub.site.lookup_counts import COUNTS
from luciole.hub.site.problems import MEDIA_TYPE, body, title_of
from luciole.hub.site.requests import forget_request_id, new_request_id

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
ACTION = LIMIT = "lookup"
HASHES, PACKAGES, CERTIFICATES = "/api/v1/hashes", "/api/v1/packages/", "/api/v1/certificates/"
_JSON = "application/json"
_HEADERS = 64
"""How many different values of a header are remembered with what follows from them."""


class Question(NamedTuple):
    """A look-up. field: of the index of terms and value: there; digests: where field is None."""

    digests: tuple[Digest, ...] = ()
    field: Field | None = None
    value: str = ""
    is_bulk: bool = False

    @property
    def asked(self) -> int:
        """How many things are asked for."""
        return 1 if self.field else len(self.digests)


class Answer(NamedTuple):
    """What is sent. more: headers of this answer alone."""

    status: int
    media_type: str
    data: bytes
    request_id: str
    more: tuple[tuple[str, str], ...] = ()


def layer(behind: Application) -> Application:
    """The fast layer in front of an application that answers everything."""
    return Layer(behind, reader(), COUNTS.keep_writing)


class Layer:
    """One process's fast layer. It opens its connections in the threads that answer, so after any fork.

    keep_counts: called with each answer, so that what is counted is written by and by.
    """

    def __init__(self, behind: Application, database: Reader, keep_counts: Callable[[], None] = lambda: None) -> None:
        self._behind = behind
        self._database = database
        self._keys = Keys(database)
        self._keep_counts = keep_counts
        self._headers = (
            *headers.always(https=settings.IS_HTTPS).items(),
            ("Content-Security-Policy", headers.API_POLICY + "; sandbox"),
            ("Cache-Control", headers.NO_STORE),
        )

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """The answer, from here where that is possible."""
        path = environ["PATH_INFO"]
        if not path.startswith((HASHES, PACKAGES, CERTIFICATES)) or not _is_own_host(environ.get("HTTP_HOST", "")):
            return self._behind(environ, start_response)
        language = _language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        request_id = new_request_id()
        try:
            answer = self._answer(environ, path, language, request_id)
        except (NotAsked, Unavailable, UnicodeError):
            answer = None  # Django says why
        finally:
            forget_request_id()
        if answer is None:
            return self._behind(environ, start_response)
        self._start(start_response, answer, language)
        return [answer.data]

    def _answer(self, environ: Environ, path: str, language: str, request_id: str) -> Answer | None:
        """The answer, None where Django is to give it. Raises NotAsked, Unavailable, UnicodeError."""
        question = _question(environ, path)
        if question is None:
            return None
        actor = self._keys.actor(environ.get("HTTP_AUTHORIZATION", ""), environ.get("REMOTE_ADDR", ""))
        if actor is None or not allowed(actor, ACTION):
            return None
        wait = _take(actor, question.asked)
        if wait:
            retry = ("Retry-After", str(math.ceil(wait)))
            return Answer(429, MEDIA_TYPE, _problem(429, lookups.TOO_MANY, language), request_id, (retry,))
        found = self._look_up(actor, question)
        COUNTS.add(actor, question.asked)
        self._keep_counts()
        if found is None:
            return Answer(404, MEDIA_TYPE, _problem(404, lookups.NOT_SHARED, language), request_id)
        return Answer(200, _JSON, _encode(found), request_id)

    def _look_up(self, actor: Actor, question: Question) -> Record | Found | Listed | None:
        now = datetime.now(UTC)
        if question.field is not None:
            listed = lookup_rows.by_term(self._database, actor, question.field, question.value, now)
            return listed if listed.samples else None
        if question.is_bulk:
            return lookup_rows.by_digests(self._database, actor, question.digests, now)
        return lookup_rows.by_digest(self._database, actor, question.digests[0], now)

    def _start(self, start_response: Start, answer: Answer, language: str) -> None:
        start_response(_status(answer.status), [
            *self._headers, ("Content-Type", answer.media_type), ("Content-Length", str(len(answer.data))),
            ("Content-Language", language), ("Vary", "Accept-Language"), ("X-Request-Id", answer.request_id),
            *answer.more,
        ])  # fmt: skip


@functools.cache
def _status(status: int) -> str:
    return f"{status} {title_of(status)}"


_encode = msgspec.json.Encoder().encode


def _problem(status: int, sentence: str, language: str) -> bytes:
    return body(status, _in_language(sentence, language))


def _take(actor: Actor, count: int) -> float:
    """As `limits.take`. Raises Unavailable."""
    try:
        return limits.take(actor.key, LIMIT, count)
    except DatabaseError as error:
        connection.close()
        raise Unavailable from error


def _question(environ: Environ, path: str) -> Question | None:
    """What is asked; None where it is for Django. Raises NotAsked, UnicodeError."""
    method = environ["REQUEST_METHOD"]
    if path == HASHES and method == "POST":
        asked = lookups.digests_asked(_body(environ), environ.get("CONTENT_TYPE", ""))
        return Question(tuple(asked), is_bulk=True)
    if method != "GET":
        return None
    if path.startswith(PACKAGES):
        name = path[len(PACKAGES) :].encode("latin-1").decode("utf-8")  # as PEP 3333 has it
        return None if "/" in name else Question(field=Field.PACKAGE, value=lookups.package_asked(name))
    if path.startswith(CERTIFICATES):
        return Question(field=Field.CERT, value=lookups.certificate_asked(path[len(CERTIFICATES) :]))
    if path.startswith(HASHES + "/"):
        return Question((lookups.digest_asked(path[len(HASHES) + 1 :]),))
    return None


def _body(environ: Environ) -> bytes:
    """The body, which Django finds again in its place. Raises NotAsked where it has no length or is too long."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or int(length) > lookups.MOST_BYTES:
        raise NotAsked(lookups.TOO_MUCH, 413)
    data: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(data)
    return data


@functools.lru_cache(maxsize=_HEADERS)
def _is_own_host(host: str) -> bool:
    """As Django decides (`HttpRequest.get_host`)."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@functools.lru_cache(maxsize=_HEADERS)
def _language(header: str) -> str:
    """As the middleware chooses where nobody is signed in and there are no cookies. header: Accept-Language."""
    asked = SimpleNamespace(META={"HTTP_ACCEPT_LANGUAGE": header}, COOKIES={})
    return translation.get_language_from_request(cast("HttpRequest", asked))


@functools.lru_cache(maxsize=_HEADERS)
def _in_language(sentence: str, language: str) -> str:
    with translation.override(language):
        return translation.gettext(sentence)
