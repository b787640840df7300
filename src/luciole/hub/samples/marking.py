"""Own hand-ins afterwards: another marking, or taken back. What nobody hands in any more is erased."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit import services as audit
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Purpose, Tlp
from luciole.hub.samples import vault
from luciole.hub.samples.about import NOTE_LENGTH
from luciole.hub.samples.failures import NotTaken
from luciole.hub.samples.models import Analysis, Blob, HandIn, Kinship, Sample, Term
from luciole.hub.site import jobs
from luciole.hub.site.sentences import sentence

ACTION = "handin.change"
WITHDRAWN = "withdrawn"
_BATCH = 200


class Marking(msgspec.Struct, frozen=True, kw_only=True):
    """How far a hand-in may travel, what for, from when on, and what is said beside it."""

    tlp: Tlp
    purposes: tuple[Purpose, ...] = ()
    embargo_until: dt.datetime | None = None
    note: str = ""


def change(actor: Actor, hand_in: UUID, marking: Marking) -> HandIn:
    """Gives a hand-in another marking, which holds from now on. Whether the actor may was asked before.

    Raises NotTaken where the note is too long, the embargo has no time zone, or the hand-in was withdrawn.
    """
    if len(marking.note) > NOTE_LENGTH:
        raise NotTaken(sentence("The note is longer than {most} characters.", most=NOTE_LENGTH))
    if marking.embargo_until is not None and marking.embargo_until.tzinfo is None:
        raise NotTaken(mark("The end of the embargo lacks a time zone."))
    with transaction.atomic():
        row = _held(hand_in)
        row.tlp, row.purposes = marking.tlp.value, [one.value for one in dict.fromkeys(marking.purposes)]
        row.embargo_until, row.note, row.changed_at = marking.embargo_until, marking.note, timezone.now()
        row.save(update_fields=["tlp", "purposes", "embargo_until", "note", "changed_at"])
        audit.record(ACTION, actor, "sample", _name(row.sample), hand_in=str(row.pk), tlp=row.tlp)
    return row


def withdraw(actor: Actor, hand_in: UUID) -> HandIn:
    """Takes a hand-in back for good. Was it the last, the file's key is destroyed and what was read of it forgotten.

    Whether the actor may was asked before. Raises NotTaken where it was withdrawn already, StorageFailed.
    """
    with transaction.atomic():
        blob = HandIn.objects.values_list("sample__blob", flat=True).get(pk=hand_in)
        Blob.objects.select_for_update().get(pk=blob)  # whoever hands the same file in waits here, and then sees it
        row = _held(hand_in)
        row.withdrawn_at = row.changed_at = timezone.now()
        row.save(update_fields=["withdrawn_at", "changed_at"])
        is_last = not row.sample.hand_ins.filter(withdrawn_at=None).exists()
        if is_last:
            _forget(row.sample)
        audit.record("handin.withdraw", actor, "sample", _name(row.sample), hand_in=str(row.pk), erased=is_last)
    return row


def _held(hand_in: UUID) -> HandIn:
    row = HandIn.objects.select_for_update(of=("self",)).select_related("sample__blob").get(pk=hand_in)
    if row.withdrawn_at is not None:
        raise NotTaken(mark("This hand-in was withdrawn."))
    return row


def _forget(sample: Sample) -> None:
    Sample.objects.filter(pk=sample.pk).update(
        state=WITHDRAWN, package="", label="", version="", verdict="", rule="", tlsh=""
    )
    for model in (Term, Kinship, Analysis):
        model.objects.filter(sample=sample).delete()
    vault.current().erase(sample.blob)


def _name(sample: Sample) -> str:
    return bytes(sample.sha256).hex()


@jobs.job(seconds=3_600)
def withdraw_all_of(organisation: str) -> None:
    """Job: takes back every hand-in of an organisation that left and did not want them to stay."""
    actor = Actor(organisation=organisation)
    while rows := list(HandIn.objects.filter(organisation_id=organisation, withdrawn_at=None)[:_BATCH]):
        for row in rows:
            with jobs.step():
                withdraw(actor, row.pk)


def withdraw_when_left(organisation: object, keep: bool, **_: object) -> None:  # noqa: FBT001 - as the signal is sent
    """Asks for that when a membership ends so. organisation: its id."""
    if not keep:
        jobs.later(withdraw_all_of, str(organisation))
