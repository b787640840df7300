"""Pages of hunts: begin one, see how far it is, what it found, and stop it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.samples import hunts
from luciole.hub.samples.forms import HuntForm
from luciole.hub.samples.models import Hunt
from luciole.hub.samples.views import page
from luciole.hub.site.sentences import in_words, translated
from luciole.kernel.errors import UsageError

LISTED = 50
SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@requires("hunt.run")
def listed(request: HttpRequest) -> HttpResponseBase:
    """The hunts of one's organisation, and another one."""
    actor = need(request, "hunt.run", Target(actor_of(request).organisation))
    if request.method != "POST":
        return _list(request, actor, HuntForm())
    form = HuntForm(request.POST)
    if not form.is_valid():
        return _list(request, actor, form, 422)
    said = form.cleaned_data
    try:
        made = hunts.begin(actor, said["kind"], said["text"], said["most"] or 0)
    except UsageError as error:
        form.add_error("text", in_words(error))
        return _list(request, actor, form, 422)
    messages.success(request, _("The hunt begins in a moment."))
    return HttpResponseRedirect(reverse("samples:hunt", args=[made.pk]), status=303)


def _list(request: HttpRequest, actor: Actor, form: HuntForm, status: int = 200) -> HttpResponse:
    rows = Hunt.objects.filter(organisation_id=actor.organisation).select_related("person").defer("found", "text")
    return page(request, "samples/hunts.html.j2", status, hunt_form=form, hunts=rows.order_by("-at", "pk")[:LISTED])


@require_safe
@requires("hunt.run")
def one(request: HttpRequest, hunt_id: UUID) -> HttpResponse:
    """One hunt: how far it is and what it found of what one may see."""
    row, actor = _own(request, hunt_id)
    found = hunts.found(row, actor, timezone.now())
    return page(request, "samples/hunt.html.j2", hunt=row, problem=translated(row.problem), found=found[:SHOWN],
                total=len(found),
                under_way=row.state in {hunts.WAITING, hunts.RUNNING})  # fmt: skip


@require_POST
@requires("hunt.run")
def stop(request: HttpRequest, hunt_id: UUID) -> HttpResponseBase:
    """Ends a hunt."""
    row, actor = _own(request, hunt_id)
    hunts.stop(row)
    del actor
    messages.success(request, _("The hunt ends after the samples that it is looking at."))
    return HttpResponseRedirect(reverse("samples:hunt", args=[row.pk]), status=303)


def _own(request: HttpRequest, hunt_id: UUID) -> tuple[Hunt, Actor]:
    row = Hunt.objects.filter(pk=hunt_id).select_related("person").first()
    if row is None:
        raise Http404
    return row, need(request, "hunt.run", Target(str(row.organisation_id)))
