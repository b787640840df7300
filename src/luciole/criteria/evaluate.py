"""Evaluates criteria over facts in Kleene's three-valued logic and keeps the tree that says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from luciole.criteria.logic import NOT_MET
from luciole.criteria.model import Catalogue, Criterion, Evaluation, NamedList, Reasons
from luciole.criteria.order import in_order
from luciole.criteria.rules import Index, compile_node
from luciole.kernel.facts import FactSet
from luciole.kernel.vocabulary import PLATFORMS


def evaluate_all(catalogue: Catalogue, facts: FactSet) -> tuple[Evaluation, ...]:
    """The answers to all criteria about this kind of subject, in the order of the catalogue.

    A criterion made for other platforms than the subject's does not apply to it: it is not met, and never unknown.
    """
    return _program(catalogue, facts.subject.kind, facts.subject.platform).run(facts)


@lru_cache(maxsize=32)
def _program(catalogue: Catalogue, subject: str, platform: str) -> Program:
    about = [one for one in catalogue.criteria if one.subject == subject]
    foreign = frozenset(one.id for one in about if platform not in PLATFORMS[one.platform])
    return Program(about, catalogue.lists, foreign, platform)


class Program:
    """Criteria turned into functions once, to be run over many subjects.

    foreign: ids of those that do not apply; platform: of the subjects, so that only its own areas are called missing.
    """

    def __init__(
        self,
        criteria: Sequence[Criterion],
        lists: Mapping[str, NamedList],
        foreign: frozenset[str] = frozenset(),
        platform: str = "",
    ) -> None:
        self._criteria = criteria
        self._foreign = dict.fromkeys(foreign, NOT_MET)
        self._not_met = {one.id: _not_met(one) for one in criteria}
        own = [one for one in in_order(criteria) if one.id not in foreign]
        self._rules = [(one.id, compile_node(one.rule, lists, platform)) for one in own]

    def run(self, facts: FactSet) -> tuple[Evaluation, ...]:
        """The answers for one subject, in the order of the criteria. Why one is not met is not written out."""
        index = Index(facts)
        index.done.update(self._foreign)
        open_or_met: dict[str, Reasons] = {}
        for name, rule in self._rules:
            truth = index.done[name] = rule.truth(index)
            if truth is not NOT_MET:
                open_or_met[name] = rule.reasons(index)
        return tuple([
            self._not_met[one.id] if (why := open_or_met.get(one.id)) is None else _answer(one, why)
            for one in self._criteria
        ])  # fmt: skip


def _not_met(one: Criterion) -> Evaluation:
    return Evaluation(one.id, one.version, one.group, NOT_MET, Reasons("criterion", NOT_MET, one.id))


def _answer(one: Criterion, why: Reasons) -> Evaluation:
    return Evaluation(one.id, one.version, one.group, why.truth, why)
