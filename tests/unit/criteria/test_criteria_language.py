"""The criteria language, case by case: language.yml is its specification."""

from pathlib import Path
from typing import NamedTuple

import pytest

from agreed_criteria import criterion_of, criterion_text
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.examples import fact_set
from luciole.criteria.looked_at import examined_areas
from luciole.criteria.model import MAX_FACTS, Catalogue, Evaluation, Node
from luciole.criteria.parse import parse_catalogue, parse_lists
from luciole.criteria.parse_example import ExampleReader
from luciole.criteria.parse_rule import RuleReader
from luciole.criteria.reading import Keys
from luciole.criteria.yaml_text import YamlMap, YamlNode, read_map
from luciole.kernel.errors import ContentError
from luciole.kernel.facts import Fact, FactSet, Place, Subject
from luciole.kernel.outcome import Coverage, Reason, State, Truth
from luciole.kernel.vocabulary import AREAS, FACTS

SPECIFICATION = (Path(__file__).parent / "language.yml").read_text("utf-8")
TABLE, PROBLEMS = read_map("language.yml", SPECIFICATION)
PARTS: dict[str, YamlNode] = {entry.key: entry.node for entry in TABLE.entries}
LISTS = parse_lists("lists.yml", "fruit: {about: Sweet., values: [apple, pear]}\n"
                                 "shops: {about: Shops., values: [com.android.vending]}")  # fmt: skip


class Case(NamedTuple):
    """One line of the specification."""

    about: str
    rule: Node
    facts: FactSet
    expect: str


def read_case(node: YamlMap) -> Case:
    keys = Keys(node, PROBLEMS)
    subject = keys.text("subject", needed=False) or "app"
    rule = keys.need("rule")
    assert rule is not None
    material = ExampleReader(PROBLEMS, subject).material(keys)
    facts = fact_set("device" if subject == "device" else "app", material.facts, AREAS, material.not_looked_at)
    case = Case(keys.text("about"), RuleReader(PROBLEMS, LISTS, subject).read(rule.node), facts, keys.text("expect"))
    keys.finish()
    return case


CASES = [read_case(node) for node in PARTS["cases"].items if isinstance(node, YamlMap)]  # type: ignore[union-attr] # checked at run time


def one(rule: Node, facts: FactSet) -> Evaluation:
    catalogue = Catalogue((criterion_of(rule, facts.subject.kind),), LISTS)
    return evaluate_all(catalogue, facts)[0]


def test_the_specification_itself_has_no_problem() -> None:
    assert PROBLEMS.found == []
    assert len(CASES) > 60


@pytest.mark.parametrize("case", CASES, ids=[case.about for case in CASES])
def test_the_language_does_what_its_specification_says(case: Case) -> None:
    assert one(case.rule, case.facts).truth.value == case.expect


def parsed(rule: str, subject: str = "app") -> Catalogue:
    return parse_catalogue({"a.yml": criterion_text(rule, subject)})


def facts(*found: Fact, coverage: tuple[Coverage, ...] = ()) -> FactSet:
    return FactSet(Subject("app", "org.example.a"), found, coverage)


def test_the_reasons_keep_facts_with_their_addresses_and_count_the_rest() -> None:
    found = [Fact("permission.requested", f"a.b{n}", Place("a.apk", "AndroidManifest.xml", n)) for n in range(9)]
    reasons = evaluate_all(parsed("fact: permission.requested\nstarts_with: a."), facts(*found))[0].reasons
    assert reasons.count == 9
    assert reasons.facts == tuple(found[:MAX_FACTS])
    assert reasons.asks == "permission.requested starts with a."


def test_the_reasons_are_a_tree_of_the_same_shape_as_the_rule() -> None:
    rule = "all:\n  - {fact: app.label, is: a}\n  - not: {any: [{fact: code.string, present: true}]}"
    tree = evaluate_all(parsed(rule), facts(Fact("app.label", "a"), coverage=(Coverage("code", State.EXAMINED),)))
    reasons = tree[0].reasons
    assert (reasons.node, reasons.truth, len(reasons.of)) == ("all", Truth.MET, 2)
    assert [part.node for part in reasons.of] == ["fact", "not"]
    assert reasons.of[1].of[0].node == "any"
    assert reasons.of[1].of[0].of[0].truth is Truth.NOT_MET


