"""Evaluates criteria over facts in Kleene's three-valued logic and keeps the tree that says why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from luciole.criteria.model import (
    MAX_FACTS,
    AllOf,
    AnyOf,
    AtLeast,
    Catalogue,
    Comparison,
    Criterion,
    CriterionLeaf,
    Evaluation,
    FactLeaf,
    NamedList,
    Node,
    NotOf,
    Reasons,
)  # fmt: skip
from luciole.criteria.operations import Predicate, predicate, resolve
from luciole.criteria.order import in_order
from luciole.criteria.wording import asks
from luciole.kernel.facts import Fact, FactSet, Scalar
from luciole.kernel.outcome import Coverage, Reason, State, Truth, negate
from luciole.kernel.vocabulary import FACTS, PLATFORMS

_ELSEWHERE = frozenset({Reason.NOT_IN_THIS_EVIDENCE, Reason.NOT_ASKED})
_THERE = frozenset({Reason.DAMAGED, Reason.LIMIT, Reason.ENCRYPTED, Reason.UNKNOWN_FORMAT})
MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN


def evaluate_all(catalogue: Catalogue, facts: FactSet) -> tuple[Evaluation, ...]:
    """The answers to all criteria about this kind of subject, in the order of the catalogue.

    A criterion made for other platforms than the subject's does not apply to it: it is not met, and never unknown.
    """
    return _program(catalogue, facts.subject.kind, facts.subject.platform).run(facts)


@lru_cache(maxsize=32)
def _program(catalogue: Catalogue, subject: str, platform: str) -> Program:
    about = [one for one in catalogue.criteria if one.subject == subject]
    foreign = frozenset(one.id for one in about if platform not in PLATFORMS[one.platform])
    return Program(about, catalogue.lists, foreign)


def examined_areas(coverage: Iterable[Coverage]) -> frozenset[str]:
    """The areas of which absence may be said: examined, and nowhere damaged, missing or cut short.

    A line that says "not in this evidence" or "not asked" does not spoil what another piece of evidence showed.
    """
    examined: set[str] = set()
    spoiled: set[str] = set()
    for line in coverage:
        if line.state is State.EXAMINED:
            examined.add(line.area)
        elif line.reason not in _ELSEWHERE:
            spoiled.add(line.area)
    return frozenset(examined - spoiled)


def lost_areas(coverage: Iterable[Coverage]) -> frozenset[str]:
    """The areas that this evidence should hold, and that are damaged, missing or cut short."""
    return frozenset(
        line.area for line in coverage if line.state is not State.EXAMINED and line.reason not in _ELSEWHERE
    )


def unread_areas(coverage: Iterable[Coverage]) -> frozenset[str]:
    """The areas of which something is there that could not be read: damaged, too large, or locked."""
    return frozenset(line.area for line in coverage if line.state is not State.EXAMINED and line.reason in _THERE)


class Index:
    """The facts of one subject by name, and by what they hold, and the areas that were examined."""

    __slots__ = ("_tables", "areas", "by_name", "done")

    def __init__(self, facts: FactSet) -> None:
        self.areas = examined_areas(facts.coverage)
        self.by_name: dict[str, list[Fact]] = {}
        for fact in facts.facts:
            self.by_name.setdefault(fact.name, []).append(fact)
        self._tables: dict[tuple[str, str], dict[Scalar, list[Fact]]] = {}
        self.done: dict[str, Reasons] = {}
        """Reasons of the criteria that were evaluated before."""

    def table(self, key: tuple[str, str]) -> dict[Scalar, list[Fact]]:
        """The facts of one name by one attribute, or by their value. key: name and attribute, "" for the value."""
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = _tabulate(self.by_name.get(key[0], ()), key[1])
        return table


def _tabulate(facts: Iterable[Fact], attribute: str) -> dict[Scalar, list[Fact]]:
    table: dict[Scalar, list[Fact]] = {}
    for fact in facts:
        held = fact.attributes.get(attribute) if attribute else fact.value
        for one in held if isinstance(held, list) else () if held is None else (held,):
            table.setdefault(one, []).append(fact)
    return table


Step = Callable[[Index], Reasons]


class Program:
    """Criteria turned into functions once, to be run over many subjects. foreign: ids of those that do not apply."""

    def __init__(
        self, criteria: Sequence[Criterion], lists: Mapping[str, NamedList], foreign: frozenset[str] = frozenset()
    ) -> None:
        self._criteria = criteria
        self._foreign = {name: Reasons("criterion", NOT_MET, name) for name in foreign}
        self._answered = {
            one.id: Evaluation(one.id, one.version, one.group, NOT_MET, self._foreign[one.id])
            for one in criteria
            if one.id in foreign
        }
        self._steps = [(one.id, compile_node(one.rule, lists)) for one in in_order(criteria) if one.id not in foreign]

    def run(self, facts: FactSet) -> tuple[Evaluation, ...]:
        """The answers for one subject, in the order of the criteria."""
        index = Index(facts)
        done = index.done
        done.update(self._foreign)
        for name, step in self._steps:
            done[name] = step(index)
        answered = self._answered
        return tuple(
            answered.get(one.id) or Evaluation(one.id, one.version, one.group, done[one.id].truth, done[one.id])
            for one in self._criteria
        )


def compile_node(node: Node, lists: Mapping[str, NamedList]) -> Step:
    """A function from an index of facts to the reasons of this rule. Raises TypeError for parts of the policy."""
    if isinstance(node, FactLeaf):
        return _fact_step(node, lists)
    if isinstance(node, AllOf):
        return _all_step([compile_node(part, lists) for part in node.of])
    if isinstance(node, AnyOf):
        return _any_step([compile_node(part, lists) for part in node.of])
    if isinstance(node, NotOf):
        return _not_step(compile_node(node.of, lists))
    if isinstance(node, AtLeast):
        return _at_least_step(node.number, [compile_node(part, lists) for part in node.of])
    if isinstance(node, CriterionLeaf):
        return _criterion_step(node)
    raise TypeError(f"{type(node).__name__} belongs to the policy")


def all_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's and."""
    return NOT_MET if NOT_MET in truths else UNKNOWN if UNKNOWN in truths else MET


