"""Kleene's three-valued logic: the truth tables, and laws that hold for every rule."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreed_criteria import criterion_of
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.examples import fact_set
from luciole.criteria.logic import all_of, any_of, number_of
from luciole.criteria.model import AllOf, AnyOf, AtLeast, Catalogue, Comparison, FactLeaf, Node, NotOf
from luciole.criteria.rules import Index, compile_node
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Truth, negate

MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN

AND = {
    (MET, MET): MET, (MET, UNKNOWN): UNKNOWN, (MET, NOT_MET): NOT_MET,
    (UNKNOWN, MET): UNKNOWN, (UNKNOWN, UNKNOWN): UNKNOWN, (UNKNOWN, NOT_MET): NOT_MET,
    (NOT_MET, MET): NOT_MET, (NOT_MET, UNKNOWN): NOT_MET, (NOT_MET, NOT_MET): NOT_MET,
}  # fmt: skip
OR = {
    (MET, MET): MET, (MET, UNKNOWN): MET, (MET, NOT_MET): MET,
    (UNKNOWN, MET): MET, (UNKNOWN, UNKNOWN): UNKNOWN, (UNKNOWN, NOT_MET): UNKNOWN,
    (NOT_MET, MET): MET, (NOT_MET, UNKNOWN): UNKNOWN, (NOT_MET, NOT_MET): NOT_MET,
}  # fmt: skip


@pytest.mark.parametrize(("pair", "answer"), AND.items())
def test_and_follows_its_table(pair: tuple[Truth, Truth], answer: Truth) -> None:
    assert all_of(pair) is answer


@pytest.mark.parametrize(("pair", "answer"), OR.items())
def test_or_follows_its_table(pair: tuple[Truth, Truth], answer: Truth) -> None:
    assert any_of(pair) is answer


@pytest.mark.parametrize(("truth", "answer"), [(MET, NOT_MET), (NOT_MET, MET), (UNKNOWN, UNKNOWN)])
def test_not_follows_its_table(truth: Truth, answer: Truth) -> None:
    assert negate(truth) is answer


@pytest.mark.parametrize("truths", list(itertools.product((MET, NOT_MET, UNKNOWN), repeat=4)))
def test_a_number_of_parts_is_what_every_completion_of_the_unknown_ones_agrees_on(truths: tuple[Truth, ...]) -> None:
    completions = list(itertools.product(*((MET, NOT_MET) if one is UNKNOWN else (one,) for one in truths)))
    for number in range(1, 5):
        answers = {sum(one is MET for one in completion) >= number for completion in completions}
        expected = UNKNOWN if len(answers) == 2 else MET if answers.pop() else NOT_MET
        assert number_of(truths, number) is expected


truths = st.lists(st.sampled_from([MET, NOT_MET, UNKNOWN]), min_size=1, max_size=6)


@given(truths)
def test_de_morgan_holds(found: list[Truth]) -> None:
    assert negate(all_of(found)) is any_of([negate(one) for one in found])
    assert negate(any_of(found)) is all_of([negate(one) for one in found])


@given(truths)
def test_at_least_one_is_any_and_at_least_all_is_all(found: list[Truth]) -> None:
    assert number_of(found, 1) is any_of(found)
    assert number_of(found, len(found)) is all_of(found)


NAMES = ("app.label", "app.package", "code.string", "permission.requested", "launcher.visible")
AREAS_OF = ("manifest", "resources", "code", "device.packages", "device.resolvers")


def leaf(name: str) -> Node:
    return FactLeaf(name, (Comparison("present", operand=True),))


rules = st.recursive(
    st.sampled_from(NAMES).map(leaf),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AtLeast(2, tuple(parts))),
        inner.map(NotOf),
    ),
    max_leaves=8,
)
known_facts = st.lists(st.sampled_from(NAMES), max_size=5, unique=True)
examined = st.sets(st.sampled_from(AREAS_OF))


def seen(names: list[str], areas: set[str]) -> FactSet:
    found = tuple(Fact(name, True if name == "launcher.visible" else "x") for name in names)
    return fact_set("app", found, areas, ())


def truth_of(rule: Node, facts: FactSet) -> Truth:
    return evaluate_all(Catalogue((criterion_of(rule),)), facts)[0].truth


@given(rules, known_facts, examined)
def test_looking_at_more_never_turns_an_answer_round(rule: Node, names: list[str], areas: set[str]) -> None:
    before = truth_of(rule, seen(names, areas))
    after = truth_of(rule, seen(names, set(AREAS_OF)))
    assert before in {UNKNOWN, after}
    assert after is not UNKNOWN


@given(rules, known_facts, examined)
def test_denying_twice_changes_nothing(rule: Node, names: list[str], areas: set[str]) -> None:
    facts = seen(names, areas)
    assert truth_of(NotOf(NotOf(rule)), facts) is truth_of(rule, facts)
    assert truth_of(NotOf(rule), facts) is negate(truth_of(rule, facts))


@given(rules, known_facts, examined)
def test_the_tree_of_reasons_explains_its_own_answer(rule: Node, names: list[str], areas: set[str]) -> None:
    index, compiled = Index(seen(names, areas)), compile_node(rule, {})
    waiting = [compiled.reasons(index)]
    assert waiting[0].truth is compiled.truth(index)
    while waiting:
        reasons = waiting.pop()
        parts = [part.truth for part in reasons.of]
        expected = {
            "all": lambda parts=parts: all_of(parts),
            "any": lambda parts=parts: any_of(parts),
            "not": lambda parts=parts: negate(parts[0]),
            "at_least": lambda parts=parts: number_of(parts, 2),
            "fact": lambda reasons=reasons: reasons.truth,
        }[reasons.node]()
        assert reasons.truth is expected
        assert bool(reasons.missing) == (reasons.node == "fact" and reasons.truth is UNKNOWN)
        waiting += reasons.of
