"""Each lint finds what it is for, once, and says what to do."""

from collections.abc import Callable

import msgspec
import pytest

from agreed_criteria import catalogue, policy, policy_examples
from luciole.criteria.lint import CRITERION_LINTS, lint_catalogue, texts_of
from luciole.criteria.lint_policy import lint_policy
from luciole.criteria.model import (
    AllOf,
    Catalogue,
    Comparison,
    Criterion,
    CriterionLeaf,
    Example,
    FactLeaf,
    NamedList,
    NotOf,
    Policy,
    PolicyRule,
)
from luciole.kernel.facts import Fact

LABEL = FactLeaf("permission.requested", (Comparison("in", ("$fruit",)),))
GOOD = Criterion(
    id="collect.example", version=1, title="Can read something", statement="This app can read something.",
    why="It matters to people.", ordinary=("Honest apps do it too.",), behaviours=("K01",), attack=("T1430",),
    platform="android", subject="app", evidence="both", group="collection", rule=LABEL,
    references=("https://stopstalkerware.org/get-help/",), source="catalogue/collect.example.yml",
    examples=(
        Example("met", "One.", facts=(Fact("permission.requested", "apple"),)),
        Example("met", "Two.", facts=(Fact("permission.requested", "pear"),)),
        Example("not-met", "Three.", facts=()),
        Example("not-met", "Four.", facts=(Fact("permission.requested", "plum"),)),
    ),
)  # fmt: skip
FRUIT = {"fruit": NamedList("Sweet.", ("apple", "pear"))}


def changed(**changes: object) -> Criterion:
    return msgspec.structs.replace(GOOD, **changes)


def with_rule(rule: object, **changes: object) -> Catalogue:
    return Catalogue((changed(rule=rule, **changes), msgspec.structs.replace(GOOD, id="collect.zeta",
                      source="collect.zeta.yml", rule=FactLeaf("app.split", (Comparison("in", ("$fruit",)),)),
                      evidence="static")), FRUIT)  # fmt: skip


def found_in(known: Catalogue) -> set[str]:
    return {finding.lint for finding in lint_catalogue(known)}


def test_a_good_criterion_has_no_finding() -> None:
    assert [str(one) for one in lint_catalogue(Catalogue((GOOD,), FRUIT))] == []


SHORT_OF = GOOD.examples[:1] + GOOD.examples[2:]
ONE_CHANGE: list[tuple[str, dict[str, object]]] = [
    ("file-name", {"source": "catalogue/other.yml"}),
    ("prefix", {"group": "concealment"}),
    ("examples", {"examples": SHORT_OF}),
    ("examples", {"examples": GOOD.examples[:3]}),
    ("distinct-examples", {"examples": (*GOOD.examples, GOOD.examples[0])}),
    ("words-never-used", {"why": "The phone is infected then."}),
    ("words-never-used", {"ordinary": ("A safe app.",)}),
    ("words-never-used", {"title": "Can watch the victim"}),
    ("words-never-used", {"why": "Your partner reads it."}),
    ("jargon", {"statement": "This app can exfiltrate data."}),
    ("jargon", {"ordinary": ("It is in the manifest.",)}),
    ("says-can", {"statement": "This app reads something."}),
    ("short-sentences", {"why": "Word " * 27 + "end."}),
    ("short-sentences", {"title": "Can " + "x" * 90}),
    ("whole-sentences", {"title": "Can read something."}),
    ("whole-sentences", {"why": "It matters"}),
    ("known-ids", {"behaviours": ("K19",)}),
    ("known-ids", {"attack": ("T0000",)}),
    ("references", {"references": ("http://stopstalkerware.org/",)}),
    ("references", {"references": ("https://blog.example/",)}),
    ("evidence", {"rule": FactLeaf("app.sideloaded", (Comparison("is", operand=True),))}),
    ("evidence", {"evidence": "device", "rule": FactLeaf("code.api", (Comparison("is", "a"),))}),
    ("evidence", {"rule": FactLeaf("code.api", (Comparison("is", "a"),))}),
    ("not-by-name-alone", {"rule": FactLeaf("app.package", (Comparison("in", ("$fruit",)),))}),
    ("not-met-by-nothing", {"rule": NotOf(LABEL)}),
    ("same-rule", {"id": "collect.zebra", "source": "collect.zebra.yml"}),
    ("ordinary-reasons", {"ordinary": ()}),
    ("ordinary-reasons", {"behaviours": (), "why": ""}),
]


@pytest.mark.parametrize(("lint", "changes"), ONE_CHANGE, ids=[f"{lint}-{n}" for n, (lint, _) in enumerate(ONE_CHANGE)])
def test_each_lint_finds_what_it_is_for(lint: str, changes: dict[str, object]) -> None:
    known = Catalogue((GOOD, changed(**changes)) if lint == "same-rule" else (changed(**changes),), FRUIT)
    findings = [finding for finding in lint_catalogue(known) if finding.lint == lint]
    assert len(findings) == 1
    assert findings[0].recommendation
    assert lint in str(findings[0])


def test_every_lint_has_a_case_above() -> None:
    assert {lint.name for lint in CRITERION_LINTS} == {lint for lint, _ in ONE_CHANGE}


def test_a_name_beside_something_else_is_no_name_alone() -> None:
    rule = AllOf((FactLeaf("app.package", (Comparison("in", ("$fruit",)),)), LABEL))
    assert "not-by-name-alone" not in found_in(with_rule(rule))


def test_a_name_through_another_criterion_is_still_a_name_alone() -> None:
    name = FactLeaf("app.label", (Comparison("in", ("$fruit",)),))
    other = changed(id="collect.other", source="collect.other.yml", rule=name)
    known = Catalogue((changed(rule=CriterionLeaf("collect.other")), other), FRUIT)
    assert sum(finding.lint == "not-by-name-alone" for finding in lint_catalogue(known)) == 2


def test_a_list_that_nobody_uses_is_a_warning() -> None:
    known = Catalogue((GOOD,), {**FRUIT, "nuts": NamedList("Hard.", ("hazel",))})
    (finding,) = lint_catalogue(known)
    assert (finding.lint, finding.level, finding.place) == ("unused-list", "warning", "lists.yml")


def test_all_texts_for_people_are_looked_at() -> None:
    assert texts_of(GOOD) == (GOOD.title, GOOD.statement, GOOD.why, *GOOD.ordinary)


def without_dual_use(known: Policy) -> Policy:
    return msgspec.structs.replace(known, rules=tuple(rule for rule in known.rules if rule.verdict != "dual-use"))


def with_a_new_rule(known: Policy) -> Policy:
    rule = PolicyRule("new", "dual-use", "app", "The phone is safe.", CriterionLeaf("collect.camera"))
    return msgspec.structs.replace(known, rules=(*known.rules, rule))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (without_dual_use, {"verdict-never-reached", "context-never-asked"}),
        (with_a_new_rule, {"rule-without-example", "words-never-used"}),
    ],
)
def test_a_policy_that_lost_or_gained_something_is_noticed(
    change: Callable[[Policy], Policy], expected: set[str]
) -> None:
    findings = lint_policy(change(policy()), policy_examples(), catalogue())
    assert {finding.lint for finding in findings} == expected


def test_a_policy_without_enough_cases_is_noticed() -> None:
    few = [example for example in policy_examples() if example.expect != "dual-use"][:20]
    names = {finding.lint for finding in lint_policy(policy(), few, catalogue())}
    assert {"policy-examples", "verdict-without-example", "rule-without-example"} <= names
