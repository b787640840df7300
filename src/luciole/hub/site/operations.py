"""What every operation of the API shares: its key and limits, what is asked and answered, and how it is described."""

import time
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_noop as mark
from ninja import Schema
from ninja.security import HttpBearer
from pydantic import ConfigDict, model_validator

from luciole.hub.members.access import SignInNeeded, actor_of
from luciole.hub.members.key_uses import note_used
from luciole.hub.members.policy import Actor
from luciole.hub.site import limits
from luciole.kernel.errors import LucioleError

SAFE = frozenset({"GET", "HEAD"})
_NOTED: dict[str, float] = {}
_NOTED_SECONDS = 60.0
_MOST_NOTED = 10_000
MOST: Final = 200
"""Rows of the longest page."""


class TooMany(LucioleError):
    """More was asked than may be. wait: seconds after which it may be asked again."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class Unclear(LucioleError):
    """What was asked does not go together, although each part may be right."""


class ByKey(HttpBearer):
    """The key of whoever asks, counted against its limit. kind: of limit, by the method where none is named."""

    def __init__(self, kind: str = "") -> None:
        super().__init__()
        self._kind = kind

    def __call__(self, request: HttpRequest) -> Actor:
        """Who asks. Raises SignInNeeded without a valid key, TooMany beyond a limit."""
        actor = actor_of(request)
        if not actor.is_known:
            count(limits.stands_for(request.META.get("REMOTE_ADDR", "")), "refused")
            raise SignInNeeded
        count(actor.key, self._kind or ("read" if request.method in SAFE else "write"))
        _note(actor.key)
        return actor

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """Not used: the header is read where pages and the fast layer read it too."""
        del token
        return self(request)


def count(owner: str, kind: str) -> None:
    """Counts one request. Raises TooMany."""
    wait = limits.take(owner, kind)
    if wait:
        raise TooMany(mark("Too many requests. Wait as long as Retry-After says, then go on."), wait)


def _note(key: str) -> None:
    now = time.monotonic()
    if now - _NOTED.get(key, -_NOTED_SECONDS) < _NOTED_SECONDS:
        return
    if len(_NOTED) >= _MOST_NOTED:
        _NOTED.clear()
    _NOTED[key] = now
    from django.utils import timezone  # noqa: PLC0415 - the only use

    note_used(key, timezone.now())


class Asked(Schema):
    """What a request says: nothing beside what is described, and only text that every database takes."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, given: Any) -> Any:
        """Refuses NUL and half characters anywhere. Nesting is bounded by the JSON parser and the size of a body."""
        waiting = [getattr(given, "_obj", given)]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str) and ("\0" in one or not _is_whole(one)):
                raise ValueError("A text holds a character that is none.")
            if isinstance(one, Mapping):
                waiting += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                waiting += one
        return given


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Problem(Schema):
    """An error as RFC 9457 has it. instance: names the request in the hub's log."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""

    model_config = ConfigDict(extra="allow")


def described(
    summary: str,
    *,
    answer: object = None,
    status: int = 200,
    asked: object = None,
    media: str = "application/json",
    **more: Any,
) -> dict[str, Any]:
    """Keyword arguments of an operation. answer, asked: examples of bodies; media: of the answer; more: of OpenAPI."""
    extra: dict[str, Any] = dict(more)
    if answer is not None:
        extra["responses"] = {status: {"content": {media: {"example": answer}}}}
    if asked is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": asked}}}
    return {"summary": summary, "openapi_extra": extra}


def file_answer(*media: str, example: str) -> dict[int, Any]:
    """The description of an answer that is a file."""
    schema = {"type": "string", "format": "binary"}
    content = {one: {"schema": schema, "example": example} for one in media}
    return {200: {"description": "The file", "content": content}}
