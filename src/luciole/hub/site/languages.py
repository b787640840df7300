"""In which language and time zone a person is answered: their own, else what they chose or their browser asks for."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from luciole.hub.site.problems import PREFIX


class PersonsLanguage:
    """Answers in language and time zone of the person who is signed in, else as cookie or browser say."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, in that language."""
        language = language_of(request)
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(_zone_of(request)):
            return named(request, self._get_response(request))


def language_of(request: HttpRequest) -> str:
    """The language of whoever asks, one of those that are offered."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        own = getattr(request.user, "language", "")
        if own in dict(settings.LANGUAGES):
            return str(own)
    return translation.get_language_from_request(request)


def _zone_of(request: HttpRequest) -> ZoneInfo | None:
    """The time zone that a person chose; None for that of the hub."""
    own = getattr(request.user, "time_zone", "") if settings.SESSION_COOKIE_NAME in request.COOKIES else ""
    try:
        return ZoneInfo(own) if own else None
    except (ZoneInfoNotFoundError, ValueError):  # a zone that this computer does not know (any more)
        return None


def named(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer, with the language it is in and what that depended on, where it is in a language at all."""
    if request.path.startswith(settings.STATIC_URL) or response.streaming:
        return response
    response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
    asked_by = ["Accept-Language"] if request.path.startswith(PREFIX) else ["Accept-Language", "Cookie"]
    patch_vary_headers(response, asked_by)
    return response
