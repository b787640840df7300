"""Analyses of samples: read in a sandbox, judged, and kept whole or not at all; judged anew from what was kept."""

from __future__ import annotations

import datetime as dt
import logging
from typing import NamedTuple

from django.utils import timezone

from luciole import __version__
from luciole.assess.assess import Engine, assess
from luciole.assess.document import Result, Unreadable
from luciole.hub.audit import services as audit
from luciole.hub.members.policy import Actor
from luciole.hub.samples import knowledge, vault, webhooks
from luciole.hub.samples.conclusions import conclude, mark_of
from luciole.hub.samples.failures import Damaged, Erased
from luciole.hub.samples.kinship import Key, keys_of
from luciole.hub.samples.models import Analysis, Kinship, Sample, Term
from luciole.hub.samples.packing import decoded_reading, packed, squeezed, unpacked_reading, unpacked_result
from luciole.hub.samples.reading_messages import Request
from luciole.hub.samples.sandbox import RulesRefused, Sandbox
from luciole.hub.samples.sandbox import Unreadable as NotReadable
from luciole.hub.samples.terms import Found, terms_of, terms_of_judgement
from luciole.hub.site import jobs, worker
from luciole.hub.site.settings import HUB
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact
from luciole.kernel.reading import Reading
from luciole.kernel.text import mark

logger = logging.getLogger(__name__)
WAITING, ANALYSED, UNREADABLE, WITHDRAWN = "waiting", "analysed", "unreadable", "withdrawn"
HUB_ITSELF = Actor()
LONGEST_TRY = 6 * 3600.0
FORGOTTEN = dt.timedelta(minutes=10)
"""A sample that waits so long while no job waits was handed in by a process that died before it asked."""
_FEW = 50


class Read(NamedTuple):
    """What reading one file came to. encoded: the reading as it came from the reader; unreadable: why there is none."""

    encoded: bytes = b""
    reading: Reading | None = None
    unreadable: Unreadable | None = None


class Columns(NamedTuple):
    """What of an analysis stands in the row of the sample."""

    state: str
    kind: str = ""
    package: str = ""
    label: str = ""
    version: str = ""
    verdict: str = ""
    rule: str = ""
    tlsh: str = ""


class Made(NamedTuple):
    """Everything about one sample that is kept."""

    columns: Columns
    result: Result
    encoded: bytes
    mark: bytes
    terms: list[Found]
    keys: list[Key]


def ask(sample: Sample) -> None:
    """Asks for the analysis of a sample; within a transaction it is asked for when that is committed."""
    jobs.later(analyse, sample.pk)


def ask_again(sample: Sample) -> None:
    """Asks for a sample to be read once more although it was, such as by a newer reader."""
    jobs.later(read_again, sample.pk)


def result_of(sample: Sample) -> Result | None:
    """The result document of the newest analysis; None where there is none yet. Raises ParseError on damage."""
    row = Analysis.objects.filter(sample=sample).only("result").first()
    return unpacked_result(bytes(row.result)) if row else None


def reading_of(sample: Sample) -> Reading | None:
    """Every fact that was read; None where the file was not read or could not be. Raises ParseError on damage."""
    row = Analysis.objects.filter(sample=sample).only("reading").first()
    return unpacked_reading(bytes(row.reading)) if row and row.reading else None


def _give_up(sample_id: int) -> None:
    """Told when reading a sample was begun as often as it may be, and no try came to an end."""
    sample = Sample.objects.filter(pk=sample_id).select_related("blob").first()
    if sample is not None and sample.state == WAITING:
        why = Unreadable(_name(sample), mark("every try to read this file ended the process that tried"))
        _keep(sample, made_of(Read(unreadable=why), sample, knowledge.engine(), _now()))


@jobs.job(priority=10, gave_up=_give_up, seconds=LONGEST_TRY)
def analyse(sample_id: int) -> None:
    """Reads a sample, judges it and keeps all of it in one transaction. What was analysed already is left as it is."""
    sample = _sample(sample_id)
    if sample is not None and sample.state != ANALYSED:
        _analyse(sample)


@jobs.job(gave_up=_give_up, seconds=LONGEST_TRY)
def read_again(sample_id: int) -> None:
    """The same for a sample that may have been analysed before; when it was first read stays."""
    sample = _sample(sample_id)
    if sample is not None:
        _analyse(sample)


@jobs.job(every=FORGOTTEN)
def ask_for_forgotten() -> None:
    """Asks for samples that wait although nobody asked for them."""
    if jobs.waiting() > _FEW:
        return
    since = timezone.now() - FORGOTTEN
    for sample in Sample.objects.filter(state=WAITING, first_handed_in__lt=since).order_by("pk")[:_FEW]:
        ask(sample)


def _sample(sample_id: int) -> Sample | None:
    return Sample.objects.select_related("blob").exclude(state=WITHDRAWN).filter(pk=sample_id).first()


