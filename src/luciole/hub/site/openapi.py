"""Completes the description of the API: the errors that all operations share, and the list that the page shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from luciole.hub.site.problems import MEDIA_TYPE, title_of

Description = TypeVar("Description", bound=dict[str, Any])
_ALWAYS: Final = (400, 401, 403, 404, 422, 429, 500, 503)
_WRITING: Final = (409, 413, 507)
_FETCHING: Final = (410,)
_WAITS: Final = frozenset({429, 503})
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_EXAMPLE_ID: Final = "3f0c5d1e-7a57-4b52-9c11-0d0f5a8d2b6e"
_PROBLEM: Final = {
    "title": "Problem",
    "description": "An error (RFC 9457). instance: names the request in the hub's log.",
    "type": "object",
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "instance": {"type": "string"},
    },
    "required": ["type", "title", "status"],
}  # fmt: skip
_ONCE: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "The same key with the same request is done once; the first answer is given again for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


class Shown(NamedTuple):
    """One operation as the page shows it. asked, answer: examples as text."""

    method: str
    path: str
    summary: str
    text: str
    tag: str
    parameters: tuple[tuple[str, str, str], ...]
    asked: str
    answer: str
    statuses: tuple[str, ...]


def completed(schema: Description) -> Description:
    """The description with the errors of every operation, in place."""
    schema["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    for method, path, operation in _operations(schema):
        operation["responses"] = {str(status): one for status, one in operation["responses"].items()}
        for status in _errors(method, path):
            operation["responses"][str(status)] = _problem(status)
        if method == "get":
            operation["responses"].setdefault("304", {"description": "You have it already"})
            operation.setdefault("parameters", []).append(_HELD)
        if operation["operationId"] in ONCE:
            operation.setdefault("parameters", []).append(_ONCE)
    return schema


ONCE: Final = frozenset({
    "hand_in", "upload_begin", "comment", "search_keep", "hunt_begin", "webhook_make",
})  # fmt: skip
"""Operations that are done once for each Idempotency-Key."""
_HELD: Final = {
    "in": "header", "name": "If-None-Match", "required": False, "schema": {"type": "string", "pattern": "^[ -~]*$"},
    "description": "The ETag of the answer that you have.",
}  # fmt: skip


def _errors(method: str, path: str) -> tuple[int, ...]:
    if method == "get":
        return _ALWAYS
    return (*_ALWAYS, *_WRITING, *(_FETCHING if "fetches" in path else ()))


def _problem(status: int) -> dict[str, Any]:
    example = {"type": "about:blank", "title": title_of(status), "status": status}
    made: dict[str, Any] = {
        "description": title_of(status),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
    if status in _WAITS:
        made["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 1}}}
    if status == 401:  # noqa: PLR2004 - Unauthorized
        made["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return made


def _operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method, path, methods[method]


def operations_of(schema: Mapping[str, Any]) -> list[Shown]:
    """Every operation, in the order of the description."""
    return [_shown(method, path, one) for method, path, one in _operations(schema)]


def _shown(method: str, path: str, one: Mapping[str, Any]) -> Shown:
    named = tuple(
        (str(each["name"]), str(each["in"]), str(each.get("description", ""))) for each in one.get("parameters", ())
    )
    good: Mapping[str, Any] = next(
        (answer for status, answer in one["responses"].items() if status.startswith("2")), {}
    )
    return Shown(
        method.upper(), path, str(one.get("summary", "")), " ".join(str(one.get("description", "")).split()),
        next(iter(one.get("tags", ())), ""), named, _example(one.get("requestBody", {})), _example(good),
        tuple(sorted(one["responses"])),
    )  # fmt: skip


def _example(body: Mapping[str, Any]) -> str:
    for media in body.get("content", {}).values():
        if "example" in media:
            return json.dumps(media["example"], indent=2, ensure_ascii=False)
    return ""
