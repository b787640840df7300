"""Hunts: a YARA rule over kept files or a criterion over kept facts, as a job with progress, a bound and a stop."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.apps.isolation import Handler
from luciole.criteria.compiled import from_bytes
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Catalogue, Criterion, Node
from luciole.criteria.order import references
from luciole.criteria.parse_rule import NOTHING, RuleReader
from luciole.criteria.reading import Keys, suggest
from luciole.criteria.yaml_text import read_map
from luciole.hub.audit import services as audit
from luciole.hub.members.models import Organisation
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind
from luciole.hub.samples import vault, webhooks
from luciole.hub.samples.failures import Damaged, Erased
from luciole.hub.samples.models import Analysis, Hunt, Sample
from luciole.hub.samples.packing import unpacked_reading
from luciole.hub.samples.reading_messages import Request
from luciole.hub.samples.sandbox import RulesRefused, Sandbox, Unreadable
from luciole.hub.samples.sharing import visible_to
from luciole.hub.site import jobs
from luciole.hub.site.sentences import sentence
from luciole.hub.site.settings import HUB
from luciole.kernel.errors import ContentError, CouldNotLook, UsageError
from luciole.kernel.limits import MIB
from luciole.kernel.outcome import Truth
from luciole.packs.builtin import compiled_catalogue
from luciole.scale.pool import Job, Pool

YARA, CRITERION = "yara", "criterion"
WAITING, RUNNING, DONE, STOPPED, FAILED = "waiting", "running", "done", "stopped", "failed"
MOST: dict[str, int] = {YARA: 10_000, CRITERION: 1_000_000}
"""Samples that one hunt may look at; who asks may ask for fewer."""
MOST_FOUND = 10_000
AT_ONCE = 2
"""Hunts of one organisation that may wait or run at the same time."""
LONGEST_TEXT = 20_000
SLICE = 30.0
"""Seconds after which a hunt lets other jobs go first."""
MOST_SECONDS = 4 * 3600.0
"""Of all slices of one hunt together."""
LONGEST_TRY = 6 * 3600.0
HOPELESS = 40
"""A hunt that could look at none of so many samples ends: its rule takes too long for any."""
_BATCH: dict[str, int] = {YARA: 5, CRITERION: 500}
_FILE, _THIS = "rule", "hunt.this"
_NAME_SPACE = "hunt"


def begin(actor: Actor, kind: str, text: str, most: int = 0) -> Hunt:
    """Asks for a hunt over what the organisation may see, newest samples first. most: samples looked at, 0: the bound.

    Raises UsageError for an unknown kind, a text that is too long or a criterion that cannot be read, and where the
    organisation hunts for enough already. A YARA rule is compiled by the reader, and the hunt tells what it said.
    """
    if kind not in MOST:
        raise UsageError(mark("A hunt is for a YARA rule or for a criterion."))
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise UsageError(sentence("A rule has at most {most} characters, and more than none.", most=LONGEST_TEXT))
    if kind == CRITERION:
        criterion_of(text)
    with jobs.step():
        Organisation.objects.select_for_update().get(pk=actor.organisation)  # two at once would not see each other
        active = Hunt.objects.filter(organisation_id=actor.organisation, state__in=(WAITING, RUNNING))
        if active.count() >= AT_ONCE:
            raise UsageError(
                mark("Your organisation has as many hunts under way as it may."), remedy=mark("Stop one, or wait.")
            )
        hunt = Hunt.objects.create(
            organisation_id=actor.organisation, person_id=actor.person or None, kind=kind, text=text,
            most=min(most, MOST[kind]) if most > 0 else MOST[kind],
        )  # fmt: skip
        audit.record("hunt.run", actor, "hunt", hunt.pk, kind=kind, most=hunt.most)
        jobs.later(run, str(hunt.pk))
    return hunt


def stop(hunt: Hunt) -> bool:
    """Ends a hunt after the batch that is being looked at. Whether it was still under way."""
    return _end(str(hunt.pk), STOPPED)


def _end(hunt_id: str, state: str, problem: str = "") -> bool:
    """Ends a hunt that is under way, and tells the webhooks of its organisation. Whether it was."""
    with jobs.step():
        rows = Hunt.objects.select_for_update(of=("self",)).select_related("organisation")
        row = rows.filter(pk=hunt_id, state__in=(WAITING, RUNNING)).first()
        if row is None:
            return False
        row.state, row.problem = state, problem
        row.save(update_fields=["state", "problem"])
        seen = Sample.objects.filter(visible_to(_eyes(row), timezone.now()), pk__in=row.found).count()
        about = {"hunt": str(row.pk), "state": state, "looked_at": row.done, "found": seen}
        webhooks.announce(row.organisation_id, "hunt.ended", about)
    return True


def found(hunt: Hunt, actor: Actor, now: dt.datetime) -> list[Sample]:
    """The samples that were found and that this actor may see now, newest first."""
    return list(Sample.objects.filter(visible_to(actor, now), pk__in=hunt.found).order_by("-pk"))


def criterion_of(text: str) -> Catalogue:
    """A catalogue with one criterion more than what it names of the agreed ones. text: YAML with a `rule`, such as the
    file of a criterion; its other keys are passed over. Raises UsageError with every problem."""  # noqa: D205, D209 - a sentence too long for one line
    agreed = from_bytes(compiled_catalogue()).catalogue
    try:
        rule = _rule(text, agreed)
    except ContentError as error:
        raise UsageError("\n".join(error.problems)) from None
    known = {one.id: one for one in agreed.criteria}
    needed: dict[str, Criterion] = {}
    waiting = references(rule)
    while waiting:
        one = known[waiting.pop()]
        needed[one.id] = one
        waiting |= references(one.rule) - set(needed)
    this = Criterion(
        _THIS, 1, title="", statement="", why="", ordinary=(), behaviours=(), attack=(), platform="any", subject="app",
        evidence="static", group="context", rule=rule, references=(),
    )  # fmt: skip
    return Catalogue((*needed.values(), this), agreed.lists)


def _rule(text: str, agreed: Catalogue) -> Node:
    node, problems = read_map(_FILE, text)
    entry = Keys(node, problems).need("rule")
    reader = RuleReader(problems, agreed.lists, "app")
    rule = reader.read(entry.node) if entry is not None else NOTHING
    known = {one.id for one in agreed.criteria if one.subject == "app"}
    for name, line in reader.mentions:
        if name not in known:
            problems.add(line, f"{name!r} is no agreed criterion about apps", suggest(name, known))
    if problems.found:
        raise ContentError(problems.found)
    return rule


def _give_up(hunt_id: str) -> None:
    _end(hunt_id, FAILED, mark("Every try ended before the hunt did."))


@jobs.job(priority=-10, gave_up=_give_up, seconds=LONGEST_TRY)
def run(hunt_id: str) -> None:
    """Looks at samples batch by batch; each batch is kept, so that a try that was cut off goes on where it ended.

    After `SLICE` it asks for itself again, so that what matters more is done in between.
    """
    hunt = Hunt.objects.filter(pk=hunt_id, state__in=(WAITING, RUNNING)).first()
    if hunt is None:
        return
    Hunt.objects.filter(pk=hunt_id, state=WAITING).update(state=RUNNING)
    try:
        _look(hunt)
    except RulesRefused as error:
        _end(hunt_id, FAILED, error.message[:2000])


class Batch(NamedTuple):
    """What a batch came to. last: id of its last sample."""

    last: int
    looked_at: int
    unread: int
    found: list[int]


def _look(hunt: Hunt) -> None:
    begun = last = time.monotonic()
    batches = _yara(hunt) if hunt.kind == YARA else _criterion(hunt)
    for batch in batches:
        before, last = last, time.monotonic()
        if not _keep(hunt, batch, last - before):
            return
        if last - begun > SLICE:
            jobs.later(run, str(hunt.pk))
            return
    _end(str(hunt.pk), DONE)


def _keep(hunt: Hunt, batch: Batch, seconds: float) -> bool:
    """Keeps progress. Whether the hunt goes on: it was not stopped, and there is time and room for what it finds."""
    with jobs.step():
        row = Hunt.objects.select_for_update().get(pk=hunt.pk)
        row.found = [*row.found, *batch.found][:MOST_FOUND]
        row.done += batch.looked_at
        row.unread += batch.unread
        row.last = batch.last
        row.spent += seconds
        row.save(update_fields=["found", "done", "unread", "last", "spent"])
        ends = _reason_to_end(row)
        return row.state == RUNNING and not (ends is not None and _end(str(row.pk), *ends))


def _reason_to_end(row: Hunt) -> tuple[str, str] | None:
    """How a hunt ends now, and why where that needs a word; None where it goes on."""
    if row.kind == YARA and row.done >= HOPELESS and row.unread == row.done:
        return FAILED, mark("Not one of the first samples could be looked at with this rule: it takes too long.")
    if row.done >= row.most:
        return DONE, ""
    if len(row.found) >= MOST_FOUND:
        return DONE, mark("The hunt ended early: it found as much as one hunt may.")
    if row.spent >= MOST_SECONDS:
        return DONE, mark("The hunt ended early: it took as long as one hunt may.")
    return None


def _seen(hunt: Hunt) -> Iterator[list[Sample]]:
    """The samples that the organisation may see, newest first from where the hunt stands, in batches."""
    size = _BATCH[hunt.kind]
    last, left = hunt.last, hunt.most - hunt.done
    while left > 0:
        rows = Sample.objects.filter(visible_to(_eyes(hunt), timezone.now())).select_related("blob")
        batch = list((rows.filter(pk__lt=last) if last else rows).order_by("-pk")[: min(size, left)])
        if not batch:
            return
        last = batch[-1].pk
        left -= len(batch)
        yield batch


def _eyes(hunt: Hunt) -> Actor:
    """Sees what the organisation of a hunt sees."""
    owner: Organisation = hunt.organisation
    return Actor(organisation=str(owner.pk), kind=Kind(owner.kind))


def _yara(hunt: Hunt) -> Iterator[Batch]:
    with Sandbox(((_NAME_SPACE, hunt.text),), hidden=(HUB.folder,)) as reader:
        for samples in _seen(hunt):
            hits, unread = [], 0
            for sample in samples:
                fits = _fits(sample, reader)
                hits += [sample.pk] if fits else []
                unread += fits is None
            yield Batch(samples[-1].pk, len(samples), unread, hits)


def _fits(sample: Sample, reader: Sandbox) -> bool | None:
    """Whether a rule fits a file; None where that cannot be said."""
    request = Request(bytes(sample.sha256).hex(), sample.size, "rules")
    try:
        reply = reader.ask(request, vault.current().chunks(sample.blob))
    except (Unreadable, Damaged, Erased):
        return None
    return bool(msgspec.msgpack.decode(reply, type=list[str]))


def _criterion(hunt: Hunt) -> Iterator[Batch]:
    with Pool(_handler(criterion_of(hunt.text)), 1) as pool:
        for done in pool.run(_asked(hunt)):
            if done.error is not None:
                raise CouldNotLook(done.error.message)
            answered = msgspec.msgpack.decode(done.reply, type=dict[int, bool])
            ids = done.key
            yield Batch(ids[-1], len(ids), len(ids) - len(answered), [one for one in ids if answered.get(one)])


def _asked(hunt: Hunt) -> Iterator[Job[tuple[int, ...]]]:
    for samples in _seen(hunt):
        ids = tuple(one.pk for one in samples)
        rows = Analysis.objects.filter(sample__in=ids, problem="").values_list("sample_id", "reading")
        kept = [(sample, bytes(reading)) for sample, reading in rows]
        yield Job(ids, msgspec.msgpack.encode(kept), 64 * MIB)


def _handler(catalogue: Catalogue) -> Handler:
    """Answers for each kept reading whether the criterion is met for one of its subjects."""

    def handle(request: bytes) -> bytes:
        kept = msgspec.msgpack.decode(request, type=list[tuple[int, bytes]])
        return msgspec.msgpack.encode({sample: _is_met(reading, catalogue) for sample, reading in kept})

    return handle


def _is_met(reading: bytes, catalogue: Catalogue) -> bool:
    return any(
        one.criterion == _THIS and one.truth is Truth.MET
        for facts in unpacked_reading(reading).subjects
        for one in evaluate_all(catalogue, facts)
    )
