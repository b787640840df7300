"""Writes the audit log, verifies it, and signs where it stands. The only way into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection, transaction
from django.utils import timezone

from luciole.hub.audit.chain import START, Fault, Line, check, digest_of
from luciole.hub.audit.models import Checkpoint, Entry
from luciole.hub.members.policy import Actor

_LOCK = 0x6C7563696F6C65
"""Number of the lock that lets one transaction after the other extend the chain, on PostgreSQL."""
_BATCH = 2_000


def record(
    action: str, actor: Actor, object_kind: str, object_id: object, organisation: str = "", **detail: str | int | bool
) -> Entry:
    """Adds one entry in the transaction of what it tells: both are kept, or neither.

    organisation: whose log it belongs to, the actor's own where none is named; detail: words of closed lists and
    numbers, never contents, names or addresses.
    """
    with transaction.atomic():
        last = _last()
        now = timezone.now()
        line = Line(
            sequence=last.sequence + 1 if last else 1,
            at=now.isoformat(timespec="microseconds"),
            action=action,
            actor_kind="key" if actor.key else "person" if actor.person else "hub",
            actor=actor.key or actor.person,
            organisation=organisation or actor.organisation,
            object_kind=object_kind,
            object_id=str(object_id),
            detail=detail,
        )
        previous = bytes(last.digest) if last else START
        fields = line._asdict() | {"at": now, "previous": previous, "digest": digest_of(line, previous)}
        return Entry.objects.create(**fields)


def _last() -> Entry | None:
    """The newest entry; nobody else adds one until this transaction ends. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return Entry.objects.order_by("-sequence").first()


def checkpoint(sign: Callable[[bytes], bytes]) -> Checkpoint | None:
    """Signs the newest entry. sign: Ed25519 over the bytes of `signed_bytes`. None where the log is empty."""
    with transaction.atomic():
        last = _last()
        if last is None:
            return None
        digest = bytes(last.digest)
        found, _ = Checkpoint.objects.get_or_create(
            sequence=last.sequence,
            defaults={"at": timezone.now(), "digest": digest, "signature": sign(signed_bytes(last.sequence, digest))},
        )
        return found


def signed_bytes(sequence: int, digest: bytes) -> bytes:
    """What a checkpoint signs."""
    return b"luciole audit checkpoint 1\n" + sequence.to_bytes(8, "big") + digest


def verify(is_signed: Callable[[bytes, bytes], bool]) -> Fault | None:
    """The first fault of the whole log, None where there is none. is_signed: whether a signature fits its bytes."""
    heads: dict[int, bytes] = {}
    for one in Checkpoint.objects.order_by("sequence"):
        if not is_signed(bytes(one.signature), signed_bytes(one.sequence, bytes(one.digest))):
            return Fault(one.sequence, "a checkpoint is not signed by this hub")
        heads[one.sequence] = bytes(one.digest)
    return check(_lines(), heads)


def _lines() -> Iterator[tuple[Line, bytes, bytes]]:
    for one in Entry.objects.order_by("sequence").iterator(chunk_size=_BATCH):
        line = Line(
            one.sequence,
            one.at.isoformat(timespec="microseconds"),
            one.action,
            one.actor_kind,
            one.actor,
            one.organisation,
            one.object_kind,
            one.object_id,
            one.detail,
        )
        yield line, bytes(one.previous), bytes(one.digest)


def length() -> int:
    """How many entries the log has."""
    return Entry.objects.count()