def any_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's or."""
    return MET if MET in truths else UNKNOWN if UNKNOWN in truths else NOT_MET


def number_of(truths: Sequence[Truth], number: int) -> Truth:
    """Met when `number` are met, not met when that can no longer be, unknown between."""
    met = truths.count(MET)
    if met >= number:
        return MET
    return UNKNOWN if met + truths.count(UNKNOWN) >= number else NOT_MET


def _all_step(steps: list[Step]) -> Step:
    def run(index: Index) -> Reasons:
        parts = tuple([step(index) for step in steps])
        return Reasons("all", all_of([part.truth for part in parts]), of=parts)

    return run


def _any_step(steps: list[Step]) -> Step:
    def run(index: Index) -> Reasons:
        parts = tuple([step(index) for step in steps])
        return Reasons("any", any_of([part.truth for part in parts]), of=parts)

    return run


def _not_step(step: Step) -> Step:
    def run(index: Index) -> Reasons:
        part = step(index)
        return Reasons("not", negate(part.truth), of=(part,))

    return run


def _at_least_step(number: int, steps: list[Step]) -> Step:
    question = f"at least {number}"

    def run(index: Index) -> Reasons:
        parts = tuple([step(index) for step in steps])
        return Reasons("at_least", number_of([part.truth for part in parts], number), question, of=parts)

    return run


def _criterion_step(leaf: CriterionLeaf) -> Step:
    name = leaf.criterion

    def run(index: Index) -> Reasons:
        return Reasons("criterion", index.done[name].truth, name)

    return run


Finder = Callable[[Index], list[Fact]]


