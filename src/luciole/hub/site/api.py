"""The API: every operation in one place, its description in OpenAPI, and every error as a problem (RFC 9457)."""

import hashlib
import logging
import math
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from luciole import __version__
from luciole.hub.audit import api as audit_api
from luciole.hub.hooks import api as hooks_api
from luciole.hub.hooks.services import HookRefused
from luciole.hub.members import api as members_api
from luciole.hub.members.access import SignInNeeded, requires
from luciole.hub.members.api_keys import KeyRefused
from luciole.hub.samples import api as samples_api
from luciole.hub.samples import api_hand_ins, api_searches, lookups_api
from luciole.hub.samples.failures import SampleError, WrongOffset, in_database
from luciole.hub.samples.fetching import FetchesUsedUp
from luciole.hub.samples.search_language import SearchError
from luciole.hub.site import pages
from luciole.hub.site.cursors import NotACursor
from luciole.hub.site.openapi import completed
from luciole.hub.site.operations import ByKey, TooMany, Unclear
from luciole.hub.site.problems import problem
from luciole.hub.site.sentences import in_words
from luciole.kernel.errors import LucioleError, ParseError, UsageError

log = logging.getLogger(__name__)
_DESCRIPTION: Final = (
    "Hand in, search, read and fetch samples. Send an API key as `Authorization: Bearer luc_…`. "
    "Errors are problem details (RFC 9457). Lists have `next`: send it as `after`. Answers to GET have an ETag. "
    "What is asked with an `Idempotency-Key` is done once. After 429 and 503 wait as long as `Retry-After` says."
)
PREFIX: Final = "api/v1/"
_ETAG_LETTERS = 32
_MOST_PROBLEMS = 20
SOON = 5
"""Seconds after which to try again what does not go at the moment."""


class Api(NinjaAPI):
    """Answers with ETags, and has no pages of its own."""

    def create_response(self, request: HttpRequest, data: Any, **named: Any) -> HttpResponse:
        """The answer as JSON; 304 where whoever asks has it already."""
        response = super().create_response(request, data, **named)
        return with_etag(request, response) if request.method == "GET" else response

    def get_openapi_schema(self, **named: Any) -> OpenAPISchema:
        """The description, with what all operations share."""
        return completed(super().get_openapi_schema(**named))

    def _get_urls(self) -> list[Any]:
        """Without the library's own page at the root, which has no policy."""
        return super()._get_urls()[:-1]


def with_etag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer with its ETag, or 304 where it is one of If-None-Match (RFC 9110, section 13.1.2)."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:_ETAG_LETTERS]}"'
    held = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if etag in held or held == ["*"]:
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
    response.headers["ETag"] = etag
    return response


api = Api(
    title="Luciole", version=__version__, description=_DESCRIPTION, docs_url=None, openapi_url=None, auth=ByKey(),
    urls_namespace="api",
)  # fmt: skip
_about = Router()


@lru_cache(maxsize=1)
def _description() -> OpenAPISchema:
    return api.get_openapi_schema(path_prefix=PREFIX)


@_about.get("/openapi.json", auth=None, include_in_schema=False, operation_id="openapi")
@requires("public.read")
def openapi(request: HttpRequest) -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1)."""
    del request
    return _description()


@_about.get("/docs", auth=None, include_in_schema=False, operation_id="docs")
@requires("public.read")
def docs(request: HttpRequest) -> HttpResponse:
    """The same as a page, without a script and without anything from elsewhere."""
    from luciole.hub.site.openapi import operations_of  # noqa: PLC0415 - the only use

    return render(request, "api.html.j2", {"operations": operations_of(_description()), "about": _DESCRIPTION})


for _router in (
    _about, samples_api.router, api_hand_ins.router, api_searches.router, members_api.router, audit_api.router,
    hooks_api.router,
):  # fmt: skip
    api.add_router("", _router)
api.add_router("", lookups_api.router, auth=ByKey("lookup"))


def _waiting(response: HttpResponse, seconds: float) -> HttpResponse:
    response.headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


@api.exception_handler(SignInNeeded)
@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> Any:
    return pages.denied(request, error)


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> Any:
    return pages.not_found(request, error)


@api.exception_handler(TooMany)
def _too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    del request
    return _waiting(problem(429, in_words(error)), error.wait)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What is wrong and where, without what was sent."""
    del request
    wrong = [
        {"at": ".".join(map(str, one["loc"])), "problem": str(one["msg"])} for one in error.errors[:_MOST_PROBLEMS]
    ]
    return problem(422, _("What was sent is not as the description has it."), errors=wrong)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    del request
    return problem(error.status_code, str(error))


@api.exception_handler(SearchError)
def _search(request: HttpRequest, error: SearchError) -> HttpResponse:
    del request
    return problem(422, _(error.sentence).format(**error.values), place=error.place)


@api.exception_handler(SampleError)
def _sample(request: HttpRequest, error: SampleError) -> HttpResponse:
    del request
    more = {"expected": error.expected} if isinstance(error, WrongOffset) else {}
    answer = problem(error.status, in_words(error), **more)
    if isinstance(error, FetchesUsedUp):
        return _waiting(answer, error.wait)
    return _waiting(answer, SOON) if error.status == 503 else answer  # noqa: PLR2004 - Service Unavailable


@api.exception_handler(NotACursor)
@api.exception_handler(Unclear)
@api.exception_handler(UsageError)
@api.exception_handler(HookRefused)
@api.exception_handler(KeyRefused)
def _unclear(request: HttpRequest, error: LucioleError) -> HttpResponse:
    del request
    return problem(422, in_words(error))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    del request, error
    return problem(413, _("This is more than can be taken at once."))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _database(request: HttpRequest, error: Exception) -> HttpResponse:
    """507 where the database is full, 503 where it does not answer."""
    log.warning("the database failed", exc_info=error)
    try:
        with in_database():
            raise error
    except SampleError as found:
        return _sample(request, found)


@api.exception_handler(ParseError)
@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """500. The log has the rest, under the id that the answer names."""
    log.error("an operation failed", exc_info=error)
    return pages.refused(request, 500)
