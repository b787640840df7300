"""Who asks, and whether they may: the only way from a request to the policy table, for pages and for the API."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone

from luciole.hub.members.keys import KeyRecord, actor_of_key, bearer
from luciole.hub.members.models import ApiKey, Person
from luciole.hub.members.policy import ANONYMOUS, OF_COALITION, TABLE, Actor, Target, allowed, lacks_second_factor
from luciole.hub.members.words import COALITION_ROLES, Kind, State

View = TypeVar("View", bound=Callable[..., Any])
_CACHED = "luciole_actor"
_METHODS = "account_authentication_methods"
"""Where allauth keeps how a person signed in."""


class SecondFactorNeeded(PermissionDenied):
    """Only the second factor is missing; a page asks for it."""


class SignInNeeded(PermissionDenied):
    """Nobody is signed in, and somebody must be."""


def actor_of(request: HttpRequest) -> Actor:
    """Who asks. The API knows keys alone, pages know sign-ins alone; neither ever reads the other."""
    known = getattr(request, _CACHED, None)
    if known is None:
        known = _by_key(request) if request.path.startswith("/api/") else _by_sign_in(request)
        setattr(request, _CACHED, known)
    return cast("Actor", known)


def actor_of_person(person: Person, *, second_factor: bool) -> Actor:
    """A person as the policy sees them. People of the coalition without an organisation act for none."""
    organisation = person.organisation
    return Actor(
        person=str(person.pk),
        organisation=str(organisation.pk) if organisation else "",
        kind=Kind(organisation.kind) if organisation else None,
        state=State(organisation.state) if organisation else State.ACTIVE,
        roles=person.role_names if organisation else person.role_names & COALITION_ROLES,
        second_factor=second_factor,
    )


def _by_sign_in(request: HttpRequest) -> Actor:
    user = getattr(request, "user", None)
    if not isinstance(user, Person) or not user.is_active:
        return ANONYMOUS
    methods = request.session.get(_METHODS, [])
    return actor_of_person(user, second_factor=any(one.get("method") == "mfa" for one in methods))


def _by_key(request: HttpRequest) -> Actor:
    digest = bearer(request.headers.get("Authorization", ""))
    record = find_key(digest) if digest else None
    if record is None:
        return ANONYMOUS
    return actor_of_key(record, request.META.get("REMOTE_ADDR", ""), timezone.now()) or ANONYMOUS


def find_key(digest: bytes) -> KeyRecord | None:
    """What is known of the key with this digest."""
    key = ApiKey.objects.select_related("organisation", "person").filter(digest=digest).first()
    if key is None:
        return None
    person = key.person
    return KeyRecord(
        key=str(key.pk),
        organisation=str(key.organisation.pk),
        kind=key.organisation.kind,
        state=key.organisation.state,
        person=str(person.pk) if person else "",
        person_active=person is None or (person.is_active and person.organisation_id == key.organisation_id),
        roles=[one.value for one in person.role_names] if person else [],
        scopes=key.scopes,
        networks=key.networks,
        expires_at=key.expires_at,
        revoked=key.revoked_at is not None,
    )


def requires(action: str) -> Callable[[View], View]:
    """Guards a view or an operation of the API, and declares its action, which every address must have.

    The object is not known here: whether the actor may do this to some object is asked now, to this very object by
    `need` in the view.
    """
    if action not in TABLE:
        raise KeyError(action)

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            actor = actor_of(request)
            _check(actor, action, _most_of(actor))
            return view(request, *arguments, **named)

        guarded.action = action  # type: ignore[attr-defined] # read by the test that walks every address
        return cast("View", guarded)

    return guard


def need(request: HttpRequest, action: str, target: Target = OF_COALITION) -> Actor:
    """The actor, when they may do this to that. Raises Http404 where the thing is not theirs to know of."""
    actor = actor_of(request)
    _check(actor, action, _most_of(actor))
    if not allowed(actor, action, target):
        raise Http404
    return actor


def _most_of(actor: Actor) -> Target:
    """The most favourable object there could be, so that only what the actor lacks can deny."""
    return Target(actor.organisation, actor.person, shared=True)


def _check(actor: Actor, action: str, target: Target) -> None:
    if allowed(actor, action, target):
        return
    if not actor.is_known:
        raise SignInNeeded
    if lacks_second_factor(actor, action, target):
        raise SecondFactorNeeded
    raise PermissionDenied
