"""Hands a file in: sealed, on disk, counted and told in the log before anybody is told that it was received."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from luciole.hub.audit import services as audit
from luciole.hub.members.policy import Actor, allowed
from luciole.hub.samples.about import About, tidied
from luciole.hub.samples.failures import NotAllowed, NotTaken, StorageFailed, in_database
from luciole.hub.samples.models import Blob, HandIn, Sample
from luciole.hub.samples.vault import DAMAGED, ERASED, STORED, Arrival, Stored, Vault, current

__all__ = ["LARGEST", "About", "hand_in", "may_hand_in"]
LARGEST = 1 << 30
"""Bytes of the largest file that is taken."""
ACTION = "sample.submit"
_TRIES = 5
_WAITING = "waiting"
_ASKED_AGAIN = frozenset({"withdrawn", "unreadable"})

Within = Callable[[HandIn], None]
"""Runs in the transaction that makes a hand-in; what it raises undoes the hand-in."""


class _NotHeld(StorageFailed):
    """The file that was in the vault a moment ago is not there any more."""

    def __init__(self) -> None:
        super().__init__("This file is being handed in and erased at the same time. Try again.")


def hand_in(
    actor: Actor,
    chunks: Iterable[bytes],
    about: About,
    *,
    expect: bytes = b"",
    within: Within | None = None,
    into: Vault | None = None,
) -> HandIn:
    """Takes a file. When this returns, its bytes and its rows are on disk and its analysis is asked for.

    The same file twice is one sample with two hand-ins, and lies in the vault once. A file that was damaged or erased
    lies there again afterwards. chunks: clear bytes, of any sizes; expect: the SHA-256 that it must have, if known;
    within: see `Within`; into: another vault than that of this hub. Must not be called within a transaction.

    Raises NotAllowed, NotTaken, TooLarge, StorageFull (of which QuotaReached), StorageFailed, and what `chunks` raises;
    then nothing was handed in.
    """
    may_hand_in(actor)
    said = tidied(about)
    vault = into or current()
    with vault.writing.part(), vault.receive(chunks, LARGEST) as arrival:
        if expect and arrival.sha256 != expect:
            raise NotTaken("The file that arrived is not the one that was announced.")
        return _Keeping(vault, actor, said, arrival, within).result()


def may_hand_in(actor: Actor) -> None:
    """Raises NotAllowed where this actor may not hand in, or acts for no organisation."""
    if not allowed(actor, ACTION) or not actor.organisation:
        raise NotAllowed("You may not hand in files.")


class _Keeping:
    """One file on its way from having arrived to being handed in."""

    def __init__(self, vault: Vault, actor: Actor, said: About, arrival: Arrival, within: Within | None) -> None:
        self._vault = vault
        self._actor = actor
        self._said = said
        self._arrival = arrival
        self._within = within
        self._kept: Stored | None = None

    def result(self) -> HandIn:
        with self._vault.undoing(self._arrival.name):
            made = self._tried()
        if self._kept and made.sample.blob.name != self._kept.name:
            self._vault.discard(self._kept.name)
        return made

    def _tried(self) -> HandIn:
        for left in reversed(range(_TRIES)):
            if self._kept is None and not self._is_held():
                self._kept = self._arrival.keep()
            try:
                with in_database(), transaction.atomic(durable=True):
                    return self._rows()
            except (_NotHeld, IntegrityError):  # somebody else was quicker: look again
                if not left:
                    raise
        raise AssertionError

    def _is_held(self) -> bool:
        with in_database():
            row = Blob.objects.filter(digest=self._arrival.sha256, state=STORED).first()
        if row is None:
            return False
        if self._vault.blobs.exists(row.name):
            return True
        with in_database():
            Blob.objects.filter(pk=row.pk, name=row.name).update(state=DAMAGED)
        return False

    def _rows(self) -> HandIn:
        blob, is_new = self._blob()
        sample = self._sample(blob)
        said, actor = self._said, self._actor
        made = HandIn.objects.create(
            sample=sample,
            organisation_id=actor.organisation,
            person_id=actor.person or None,
            key_id=actor.key or None,
            file_name=said.file_name,
            source=said.source,
            tlp=said.tlp.value,
            purposes=[one.value for one in said.purposes],
            embargo_until=said.embargo_until,
            note=said.note,
            from_survivor=said.from_survivor,
            consent=said.consent,
        )
        if self._within:
            self._within(made)
        audit.record(ACTION, actor, "sample", sample.sha256.hex(), hand_in=str(made.pk), tlp=said.tlp.value)
        if is_new or sample.state in _ASKED_AGAIN:
            Sample.objects.filter(pk=sample.pk).update(state=_WAITING)
            transaction.on_commit(lambda: _ask(sample), robust=True)
        return made

    def _blob(self) -> tuple[Blob, bool]:
        """The row of the file, and whether its bytes are those that were kept just now."""
        row = Blob.objects.select_for_update().filter(digest=self._arrival.sha256).first()
        if row is not None and row.state == STORED:
            return row, False
        if self._kept is None:
            raise _NotHeld
        kept = self._kept
        if row is None:
            self._vault.reserve(kept.size)
            row = Blob(digest=kept.sha256, size=kept.size)
        elif row.state == ERASED:
            self._vault.reserve(kept.size)
        else:
            self._vault.discard_on_commit(row.name)
        row.name, row.wrapped_key, row.hub_key = kept.name, kept.wrapped_key, kept.hub_key
        row.state, row.stored_at, row.scrubbed_at = STORED, timezone.now(), None
        row.save()
        return row, True

    def _sample(self, blob: Blob) -> Sample:
        found = Sample.objects.filter(sha256=self._arrival.sha256).first()
        if found is not None:
            found.sha256 = bytes(found.sha256)
            found.blob = blob
            return found
        sha256, sha1, md5 = self._arrival.digests
        return Sample.objects.create(sha256=sha256, sha1=sha1, md5=md5, size=self._arrival.size, blob=blob)


def _ask(sample: Sample) -> None:
    from luciole.hub.samples.analysis import ask  # noqa: PLC0415 - the analysis reads what is handed in, not the reverse

    ask(sample)
