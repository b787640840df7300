"""Webhooks in the API."""

import datetime as dt
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from ninja.decorators import decorate_view
from pydantic import Field

from luciole.hub.hooks import services
from luciole.hub.hooks.models import Delivery, Hook
from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.site import cursors
from luciole.hub.site.once import once
from luciole.hub.site.operations import MOST, Asked, described

router = Router(tags=["webhooks"])
ID: Final = "3f0c5d1e-7a57-4b52-9c11-0d0f5a8d2b6e"
WHEN: Final = "2026-03-01T12:00:00Z"


class HookIn(Asked):
    """A webhook. address: https, on the public internet; events: what it is told of."""

    address: str = Field(min_length=9, max_length=400)
    events: list[services.Event] = Field(min_length=1, max_length=len(services.Event))


class SwitchIn(Asked):
    """Whether a webhook is told of anything."""

    on: bool


class HookOut(Schema):
    """A webhook. why: manual or failing, where it is off."""

    id: UUID
    address: str
    events: list[str]
    made_at: dt.datetime
    failing_since: dt.datetime | None
    disabled_at: dt.datetime | None
    why: str
    rotated_at: dt.datetime | None


class NewHookOut(HookOut):
    """A new webhook with its secret, which is shown now and not again."""

    secret: str


class AttemptOut(Schema):
    """One try. status: of the answer, 0 where there was none; problem: why it did not arrive."""

    at: dt.datetime
    status: int
    problem: str


class DeliveryOut(Schema):
    """One event on its way. status, problem: of the last try; attempts: every try, oldest first; next_at: the next."""

    id: UUID
    event: str
    at: dt.datetime
    state: str
    tries: int
    next_at: dt.datetime | None
    status: int
    problem: str
    attempts: list[AttemptOut]


class DeliveryPage(Schema):
    """Some deliveries, newest first."""

    deliveries: list[DeliveryOut]
    next: str | None


_HOOK: Final[dict[str, Any]] = {
    "id": ID, "address": "https://hooks.example.org/luciole", "events": ["sample.analysed"], "made_at": WHEN,
    "failing_since": None, "disabled_at": None, "why": "", "rotated_at": None,
}  # fmt: skip
_DELIVERY: Final[dict[str, Any]] = {
    "id": ID, "event": "sample.analysed", "at": WHEN, "state": "arrived", "tries": 1, "next_at": None, "status": 200,
    "problem": "", "attempts": [{"at": WHEN, "status": 200, "problem": ""}],
}  # fmt: skip
_JUST_ASKED: Final = {"event": "ping", "state": "waiting", "tries": 0, "next_at": WHEN, "status": 0, "attempts": []}


def _fields(one: Hook) -> dict[str, Any]:
    return {
        "id": one.pk, "address": one.address, "events": one.events, "made_at": one.made_at,
        "failing_since": one.failing_since, "disabled_at": one.disabled_at, "why": one.why,
        "rotated_at": one.rotated_at,
    }  # fmt: skip


def _out(one: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=one.key, event=one.event, at=one.at, state=one.state, tries=one.tries, next_at=one.next_at,
        status=one.status, problem=one.problem,
        attempts=[AttemptOut(at=row.at, status=row.status, problem=row.problem) for row in one.attempts.all()],
    )  # fmt: skip


def _own(request: HttpRequest, hook: UUID, action: str) -> tuple[Hook, Actor]:
    row = Hook.objects.filter(pk=hook).first()
    if row is None:
        raise Http404
    return row, need(request, action, Target(str(row.organisation_id)))


@router.get("/webhooks", response=list[HookOut], operation_id="webhooks", **described("Webhooks", answer=[_HOOK]))
@requires("webhook.read")
def listed(request: HttpRequest) -> list[HookOut]:
    """The webhooks of your organisation."""
    actor = need(request, "webhook.read", Target(actor_of(request).organisation))
    return [HookOut(**_fields(one)) for one in services.of(actor.organisation)]


