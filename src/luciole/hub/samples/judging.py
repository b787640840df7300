"""Judges every sample anew from the facts that were kept, after criteria, policy or indicators were changed."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec
from django.db.models import Q, QuerySet
from django.utils import timezone

from luciole.apps.isolation import Handler
from luciole.assess.assess import Engine
from luciole.hub.audit import services as audit
from luciole.hub.members.policy import Actor
from luciole.hub.samples import knowledge, webhooks
from luciole.hub.samples.conclusions import conclude, mark_of
from luciole.hub.samples.models import Analysis, Sample, Term
from luciole.hub.samples.packing import packed, unpacked_reading
from luciole.hub.samples.terms import OF_JUDGEMENT, terms_of_judgement
from luciole.hub.site import jobs
from luciole.kernel.limits import MIB
from luciole.scale.pool import Done, Job, Pool

BATCH = 250
_SECONDS_FOR = 64 * MIB
"""The limits of the kit count time by size; a batch gets as much as a file of this size."""
WHOLE = 24 * 3600.0
logger = logging.getLogger(__name__)


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One sample to be judged. reading: as it lies in the database; mark: of what was concluded last."""

    sample: int
    reading: bytes
    mark: bytes


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """What is concluded now, for a sample of which that is something else than before, or why it cannot be."""

    sample: int
    mark: bytes = b""
    verdict: str = ""
    rule: str = ""
    result: bytes = b""
    terms: list[tuple[str, str]] = []
    problem: str = ""


class Tally(NamedTuple):
    """How a run went. looked_at: samples; changed: with another conclusion; failed: that could not be judged."""

    looked_at: int = 0
    changed: int = 0
    failed: int = 0


_encode = msgspec.msgpack.Encoder().encode
_kept = msgspec.msgpack.Decoder(list[Kept])
_judged = msgspec.msgpack.Decoder(list[Judged])


def judge_all(
    *, processes: int = 0, everything: bool = False, progress: Callable[[Tally], None] = lambda _tally: None
) -> Tally:
    """Judges what was judged with other criteria, policy or indicators than are installed now, on all cores.

    processes: 0 for one on each core; everything: also what needs it not; progress: called after each batch, which is
    one transaction. Samples that are analysed meanwhile are judged by their analysis.
    """
    engine = knowledge.engine()
    now = timezone.now()
    tally = Tally()
    handler = _handler(engine, now.isoformat(timespec="seconds").replace("+00:00", "Z"))
    work = (Job(tuple(one.sample for one in batch), _encode(batch), _SECONDS_FOR)
            for batch in _batches(engine, now, everything=everything))  # fmt: skip
    with Pool(handler, processes or os.cpu_count() or 1) as pool:
        for done in pool.run(work):
            tally = _take(done, engine, now, tally)
            progress(tally)
    if tally.looked_at:
        audit.record("sample.judged-again", Actor(), "sample", "all", looked_at=tally.looked_at, changed=tally.changed)
    return tally


@jobs.job(every=dt.timedelta(minutes=10), seconds=WHOLE)
def judge_what_is_old() -> None:
    """Judges anew whatever was judged with something else than is installed now; nothing where nothing was changed."""
    judge_all()


def _old(engine: Engine) -> QuerySet[Analysis]:
    about = engine.about
    same = Q(catalogue=about.catalogue, policy=str(about.policy), index=about.index)
    return Analysis.objects.filter(problem="").exclude(same)


def _batches(engine: Engine, now: dt.datetime, *, everything: bool) -> Iterator[list[Kept]]:
    rows = Analysis.objects.filter(problem="", judged_at__lt=now) if everything else _old(engine)
    last = 0
    while True:
        found = rows.filter(pk__gt=last).order_by("pk").values_list("pk", "sample_id", "reading", "mark")[:BATCH]
        batch = list(found)
        if not batch:
            return
        last = batch[-1][0]
        yield [Kept(sample, bytes(reading), bytes(mark)) for _, sample, reading, mark in batch]


def _handler(engine: Engine, now: str) -> Handler:
    """What a process does with a batch: answers with those of which something else is concluded than before."""

    def handle(request: bytes) -> bytes:
        gc.disable()  # nothing of a batch refers to itself, and the process is bounded
        return _encode([judged for kept in _kept.decode(request) if (judged := _judge(kept, engine, now)) is not None])

    return handle


def _judge(kept: Kept, engine: Engine, now: str) -> Judged | None:
    reading = unpacked_reading(kept.reading)
    mark = mark_of(reading, engine)
    if mark == kept.mark:
        return None
    result = conclude(reading, engine, now)
    gravest = result.assessments[0].verdict if result.assessments else None
    terms = [(one.field, one.value) for one in terms_of_judgement(result.assessments)]
    code, rule = (gravest.code, gravest.rule) if gravest else ("", "")
    return Judged(kept.sample, mark, code, rule, packed(result), terms)


def _take(done: Done[tuple[int, ...]], engine: Engine, now: dt.datetime, tally: Tally) -> Tally:
    """Keeps what a batch came to. A batch that could not be judged stays as it was, and is told."""
    if done.error is not None:
        logger.error("%d samples from %d on could not be judged: %s", len(done.key), done.key[0], done.error.message)
        return tally._replace(looked_at=tally.looked_at + len(done.key), failed=tally.failed + len(done.key))
    changed = _judged.decode(done.reply)
    about = engine.about
    with jobs.step():
        rows = Analysis.objects.filter(sample__in=done.key, at__lt=now)
        untouched = set(rows.values_list("sample_id", flat=True))
        rows.update(judged_at=now, catalogue=about.catalogue, policy=str(about.policy), index=about.index)
        _keep([one for one in changed if one.sample in untouched])
    return tally._replace(looked_at=tally.looked_at + len(done.key), changed=tally.changed + len(changed))


def _keep(changed: Iterable[Judged]) -> None:
    every = list(changed)
    if not every:
        return
    ids = [one.sample for one in every]
    Term.objects.filter(sample__in=ids, field__in=OF_JUDGEMENT).delete()
    Term.objects.bulk_create(
        [Term(sample_id=one.sample, field=field, value=value) for one in every for field, value in one.terms],
        batch_size=2_000,
    )
    for one in every:
        told = {"result": one.result, "mark": one.mark, "changed_at": timezone.now()}
        Analysis.objects.filter(sample=one.sample).update(**told)
        Sample.objects.filter(pk=one.sample).update(verdict=one.verdict, rule=one.rule)
    webhooks.judged(ids)
