"""API keys of an organisation or a person: made, shown once, limited, revoked."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit.services import record
from luciole.hub.members.keys import make_key
from luciole.hub.members.models import ApiKey, Organisation, Person
from luciole.hub.members.policy import FETCHING, Actor
from luciole.hub.members.words import Kind, Scope
from luciole.kernel.errors import LucioleError

LONGEST_DAYS = 366
MOST_NETWORKS = 20
_FETCH = frozenset({Scope.FETCH, Scope.FETCH_RAW})


class KeyRefused(LucioleError):
    """A key like this is not made."""


class Wanted(NamedTuple):
    """What a key is to be. days: until it ends; networks: addresses it may come from, as `192.0.2.0/24`; none: any."""

    name: str
    scopes: frozenset[Scope]
    days: int
    networks: tuple[str, ...] = ()


def scopes_for(kind: Kind) -> tuple[Scope, ...]:
    """The scopes that a key of such an organisation can have at all."""
    return tuple(one for one in Scope if one not in _FETCH or kind in FETCHING)


def make(actor: Actor, organisation: Organisation, person: Person | None, wanted: Wanted) -> tuple[ApiKey, str]:
    """Makes a key; returns it with its token, which is never shown again. person: None for the organisation's own."""
    if not wanted.scopes or not wanted.scopes <= set(scopes_for(Kind(organisation.kind))):
        raise KeyRefused(mark("A key needs a scope, and only such as your organisation may have."))
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise KeyRefused(mark("A key ends after a year at most."))
    new = make_key()
    with transaction.atomic():
        key = ApiKey.objects.create(
            organisation=organisation, person=person, name=wanted.name, prefix=new.prefix, digest=new.digest,
            scopes=sorted(one.value for one in wanted.scopes), networks=list(networks_of(wanted.networks)),
            created_by_id=actor.person or None, expires_at=timezone.now() + timedelta(days=wanted.days),
        )  # fmt: skip
        record("key.make", actor, "key", key.pk, str(organisation.pk), scopes=" ".join(sorted(key.scopes)))
    return key, new.token


def networks_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Networks in their usual spelling. Raises KeyRefused for what is none, or for too many."""
    named = [one for one in texts if one]
    if len(named) > MOST_NETWORKS:
        raise KeyRefused(mark("At most twenty networks can be named."))
    return tuple(map(_network, named))


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise KeyRefused(mark("One of these is no network. Write them as 192.0.2.0/24 or 2001:db8::/32.")) from None


def revoke(actor: Actor, key: ApiKey) -> None:
    """Ends a key at once."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record("key.revoke", actor, "key", key.pk, str(key.organisation_id))
