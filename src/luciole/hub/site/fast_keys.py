"""Who asks, for the fast layer: the keys of `members.keys`, read without the ORM and remembered for under a second."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from luciole.hub.members.keys import KeyRecord, actor_of_key, bearer
from luciole.hub.members.models import ApiKey, Organisation, Person, PersonRole
from luciole.hub.members.policy import Actor
from luciole.hub.samples.lookup_rows import ASKED
from luciole.hub.site.fast_database import Reader

REMEMBERED = 0.9
"""Seconds for which a key that was revoked may still be answered; with the answer itself, under one second."""
_MOST = 4_096
_KEY, _ORGANISATION, _PERSON, _ROLE = (
    model._meta.db_table  # noqa: SLF001 - Django's name
    for model in (ApiKey, Organisation, Person, PersonRole)
)
_FIND = (
    "SELECT k.id, k.scopes, k.networks, k.expires_at, k.revoked_at, o.id, o.kind, o.state, p.id, p.is_active, "  # noqa: S608 - names of tables
    f"p.organisation_id FROM {_KEY} k JOIN {_ORGANISATION} o ON o.id = k.organisation_id "
    f"LEFT JOIN {_PERSON} p ON p.id = k.person_id WHERE k.digest = {ASKED}"
)
_ROLES = f"SELECT role FROM {_ROLE} WHERE person_id = {ASKED}"  # noqa: S608 - as above


class _Known(NamedTuple):
    actor: Actor
    until: float


class Keys:
    """The keys that were used a moment ago, and a way to the others. clock: seconds that never go back."""

    def __init__(self, reader: Reader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._known: dict[tuple[bytes, str], _Known] = {}

    def actor(self, header: str, address: str) -> Actor | None:
        """Who stands behind the key of an Authorization header, from that address. Raises Unavailable."""
        digest = bearer(header)
        if digest is None:
            return None
        asked = self._clock()
        known = self._known.get((digest, address))
        if known is not None and asked < known.until:
            return known.actor
        record = find_key(self._reader, digest)
        now = datetime.now(UTC)
        actor = actor_of_key(record, address, now) if record else None
        if record is not None and actor is not None:
            self._remember((digest, address), actor, asked, (record.expires_at - now).total_seconds())
        return actor

    def _remember(self, key: tuple[bytes, str], actor: Actor, asked: float, left: float) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = _Known(actor, asked + min(REMEMBERED, left))


def find_key(reader: Reader, digest: bytes) -> KeyRecord | None:
    """As `members.access.find_key`. Raises Unavailable."""
    rows = reader.rows(_FIND, (digest,))
    if not rows:
        return None
    key, scopes, networks, expires, revoked, organisation, kind, state, person, is_active, belongs = rows[0]
    return KeyRecord(
        key=_id(key),
        organisation=_id(organisation),
        kind=kind,
        state=state,
        person=_id(person) if person else "",
        person_active=person is None or (bool(is_active) and belongs == organisation),
        roles=[role for (role,) in reader.rows(_ROLES, (person,))] if person else [],
        scopes=_list(scopes),
        networks=_list(networks),
        expires_at=_moment(expires),
        revoked=revoked is not None,
    )


def _id(value: object) -> str:
    """An id as the ORM writes it; SQLite keeps 32 hexadecimal digits."""
    return str(value if isinstance(value, uuid.UUID) else uuid.UUID(hex=str(value)))


def _list(value: Any) -> list[str]:
    return list(json.loads(value) if isinstance(value, str) else value)


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
