"""API keys: 256 random bits shown once; who stands behind one, and whether it may be used now and from there."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind, Role, Scope, State

_BYTES = 32
_PREFIX = 8
TOKEN = re.compile(r"luc_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", re.ASCII)
"""The form of a key; its beginning lets secret scanners find one that was published by mistake."""


class NewKey(NamedTuple):
    """A key that was just made. token: shown once; prefix: by which people tell keys apart; digest: what is kept."""

    token: str
    prefix: str
    digest: bytes


class KeyRecord(NamedTuple):
    """What is known of one key and its owner, as the database has it. networks: addresses it may come from, or none."""

    key: str
    organisation: str
    kind: str
    state: str
    person: str
    person_active: bool
    roles: Sequence[str]
    scopes: Sequence[str]
    networks: Sequence[str]
    expires_at: datetime
    revoked: bool


def make_key() -> NewKey:
    """A new key."""
    prefix = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    token = f"luc_{prefix}_{base64.urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode().rstrip('=')}"
    return NewKey(token, prefix, digest_of(token))


def digest_of(token: str) -> bytes:
    """SHA-256 of the whole key, by which it is looked up."""
    return hashlib.sha256(token.encode()).digest()


def bearer(header: str) -> bytes | None:
    """The digest of the key in an Authorization header; None where there is no key, or no well-formed one."""
    scheme, _, token = header.partition(" ")
    return digest_of(token) if scheme.lower() == "bearer" and TOKEN.fullmatch(token) else None


def actor_of_key(record: KeyRecord, address: str, now: datetime) -> Actor | None:
    """Who stands behind a key; None where it is revoked, expired, or comes from elsewhere than it may.

    A key of a person has that person's roles; a key of an organisation has none of its own and is an analyst's tool.
    """
    if record.revoked or record.expires_at <= now or not record.person_active:
        return None
    if record.networks and not _within(address, record.networks):
        return None
    return Actor(
        person=record.person,
        key=record.key,
        organisation=record.organisation,
        kind=Kind(record.kind),
        state=State(record.state),
        roles=frozenset(map(Role, record.roles)) if record.person else frozenset({Role.ANALYST}),
        scopes=frozenset(map(Scope, record.scopes)),
    )


def _within(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in ipaddress.ip_network(one) for one in networks)
