"""Removes what an interruption left in the store: drafts, bytes that no row names, and uploads whose time is over."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction

from luciole.hub.samples.blobs import Listed
from luciole.hub.samples.failures import in_database
from luciole.hub.samples.models import Blob, Holding, Piece, Upload
from luciole.hub.samples.uploads import remove
from luciole.hub.samples.vault import ERASED, Vault

SETTLED = dt.timedelta(hours=1)
"""What others may still be writing is left alone until it is older than this."""
_BATCH = 500


class Swept(NamedTuple):
    """What was removed."""

    drafts: int
    orphans: int
    uploads: int


def sweep(vault: Vault, now: dt.datetime) -> Swept:
    """Sweeps; to be called before the server takes its first request, and once a day. Safe while others write.

    Where nobody on this computer is writing and the store is of this computer alone, everything without a row goes;
    else only what is older than an hour. Raises StorageFailed.
    """
    with in_database():
        expired = list(Upload.objects.filter(expires_at__lte=now))
    for row in expired:
        remove(vault, row)
    with vault.writing.alone() as alone:
        before = None if alone and not vault.blobs.is_shared else now - SETTLED
        drafts = vault.blobs.clear_drafts(before)
        orphans = sum(_removed(vault, one) for one in _orphans(vault, before))
    return Swept(drafts, orphans, len(expired))


def _removed(vault: Vault, one: Listed) -> int:
    vault.blobs.delete(one.name)
    return 1


def _orphans(vault: Vault, before: dt.datetime | None) -> Iterator[Listed]:
    old = (one for one in vault.blobs.listed() if before is None or one.changed_at < before)
    while batch := list(itertools.islice(old, _BATCH)):
        named = _named([one.name for one in batch])
        yield from (one for one in batch if one.name not in named)


def _named(names: list[str]) -> frozenset[str]:
    """Those of the names that a row has. Waits for commits of killed processes that the database has not ended yet."""
    with in_database(), transaction.atomic():
        Holding.objects.select_for_update().first()
        blobs = Blob.objects.filter(name__in=names).exclude(state=ERASED).values_list("name", flat=True)
        pieces = Piece.objects.filter(name__in=names).values_list("name", flat=True)
        return frozenset(itertools.chain(blobs, pieces))
