"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from django.http import HttpResponse

from luciole.hub.site.requests import current_request_id

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "/api/"
"""What lies below answers in JSON, errors too."""


def body(status: int, detail: str = "", **more: object) -> bytes:
    """A problem as JSON. title: of the HTTP status; instance: the request, for the log; more: members of their own."""
    made: dict[str, object] = {"type": "about:blank", "title": title_of(status), "status": status}
    if detail:
        made["detail"] = detail
    if request_id := current_request_id():
        made["instance"] = f"urn:luciole:request:{request_id}"
    return msgspec.json.encode(made | more)


def problem(status: int, detail: str = "", **more: object) -> HttpResponse:
    """A response with a problem."""
    return HttpResponse(body(status, detail, **more), status=status, content_type=MEDIA_TYPE)


def title_of(status: int) -> str:
    """The words of an HTTP status, such as Not Found."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