def _fact_step(leaf: FactLeaf, lists: Mapping[str, NamedList]) -> Step:
    question, areas, find = asks(leaf), FACTS[leaf.fact].areas, _finder(leaf, lists)
    enough = leaf.count
    absent = Reasons("fact", NOT_MET, question)
    unknown = Reasons("fact", UNKNOWN, question, missing=areas)
    # A flag has one value: where it was read with the other one, the question is answered, whatever else was not read.
    flag = FACTS[leaf.fact].value == "flag" and not leaf.where

    def run(index: Index) -> Reasons:
        found = find(index)
        if not found:
            answered = not index.areas.isdisjoint(areas) or (flag and leaf.fact in index.by_name)
            return absent if answered else unknown
        shown, count = tuple(found[:MAX_FACTS]), len(found)
        if enough == 1 or len({fact.value for fact in found}) >= enough:
            return Reasons("fact", MET, question, shown, count)
        if index.areas.isdisjoint(areas):
            return Reasons("fact", UNKNOWN, question, shown, count, areas)
        return Reasons("fact", NOT_MET, question, shown, count)

    return run


def _finder(leaf: FactLeaf, lists: Mapping[str, NamedList]) -> Finder:
    """Looks facts up by what they must hold where the leaf names it, and walks through them where it does not."""
    name = leaf.fact
    accept = _acceptance(leaf, lists)
    lookups = _lookups(leaf, lists)

    def walk(index: Index) -> list[Fact]:
        return [fact for fact in index.by_name.get(name, ()) if accept(fact)]

    def look_up(index: Index) -> list[Fact]:
        if name not in index.by_name:
            return []
        fewest: list[list[Fact]] = []
        least = -1
        for key, wanted in lookups:
            table = index.table(key)
            hits = [table[one] for one in wanted if one in table]
            size = sum(map(len, hits))
            if least < 0 or size < least:
                fewest, least = hits, size
        return _accepted(fewest, accept)

    return look_up if lookups else walk


def _accepted(hits: list[list[Fact]], accept: Callable[[Fact], bool]) -> list[Fact]:
    """The facts that pass, each once: one fact may be found under several of the wanted values."""
    if len(hits) == 1:
        return [fact for fact in hits[0] if accept(fact)]
    different = {id(fact): fact for group in hits for fact in group}
    return [fact for fact in different.values() if accept(fact)]


Lookup = tuple[tuple[str, str], tuple[Scalar, ...]]


def _lookups(leaf: FactLeaf, lists: Mapping[str, NamedList]) -> list[Lookup]:
    """Every test that an index can answer: equality of a value, or of one item of a list. Empty where case is ignored.

    True and 1 share a place in an index, so flags are left to the tests; the kind of a component tells few apart.
    """
    if leaf.ignore_case:
        return []
    kinds = FACTS[leaf.fact].attributes
    tests = [("", _EQUALITY, test) for test in leaf.tests]
    for where in leaf.where:
        fitting = _MEMBERSHIP if kinds[where.attribute] == "texts" else _EQUALITY
        tests += [(where.attribute, fitting, test) for test in where.tests]
    found = [
        ((leaf.fact, attribute), resolve(test.operand, lists)) for attribute, fitting, test in tests
        if test.operation in fitting
    ]  # fmt: skip
    plain = [one for one in found if not any(isinstance(value, bool) for value in one[1])]
    return [one for one in plain if one[0][1] != "kind"] or plain


_EQUALITY = frozenset({"is", "in"})
_MEMBERSHIP = frozenset({"contains", "contains_any"})


def _acceptance(leaf: FactLeaf, lists: Mapping[str, NamedList]) -> Callable[[Fact], bool]:
    def build(test: Comparison) -> Predicate:
        return predicate(test, lists, ignore_case=leaf.ignore_case)

    tests = [build(test) for test in leaf.tests]
    where = [(one.attribute, build(test)) for one in leaf.where for test in one.tests]

    def accept(fact: Fact) -> bool:
        value, attributes = fact.value, fact.attributes
        for test in tests:
            if not test(value):
                return False
        return all(test(attributes.get(name)) for name, test in where)

    return accept
