"""What a member sees of the others' samples: as they marked them, after their embargo, never what they took back."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from luciole.hub.members.models import Organisation
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind, Tlp
from luciole.hub.samples.models import Blob, HandIn, Sample
from luciole.hub.samples.sharing import hand_ins_for, target_of, visible_to

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TRAVELS = {Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER}
Maker = Callable[..., Organisation]


def a_sample(content: bytes = b"inert") -> Sample:
    digest = hashlib.sha256(content).digest()
    blob = Blob.objects.create(digest=digest, name=digest.hex(), size=5, wrapped_key=b"k", hub_key="1")
    return Sample.objects.create(sha256=digest, sha1=digest[:20], md5=digest[:16], size=5, blob=blob)


def handed_in(sample: Sample, by: Organisation, tlp: Tlp = Tlp.GREEN, **fields: object) -> HandIn:
    return HandIn.objects.create(sample=sample, organisation=by, source="device", tlp=tlp.value, **fields)


def seen(by: Organisation, now: datetime = NOW) -> int:
    actor = Actor("p", organisation=str(by.pk), kind=Kind(by.kind))
    samples = Sample.objects.filter(visible_to(actor, now))
    assert {one.pk for one in samples} == {one.pk for one in Sample.objects.all() if target_of(actor, one, now).shared}
    return samples.count()


@pytest.mark.parametrize("tlp", Tlp)
def test_a_marking_decides_whether_others_see_it(an_organisation: Maker, tlp: Tlp) -> None:
    ours, theirs = an_organisation(), an_organisation()
    handed_in(a_sample(), ours, tlp)
    assert seen(ours) == 1
    assert seen(theirs) == (tlp in TRAVELS)


def test_an_embargo_holds_to_its_end_for_everybody_else(an_organisation: Maker) -> None:
    ours, theirs = an_organisation(), an_organisation()
    handed_in(a_sample(), ours, embargo_until=NOW + timedelta(days=1))
    assert (seen(ours), seen(theirs)) == (1, 0)
    assert seen(theirs, NOW + timedelta(days=1)) == 1


def test_what_was_withdrawn_is_seen_by_nobody(an_organisation: Maker) -> None:
    ours, theirs = an_organisation(), an_organisation()
    handed_in(a_sample(), ours, withdrawn_at=NOW)
    assert (seen(ours), seen(theirs)) == (0, 0)


def test_each_hand_in_is_shared_by_its_own_marking(an_organisation: Maker) -> None:
    ours, theirs, others = an_organisation(), an_organisation(), an_organisation()
    sample = a_sample()
    handed_in(sample, ours, Tlp.RED, note="ours alone")
    handed_in(sample, theirs, Tlp.GREEN)
    actor = Actor("p", organisation=str(others.pk))
    assert seen(others) == 1
    assert [one.organisation for one in hand_ins_for(actor, sample, NOW)] == [theirs]
    assert len(list(hand_ins_for(actor._replace(organisation=str(ours.pk)), sample, NOW))) == 2


def test_people_without_an_organisation_see_what_travels(an_organisation: Maker) -> None:
    handed_in(a_sample(), an_organisation(), Tlp.RED)
    handed_in(a_sample(b"other"), an_organisation(), Tlp.CLEAR)
    assert Sample.objects.filter(visible_to(Actor("coordinator"), NOW)).count() == 1
