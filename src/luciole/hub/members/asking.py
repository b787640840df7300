"""What the pages of this domain share: who asks, with whom, whether they showed just now who they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from luciole.hub.members.models import Organisation, Person
from luciole.hub.members.policy import Target
from luciole.hub.site.sentences import in_words
from luciole.kernel.errors import LucioleError

View = TypeVar("View", bound=Callable[..., HttpResponse])
Model = TypeVar("Model")


def person_of(request: HttpRequest) -> Person:
    """The person who is signed in. Raises Http404 for anybody else."""
    if not isinstance(request.user, Person):
        raise Http404
    return request.user


def organisation_of(request: HttpRequest) -> Organisation:
    """The organisation of the person who is signed in. Raises Http404 for people without one."""
    organisation = person_of(request).organisation
    if organisation is None:
        raise Http404
    return organisation


def own(organisation: Organisation | UUID | str) -> Target:
    """Something of an organisation, as the policy sees it."""
    return Target(str(getattr(organisation, "pk", organisation)))


def oneself(request: HttpRequest) -> Target:
    """The very person, as the policy sees them."""
    person = person_of(request)
    return Target(str(person.organisation_id or ""), str(person.pk))


def go(name: str, *arguments: object) -> HttpResponseRedirect:
    """To a page, after something was done."""
    return HttpResponseRedirect(reverse(name, args=arguments), status=HTTPStatus.SEE_OTHER)


def show(request: HttpRequest, name: str, *, wrong: bool = False, **values: object) -> HttpResponse:
    """A page. wrong: whether it is shown again because something did not fit."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, f"members/{name}.html.j2", values, status=status)


def done(request: HttpRequest, sentence: str) -> None:
    """A line on the next page that says what was done; sentence: already in the language of the person."""
    messages.success(request, sentence)


def attempt(request: HttpRequest, work: Callable[[], object], sentence: str) -> bool:
    """Does something, and says so on the next page; or why it could not be. Whether it was done."""
    try:
        work()
    except LucioleError as error:
        messages.error(request, in_words(error))
        return False
    done(request, sentence)
    return True


def too_many(seconds: int) -> HttpResponse:
    """Too many requests of this kind; the shell of the site says so in words."""
    return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(seconds)})


def freshly(view: View) -> View:
    """Guards a view: who they are was shown in the last ten minutes. What a form sent is not kept for later."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        person = person_of(request)
        if not is_reauthentication_required(request, app="allauth.account"):
            return view(request, *arguments, **named)
        ways = get_adapter().get_reauthentication_methods(person)
        there = ways[0]["url"] if ways else reverse("account_login")
        return HttpResponseRedirect(f"{there}?{urlencode({'next': request.path})}", status=HTTPStatus.SEE_OTHER)

    return cast("View", guarded)
