"""From criteria and matches to a verdict: the policy's rules, asked in order, and the one that decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from luciole.criteria.logic import all_of, any_of, number_of
from luciole.criteria.looked_at import lost_areas, unread_areas
from luciole.criteria.model import (
    AllOf,
    AnyOf,
    AtLeast,
    CriterionLeaf,
    Decision,
    Evaluation,
    FactLeaf,
    GroupLeaf,
    LostLeaf,
    MatchLeaf,
    MatchSignal,
    Node,
    NotOf,
    Policy,
    PolicyRule,
    Reasons,
    UndecidedLeaf,
    UnreadLeaf,
)
from luciole.criteria.wording import asks_group, asks_match, asks_unread
from luciole.kernel.outcome import Coverage, Truth, negate
from luciole.kernel.vocabulary import SubjectKind


def decide(
    policy: Policy,
    evaluations: Iterable[Evaluation],
    signals: Iterable[MatchSignal],
    subject: SubjectKind = "app",
    coverage: Iterable[Coverage] | None = None,
) -> Decision:
    """The verdict of the first rule that is met; rules that stay unknown are listed and do not decide.

    evaluations: the answers about this subject; signals: its matches with known indicators; coverage: what was looked
    at, which tells what is lost from what this evidence never holds (None: all that is unknown counts as lost). A
    criterion that the policy names and nobody evaluated counts as unknown.
    """
    case = Case(evaluations, signals, coverage)
    undecided: list[str] = []
    for rule, step, needed in _steps(policy, subject):
        if not case.may_hold(needed):
            continue
        reasons = step(case)
        if reasons.truth is Truth.MET:
            return _decision(policy, case, rule, reasons, undecided)
        if reasons.truth is Truth.UNKNOWN:
            undecided.append(rule.id)
    return _decision(policy, case, None, None, undecided)


class Case:
    """One subject's evaluations, by criterion and by group, its matches, and the areas that were lost."""

    __slots__ = ("_lost", "by_criterion", "by_group", "signals", "unread")

    def __init__(
        self,
        evaluations: Iterable[Evaluation],
        signals: Iterable[MatchSignal],
        coverage: Iterable[Coverage] | None = None,
    ) -> None:
        lines = None if coverage is None else tuple(coverage)
        self.by_criterion = {one.criterion: one for one in evaluations}
        self.by_group: dict[str, list[Evaluation]] = {}
        for one in self.by_criterion.values():
            self.by_group.setdefault(one.group, []).append(one)
        self.signals = tuple(signals)
        self._lost = None if lines is None else lost_areas(lines)
        self.unread = None if lines is None else unread_areas(lines)
        """Areas of which a part is there and could not be read; None where nobody says what was looked at."""

    def lacks(self, reasons: Reasons) -> bool:
        """Whether an area that would have answered these reasons should be there and is damaged or missing."""
        if self._lost is None or not self._lost.isdisjoint(reasons.missing):
            return True
        if reasons.node == "criterion" and (evaluation := self.by_criterion.get(reasons.asks)) is not None:
            return self.lacks(evaluation.reasons)
        return any(self.lacks(part) for part in reasons.of if part.truth is Truth.UNKNOWN)

    def may_hold(self, needed: Sequence[str]) -> bool:
        """Whether none of these criteria is known not to be met."""
        known = self.by_criterion
        return not any((one := known.get(name)) is not None and one.truth is Truth.NOT_MET for name in needed)

    def unknown(self) -> tuple[str, ...]:
        """The criteria that stayed open."""
        return tuple(name for name, one in self.by_criterion.items() if one.truth is Truth.UNKNOWN)


def _decision(
    policy: Policy, case: Case, rule: PolicyRule | None, reasons: Reasons | None, undecided: Sequence[str]
) -> Decision:
    return Decision(
        verdict=rule.verdict if rule else policy.otherwise,
        policy_version=policy.version,
        rule=rule.id if rule else "",
        statement=rule.statement if rule else policy.otherwise_statement,
        reasons=reasons,
        unknown=case.unknown(),
        undecided=tuple(undecided),
    )


Step = Callable[[Case], Reasons]


@lru_cache(maxsize=16)
def _steps(policy: Policy, subject: str) -> tuple[tuple[PolicyRule, Step, tuple[str, ...]], ...]:
    return tuple((rule, _step(rule.rule), _needed(rule.rule)) for rule in policy.rules if rule.subject == subject)


