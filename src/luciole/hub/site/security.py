"""What stands around every view: host and origin, headers on every answer, errors in their form, sessions that end."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from luciole.hub.site import headers, languages, pages
from luciole.hub.site.problems import MEDIA_TYPE, PREFIX, problem
from luciole.hub.site.requests import forget_request_id, new_request_id

Answering = Callable[[HttpRequest], HttpResponseBase]
HEALTH = "/health"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_FOREIGN = frozenset({"cross-site", "same-site"})
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
_SIGNED_OUT = "luciole_signed_out"
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600
_NOTED_SECONDS = 60
_BEGUN, _SEEN = "begun", "seen"


class Shell:
    """The outermost of all: request id, host and origin, errors in the form that fits, headers on whatever comes."""

    def __init__(self, get_response: Answering) -> None:
        self._get_response = get_response
        self._always = headers.always(https=settings.IS_HTTPS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with its headers."""
        request_id = new_request_id()
        try:
            if request.path.startswith(PREFIX):
                _forget_cookies(request)
            with translation.override(translation.get_language_from_request(request)):
                response = _refusal(request) or self._get_response(request)
                with translation.override(getattr(request, "LANGUAGE_CODE", None) or translation.get_language()):
                    response = languages.named(request, _with_a_body(request, response))
        finally:
            forget_request_id()
        response.headers["X-Request-Id"] = request_id
        self._add_headers(request, response)
        return response

    def _add_headers(self, request: HttpRequest, response: HttpResponseBase) -> None:
        for name, value in self._always.items():
            response.headers.setdefault(name, value)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        response.headers.setdefault(
            "Content-Security-Policy", headers.PAGE_POLICY if is_page else headers.API_POLICY + "; sandbox"
        )
        if is_page or _is_personal(request):
            response.headers.setdefault("Cache-Control", headers.NO_STORE)
        if getattr(request, _SIGNED_OUT, False):
            response.headers["Clear-Site-Data"] = headers.CLEAR_SITE_DATA


def _forget_cookies(request: HttpRequest) -> None:
    """The API knows keys alone: a cookie that a browser sends along is as if it were not there."""
    request.META.pop("HTTP_COOKIE", None)
    request.COOKIES = {}


def _is_personal(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    """Why a request is not even looked at; None where it is."""
    if request.path == HEALTH:
        return None
    try:
        host = request.get_host()
    except DisallowedHost:
        return pages.refused(request, 400, pages.WRONG_HOST)
    if request.method in _SAFE or request.path.startswith(PREFIX):
        return None
    if request.headers.get("Sec-Fetch-Site", "") in _FOREIGN or not _is_own(request.headers.get("Origin", ""), host):
        return pages.refused(request, 403, pages.FOREIGN_FORM)
    return None


def _is_own(origin: str, host: str) -> bool:
    """Whether a form was sent from a page of the hub. `null` is what browsers send that follow our Referrer-Policy."""
    return origin in {"", "null"} or urlsplit(origin).netloc.lower() == host.lower()


def _with_a_body(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The same error in the form of its place: problem details below /api/, a page where nothing else was said."""
    if response.status_code < HTTPStatus.BAD_REQUEST or not isinstance(response, HttpResponse):
        return response
    if request.path.startswith(PREFIX):
        if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        return _keeping(response, problem(response.status_code))
    return response if response.content else _keeping(response, pages.refused(request, response.status_code))


def _keeping(old: HttpResponse, new: HttpResponse) -> HttpResponse:
    for name in _KEPT:
        if name in old.headers:
            new.headers[name] = old.headers[name]
    return new


class SessionTimes:
    """Ends sign-ins that nobody used for half an hour, and all after twelve hours."""

    def __init__(self, get_response: Answering) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; as to somebody who is not signed in, where the time is over."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            _keep_time(request, int(timezone.now().timestamp()))
        return self._get_response(request)


def _keep_time(request: HttpRequest, now: int) -> None:
    begun, seen = request.session.get(_BEGUN, now), request.session.get(_SEEN, now)
    if now - begun >= LONGEST_SECONDS or now - seen >= IDLE_SECONDS:
        request.session.flush()
    elif _BEGUN not in request.session or now - seen >= _NOTED_SECONDS:
        request.session[_BEGUN], request.session[_SEEN] = begun, now


def _note_signed_out(request: HttpRequest | None = None, **_: object) -> None:
    if request is not None:
        setattr(request, _SIGNED_OUT, True)


user_logged_out.connect(_note_signed_out, dispatch_uid="luciole-signed-out")
