"""How much a key may ask: buckets in the database that fill by themselves, for all processes and beyond a restart.

A process takes a few requests at once out of a bucket and answers from those, so that most requests cost no write. What
a process took and does not use within `HELD` is lost to the key, never given twice: the limit holds whatever happens.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import math
import threading
from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from luciole.hub.site.models import Allowance

HELD = 10.0
"""Seconds after which what a process took and did not use is forgotten."""
_MOST_HELD = 10_000
FORGOTTEN = dt.timedelta(days=2)


class Limit(NamedTuple):
    """So many in a minute, all of them at once if nobody asked before. taken: how many a process takes at once."""

    a_minute: int
    taken: int


LIMITS: Mapping[str, Limit] = {
    "read": Limit(1_200, 10),
    "write": Limit(300, 1),
    "fetch": Limit(60, 1),
    "lookup": Limit(3_000_000, 50_000),
    "refused": Limit(60, 1),
}
"""By kind of request. lookup: each digest, package and certificate; refused: of an address without a key."""


class _Held(NamedTuple):
    left: int
    until: float


_held: dict[tuple[str, str], _Held] = {}
_lock = threading.Lock()


def take(owner: str, kind: str, count: int = 1) -> float:
    """Counts `count` requests. 0.0 where they may be answered; else seconds after which they may, and none was counted.

    owner: id of a key, or what `stands_for` an address. May write to the database; not within a transaction.
    """
    now = timezone.now()
    if _use_held((owner, kind), count, now.timestamp()):
        return 0.0
    limit = LIMITS[kind]
    wanted = max(count, limit.taken)
    given, wait = _from_bucket(owner, kind, now, count, wanted)
    if given > count:
        _hold((owner, kind), given - count, now.timestamp() + HELD)
    return wait


def stands_for(address: str) -> str:
    """What is kept in the place of an address, which is kept nowhere: a digest that only this hub can make."""
    return "address-" + hmac.new(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()[:32]


def kept_under(key: str, prefix: str, version: int) -> str:
    """The name under which attempts are counted, for Django's cache: the addresses that its key holds stand nowhere."""
    return stands_for(f"{prefix}:{version}:{key}")


def forget_old(now: dt.datetime) -> int:
    """Removes buckets that are full again. Returns how many."""
    return Allowance.objects.filter(at__lt=now - FORGOTTEN).delete()[0]


def forget_held() -> None:
    """Forgets what this process took, as a new process would not know it."""
    with _lock:
        _held.clear()


def _use_held(which: tuple[str, str], count: int, now: float) -> bool:
    with _lock:
        held = _held.get(which)
        if held is None or held.until < now or held.left < count:
            return False
        _held[which] = _Held(held.left - count, held.until)
        return True


def _hold(which: tuple[str, str], left: int, until: float) -> None:
    with _lock:
        if len(_held) >= _MOST_HELD:
            _held.clear()
        _held[which] = _Held(left, until)


def _from_bucket(owner: str, kind: str, now: dt.datetime, count: int, wanted: int) -> tuple[int, float]:
    """How many were given, at least `count` or none; and how long to wait where it is none."""
    limit = LIMITS[kind]
    with transaction.atomic():
        row = _row(owner, kind, now, float(limit.a_minute))
        passed = max(0.0, (now - row.at).total_seconds())
        tokens = min(float(limit.a_minute), row.tokens + passed * limit.a_minute / 60)
        if tokens < count:
            return 0, math.ceil((count - tokens) * 60 / limit.a_minute) if count <= limit.a_minute else 3600.0
        given = min(wanted, int(tokens))
        Allowance.objects.filter(pk=row.pk).update(tokens=tokens - given, at=max(now, row.at))
    return given, 0.0


def _row(owner: str, kind: str, now: dt.datetime, full: float) -> Allowance:
    rows = Allowance.objects.select_for_update().filter(owner=owner, kind=kind)
    found = rows.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Allowance.objects.create(owner=owner, kind=kind, tokens=full, at=now)
    except IntegrityError:  # another process made it in the same moment
        return rows.get()
