"""Members in the API: the own organisation, the others, and keys."""

import datetime as dt
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from luciole.hub.members import api_keys
from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.models import ApiKey, Organisation
from luciole.hub.members.policy import Target
from luciole.hub.members.words import State
from luciole.hub.site import cursors
from luciole.hub.site.operations import MOST, described

router = Router(tags=["members"])
ID: Final = "3f0c5d1e-7a57-4b52-9c11-0d0f5a8d2b6e"
WHEN: Final = "2026-03-01T12:00:00Z"


class MemberOut(Schema):
    """A member organisation."""

    slug: str
    name: str
    kind: str
    standing: str
    state: str
    country: str
    languages: list[str]
    profile: str
    website: str
    joined_at: dt.datetime


class MemberPage(Schema):
    """Some members, those that joined last first."""

    members: list[MemberOut]
    next: str | None


class OwnOut(MemberOut):
    """The own organisation. age_recipient: to which what it fetches is encrypted."""

    id: UUID
    age_recipient: str


class KeyOut(Schema):
    """A key. prefix: the letters after luc_, by which it is told apart; the key itself is kept nowhere."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    networks: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None


class SelfOut(Schema):
    """Who asks: the organisation, the person where the key is one's, and the key."""

    organisation: str
    person: str
    roles: list[str]
    key: KeyOut


MEMBER: Final[dict[str, Any]] = {
    "slug": "example-security", "name": "Example Security", "kind": "security", "standing": "partner",
    "state": "active", "country": "FR", "languages": ["fr", "en"], "profile": "", "website": "", "joined_at": WHEN,
}  # fmt: skip
KEY: Final[dict[str, Any]] = {
    "id": ID, "name": "analysis", "prefix": "aaaabbbb", "scopes": ["read", "submit"], "networks": ["192.0.2.0/24"],
    "created_at": WHEN, "expires_at": WHEN, "revoked_at": None, "last_used_at": None,
}  # fmt: skip


def _member(one: Organisation) -> dict[str, Any]:
    return {
        "slug": one.slug, "name": one.name, "kind": one.kind, "standing": one.standing, "state": one.state,
        "country": one.country, "languages": one.languages, "profile": one.profile, "website": one.website,
        "joined_at": one.joined_at,
    }  # fmt: skip


def _key(one: ApiKey) -> KeyOut:
    return KeyOut(
        id=one.pk, name=one.name, prefix=one.prefix, scopes=one.scopes, networks=one.networks,
        created_at=one.created_at, expires_at=one.expires_at, revoked_at=one.revoked_at, last_used_at=one.last_used_at,
    )  # fmt: skip


@router.get(
    "/me",
    response=SelfOut,
    operation_id="me",
    **described(
        "Who asks",
        answer={"organisation": "Example Security", "person": "A. Example", "roles": ["analyst"], "key": KEY},
    ),
)
@requires("key.look")
def me(request: HttpRequest) -> SelfOut:
    """Whose key this is, and what it may be used for."""
    actor = need(request, "key.look")
    key = ApiKey.objects.select_related("organisation", "person").get(pk=actor.key)
    return SelfOut(
        organisation=key.organisation.name, person=key.person.name if key.person else "",
        roles=sorted(one.value for one in actor.roles), key=_key(key),
    )  # fmt: skip


@router.get(
    "/keys", response=list[KeyOut], operation_id="keys", **described("Own keys", answer=[KEY])
)  # fmt: skip
@requires("key.list")
def keys(request: HttpRequest) -> list[KeyOut]:
    """The keys of the person whose key asks, newest first."""
    actor = need(request, "key.list", Target(person=actor_of(request).person))
    return [_key(one) for one in ApiKey.objects.filter(person_id=actor.person).order_by("-created_at", "-pk")[:MOST]]


@router.delete("/keys/{key}", response={204: None}, operation_id="key_end", **described("End a key"))
@requires("key.end")
def end(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ends an own key at once, also the one that asks."""
    row = ApiKey.objects.filter(pk=key).first()
    if row is None:
        raise Http404
    api_keys.revoke(need(request, "key.end", Target(person=str(row.person_id or ""))), row)
    return HttpResponse(status=204)


@router.get(
    "/organisation",
    response=OwnOut,
    operation_id="organisation",
    **described("Own organisation", answer=MEMBER | {"id": ID, "age_recipient": "age1example"}),
)
@requires("member.read")
def organisation(request: HttpRequest) -> OwnOut:
    """The organisation whose key asks."""
    actor = need(request, "member.read")
    own = Organisation.objects.get(pk=actor.organisation)
    return OwnOut(**_member(own), id=own.pk, age_recipient=own.age_recipient)


@router.get(
    "/members",
    response=MemberPage,
    operation_id="members",
    **described("Members", answer={"members": [MEMBER], "next": None}),
)
@requires("member.read")
def members(
    request: HttpRequest,
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> MemberPage:
    """The organisations of the coalition, those that joined last first."""
    need(request, "member.read")
    rows = cursors.following(Organisation.objects.exclude(state=State.LEFT.value), "members", after, "joined_at")
    found = list(rows.order_by("-joined_at", "-pk")[: limit + 1])
    shown, place = cursors.page(found, limit, "members", "joined_at")
    return MemberPage(members=[MemberOut(**_member(one)) for one in shown], next=place)
