"""Look-ups in the API: documented here and answered through the ORM; ordinarily `site.fast` answers them before."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import ConfigDict
from pydantic import Field as Described
from pydantic.config import JsonDict

from luciole.hub.members.access import actor_of, requires
from luciole.hub.samples import lookups
from luciole.hub.samples.lookups import NOT_SHARED, NotAsked
from luciole.hub.samples.search_language import Field
from luciole.hub.site.lookup_counts import COUNTS
from luciole.hub.site.problems import problem

router = Router(tags=["look-ups"])

_SHA256, _MD5 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "098f6bcd4621d373cade4e832627b4f6"
_EXAMPLE: JsonDict = {
    "sha256": _SHA256,
    "sha1": "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
    "md5": _MD5,
    "size": 4,
    "kind": "apk",
    "state": "analysed",
    "package": "org.example.sample",
    "label": "Sample",
    "version": "1.0",
    "verdict": "needs-a-person",
    "rule": "missing-facts",
    "first_handed_in": "2026-01-01T00:00:00Z",
}


class RecordOut(Schema):
    """One sample as a look-up tells it."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    sha256: str
    sha1: str
    md5: str
    size: int
    kind: str
    state: str
    package: str
    label: str
    version: str
    verdict: str
    rule: str
    first_handed_in: str
    also: list[str] = Described(default_factory=list)


class FoundOut(Schema):
    """The answer to a bulk look-up: what is known, by the digest that was asked for."""

    model_config = ConfigDict(json_schema_extra={"example": {"asked": 2, "found": {_SHA256: _EXAMPLE}}})

    asked: int
    found: dict[str, RecordOut]


class ListedOut(Schema):
    """The newest samples of a package or certificate. more: whether there are others, which a search finds."""

    model_config = ConfigDict(json_schema_extra={"example": {"samples": [_EXAMPLE], "more": False}})

    samples: list[RecordOut]
    more: bool


class ProblemOut(Schema):
    """What was in the way (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""


_ANY_DIGEST = "^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "hashes": {
                            "type": "array",
                            "maxItems": lookups.MOST_DIGESTS,
                            "items": {
                                "type": "string",
                                "pattern": _ANY_DIGEST,
                            },
                        }
                    },
                    "required": ["hashes"],
                },
                "example": {"hashes": [_SHA256, _MD5]},
            },
            "text/plain": {"schema": {"type": "string"}, "example": f"{_SHA256}\n{_MD5}\n"},
        },
    }
}
_REFUSALS = dict.fromkeys((400, 401, 403, 404, 429), ProblemOut)


@router.get("/hashes/{digest}", response={200: RecordOut} | _REFUSALS, exclude_defaults=True)
@requires("lookup")
def look_up_digest(request: HttpRequest, digest: str) -> HttpResponse:
    """What is known of the file with this SHA-256, SHA-1 or MD5."""
    return _answer(
        request, lambda: (1, lookups.by_digest(actor_of(request), lookups.digest_asked(digest), timezone.now()))
    )


@router.post(
    "/hashes",
    response={200: FoundOut, 413: ProblemOut, 415: ProblemOut} | _REFUSALS,
    exclude_defaults=True,
    openapi_extra=_BODY,
)
@requires("lookup")
def look_up_digests(request: HttpRequest) -> HttpResponse:
    """What is known of up to 1,000 files by SHA-256, SHA-1 or MD5, one a line or as JSON."""

    def look_up() -> tuple[int, lookups.Found]:
        asked = lookups.digests_asked(request.body, request.headers.get("Content-Type", ""))
        return len(asked), lookups.by_digests(actor_of(request), asked, timezone.now())

    return _answer(request, look_up)


@router.get("/packages/{name}", response={200: ListedOut} | _REFUSALS, exclude_defaults=True)
@requires("lookup")
def look_up_package(request: HttpRequest, name: str) -> HttpResponse:
    """The newest samples of the app with this package name or bundle id."""
    return _listed(request, Field.PACKAGE, lambda: lookups.package_asked(name))


@router.get("/certificates/{sha256}", response={200: ListedOut} | _REFUSALS, exclude_defaults=True)
@requires("lookup")
def look_up_certificate(request: HttpRequest, sha256: str) -> HttpResponse:
    """The newest samples signed with the certificate that has this SHA-256."""
    return _listed(request, Field.CERT, lambda: lookups.certificate_asked(sha256))


def _listed(request: HttpRequest, field: Field, asked: Callable[[], str]) -> HttpResponse:
    def look_up() -> tuple[int, lookups.Listed | None]:
        listed = lookups.by_term(actor_of(request), field, asked(), timezone.now())
        return 1, listed if listed.samples else None

    return _answer(request, look_up)


def _answer(request: HttpRequest, look_up: Callable[[], tuple[int, msgspec.Struct | None]]) -> HttpResponse:
    try:
        asked, found = look_up()
    except NotAsked as error:
        return problem(error.status, _(str(error)))
    COUNTS.add(actor_of(request), asked)
    if found is None:
        return problem(404, _(NOT_SHARED))
    return HttpResponse(msgspec.json.encode(found), content_type="application/json")
