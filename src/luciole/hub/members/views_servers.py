"""Signing in with an organisation's own server: allauth's views, with a policy that lets the form lead there alone."""

from __future__ import annotations

import math

from allauth.socialaccount.providers.openid_connect import views
from django.http import Http404, HttpRequest, HttpResponse

from luciole.hub.members.asking import too_many
from luciole.hub.members.models import SignInServer
from luciole.hub.members.words import State
from luciole.hub.site import limits
from luciole.hub.site.headers import content_policy


def _server(slug: str) -> SignInServer:
    rows = SignInServer.objects.filter(organisation__slug=slug, organisation__state=State.ACTIVE.value)
    if (found := rows.first()) is None:
        raise Http404
    return found


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The page with the button that leads to the server, and what that button does."""
    if wait := limits.take(limits.stands_for(request.META.get("REMOTE_ADDR", "")), "refused"):
        return too_many(math.ceil(wait))  # names of members are not to be tried out
    server = _server(provider_id)
    response: HttpResponse = views.login(request, provider_id)
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        response = response.render()
    response.headers["Content-Security-Policy"] = content_policy(server.leads_to)
    return response


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """What the server sends people back to."""
    _server(provider_id)
    response: HttpResponse = views.callback(request, provider_id)
    return response
