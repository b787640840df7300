"""Tells members' webhooks what happens to samples and searches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from luciole.hub.hooks import services as hooks
from luciole.hub.samples.models import HandIn, Sample


def analysed(sample: Sample) -> int:
    """Tells everybody who handed a sample in that it was read, in the transaction of that. Returns how many are told.

    Own hand-ins are always visible; nobody else is told, whatever the marking and the embargo are.
    """
    waiting = hooks.listeners(hooks.Event.ANALYSED)
    if not waiting:
        return 0
    row = Sample.objects.get(pk=sample.pk)
    about = {"sha256": bytes(row.sha256).hex(), "state": row.state, "verdict": row.verdict}
    return sum(hooks.tell(one, hooks.Event.ANALYSED, about) for one in sorted(_handed_in([row.pk], waiting)))


def judged(samples: Sequence[int]) -> int:
    """Tells everybody who handed some of these samples in what is concluded of them now; once for all of them.

    In the transaction of the conclusions. samples: ids. Returns how many webhooks are told.
    """
    waiting = hooks.listeners(hooks.Event.JUDGED)
    if not waiting:
        return 0
    by = _handed_in(samples, waiting)
    rows = {one.pk: one for one in Sample.objects.filter(pk__in=samples)}
    told = 0
    for organisation in sorted(by):
        about = [
            {"sha256": bytes(rows[one].sha256).hex(), "verdict": rows[one].verdict} for one in sorted(by[organisation])
        ]
        told += hooks.tell(organisation, hooks.Event.JUDGED, {"samples": about})
    return told


def _handed_in(samples: Sequence[int], organisations: Iterable[str]) -> dict[str, set[int]]:
    """Which of the samples each of the organisations handed in and did not withdraw."""
    owners = [UUID(one) for one in organisations]
    rows = HandIn.objects.filter(sample__in=samples, organisation__in=owners, withdrawn_at=None)
    found: dict[str, set[int]] = {}
    for organisation, sample in rows.values_list("organisation_id", "sample_id"):
        found.setdefault(str(organisation), set()).add(sample)
    return found


def announce(organisation: UUID | str | None, event: str, about: Mapping[str, object]) -> int:
    """Tells an organisation's webhooks, in the transaction of what it tells. Returns how many are told.

    event: of `hooks.services.Event`; about: ids, digests and numbers that the organisation may know. Raises ValueError
    for an event that is none.
    """
    return hooks.tell(str(organisation), hooks.Event(event), about) if organisation else 0
