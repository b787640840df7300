"""Facts, known indicators and criteria to findings, a verdict for each subject, and the result document.

Rules: a criterion over something not looked at stays unknown and is listed; a verdict carries its reasons; nothing is
concluded about people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from luciole.assess.document import (
    ATTENTION,
    Assessment,
    CriterionFinding,
    Finding,
    Knowledge,
    MatchFinding,
    Reason,
    Result,
    Undecided,
    Unreadable,
    Verdict,
)
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Catalogue, Criterion, Evaluation, MatchSignal, Policy, Reasons
from luciole.criteria.policy import decide
from luciole.intel.index import Index
from luciole.intel.match import Match, match
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Truth
from luciole.kernel.reading import Reading

BULKY = frozenset({"component", "intent_filter", "code.url", "code.host", "code.api", "code.string", "native.export",
                   "query", "feature", "resolver", "app.named", "setting", "job", "code.cluster", "process"})  # fmt: skip
"""Facts that are kept in a result only where a finding rests on them, or when all facts are asked for."""


class Engine(NamedTuple):
    """What a check needs to know. index: None when no indicators are installed."""

    catalogue: Catalogue
    policy: Policy
    index: Index | None
    about: Knowledge


def assess(
    readings: Iterable[Reading],
    engine: Engine,
    *,
    created: str,
    unreadable: Sequence[Unreadable] = (),
    all_facts: bool = False,
) -> Result:
    """The result document for what was read. created: ISO 8601 UTC time of the check."""
    known = list(readings)
    assessments = [
        assess_subject(facts, reading.evidence.name, engine, all_facts=all_facts)
        for reading in known
        for facts in reading.subjects
    ]
    refused = [Unreadable(reading.evidence.name, reading.problem) for reading in known if reading.problem]
    return Result(
        created=created,
        knowledge=engine.about,
        evidence=tuple(reading.evidence for reading in known),
        assessments=tuple(sorted(assessments, key=_attention)),
        coverage=tuple(line for reading in known for line in reading.coverage),
        unreadable=(*unreadable, *refused),
    )


def assess_subject(facts: FactSet, evidence: str, engine: Engine, *, all_facts: bool = False) -> Assessment:
    """What is concluded about one subject of the evidence named `evidence`."""
    matches = match(facts, engine.index) if engine.index is not None else ()
    evaluations = evaluate_all(engine.catalogue, facts)
    decision = decide(engine.policy, evaluations, [_signal(one) for one in matches], facts.subject.kind)
    return Assessment(
        subject=facts.subject,
        evidence=(evidence,),
        verdict=Verdict(
            decision.verdict,
            decision.policy_version,
            decision.rule,
            decision.statement,
            _reason(decision.reasons) if decision.reasons else None,
        ),
        findings=tuple(_findings(engine.catalogue, matches, evaluations)),
        undecided=tuple(_undecided(engine.catalogue, evaluations)),
        coverage=facts.coverage,
        facts=facts.facts if all_facts else tuple(f for f in facts.facts if f.name not in BULKY),
    )


def _attention(assessment: Assessment) -> tuple[int, bool, str, int]:
    """What needs attention first, then the device itself, then apps by name."""
    subject = assessment.subject
    rank = ATTENTION.index(assessment.verdict.code)
    return rank, subject.kind != "device", subject.identity, subject.user or 0


def _findings(
    catalogue: Catalogue, matches: Iterable[Match], evaluations: Iterable[Evaluation]
) -> Iterable[Finding]:
    for one in matches:
        yield _match_finding(one)
    for evaluation in evaluations:
        criterion = catalogue.criterion(evaluation.criterion)
        if evaluation.truth is Truth.MET and criterion is not None:
            yield _criterion_finding(criterion, evaluation)


def _criterion_finding(criterion: Criterion, evaluation: Evaluation) -> CriterionFinding:
    return CriterionFinding(
        id=criterion.id,
        version=criterion.version,
        group=criterion.group,
        title=criterion.title,
        statement=criterion.statement,
        why=criterion.why,
        ordinary=criterion.ordinary,
        reason=_reason(evaluation.reasons),
        attack=criterion.attack,
        behaviours=criterion.behaviours,
    )


def _undecided(catalogue: Catalogue, evaluations: Iterable[Evaluation]) -> Iterable[Undecided]:
    for evaluation in evaluations:
        criterion = catalogue.criterion(evaluation.criterion)
        if evaluation.truth is Truth.UNKNOWN and criterion is not None:
            yield Undecided(criterion.id, criterion.title, tuple(sorted(_missing(evaluation.reasons))))


def _missing(reasons: Reasons) -> set[str]:
    return set(reasons.missing).union(*(_missing(part) for part in reasons.of))


def _reason(reasons: Reasons) -> Reason:
    return Reason(
        node=reasons.node,
        truth=reasons.truth,
        text=reasons.asks,
        children=tuple(_reason(part) for part in reasons.of),
        evidence=reasons.facts,
        count=reasons.count,
        missing=reasons.missing,
    )

