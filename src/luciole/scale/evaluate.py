"""How often Luciole is wrong: the whole flow over labelled evidence, and what it answered beside what is so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from luciole.assess.assess import Engine
from luciole.assess.document import ATTENTION, Assessment, CriterionFinding, Knowledge, Result
from luciole.kernel.canon import digest, sha256
from luciole.scale.check import check_each
from luciole.scale.labels import HALVES, HONEST, LABELS, STALKERWARE_LIKE, LabelledFile, read_labels
from luciole.scale.rates import Rate, rate
from luciole.scale.settings import ReadSettings

AT_ONCE = 64
"""Files read together; their results are dropped before the next ones are read."""
BOUND = ("development", "test")
"""The halves that the bars bind; other cases were written against the criteria."""
DEVICE, EVERY_APP = "device", "apps"
UNREAD = "could-not-be-read"
CALLED = ("known-stalkerware", "behaves-like-stalkerware")
NOTICED = (*CALLED, "needs-a-person")
LABELS_IN_ORDER = (STALKERWARE_LIKE, HONEST)
Progress = Callable[[int, int], None]


class Answer(msgspec.Struct, frozen=True):
    """What Luciole said about one labelled file. evidence: kind of evidence; verdict: `UNREAD` when there was none."""

    row: LabelledFile
    evidence: str
    verdict: str
    rule: str = ""
    criteria: tuple[str, ...] = ()

    @property
    def missed(self) -> bool:
        """Stalkerware-like, and nobody is told to look."""
        return self.row.label == STALKERWARE_LIKE and self.verdict not in NOTICED

    @property
    def false_alarm(self) -> bool:
        """Honest, and called stalkerware or like it."""
        return self.row.label == HONEST and self.verdict in CALLED

    @property
    def asked(self) -> bool:
        """Honest, and a person is asked to look."""
        return self.row.label == HONEST and self.verdict == "needs-a-person"


class Group(msgspec.Struct, frozen=True):
    """Errors within a group of files. missed: of the stalkerware-like; false_alarms, asked: of the honest."""

    name: str
    missed: Rate
    false_alarms: Rate
    asked: Rate


class Split(msgspec.Struct, frozen=True):
    """How often something was so, among the stalkerware-like and among the honest."""

    name: str
    stalkerware_like: Rate
    honest: Rate


class Bar(msgspec.Struct, frozen=True):
    """What must hold. met: for the share that was found; the interval says how sure that is."""

    statement: str
    rate: Rate
    met: bool


class Figures(msgspec.Struct, frozen=True):
    """Everything counted over one half.

    bars: what must hold, over every platform together; answers_differ: how many different sets of met criteria there
    were.
    """

    half: str
    stalkerware_like: int
    honest: int
    bars: tuple[Bar, ...]
    verdicts: tuple[Split, ...]
    platforms: tuple[Group, ...]
    evidence: tuple[Group, ...]
    mechanisms: tuple[Group, ...]
    honest_kinds: tuple[Group, ...]
    criteria: tuple[Split, ...]
    rules: tuple[Split, ...]
    answers_differ: int


class Evaluation(msgspec.Struct, frozen=True):
    """The figures, and with what they were made: knowledge, digest of the policy and of labels.csv."""

    knowledge: Knowledge
    policy_digest: str
    set_digest: str
    halves: tuple[Figures, ...]

    @property
    def met(self) -> bool:
        """Whether every bar of every half is met."""
        return all(bar.met for figures in self.halves for bar in figures.bars)


def evaluate(
    folder: Path,
    engine: Engine,
    settings: ReadSettings,
    *,
    halves: Sequence[str] = HALVES,
    progress: Progress = lambda _done, _all: None,
) -> tuple[Evaluation, tuple[Answer, ...]]:
    """Runs the check over every labelled file of `halves` in `folder`, on all cores, and counts.

    Returns the evaluation and the answers one by one. Raises as `read_labels` does.
    """
    labels = read_labels(folder)
    wanted = [row for row in labels if row.half in halves]
    answers = tuple(_answers(folder, wanted, engine, settings, progress))
    evaluation = Evaluation(
        engine.about,
        digest(engine.policy),
        sha256((folder / LABELS).read_bytes()),
        tuple(figures_of(half, some) for half in halves if (some := [one for one in answers if one.row.half == half])),
    )
    return evaluation, answers


def _answers(
    folder: Path, rows: Sequence[LabelledFile], engine: Engine, settings: ReadSettings, progress: Progress
) -> Iterator[Answer]:
    waiting = iter(rows)
    done = 0
    while some := list(islice(waiting, AT_ONCE)):
        results = check_each([folder / row.file for row in some], engine, settings)
        for row, result in zip(some, results, strict=True):
            yield answer_of(row, result)
            done += 1
            progress(done, len(rows))


def answer_of(row: LabelledFile, result: Result) -> Answer:
    """The answer about the subject of a line: the gravest verdict, where there are several."""
    kinds = ", ".join(sorted({one.kind for one in result.evidence})) or "none"
    found = [one for one in result.assessments if _is_meant(row, one)]
    if not found:
        return Answer(row, kinds, UNREAD)
    gravest = min(found, key=lambda one: ATTENTION.index(one.verdict.code))
    met = tuple(one.id for one in gravest.findings if isinstance(one, CriterionFinding))
    return Answer(row, kinds, gravest.verdict.code, gravest.verdict.rule, met)


def _is_meant(row: LabelledFile, assessment: Assessment) -> bool:
    subject = assessment.subject
    if row.subject in {DEVICE, EVERY_APP}:
        return (subject.kind == DEVICE) == (row.subject == DEVICE)
    return not row.subject or (subject.kind != DEVICE and subject.identity == row.subject)


def figures_of(half: str, answers: Sequence[Answer]) -> Figures:
    """Everything counted over the answers of one half."""
    sides = {label: [one for one in answers if one.row.label == label] for label in LABELS_IN_ORDER}
    bad, honest = sides[STALKERWARE_LIKE], sides[HONEST]
    return Figures(
        half,
        len(bad),
        len(honest),
        tuple(_bars(answers)) if half in BOUND else (),
        tuple(_splits(((one.verdict,) for one in side) for side in (bad, honest))),
        _groups(answers, lambda one: (one.row.platform,)),
        _groups(answers, lambda one: (one.evidence,)),
        _groups(bad, lambda one: one.row.kinds),
        _groups(honest, lambda one: one.row.kinds),
        tuple(_splits((one.criteria for one in side) for side in (bad, honest))),
        tuple(_splits(((one.rule or "otherwise",) for one in side) for side in (bad, honest))),
        len({one.criteria for one in answers}),
    )


def _bars(answers: Sequence[Answer]) -> Iterator[Bar]:
    bad, honest = ([one for one in answers if one.row.label == label] for label in LABELS_IN_ORDER)
    known = rate(sum(one.verdict == CALLED[0] for one in honest), len(honest))
    yield Bar("Not one honest app is called known-stalkerware.", known, known.count == 0)
    alarms = rate(sum(one.false_alarm for one in honest), len(honest))
    yield Bar("At most 1 % of the honest are called behaves-like-stalkerware.", alarms, alarms.count * 100 <= alarms.of)
    noticed = rate(sum(not one.missed for one in bad), len(bad))
    yield Bar(
        "At least 95 % of the stalkerware-like are called behaves-like-stalkerware or needs-a-person.",
        noticed,
        noticed.count * 100 >= noticed.of * 95,
    )


def _groups(answers: Iterable[Answer], names: Callable[[Answer], Iterable[str]]) -> tuple[Group, ...]:
    groups: dict[str, list[Answer]] = {}
    for one in answers:
        for name in names(one):
            groups.setdefault(name, []).append(one)
    return tuple(_group(name, groups[name]) for name in sorted(groups))


def _group(name: str, answers: Sequence[Answer]) -> Group:
    honest = sum(one.row.label == HONEST for one in answers)
    return Group(
        name,
        rate(sum(one.missed for one in answers), len(answers) - honest),
        rate(sum(one.false_alarm for one in answers), honest),
        rate(sum(one.asked for one in answers), honest),
    )


def _splits(sides: Iterable[Iterable[Iterable[str]]]) -> Iterator[Split]:
    """How often each name stands on the one side and on the other. sides: of each answer, its names."""
    counted = [(len(names), Counter(name for some in names for name in some)) for names in map(list, sides)]
    (bad, of_bad), (honest, of_honest) = counted
    for name in sorted({*of_bad, *of_honest}):
        yield Split(name, rate(of_bad[name], bad), rate(of_honest[name], honest))
