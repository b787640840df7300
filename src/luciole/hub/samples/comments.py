"""What members say about samples: seen by whoever may see the sample, taken back only by who wrote it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit import services as audit
from luciole.hub.members.policy import Actor
from luciole.hub.samples.failures import NotTaken
from luciole.hub.samples.models import Comment, Sample
from luciole.hub.samples.sharing import is_shared
from luciole.hub.site.sentences import sentence

LONGEST = 4_000
MOST = 500
"""Comments of one organisation on one sample."""
SHOWN = 200


def comments_on(sample: Sample, actor: Actor, now: dt.datetime) -> Iterable[Comment]:
    """The comments on a sample that this actor may see and that were not taken back, oldest first.

    Those of other organisations only while the sample is shared, and if it was as they were written: else they would
    tell that somebody holds a file which the actor sees for having handed it in as well.
    """
    seen = Q(organisation_id=actor.organisation) if actor.organisation else Q(pk__in=())
    if is_shared(sample, now):
        seen |= Q(among_own=False)
    rows = Comment.objects.filter(seen, sample=sample, removed_at=None).select_related("organisation", "person")
    return rows.order_by("at", "pk")[:SHOWN]


def add(actor: Actor, sample: Sample, text: str) -> Comment:
    """Adds a comment. Whether the actor may was asked before. Raises NotTaken where it is empty or too long."""
    said = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not said:
        raise NotTaken(mark("A comment says something."))
    if len(said) > LONGEST:
        raise NotTaken(sentence("A comment has at most {most} characters.", most=LONGEST))
    with transaction.atomic():
        if Comment.objects.filter(sample=sample, organisation_id=actor.organisation).count() >= MOST:
            raise NotTaken(sentence("Your organisation wrote {most} comments on this sample already.", most=MOST))
        made = Comment.objects.create(
            sample=sample, organisation_id=actor.organisation, person_id=actor.person or None, text=said,
            among_own=not is_shared(sample, timezone.now()),
        )  # fmt: skip
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
