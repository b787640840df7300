"""Pages of webhooks: make one, see what was sent to it and when it is tried again, switch it, and end it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from luciole.hub.hooks import services
from luciole.hub.hooks.forms import EVENTS, HookForm
from luciole.hub.hooks.models import Hook
from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.site.sentences import in_words

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@requires("webhook.read")
def listed(request: HttpRequest) -> HttpResponseBase:
    """The webhooks of one's organisation, and another one; its secret is shown on the answer to the form, once."""
    actor = need(request, "webhook.read", Target(actor_of(request).organisation))
    if request.method != "POST":
        return _list(request, actor, HookForm())
    actor = need(request, "webhook.manage", Target(actor.organisation))
    form = HookForm(request.POST)
    if not form.is_valid():
        return _list(request, actor, form, 422)
    try:
        made, secret = services.make(actor, form.cleaned_data["address"].strip(), form.cleaned_data["events"])
    except services.HookRefused as error:
        form.add_error("address", in_words(error))
        return _list(request, actor, form, 422)
    return _shown(request, made, secret=secret)


def _list(request: HttpRequest, actor: Actor, form: HookForm, status: int = 200) -> HttpResponse:
    hooks = services.of(actor.organisation).select_related("person")
    told = {"hooks": hooks, "hook_form": form, "events": dict(EVENTS)}
    return render(request, "hooks/list.html.j2", told, status=status)


@require_safe
@requires("webhook.read")
def one(request: HttpRequest, hook_id: UUID) -> HttpResponse:
    """One webhook, and what was sent to it or is to be, newest first, with every try."""
    row, _actor = _own(request, hook_id, "webhook.read")
    return _shown(request, row)


def _shown(request: HttpRequest, row: Hook, secret: str = "") -> HttpResponse:
    before = request.GET.get("before", "")
    rows = services.deliveries_of(row)
    if before.isascii() and before.isdigit() and len(before) < 19:  # noqa: PLR2004 - fits 64 bits
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PER_PAGE + 1])
    later = f"?before={found[PER_PAGE - 1].pk}" if len(found) > PER_PAGE else ""
    told = {
        "hook": row, "deliveries": found[:PER_PAGE], "later": later, "secret": secret, "events": dict(EVENTS),
        "most_tries": len(services.PAUSES) + 1,
    }  # fmt: skip
    return render(request, "hooks/one.html.j2", told)


@require_POST
@requires("webhook.manage")
def switch(request: HttpRequest, hook_id: UUID) -> HttpResponseBase:
    """Switches a webhook on or off."""
    row, actor = _own(request, hook_id, "webhook.manage")
    on = request.POST.get("on") == "yes"
    services.switch(actor, row, on=on)
    said = _("The webhook is on.") if on else _("The webhook is off. What waits is sent when it is on.")
    messages.success(request, said)
    return _back(row)


@require_POST
@requires("webhook.manage")
def rotate(request: HttpRequest, hook_id: UUID) -> HttpResponseBase:
    """Changes the secret of a webhook, and shows the new one once."""
    row, actor = _own(request, hook_id, "webhook.manage")
    secret = services.rotate(actor, row)
    row.refresh_from_db()
    return _shown(request, row, secret=secret)


@require_POST
@requires("webhook.manage")
def ping(request: HttpRequest, hook_id: UUID) -> HttpResponseBase:
    """Sends a test."""
    row, actor = _own(request, hook_id, "webhook.manage")
    try:
        services.ping(actor, row)
    except services.HookRefused as error:
        messages.error(request, in_words(error))
    else:
        messages.success(request, _("A test is sent in a moment. Load this page again to see whether it arrived."))
    return _back(row)


@require_POST
@requires("webhook.manage")
def remove(request: HttpRequest, hook_id: UUID) -> HttpResponseBase:
    """Removes a webhook and what is known of its deliveries, once the person said that they mean it."""
    row, actor = _own(request, hook_id, "webhook.manage")
    if request.POST.get("sure") != "yes":
        messages.error(request, _("Tick the box first. Nothing was done."))
        return _back(row)
    services.remove(actor, row)
    messages.success(request, _("The webhook was removed."))
    return HttpResponseRedirect(reverse("hooks:list"), status=303)


def _back(row: Hook) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("hooks:one", args=[row.pk]), status=303)


def _own(request: HttpRequest, hook_id: UUID, action: str) -> tuple[Hook, Actor]:
    row = Hook.objects.select_related("person").filter(pk=hook_id).first()
    if row is None:
        raise Http404
    return row, need(request, action, Target(str(row.organisation_id)))