def _analyse(sample: Sample) -> None:
    engine = knowledge.engine()
    made = made_of(read(sample), sample, engine, _now())
    with jobs.effect():
        _keep(sample, made)


def read(sample: Sample) -> Read:
    """Reads a sample in the sandbox. Raises StorageFailed, KeyProblem, CouldNotLook where that cannot be tried now."""
    try:
        encoded = _ask_reader(sample)
        return Read(encoded, decoded_reading(encoded))
    except NotReadable as error:
        return Read(unreadable=Unreadable(_name(sample), str(error.message), str(error.remedy), error.place))
    except (Damaged, Erased, ParseError) as error:
        return Read(unreadable=Unreadable(_name(sample), str(error.message), str(error.remedy)))


def _ask_reader(sample: Sample) -> bytes:
    request = Request(_name(sample), sample.size)
    try:
        return _sandbox(knowledge.rules()).ask(request, vault.current().chunks(sample.blob))
    except RulesRefused:
        logger.warning("the coalition's YARA rules cannot be compiled; samples are read without them")
        return _sandbox(()).ask(request, vault.current().chunks(sample.blob))


_open: dict[tuple[tuple[str, str], ...], Sandbox] = {}


def _sandbox(rules: tuple[tuple[str, str], ...]) -> Sandbox:
    """The reader of this process; another one where the rules were changed."""
    if rules not in _open:
        close_reader()
        _open[rules] = Sandbox(rules, hidden=(HUB.folder,))
    return _open[rules]


def close_reader() -> None:
    """Ends the reader's process; the next sample starts another."""
    while _open:
        _open.popitem()[1].stop()


worker.when_idle.append(close_reader)


def made_of(done: Read, sample: Sample, engine: Engine, now: str) -> Made:
    """Everything that is kept of a sample. now: ISO 8601 UTC."""
    if done.reading is None:
        refused = (done.unreadable,) if done.unreadable else ()
        result = assess([], engine, created=now, unreadable=refused)
        return Made(Columns(UNREADABLE), result, b"", b"", [Found("part", _name(sample))], [])
    result = conclude(done.reading, engine, now)
    columns = _columns(done.reading, result)
    keys = keys_of(done.reading.subjects, columns.tlsh, knowledge.shared_by_many())
    terms = [*terms_of(done.reading.subjects), *terms_of_judgement(result.assessments)]
    return Made(columns, result, done.encoded, mark_of(done.reading, engine), terms, keys)


def _columns(reading: Reading, result: Result) -> Columns:
    """Identity of the first subject, which is the file itself, and the gravest verdict of all."""
    first = reading.subjects[0] if reading.subjects else None
    values: dict[str, Fact] = {}
    for fact in first.facts if first else ():
        values.setdefault(fact.name, fact)
    gravest = result.assessments[0].verdict if result.assessments else None
    return Columns(
        ANALYSED,
        _text(values.get("file.kind"), 32) or reading.evidence.kind[:32],
        _text(values.get("app.package"), 256),
        plain(first.subject.label if first else "", 256),
        _text(values.get("app.version_name"), 128),
        gravest.code if gravest else "",
        gravest.rule if gravest else "",
        _text(values.get("file.tlsh"), 80),
    )


def _text(fact: Fact | None, most: int) -> str:
    return plain(str(fact.value), most) if fact else ""


def plain(text: str, most: int) -> str:
    """A text as every database takes it: no NUL, no half characters, at most so long."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")[:most]


def _keep(sample: Sample, made: Made) -> None:
    """Replaces everything about one sample, in the transaction that is open."""
    row = Sample.objects.select_for_update().filter(pk=sample.pk).exclude(state=WITHDRAWN)
    if not row.update(**made.columns._asdict()):
        return
    now, about = timezone.now(), made.result.knowledge
    kept = {
        "at": now, "judged_at": now, "changed_at": now, "tool": __version__, "catalogue": about.catalogue,
        "policy": str(about.policy), "index": about.index, "mark": made.mark, "result": packed(made.result),
        "reading": squeezed(made.encoded) if made.encoded else b"",
        "problem": plain("; ".join(one.problem for one in made.result.unreadable), 2000),
    }  # fmt: skip
    if not Analysis.objects.filter(sample=sample).update(**kept):
        Analysis.objects.create(sample=sample, first_at=now, **kept)
    Term.objects.filter(sample=sample).delete()
    Term.objects.bulk_create([Term(sample=sample, field=one.field, value=one.value) for one in made.terms])
    Kinship.objects.filter(sample=sample).delete()
    Kinship.objects.bulk_create([Kinship(sample=sample, kind=one.kind, key=one.key) for one in made.keys])
    audit.record("sample.analysed", HUB_ITSELF, "sample", _name(sample), state=made.columns.state)
    webhooks.analysed(sample)


def _name(sample: Sample) -> str:
    """What a sample is called in places: its digest. Names of files belong to those who handed them in."""
    return bytes(sample.sha256).hex()


def _now() -> str:
    return timezone.now().isoformat(timespec="seconds").replace("+00:00", "Z")
