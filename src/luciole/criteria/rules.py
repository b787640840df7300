"""Turns the rule of a criterion into two functions over facts: is it so, and why.

Most criteria are not met by most subjects, and nobody asks why: the first function stops at the first part that decides
and makes nothing; the second makes the whole tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from luciole.criteria.logic import MET, NOT_MET, UNKNOWN, all_of, any_of, number_of
from luciole.criteria.looked_at import examined_areas
from luciole.criteria.model import (
    MAX_FACTS,
    AllOf,
    AnyOf,
    AtLeast,
    Comparison,
    CriterionLeaf,
    FactLeaf,
    NamedList,
    Node,
    NotOf,
    Reasons,
)
from luciole.criteria.operations import Predicate, predicate, resolve
from luciole.criteria.wording import asks
from luciole.kernel.facts import Fact, FactSet, Scalar
from luciole.kernel.outcome import Truth, negate
from luciole.kernel.vocabulary import AREAS, FACTS


class Index:
    """The facts of one subject by name, and by what they hold, and the areas that were examined."""

    __slots__ = ("_tables", "areas", "by_name", "done")

    def __init__(self, facts: FactSet) -> None:
        self.areas = examined_areas(facts.coverage)
        self.by_name: dict[str, list[Fact]] = {}
        for fact in facts.facts:
            self.by_name.setdefault(fact.name, []).append(fact)
        self._tables: dict[tuple[str, str], dict[Scalar, list[Fact]]] = {}
        self.done: dict[str, Truth] = {}
        """The answers to the criteria that were evaluated before."""

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


class Rule(NamedTuple):
    """One rule as functions of the facts. truth: the answer alone; reasons: the answer with the tree that says why."""

    truth: Callable[[Index], Truth]
    reasons: Callable[[Index], Reasons]


def compile_node(node: Node, lists: Mapping[str, NamedList], platform: str = "") -> Rule:
    """The functions of this rule. Raises TypeError for parts of the policy."""
    if isinstance(node, FactLeaf):
        return _fact(node, lists, platform)
    if isinstance(node, CriterionLeaf):
        return _criterion(node)
    if isinstance(node, NotOf):
        return _not(compile_node(node.of, lists, platform))
    if isinstance(node, AllOf | AnyOf | AtLeast):
        parts = [compile_node(part, lists, platform) for part in node.of]
        return (
            _all(parts) if isinstance(node, AllOf) else _any(parts) if isinstance(node, AnyOf) else _least(node, parts)
        )
    raise TypeError(f"{type(node).__name__} belongs to the policy")


def _tree(
    name: str, parts: Sequence[Rule], join: Callable[[Sequence[Truth]], Truth], asked: str = ""
) -> Callable[[Index], Reasons]:
    """All parts with their reasons, joined to one answer."""
    steps = [part.reasons for part in parts]

    def reasons(index: Index) -> Reasons:
        found = tuple([step(index) for step in steps])
        return Reasons(name, join([one.truth for one in found]), asked, of=found)

    return reasons


def _first(parts: Sequence[Rule], decides: Truth, otherwise: Truth) -> Callable[[Index], Truth]:
    """`decides` as soon as one part is so; else unknown where one is, else `otherwise`."""
    steps = [part.truth for part in parts]

    def truth(index: Index) -> Truth:
        found = otherwise
        for step in steps:
            one = step(index)
            if one is decides:
                return decides
            if one is UNKNOWN:
                found = UNKNOWN
        return found

    return truth


def _all(parts: Sequence[Rule]) -> Rule:
    return Rule(_first(parts, NOT_MET, MET), _tree("all", parts, all_of))


def _any(parts: Sequence[Rule]) -> Rule:
    return Rule(_first(parts, MET, NOT_MET), _tree("any", parts, any_of))


def _least(node: AtLeast, parts: Sequence[Rule]) -> Rule:
    number, steps = node.number, [part.truth for part in parts]

    def truth(index: Index) -> Truth:
        return number_of([step(index) for step in steps], number)

    return Rule(truth, _tree("at_least", parts, lambda truths: number_of(truths, number), f"at least {number}"))


def _not(part: Rule) -> Rule:
    return Rule(lambda index: negate(part.truth(index)), _tree("not", [part], lambda truths: negate(truths[0])))


def _criterion(leaf: CriterionLeaf) -> Rule:
    name = leaf.criterion
    return Rule(lambda index: index.done[name], lambda index: Reasons("criterion", index.done[name], name))


Finder = Callable[[Index], Iterator[Fact]]


def _fact(leaf: FactLeaf, lists: Mapping[str, NamedList], platform: str) -> Rule:
    name, areas, find, enough = leaf.fact, _areas_of(leaf.fact, platform), _finder(leaf, lists), leaf.count
    # A flag has one value: where it was read with the other one, the question is answered, whatever else was not read.
    flag = FACTS[name].value == "flag" and not leaf.where

    def truth(index: Index) -> Truth:
        if name not in index.by_name:
            return NOT_MET if not index.areas.isdisjoint(areas) else UNKNOWN
        found = find(index)
        first = next(found, None)
        if first is None:
            return NOT_MET if not index.areas.isdisjoint(areas) or flag else UNKNOWN
        if enough == 1 or len({first.value, *(fact.value for fact in found)}) >= enough:
            return MET
        return UNKNOWN if index.areas.isdisjoint(areas) else NOT_MET

    question = asks(leaf)

    def reasons(index: Index) -> Reasons:
        answer, found = truth(index), tuple(find(index))
        missing = areas if answer is UNKNOWN else ()
        return Reasons("fact", answer, question, found[:MAX_FACTS], len(found), missing)

    return Rule(truth, reasons)


def _areas_of(fact: str, platform: str) -> tuple[str, ...]:
    """The areas of a fact that evidence of this platform can speak of; all where there is none, or no platform."""
    areas = FACTS[fact].areas
    return tuple(name for name in areas if platform in AREAS[name].platforms) or areas


def _finder(leaf: FactLeaf, lists: Mapping[str, NamedList]) -> Finder:
    """Looks facts up by what they must hold where the leaf names it, and walks through them where it does not."""
    name = leaf.fact
    accept = _acceptance(leaf, lists)
    lookups = _lookups(leaf, lists)

    def walk(index: Index) -> Iterator[Fact]:
        return filter(accept, index.by_name.get(name, ()))

    def look_up(index: Index) -> Iterator[Fact]:
        if name not in index.by_name:
            return iter(())
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


def _accepted(hits: list[list[Fact]], accept: Callable[[Fact], bool]) -> Iterator[Fact]:
    """The facts that pass, each once: one fact may be found under several of the wanted values."""
    if len(hits) == 1:
        return filter(accept, hits[0])
    return filter(accept, {id(fact): fact for group in hits for fact in group}.values())


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
