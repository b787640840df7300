"""What of the samples an organisation sees: its own hand-ins, and those of others as they marked them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, Min, OuterRef, Q

from luciole.hub.members.policy import Actor, Target
from luciole.hub.members.words import Tlp
from luciole.hub.samples.models import HandIn, Sample

TRAVELS = (Tlp.CLEAR.value, Tlp.GREEN.value, Tlp.AMBER.value)
"""Markings of TLP 2.0 with which members see what another handed in; the others stay where they came from."""


def seen_by(actor: Actor, now: datetime) -> Q:
    """Which hand-ins this actor's organisation sees. now: ends embargoes."""
    own = Q(organisation_id=actor.organisation) if actor.organisation else Q(pk__in=())
    return Q(withdrawn_at=None) & (own | _travels(now))


def _travels(now: datetime) -> Q:
    return Q(tlp__in=TRAVELS) & (Q(embargo_until=None) | Q(embargo_until__lte=now))


def is_shared(sample: Sample, now: datetime) -> bool:
    """Whether every member sees a sample at this moment."""
    return sample.hand_ins.filter(_travels(now), withdrawn_at=None).exists()


def first_seen(samples: Sequence[Sample], actor: Actor, now: datetime) -> dict[int, datetime]:
    """When the first hand-in of each sample was that this actor sees, by the id of the sample; others show nowhere."""
    rows = HandIn.objects.filter(seen_by(actor, now), sample__in=samples).order_by().values("sample")
    return {one["sample"]: one["first"] for one in rows.annotate(first=Min("at"))}


def visible_to(actor: Actor, now: datetime) -> Exists:
    """A condition on samples: at least one hand-in of it is seen by this actor."""
    return Exists(HandIn.objects.filter(seen_by(actor, now), sample=OuterRef("pk")))


def seen_among(actor: Actor, samples: Sequence[int], now: datetime) -> set[int]:
    """Those of the samples that this actor sees. samples: their ids, a few hundred at most."""
    seen = HandIn.objects.filter(seen_by(actor, now), sample__in=list(samples))
    return set(seen.values_list("sample_id", flat=True))


def hand_ins_for(actor: Actor, sample: Sample, now: datetime) -> Iterable[HandIn]:
    """The hand-ins of one sample that this actor sees, oldest first."""
    return sample.hand_ins.filter(seen_by(actor, now)).select_related("organisation").order_by("at")


def target_of(actor: Actor, sample: Sample, now: datetime) -> Target:
    """One sample as the policy sees it. It belongs to nobody alone; the strictest marking of an own hand-in is known to
    its organisation, and no other organisation learns of it."""  # noqa: D205, D209 - one sentence
    return Target(shared=sample.hand_ins.filter(seen_by(actor, now)).exists())
