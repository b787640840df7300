"""Facts, known indicators and criteria to findings, a verdict for each subject, and the result document.

Rules: a criterion over something not looked at stays unknown and is listed; a verdict carries its reasons; nothing is
concluded about people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

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
from luciole.kernel.outcome import Coverage, Truth
from luciole.kernel.outcome import Reason as Absence
from luciole.kernel.reading import Reading

BULKY = frozenset({
    "component", "intent_filter", "code.url", "code.host", "code.api", "code.string", "native.export", "query",
    "feature", "resolver", "app.named", "setting", "job", "code.cluster", "process",
})  # fmt: skip
"""Facts that are kept in a result only where a finding rests on them, or when all facts are asked for."""

IDENTITY = frozenset({
    "app.package", "app.label", "app.version_name", "app.version_code", "app.state", "app.installer",
    "app.first_installed", "app.system", "file.sha256", "signature.certificate",
})  # fmt: skip
"""Facts that are kept of an app on a device in which nothing was seen: a phone has hundreds of them."""

NEVER_HELD = frozenset({Absence.NOT_IN_THIS_EVIDENCE, Absence.NOT_ASKED})
"""Reasons that leave nothing to be done: what this kind of evidence never holds, and what nobody asked for."""

GROUPS = (
    "concealment", "resistance-to-removal", "weakening-protection", "remote-control", "collection", "account-model",
    "delivery", "persistence", "insecure-handling", "device", "declared", "context",
)  # fmt: skip
"""Groups of criteria in the order in which findings are told."""


class Engine(msgspec.Struct, frozen=True):
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
        assess_subject(facts, reading.evidence.name, engine, shared=reading.coverage, all_facts=all_facts)
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
        all_facts=all_facts,
    )


def assess_subject(
    facts: FactSet, evidence: str, engine: Engine, *, shared: Sequence[Coverage] = (), all_facts: bool = False
) -> Assessment:
    """What is concluded about one subject of the evidence named `evidence`.

    shared: coverage of the evidence as a whole, which is not repeated for each subject.
    """
    matches = match(facts, engine.index) if engine.index is not None else ()
    evaluations = evaluate_all(engine.catalogue, facts)
    signals = [signal_of(one) for one in matches]
    decision = decide(engine.policy, evaluations, signals, facts.subject.kind, facts.coverage)
    nothing = decision.verdict == "nothing-seen" and facts.subject.user is not None
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
        undecided=tuple(_undecided(engine.catalogue, evaluations, facts.coverage)),
        coverage=tuple(line for line in facts.coverage if line not in shared),
        facts=facts.facts if all_facts else tuple(one for one in facts.facts if kept_facts(one.name, nothing=nothing)),
    )


def kept_facts(name: str, *, nothing: bool) -> bool:
    """Whether facts of this name stay in a result that does not hold all; nothing: an app with nothing to see."""
    return name in IDENTITY if nothing else name not in BULKY


def _attention(assessment: Assessment) -> tuple[int, bool, str, int]:
    """What needs attention first, then the device itself, then apps by name."""
    subject = assessment.subject
    rank = ATTENTION.index(assessment.verdict.code)
    return rank, subject.kind != "device", subject.identity, subject.user or 0


def _findings(catalogue: Catalogue, matches: Iterable[Match], evaluations: Iterable[Evaluation]) -> Iterable[Finding]:
    groups: dict[tuple[str, str, str], list[Match]] = {}
    for one in matches:
        groups.setdefault((one.family, one.role, one.value), []).append(one)
    yield from map(_match_finding, groups.values())
    known = _by_id(catalogue)
    met = [one for one in evaluations if one.truth is Truth.MET]
    for evaluation in sorted(met, key=lambda one: GROUPS.index(one.group)):
        criterion = known.get(evaluation.criterion)
        if criterion is not None:
            yield _criterion_finding(criterion, evaluation)


@lru_cache(maxsize=4)
def _by_id(catalogue: Catalogue) -> dict[str, Criterion]:
    return {one.id: one for one in catalogue.criteria}


def signal_of(one: Match) -> MatchSignal:
    """What the policy needs of a match; a family whose place in the lists is disputed never counts as strong."""
    strength = "contradictory" if one.kind == "disputed" else one.strength
    return MatchSignal(strength, one.kind, one.role, one.name)


def _match_finding(group: Sequence[Match]) -> MatchFinding:
    """One known value with all the places where it was met; the strongest match comes first."""
    first = group[0]
    return MatchFinding(
        id=first.family or first.value,
        family=first.name or first.value,
        family_kind=first.kind,
        role=first.role,
        value=first.value,
        strength=first.strength,
        why=first.why,
        evidence=tuple(one.fact for one in group),
        notes=first.notes,
        warning=first.warning_list,
        sources=first.sources,
        confidence=first.confidence,
        first_seen=first.first_seen,
        last_seen=first.last_seen,
    )


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


def _undecided(
    catalogue: Catalogue, evaluations: Iterable[Evaluation], coverage: Iterable[Coverage]
) -> Iterable[Undecided]:
    """Criteria that stayed open although this evidence could have answered them."""
    expected = {line.area for line in coverage if line.reason not in NEVER_HELD}
    known = _by_id(catalogue)
    for evaluation in evaluations:
        if evaluation.truth is Truth.UNKNOWN and (missing := _missing(evaluation.reasons) & expected):
            criterion = known.get(evaluation.criterion)
            if criterion is not None:
                yield Undecided(criterion.id, criterion.title, tuple(sorted(missing)))


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
