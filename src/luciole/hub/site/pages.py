"""The pages of the site itself: home, health, languages, and what is shown when something cannot be."""

from __future__ import annotations

import sys
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as mark
from django.views.decorators.http import require_POST, require_safe

from luciole.hub.members.access import SecondFactorNeeded, SignInNeeded, requires
from luciole.hub.samples.failures import SampleError
from luciole.hub.site.problems import PREFIX, problem
from luciole.hub.site.requests import current_request_id

WRONG_HOST = mark("This hub is not reached under that name.")
FOREIGN_FORM = mark("This came from another site, so nothing was done.")
FORM_TOO_OLD = mark("This form was open too long, or cookies are off. Nothing was done. Go back and send it again.")
SECOND_FACTOR = "mfa_reauthenticate"
SECOND_FACTOR_SETUP = "mfa_index"

_SENTENCES = {
    400: mark("This request cannot be understood."),
    401: mark("Sign in first."),
    403: mark("You may not do this."),
    404: mark("There is nothing here, or nothing that is shared with you."),
    405: mark("This cannot be done here."),
    409: mark("Somebody changed this meanwhile. Look again, and then decide."),
    413: mark("This is more than can be taken at once."),
    429: mark("Too many requests. Wait a little, then go on."),
    500: mark("Something went wrong in the hub. Nothing that you said was done is lost."),
    503: mark("The hub cannot do this at the moment. Try again in a minute."),
    507: mark("There is no room left. The coordinators have to make some."),
}


@require_safe
@requires("public.read")
def home(request: HttpRequest) -> HttpResponse:
    """The first page: for the public what this is, for members what they can do."""
    return render(request, "home.html.j2")


@require_safe
@requires("public.read")
def health(request: HttpRequest) -> HttpResponse:
    """Whether the hub answers and its database too; for whatever watches over it. Says nothing else."""
    del request
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"state": "database"}, status=503)
    return JsonResponse({"state": "ok"})


@require_POST
@requires("public.read")
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keeps the language that was chosen, in a cookie, and goes back."""
    chosen, back = request.POST.get("language", ""), request.POST.get("next", "/")
    if chosen not in dict(settings.LANGUAGES):
        raise Http404
    is_here = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    response = HttpResponseRedirect(back if is_here else "/")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=settings.LANGUAGE_COOKIE_AGE, httponly=True,
        secure=settings.LANGUAGE_COOKIE_SECURE, samesite="Lax",
    )  # fmt: skip
    return response


def refused(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    """An error in the form of its place: a problem below /api/, else a page that needs neither database nor session."""
    shown = _(
        sentence or _SENTENCES.get(status) or _SENTENCES[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]
    )
    if request.path.startswith(PREFIX):
        return problem(status, shown)
    context = {"status": status, "sentence": shown, "request_id": current_request_id(), "heading": _heading(status)}
    return HttpResponse(render_to_string("error.html.j2", context), status=status)


def _heading(status: int) -> str:
    return {
        403: _("Not allowed"),
        404: _("Not found"),
        429: _("Too many requests"),
        503: _("Not at the moment"),
        507: _("No room"),
    }.get(status, _("Something went wrong") if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _("Not possible"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400."""
    del exception
    return refused(request, 400)


def denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403; or the way to sign in, or to the second factor, where only that is missing."""
    if isinstance(exception, SignInNeeded):
        return _sign_in(request)
    if isinstance(exception, SecondFactorNeeded):
        return _second_factor(request)
    return refused(request, 403)


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(PREFIX):
        response = refused(request, 401, mark("Send an API key that is valid, as `Authorization: Bearer luc_…`."))
        response.headers["WWW-Authenticate"] = 'Bearer realm="luciole"'
        return response
    return _to(request, settings.LOGIN_URL) or refused(request, 401)


def _second_factor(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(PREFIX):
        return refused(request, 403)
    return _to(request, SECOND_FACTOR_SETUP) or refused(request, 403, mark("This needs your second factor."))


def _to(request: HttpRequest, name: str) -> HttpResponseBase | None:
    """The way there and back, when somebody was only looking; what was sent by a form is not sent again by itself."""
    try:
        there = reverse(name)
    except NoReverseMatch:
        return None
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return HttpResponseRedirect(f"{there}?{urlencode({'next': back})}", status=HTTPStatus.SEE_OTHER)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404, the same for what is not there and what is somebody else's."""
    del exception
    return refused(request, 404)


def failed(request: HttpRequest) -> HttpResponseBase:
    """500; 503 where the database or the store does not answer, 507 where there is no room."""
    error = sys.exc_info()[1]
    if isinstance(error, SampleError):
        return refused(request, error.status)
    return refused(request, 503 if isinstance(error, (OperationalError, InterfaceError)) else 500)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form without the mark of its page (CSRF)."""
    del reason
    return refused(request, 403, FORM_TOO_OLD)
