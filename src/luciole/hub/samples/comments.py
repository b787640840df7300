"""What members say about samples: seen by whoever may see the sample, taken back only by who wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from luciole.hub.audit import services as audit
from luciole.hub.members.policy import Actor
from luciole.hub.samples.failures import NotTaken
from luciole.hub.samples.models import Comment, Sample

LONGEST = 4_000
MOST = 500
"""Comments on one sample."""
SHOWN = 200


def comments_on(sample: Sample) -> Iterable[Comment]:
    """The comments on a sample that were not taken back, oldest first."""
    rows = Comment.objects.filter(sample=sample, removed_at=None).select_related("organisation", "person")
    return rows.order_by("at", "pk")[:SHOWN]


def add(actor: Actor, sample: Sample, text: str) -> Comment:
    """Adds a comment. Whether the actor may was asked before. Raises NotTaken where it is empty or too long."""
    said = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not said:
        raise NotTaken("A comment says something.")
    if len(said) > LONGEST:
        raise NotTaken(f"A comment has at most {LONGEST} characters.")
    with transaction.atomic():
        if Comment.objects.filter(sample=sample).count() >= MOST:
            raise NotTaken(f"There are {MOST} comments on this sample already.")
        made = Comment.objects.create(
            sample=sample, organisation_id=actor.organisation, person_id=actor.person, text=said
        )
        audit.record("sample.comment", actor, "sample", bytes(sample.sha256).hex(), comment=str(made.pk))
    return made


def remove(actor: Actor, comment: UUID) -> None:
    """Takes a comment back; its text is not kept. Whether the actor may was asked before."""
    with transaction.atomic():
        row = Comment.objects.select_for_update().select_related("sample").get(pk=comment)
        if row.removed_at is None:
            row.removed_at, row.text = timezone.now(), ""
            row.save(update_fields=["removed_at", "text"])
            audit.record("comment.remove", actor, "sample", bytes(row.sample.sha256).hex(), comment=str(row.pk))
