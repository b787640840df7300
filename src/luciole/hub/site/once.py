"""Requests with an Idempotency-Key are done once: the answer is kept for the key, and given again.

As draft-ietf-httpapi-idempotency-key-header has it: the same key with another request is 422, and with the same
request that is still being answered 409. Only answers that say that it was done are kept; after any other it may be
tried again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from functools import lru_cache, wraps
from http import HTTPStatus
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from luciole.hub.members.access import actor_of
from luciole.hub.members.words import State
from luciole.hub.site import limits
from luciole.hub.site.models import OnceAnswer
from luciole.hub.site.problems import problem
from luciole.hub.site.sentences import sentence, translated

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
LONGEST = 255
KEPT = dt.timedelta(hours=24)
ABANDONED = dt.timedelta(minutes=15)
"""After so long somebody who did not finish an answer counts as gone."""
_MOST_BODY = 1 << 20
_KEY_BYTES = 64
_ATTRIBUTE = "luciole_once"
_MADE = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT})
Run = Callable[..., HttpResponseBase]


class _Held:
    """The right to answer one request. row: its id; mark: what shows that it is still ours."""

    def __init__(self, row: int, mark: str) -> None:
        self.row = row
        self.mark = mark

    def keep(
        self, status: int, body: bytes, content_type: str = "application/json; charset=utf-8", location: str = ""
    ) -> None:
        sealed = _cipher().encrypt(body, [self.mark.encode()])
        kept = {"status": status, "body": sealed, "content_type": content_type, "location": location}
        OnceAnswer.objects.filter(pk=self.row, mark=self.mark).update(**kept)

    def drop(self) -> None:
        OnceAnswer.objects.filter(pk=self.row, mark=self.mark, status=0).delete()


def once(run: Run) -> Run:
    """Around the running of an operation: does it once for each Idempotency-Key, where there is one."""

    @wraps(run)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        name, actor = request.headers.get(HEADER), actor_of(request)
        if name is None or not actor.key or actor.state is not State.ACTIVE:
            return run(request, *arguments, **named)
        if not 0 < len(name) <= LONGEST or not name.isascii() or not name.isprintable():
            said = sentence("{name} has between 1 and {most} printable ASCII characters.", name=HEADER, most=LONGEST)
            return problem(400, translated(said))
        try:
            asked = _asked(request)
        except RequestDataTooBig:
            return problem(413)
        begun = _begin(actor.key, hashlib.sha256(name.encode()).digest(), asked)
        return _run(begun, run, request, *arguments, **named) if isinstance(begun, _Held) else begun

    return answered


def settle(request: HttpRequest, status: int, document: object, location: str = "") -> None:
    """Keeps the answer in the transaction of what was done, so that neither is there without the other.

    document: what the answer says, of JSON's types. Does nothing for a request without an Idempotency-Key.
    """
    held = getattr(request, _ATTRIBUTE, None)
    if isinstance(held, _Held):
        held.keep(status, msgspec.json.encode(document), location=location)


def forget_old(now: dt.datetime) -> int:
    """Removes answers that were kept for a day. Returns how many."""
    return OnceAnswer.objects.filter(at__lt=now - KEPT).delete()[0]


def _run(held: _Held, run: Run, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
    setattr(request, _ATTRIBUTE, held)
    try:
        response = run(request, *arguments, **named)
        if isinstance(response, HttpResponse) and response.status_code in _MADE and len(response.content) <= _MOST_BODY:
            location = response.headers.get("Location", "")
            held.keep(response.status_code, response.content, response.headers.get("Content-Type", ""), location)
    finally:
        held.drop()  # where nothing was kept
    return response


def _asked(request: HttpRequest) -> bytes:
    """What was asked, as 32 bytes. Of a file that is sent along: its length and, where one is named, its digest."""
    kind = request.content_type or ""
    is_file = kind in {"multipart/form-data", "application/octet-stream"}
    length = request.META.get("CONTENT_LENGTH", "")
    body = b"" if is_file else request.body
    parts = (request.method or "", request.get_full_path(), kind, length, request.headers.get("Repr-Digest", ""))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape") + b"\n" + body).digest()


def _begin(owner: str, digest: bytes, asked: bytes) -> _Held | HttpResponse:
    now, mark = timezone.now(), secrets.token_hex(16)
    try:
        with transaction.atomic():
            row = OnceAnswer.objects.select_for_update().filter(owner=owner, digest=digest).first()
            if row is None:
                made = OnceAnswer.objects.create(owner=owner, digest=digest, asked=asked, mark=mark, at=now)
                return _Held(made.pk, mark)
            if row.status == 0 and bytes(row.asked) == asked and row.at < now - ABANDONED:
                OnceAnswer.objects.filter(pk=row.pk).update(mark=mark, at=now)
                return _Held(row.pk, mark)
    except IntegrityError:  # the same request, in the same moment
        return _being_answered()
    return _again(row, owner, asked)


def _again(row: OnceAnswer, owner: str, asked: bytes) -> HttpResponse:
    if bytes(row.asked) != asked:
        return problem(422, translated(sentence("This {name} was used for another request.", name=HEADER)))
    if row.status == 0:
        return _being_answered()
    wait = limits.take(owner, "write")
    if wait:
        return _waiting(problem(429), wait)
    body = _cipher().decrypt(bytes(row.body), [row.mark.encode()])
    response = HttpResponse(body, status=row.status, content_type=row.content_type)
    if row.location:
        response.headers["Location"] = row.location
    response.headers[REPLAYED] = "true"
    return response


@lru_cache(maxsize=1)
def _cipher() -> AESSIV:
    """An answer may hold a secret that is shown once, so it lies in the database sealed with the hub's own."""
    made = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"luciole kept answers").derive(settings.SECRET_KEY.encode())
    return AESSIV(made)


def _being_answered() -> HttpResponse:
    return _waiting(problem(409, _("The same request is being answered. Ask again in a moment.")), 1)


def _waiting(response: HttpResponse, seconds: float) -> HttpResponse:
    response.headers["Retry-After"] = str(int(seconds))
    return response
