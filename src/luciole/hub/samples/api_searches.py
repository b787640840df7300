"""Saved searches and hunts over the API."""

from typing import Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status
from ninja.decorators import decorate_view

from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.policy import Actor, Target
from luciole.hub.samples import api_shapes as shapes
from luciole.hub.samples import hunts, searches
from luciole.hub.samples.api import After
from luciole.hub.samples.models import Hunt, SavedSearch
from luciole.hub.site import cursors
from luciole.hub.site.once import once
from luciole.hub.site.operations import MOST, described

router = Router(tags=["searches and hunts"])
_FOUND = 1_000


@router.get(
    "/searches",
    response=list[shapes.SearchOut],
    operation_id="searches",
    **described("Own saved searches", answer=[shapes.SEARCH]),
)
@requires("search.self")
def kept(request: HttpRequest) -> list[shapes.SearchOut]:
    """The searches that the person of this key keeps."""
    actor = actor_of(request)
    need(request, "search.self", Target(person=actor.person))
    rows = SavedSearch.objects.filter(person_id=actor.person).order_by("created_at", "pk")
    return [shapes.search_out(one) for one in rows]


@router.post(
    "/searches",
    response={201: shapes.SearchOut},
    operation_id="search_keep",
    **described(
        "Keep a search", status=201, answer=shapes.SEARCH,
        asked={"name": "notes", "query": "package:com.example.*", "channel": "webhook"},
    ),
)  # fmt: skip
@decorate_view(once)
@requires("search.keep")
def keep(request: HttpRequest, said: shapes.SearchIn) -> Any:
    """Keeps a search. What answers it now is known; what comes is news."""
    actor = need(request, "search.keep", Target(person=actor_of(request).person))
    return Status(201, shapes.search_out(searches.save(actor, said.name, said.query, said.channel)))


@router.delete("/searches/{search}", response={204: None}, operation_id="search_remove", **described("Remove a search"))
@requires("search.keep")
def remove(request: HttpRequest, search: UUID) -> HttpResponse:
    """Forgets an own search."""
    row = SavedSearch.objects.filter(pk=search).first()
    if row is None:
        raise Http404
    searches.remove(need(request, "search.keep", Target(person=str(row.person_id))), row.pk)
    return HttpResponse(status=204)


@router.get(
    "/hunts",
    response=shapes.HuntPage,
    operation_id="hunts",
    **described("Hunts", answer={"hunts": [shapes.HUNT], "next": None}),
)
@requires("hunt.run")
def hunting(
    request: HttpRequest, after: After = "", limit: Annotated[int, Query(ge=1, le=MOST)] = 50
) -> shapes.HuntPage:
    """The hunts of your organisation, newest first; what they found is told of each by itself."""
    actor = need(request, "hunt.run", Target(actor_of(request).organisation))
    rows = Hunt.objects.filter(organisation_id=actor.organisation)
    rows = cursors.following(rows, "hunts", after)
    found = list(rows.order_by("-at", "-pk")[: limit + 1])
    shown, place = cursors.page(found, limit, "hunts")
    return shapes.HuntPage(hunts=[shapes.hunt_out(one, []) for one in shown], next=place)


@router.post(
    "/hunts",
    response={202: shapes.HuntOut},
    operation_id="hunt_begin",
    **described(
        "Begin a hunt", status=202, answer=shapes.HUNT,
        asked={"kind": "yara", "text": 'rule seen { strings: $a = "example" condition: $a }', "most": 1_000},
    ),
)  # fmt: skip
@decorate_view(once)
@requires("hunt.run")
def begin(request: HttpRequest, said: shapes.HuntIn) -> Any:
    """Looks through what was handed in before and is shared with you, newest first, as far as `most` reaches."""
    actor = need(request, "hunt.run", Target(actor_of(request).organisation))
    return Status(202, shapes.hunt_out(hunts.begin(actor, said.kind, said.text, said.most), []))


@router.get(
    "/hunts/{hunt}",
    response=shapes.HuntOut,
    operation_id="hunt",
    **described("One hunt", answer=shapes.HUNT),
)
@requires("hunt.run")
def one(request: HttpRequest, hunt: UUID) -> shapes.HuntOut:
    """How far a hunt is, and what it found that you may see."""
    row, actor = _own(request, hunt)
    return shapes.hunt_out(row, _found(row, actor))


@router.post(
    "/hunts/{hunt}/stop",
    response=shapes.HuntOut,
    operation_id="hunt_stop",
    **described("Stop a hunt", answer=shapes.HUNT | {"state": "stopped"}),
)
@requires("hunt.run")
def stop(request: HttpRequest, hunt: UUID) -> shapes.HuntOut:
    """Ends a hunt after what is being looked at. What it found so far stays."""
    row, actor = _own(request, hunt)
    hunts.stop(row)
    row.refresh_from_db()
    return shapes.hunt_out(row, _found(row, actor))


def _own(request: HttpRequest, hunt: UUID) -> tuple[Hunt, Actor]:
    row = Hunt.objects.filter(pk=hunt).first()
    if row is None:
        raise Http404
    return row, need(request, "hunt.run", Target(str(row.organisation_id)))


def _found(row: Hunt, actor: Actor) -> list[str]:
    return [bytes(one.sha256).hex() for one in hunts.found(row, actor, timezone.now())[:_FOUND]]