def _needed(node: Node) -> tuple[str, ...]:
    """The criteria without which a rule cannot be met: most rules fall with the first of them."""
    parts = node.of if isinstance(node, AllOf) else (node,)
    return tuple(part.criterion for part in parts if isinstance(part, CriterionLeaf))


def _step(node: Node) -> Step:
    if isinstance(node, FactLeaf):
        raise TypeError("a policy asks for criteria, not for facts")
    return _BUILDERS[type(node)](node)


def _parts(nodes: Sequence[Node]) -> Callable[[Case], tuple[Reasons, ...]]:
    steps = [_step(node) for node in nodes]
    return lambda case: tuple([step(case) for step in steps])


def _all(node: AllOf) -> Step:
    parts = _parts(node.of)

    def run(case: Case) -> Reasons:
        found = parts(case)
        return Reasons("all", all_of([one.truth for one in found]), of=found)

    return run


def _any(node: AnyOf) -> Step:
    parts = _parts(node.of)

    def run(case: Case) -> Reasons:
        found = parts(case)
        return Reasons("any", any_of([one.truth for one in found]), of=found)

    return run


def _at_least(node: AtLeast) -> Step:
    parts, number = _parts(node.of), node.number

    def run(case: Case) -> Reasons:
        found = parts(case)
        truth = number_of([one.truth for one in found], number)
        return Reasons("at_least", truth, f"at least {number}", of=found)

    return run


def _not(node: NotOf) -> Step:
    step = _step(node.of)

    def run(case: Case) -> Reasons:
        part = step(case)
        return Reasons("not", negate(part.truth), of=(part,))

    return run


def _undecided(node: UndecidedLeaf) -> Step:
    step = _step(node.of)

    def run(case: Case) -> Reasons:
        part = step(case)
        truth = Truth.MET if part.truth is Truth.UNKNOWN else Truth.NOT_MET
        return Reasons("undecided", truth, of=(part,))

    return run


def _lost(node: LostLeaf) -> Step:
    step = _step(node.of)

    def run(case: Case) -> Reasons:
        part = step(case)
        lost = part.truth is Truth.UNKNOWN and case.lacks(part)
        return Reasons("lost", Truth.MET if lost else Truth.NOT_MET, of=(part,))

    return run


def _unread(node: UnreadLeaf) -> Step:
    question, areas = asks_unread(node), frozenset(node.areas)

    def run(case: Case) -> Reasons:
        if case.unread is None:
            return Reasons("unread", Truth.UNKNOWN, question)
        found = tuple(sorted(areas & case.unread))
        return Reasons("unread", Truth.MET if found else Truth.NOT_MET, question, missing=found)

    return run


def _criterion(node: CriterionLeaf) -> Step:
    name = node.criterion

    def run(case: Case) -> Reasons:
        evaluation = case.by_criterion.get(name)
        return Reasons("criterion", evaluation.truth if evaluation else Truth.UNKNOWN, name)

    return run


def _group(node: GroupLeaf) -> Step:
    question, name, number = asks_group(node), node.name, node.at_least

    def run(case: Case) -> Reasons:
        members = case.by_group.get(name, ())
        truth = number_of([one.truth for one in members], number)
        shown = [one for one in members if one.truth is truth or one.truth is Truth.MET]
        parts = tuple(Reasons("criterion", one.truth, one.criterion) for one in shown)
        met = sum(one.truth is Truth.MET for one in members)
        return Reasons("group", truth, question, count=met, of=parts if truth is not Truth.NOT_MET else ())

    return run


def _match(node: MatchLeaf) -> Step:
    question = asks_match(node)

    def run(case: Case) -> Reasons:
        found = [one for one in case.signals if _answers(node, one)]
        named = tuple(dict.fromkeys(f"{one.family} ({one.role})" if one.role else one.family for one in found))
        shown = f"{question}: {', '.join(named)}" if named else question
        return Reasons("match", Truth.MET if found else Truth.NOT_MET, shown, count=len(found))

    return run


def _answers(node: MatchLeaf, signal: MatchSignal) -> bool:
    return (
        node.strength in {"", signal.strength}
        and node.family_kind in {"", signal.family_kind}
        and node.role in {"", signal.role}
    )


_BUILDERS: Mapping[type, Callable[..., Step]] = {
    AllOf: _all,
    AnyOf: _any,
    AtLeast: _at_least,
    NotOf: _not,
    UndecidedLeaf: _undecided,
    LostLeaf: _lost,
    UnreadLeaf: _unread,
    CriterionLeaf: _criterion,
    GroupLeaf: _group,
    MatchLeaf: _match,
}
