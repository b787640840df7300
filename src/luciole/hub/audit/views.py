"""Pages of the audit log: what was done with the things of one's own organisation."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from luciole.hub.audit import names
from luciole.hub.audit.reading import entries_of, newest_checkpoint
from luciole.hub.members.access import need, requires
from luciole.hub.members.policy import Target, allowed


@require_safe
@requires("audit.read")
def log(request: HttpRequest) -> HttpResponse:
    """The log of the organisation of whoever reads."""
    organisation = need(request, "audit.read", Target(_organisation(request))).organisation
    return _page(request, organisation)


@require_safe
@requires("audit.read-coalition")
def coalition(request: HttpRequest) -> HttpResponse:
    """The log of the coalition itself: applications, members, and what the hub did."""
    need(request, "audit.read-coalition")
    return _page(request, "")


def _organisation(request: HttpRequest) -> str:
    actor = need(request, "account.self", Target(person=str(request.user.pk)))
    if not actor.organisation:
        raise Http404
    return actor.organisation


def _page(request: HttpRequest, organisation: str) -> HttpResponse:
    action = request.GET.get("action", "")
    found = entries_of(organisation, before=_number(request.GET.get("before", "")), action=action)
    actor = need(request, "account.self", Target(person=str(request.user.pk)))
    values = {
        "page": found, "action": action if action in names.ACTIONS else "", "names": names,
        "actions": sorted((names.action_text(one), one) for one in names.ACTIONS),
        "organisation": organisation,
        "checkpoint": newest_checkpoint(), "may_read_coalition": allowed(actor, "audit.read-coalition"),
    }  # fmt: skip
    return render(request, "audit/log.html.j2", values)


def _number(text: str) -> int | None:
    """A sequence in an address; what is none counts as not there."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004 - digits