def test_what_stays_open_names_the_areas_that_were_not_looked_at() -> None:
    reasons = evaluate_all(parsed("fact: permission.requested\nis: a"), facts())[0].reasons
    assert reasons.truth is Truth.UNKNOWN
    areas = [name for name in FACTS["permission.requested"].areas if "android" in AREAS[name].platforms]
    assert reasons.missing == tuple(areas)


def test_a_fact_found_under_two_wanted_values_counts_once() -> None:
    rule = "fact: intent_filter\nwhere: {actions: {contains_any: [a, b]}}"
    found = Fact("intent_filter", "x", attributes={"actions": ["a", "b"]})
    assert evaluate_all(parsed(rule), facts(found))[0].reasons.count == 1


def test_only_criteria_about_this_kind_of_subject_are_answered() -> None:
    assert evaluate_all(parsed("fact: root.trace\npresent: true", "device"), facts()) == ()


def test_criteria_are_answered_in_the_order_of_the_catalogue_whoever_names_whom() -> None:
    first = criterion_text("criterion: collect.z").replace("collect.example", "collect.a")
    last = criterion_text("fact: app.label\nis: x").replace("collect.example", "collect.z")
    catalogue = parse_catalogue({"a.yml": first, "z.yml": last})
    answers = evaluate_all(catalogue, facts(Fact("app.label", "x")))
    assert [(answer.criterion, answer.truth) for answer in answers] == [
        ("collect.a", Truth.MET),
        ("collect.z", Truth.MET),
    ]


def test_a_long_chain_of_criteria_is_followed_without_recursion() -> None:
    texts = {}
    for n in range(1_500):
        rule = f"criterion: collect.n{n + 1}" if n < 1_499 else "fact: app.label\nis: x"
        texts[f"n{n}.yml"] = criterion_text(rule).replace("collect.example", f"collect.n{n}")
    answers = evaluate_all(parse_catalogue(texts), facts(Fact("app.label", "x")))
    assert {answer.truth for answer in answers} == {Truth.MET}


@pytest.mark.parametrize(
    ("coverage", "examined"),
    [
        ([Coverage("code", State.EXAMINED)], True),
        ([Coverage("code", State.PARTIAL, Reason.LIMIT)], False),
        ([Coverage("code", State.NOT_LOOKED_AT, Reason.DAMAGED)], False),
        ([Coverage("code", State.EXAMINED), Coverage("code", State.PARTIAL, Reason.DAMAGED)], False),
        ([Coverage("code", State.NOT_LOOKED_AT, Reason.NOT_IN_THIS_EVIDENCE), Coverage("code", State.EXAMINED)], True),
        ([Coverage("code", State.NOT_LOOKED_AT, Reason.NOT_ASKED), Coverage("code", State.EXAMINED)], True),
        ([Coverage("code", State.NOT_LOOKED_AT, Reason.MISSING), Coverage("code", State.EXAMINED)], False),
        ([], False),
    ],
)
def test_an_area_counts_as_examined_only_when_nothing_of_it_was_lost(
    coverage: list[Coverage], *, examined: bool
) -> None:
    assert ("code" in examined_areas(coverage)) is examined


def test_text_and_flag_of_the_same_python_value_are_not_mixed_up() -> None:
    rule = "fact: setting\nwhere: {user: {is: 1}}"
    odd = FactSet(Subject("device", "x"), (Fact("setting", "k", attributes={"user": True}),))
    assert evaluate_all(parsed(rule, "device"), odd)[0].truth is Truth.UNKNOWN


def test_a_criterion_that_names_nobody_known_is_refused() -> None:
    with pytest.raises(ContentError, match=r"a\.yml:13: there is no criterion 'collect\.other'"):
        parsed("criterion: collect.other")
