"""The own log in the API."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from luciole.hub.audit.models import Entry
from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Target
from luciole.hub.site import cursors
from luciole.hub.site.operations import MOST, described

router = Router(tags=["log"])


class EntryOut(Schema):
    """One thing that was done. actor: id of a person or key; digest: of the chain up to here."""

    sequence: int
    at: dt.datetime
    action: str
    actor_kind: str
    actor: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]
    digest: str


class EntryPage(Schema):
    """Some entries, newest first."""

    entries: list[EntryOut]
    next: str | None


_ENTRY = {
    "sequence": 41, "at": "2026-03-01T12:00:00Z", "action": "sample.fetch", "actor_kind": "key",
    "actor": "3f0c5d1e-7a57-4b52-9c11-0d0f5a8d2b6e", "object_kind": "sample", "object_id": "9f86d081884c7d65",
    "detail": {"purpose": "detection", "form": "age"}, "digest": "c" * 64,
}  # fmt: skip


@router.get(
    "/log",
    response=EntryPage,
    operation_id="log",
    **described("Own log", answer={"entries": [_ENTRY], "next": None}),
)
@requires("audit.read")
def log(
    request: HttpRequest,
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> EntryPage:
    """What was done by and with your organisation, newest first."""
    actor = need(request, "audit.read", Target(actor_of(request).organisation))
    rows = Entry.objects.filter(organisation=actor.organisation)
    if after:
        rows = rows.filter(sequence__lt=cursors.opened("log", after))
    found = list(rows.order_by("-sequence")[: limit + 1])
    shown = found[:limit]
    place = cursors.sealed("log", shown[-1].sequence) if len(found) > limit else None
    return EntryPage(entries=[_out(one) for one in shown], next=place)


def _out(one: Entry) -> EntryOut:
    return EntryOut(
        sequence=one.sequence, at=one.at, action=one.action, actor_kind=one.actor_kind, actor=one.actor,
        object_kind=one.object_kind, object_id=one.object_id, detail=one.detail, digest=bytes(one.digest).hex(),
    )  # fmt: skip
