"""Hands a file in: sealed, on disk, counted and told in the log before anybody is told that it was received."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit import services as audit
from luciole.hub.members.policy import Actor, allowed
from luciole.hub.samples.about import About, tidied
from luciole.hub.samples.failures import NotAllowed, NotTaken, StorageFailed, in_database
from luciole.hub.samples.models import Blob, HandIn, Sample
from luciole.hub.samples.vault import DAMAGED, ERASED, STORED, Arrival, Stored, Vault, current

__all__ = ["LARGEST", "About", "Arrived", "Within", "hand_in", "keep_all", "may_hand_in"]
LARGEST = 1 << 30
"""Bytes of the largest file that is taken."""
ACTION = "sample.submit"
_TRIES = 5
_WAITING = "waiting"
_ASKED_AGAIN = frozenset({"withdrawn", "unreadable"})

Within = Callable[[Sequence[HandIn]], None]
"""Runs in the transaction that makes hand-ins; what it raises undoes them."""


class Arrived(NamedTuple):
    """A file that arrived, with what is said of it, as `tidied` returns it."""

    arrival: Arrival
    said: About


class _NotHeld(StorageFailed):
    """The file that was in the vault a moment ago is not there any more."""

    def __init__(self) -> None:
        super().__init__(mark("This file is being handed in and erased at the same time. Try again."))


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
            raise NotTaken(mark("The file that arrived is not the one that was announced."))
        return keep_all(vault, actor, [Arrived(arrival, said)], within)[0]


def keep_all(
    vault: Vault, actor: Actor, files: Sequence[Arrived], within: Within | None = None, archive: bytes = b""
) -> list[HandIn]:
    """Keeps files that arrived and hands them in, all of them or none, in their order; as durable as `hand_in`.

    files: no two of the same content; archive: SHA-256 of the archive in which they came, where they did. Must be
    called within `vault.writing.part()`. Raises StorageFull, StorageFailed, and what `within` raises.
    """
    keeping = _Keeping(vault, actor, archive)
    every = [_File(vault, one) for one in files]
    with contextlib.ExitStack() as stack:
        for one in every:
            stack.enter_context(vault.undoing(one.arrival.name))
        made = keeping.tried(every, within)
    for one, row in zip(every, made, strict=True):
        one.settled(row)
    return made


def may_hand_in(actor: Actor) -> None:
    """Raises NotAllowed where this actor may not hand in, or acts for no organisation."""
    if not allowed(actor, ACTION) or not actor.organisation:
        raise NotAllowed(mark("You may not hand in files."))


class _File:
    """One file on its way from having arrived to lying in the vault."""

    def __init__(self, vault: Vault, file: Arrived) -> None:
        self._vault = vault
        self.arrival, self.said = file
        self._kept: Stored | None = None

    def keep(self) -> None:
        """Puts the file into the vault, where it is not there."""
        if self._kept is None and not self._is_held():
            self._kept = self.arrival.keep()

    def settled(self, made: HandIn) -> None:
        """Removes what was kept where somebody else's writing of the same file is the one that stays."""
        if self._kept and made.sample.blob.name != self._kept.name:
            self._vault.discard(self._kept.name)

    def _is_held(self) -> bool:
        with in_database():
            row = Blob.objects.filter(digest=self.arrival.sha256, state=STORED).first()
        if row is None:
            return False
        if self._vault.blobs.exists(row.name):
            return True
        with in_database():
            Blob.objects.filter(pk=row.pk, name=row.name).update(state=DAMAGED)
        return False

    def blob(self) -> tuple[Blob, bool]:
        """The row of the file, and whether its bytes are those that were kept just now."""
        row = Blob.objects.select_for_update().filter(digest=self.arrival.sha256).first()
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

    def sample(self, blob: Blob) -> Sample:
        """The row of the sample, made where there is none."""
        found = Sample.objects.filter(sha256=self.arrival.sha256).first()
        if found is not None:
            found.sha256 = bytes(found.sha256)
            found.blob = blob
            return found
        sha256, sha1, md5 = self.arrival.digests
        return Sample.objects.create(sha256=sha256, sha1=sha1, md5=md5, size=self.arrival.size, blob=blob)


class _Keeping:
    """Makes the rows of files that arrived together, in one transaction.

    Locks are taken in one order wherever files are handed in: their blobs, by digest; the count of the vault; the log.
    """

    def __init__(self, vault: Vault, actor: Actor, archive: bytes) -> None:
        self._vault = vault
        self._actor = actor
        self._archive = archive
        self._bundle = uuid.uuid4() if archive else None

    def tried(self, files: Sequence[_File], within: Within | None) -> list[HandIn]:
        for left in reversed(range(_TRIES)):
            for one in files:
                one.keep()
            try:
                with in_database(), transaction.atomic(durable=True):
                    return self._rows(files, within)
            except (_NotHeld, IntegrityError):  # somebody else was quicker: look again
                if not left:
                    raise
        raise AssertionError

    def _rows(self, files: Sequence[_File], within: Within | None) -> list[HandIn]:
        if len(files) > 1:
            digests = [one.arrival.sha256 for one in files]
            list(Blob.objects.select_for_update().filter(digest__in=digests).order_by("digest").values_list("pk"))
        blobs = [one.blob() for one in files]
        made = [self._made(one.sample(blob), one.said) for one, (blob, _) in zip(files, blobs, strict=True)]
        if within:
            within(made)
        told = {"archive": self._archive.hex()} if self._archive else {}
        for row, (_, is_new) in zip(made, blobs, strict=True):
            sample = row.sample
            digest = bytes(sample.sha256).hex()
            audit.record(ACTION, self._actor, "sample", digest, hand_in=str(row.pk), tlp=row.tlp, **told)
            if is_new or sample.state in _ASKED_AGAIN:
                Sample.objects.filter(pk=sample.pk).update(state=_WAITING)
                _ask_once_committed(sample)
        return made

    def _made(self, sample: Sample, said: About) -> HandIn:
        return HandIn.objects.create(
            sample=sample,
            organisation_id=self._actor.organisation,
            person_id=self._actor.person or None,
            key_id=self._actor.key or None,
            bundle=self._bundle,
            file_name=said.file_name,
            source=said.source,
            tlp=said.tlp.value,
            purposes=[one.value for one in said.purposes],
            embargo_until=said.embargo_until,
            note=said.note,
            from_survivor=said.from_survivor,
            consent=said.consent,
        )


def _ask(sample: Sample) -> None:
    from luciole.hub.samples.analysis import ask  # noqa: PLC0415 - the analysis reads what is handed in, not the reverse

    ask(sample)


def _ask_once_committed(sample: Sample) -> None:
    """What fails there is logged by Django, which needs a function with a name; a regular job asks again."""
    transaction.on_commit(lambda: _ask(sample), robust=True)