@router.post(
    "/webhooks",
    response={201: NewHookOut},
    operation_id="webhook_make",
    **described(
        "Make a webhook", status=201, answer=_HOOK | {"secret": "whs_…"},
        asked={"address": "https://hooks.example.org/luciole", "events": ["sample.analysed"]},
    ),
)  # fmt: skip
@decorate_view(once)
@requires("webhook.manage")
def make(request: HttpRequest, said: HookIn) -> Any:
    """Makes a webhook, and shows its secret once.

    Each delivery has the header `Luciole-Signature: t=SECONDS,v1=HEX`: HMAC-SHA256 with the secret over the seconds, a
    full stop and the body. What does not arrive is sent again for two days, with growing pauses.
    """
    actor = need(request, "webhook.manage", Target(actor_of(request).organisation))
    made, secret = services.make(actor, said.address, [one.value for one in said.events])
    return Status(201, NewHookOut(**_fields(made), secret=secret))


@router.get("/webhooks/{hook}", response=HookOut, operation_id="webhook", **described("One webhook", answer=_HOOK))
@requires("webhook.read")
def one(request: HttpRequest, hook: UUID) -> HookOut:
    """A webhook of your organisation."""
    row, _ = _own(request, hook, "webhook.read")
    return HookOut(**_fields(row))


@router.patch(
    "/webhooks/{hook}",
    response=HookOut,
    operation_id="webhook_switch",
    **described("Switch a webhook", answer=_HOOK, asked={"on": True}),
)
@requires("webhook.manage")
def switch(request: HttpRequest, hook: UUID, said: SwitchIn) -> HookOut:
    """Switches a webhook on or off; one that failed for three days is off by itself."""
    row, actor = _own(request, hook, "webhook.manage")
    return HookOut(**_fields(services.switch(actor, row, on=said.on)))


@router.delete("/webhooks/{hook}", response={204: None}, operation_id="webhook_remove", **described("Remove a webhook"))
@requires("webhook.manage")
def remove(request: HttpRequest, hook: UUID) -> HttpResponse:
    """Removes a webhook and what is known of its deliveries."""
    row, actor = _own(request, hook, "webhook.manage")
    services.remove(actor, row)
    return HttpResponse(status=204)


@router.post(
    "/webhooks/{hook}/secret",
    response=NewHookOut,
    operation_id="webhook_rotate",
    **described("Change the secret", answer=_HOOK | {"secret": "whs_…", "rotated_at": WHEN}),
)
@decorate_view(once)
@requires("webhook.manage")
def rotate(request: HttpRequest, hook: UUID) -> NewHookOut:
    """Gives a webhook another secret, and shows it once. For a day deliveries are signed with the old one too."""
    row, actor = _own(request, hook, "webhook.manage")
    secret = services.rotate(actor, row)
    row.refresh_from_db()
    return NewHookOut(**_fields(row), secret=secret)


@router.post(
    "/webhooks/{hook}/ping",
    response={202: DeliveryOut},
    operation_id="webhook_ping",
    **described("Send a test", status=202, answer=_DELIVERY | _JUST_ASKED),
)
@requires("webhook.manage")
def ping(request: HttpRequest, hook: UUID) -> Any:
    """Sends the event `ping`."""
    row, actor = _own(request, hook, "webhook.manage")
    return Status(202, _out(services.ping(actor, row)))


@router.get(
    "/webhooks/{hook}/deliveries",
    response=DeliveryPage,
    operation_id="webhook_deliveries",
    **described("Deliveries", answer={"deliveries": [_DELIVERY], "next": None}),
)
@requires("webhook.read")
def deliveries(
    request: HttpRequest,
    hook: UUID,
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> DeliveryPage:
    """What was sent, or is to be, newest first. Kept for 30 days."""
    row, _ = _own(request, hook, "webhook.read")
    listing = f"deliveries {row.pk}"
    rows = services.deliveries_of(row)
    if after:
        rows = rows.filter(pk__lt=cursors.opened(listing, after))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    place = cursors.sealed(listing, shown[-1].pk) if len(found) > limit else None
    return DeliveryPage(deliveries=[_out(one) for one in shown], next=place)
