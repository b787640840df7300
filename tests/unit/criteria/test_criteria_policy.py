"""The policy: its rules are asked in order, unknown is said, and every agreed case has its verdict."""

import functools
import json

import pytest

from agreed_criteria import catalogue, policy, policy_examples
from luciole.apps.read import read_app
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.examples import policy_example_facts
from luciole.criteria.model import Decision, Evaluation, MatchSignal, Policy, PolicyExample, Reasons
from luciole.criteria.parse_policy import VERDICTS, parse_policy
from luciole.criteria.policy import decide
from luciole.kernel.facts import FactSet, Subject
from luciole.kernel.outcome import Coverage, Reason, State, Truth
from luciole.kernel.vocabulary import FACTS
from luciole.simulate.apps.build import build_apk

MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN


@functools.cache
def read_described(description: str) -> FactSet:
    """The facts of an inert app through the real writers and readers. description: JSON."""
    return read_app(build_apk(json.loads(description)), "example.apk").subjects[0]


def facts_of(example: PolicyExample) -> FactSet:
    return policy_example_facts(example) if example.app is None else read_described(json.dumps(example.app))


def decided(example: PolicyExample) -> Decision:
    facts = facts_of(example)
    return decide(policy(), evaluate_all(catalogue(), facts), example.matches, example.subject, facts.coverage)


@pytest.mark.parametrize("example", policy_examples(), ids=[example.id for example in policy_examples()])
def test_an_agreed_case_gets_its_verdict(example: PolicyExample) -> None:
    decision = decided(example)
    assert decision.verdict == example.expect, f"by {decision.rule or 'no rule'}: {example.about}"
    assert (decision.rule or "otherwise") == (example.rule or decision.rule or "otherwise")


def test_there_are_enough_agreed_cases_for_every_verdict() -> None:
    assert len(policy_examples()) >= 25
    assert {example.expect for example in policy_examples()} == set(VERDICTS)


@pytest.mark.parametrize(
    "example",
    [
        example
        for example in policy_examples()
        if example.app is not None and example.expect == "behaves-like-stalkerware"
    ],
    ids=lambda example: example.id,
)
def test_what_could_not_be_read_never_makes_a_hidden_app_look_like_nothing(example: PolicyExample) -> None:
    whole = facts_of(example)
    for lost in ("manifest", "resources", "code"):
        kept = tuple(fact for fact in whole.facts if lost not in FACTS[fact.name].areas)
        coverage = tuple(line for line in whole.coverage if line.area != lost)
        partial = FactSet(whole.subject, kept, coverage)
        decision = decide(policy(), evaluate_all(catalogue(), partial), ())
        assert decision.verdict != "nothing-seen", f"without {lost}"


SMALL = """\
version: 7
rules:
  - id: first
    verdict: known-stalkerware
    subject: app
    statement: First.
    rule: {match: {strength: strong, family_kind: stalkerware}}
  - id: second
    verdict: behaves-like-stalkerware
    subject: app
    statement: Second.
    rule: {all: [{group: {name: collection, at_least: 2}}, {not: {criterion: declared.visible-icon}}]}
  - id: third
    verdict: needs-a-person
    subject: app
    statement: Third.
    rule: {undecided: {criterion: conceal.no-icon}}
  - id: fourth
    verdict: needs-a-person
    subject: device
    statement: Fourth.
    rule: {at_least: {number: 1, of: [{criterion: device.root}, {criterion: device.proxy}]}}
otherwise: {verdict: nothing-seen, statement: Nothing.}
"""


@functools.cache
def small() -> Policy:
    return parse_policy("small.yml", SMALL, catalogue())


def answers(**truths: Truth) -> list[Evaluation]:
    """Evaluations by id, with _ for . and __ for -."""
    found = []
    for name, truth in truths.items():
        criterion = catalogue().criterion(name.replace("__", "-").replace("_", "."))
        assert criterion is not None
        found.append(Evaluation(criterion.id, criterion.version, criterion.group, truth, Reasons("fact", truth)))
    return found


STRONG = MatchSignal("strong", "stalkerware", "certificate", "Example")
TWO = {"collect_location": MET, "collect_camera": MET}


def test_the_first_rule_that_is_met_decides() -> None:
    decision = decide(small(), answers(**TWO, declared_visible__icon=NOT_MET), [STRONG])
    assert (decision.verdict, decision.rule, decision.statement, decision.policy_version) == (
        "known-stalkerware", "first", "First.", 7,
    )  # fmt: skip
    assert decision.reasons is not None
    assert decision.reasons.asks == "strong match of stalkerware: Example (certificate)"


def test_a_group_is_counted_and_its_members_are_named() -> None:
    decision = decide(small(), answers(**TWO, collect_contacts=NOT_MET, declared_visible__icon=NOT_MET), [])
    assert decision.rule == "second"
    assert decision.reasons is not None
    group = decision.reasons.of[0]
    assert (group.node, group.count, group.asks) == ("group", 2, "at least 2 of collection")
    assert [part.asks for part in group.of] == ["collect.location", "collect.camera"]


def test_a_group_that_could_still_be_reached_is_unknown() -> None:
    evaluations = answers(
        collect_location=MET, collect_camera=UNKNOWN, declared_visible__icon=NOT_MET, conceal_no__icon=NOT_MET
    )
    decision = decide(small(), evaluations, [])
    assert (decision.rule, decision.undecided, decision.unknown) == ("", ("second",), ("collect.camera",))


def test_undecided_is_met_by_unknown_alone() -> None:
    for truth, verdict in ((UNKNOWN, "needs-a-person"), (MET, "nothing-seen"), (NOT_MET, "nothing-seen")):
        assert decide(small(), answers(conceal_no__icon=truth, declared_visible__icon=MET), []).verdict == verdict


def test_a_criterion_that_nobody_evaluated_counts_as_unknown() -> None:
    assert decide(small(), [], []).rule == "third"


def test_a_match_of_another_kind_or_strength_does_not_count() -> None:
    for signal in (MatchSignal("supporting", "stalkerware"), MatchSignal("strong", "watchware")):
        assert decide(small(), answers(conceal_no__icon=NOT_MET), [signal]).verdict == "nothing-seen"


def test_rules_about_the_device_are_asked_of_the_device_alone() -> None:
    root = answers(device_root=MET, conceal_no__icon=NOT_MET)
    assert decide(small(), root, [], "device").rule == "fourth"
    assert decide(small(), root, [], "app").rule == ""


def test_when_no_rule_is_met_the_decision_says_so_and_has_no_tree() -> None:
    decision = decide(small(), answers(conceal_no__icon=NOT_MET), [])
    assert (decision.rule, decision.statement, decision.reasons) == ("", "Nothing.", None)


def test_the_decision_can_be_kept_in_a_result_document() -> None:
    import msgspec

    decision = decided(next(example for example in policy_examples() if example.id == "classic"))
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


def test_an_app_file_that_was_read_completely_leaves_no_rule_about_app_files_open() -> None:
    example = next(example for example in policy_examples() if example.id == "note-app")
    facts = facts_of(example)
    assert all(
        line.state is State.EXAMINED for line in facts.coverage if line.area in {"manifest", "resources", "code"}
    )
    evidence = {one.id: one.evidence for one in catalogue().criteria}
    open_static = [name for name in decided(example).unknown if evidence[name] == "static"]
    assert open_static == ["account.known-rule"]  # YARA rules are only looked at when they are given


LOST = """\
version: 1
rules:
  - {id: lost, verdict: needs-a-person, subject: app, statement: Lost., rule: {lost: {criterion: context.collects-two}}}
otherwise: {verdict: nothing-seen, statement: Nothing.}
"""


@pytest.mark.parametrize(
    ("coverage", "verdict"),
    [
        (None, "needs-a-person"),
        ((), "nothing-seen"),
        ((Coverage("manifest", State.NOT_LOOKED_AT, Reason.NOT_IN_THIS_EVIDENCE),), "nothing-seen"),
        ((Coverage("manifest", State.NOT_LOOKED_AT, Reason.NOT_ASKED),), "nothing-seen"),
        ((Coverage("manifest", State.NOT_LOOKED_AT, Reason.MISSING),), "needs-a-person"),
        ((Coverage("manifest", State.PARTIAL, Reason.DAMAGED),), "needs-a-person"),
        ((Coverage("signing", State.PARTIAL, Reason.DAMAGED),), "nothing-seen"),
    ],
)
def test_lost_tells_what_is_damaged_or_missing_from_what_was_never_there(
    coverage: tuple[Coverage, ...] | None, verdict: str
) -> None:
    """context.collects-two rests on the manifest through other criteria."""
    lost = parse_policy("lost.yml", LOST, catalogue())
    facts = FactSet(Subject("app", "org.example.some"), (), coverage or ())
    assert decide(lost, evaluate_all(catalogue(), facts), (), "app", coverage).verdict == verdict


def test_lost_is_not_met_by_an_answer() -> None:
    lost = parse_policy("lost.yml", LOST, catalogue())
    for truth in (MET, NOT_MET):
        assert decide(lost, answers(context_collects__two=truth), ()).verdict == "nothing-seen"


UNREAD = """\
version: 1
rules:
  - {id: unread, verdict: needs-a-person, subject: app, statement: Unread., rule: {unread: [manifest, code]}}
otherwise: {verdict: nothing-seen, statement: Nothing.}
"""


@pytest.mark.parametrize(
    ("coverage", "verdict"),
    [
        ((), "nothing-seen"),
        ((Coverage("manifest", State.EXAMINED),), "nothing-seen"),
        ((Coverage("manifest", State.NOT_LOOKED_AT, Reason.NOT_IN_THIS_EVIDENCE),), "nothing-seen"),
        ((Coverage("manifest", State.NOT_LOOKED_AT, Reason.MISSING),), "nothing-seen"),
        ((Coverage("signing", State.PARTIAL, Reason.DAMAGED),), "nothing-seen"),
        ((Coverage("manifest", State.PARTIAL, Reason.DAMAGED),), "needs-a-person"),
        ((Coverage("code", State.PARTIAL, Reason.LIMIT),), "needs-a-person"),
        ((Coverage("code", State.NOT_LOOKED_AT, Reason.ENCRYPTED),), "needs-a-person"),
        ((Coverage("code", State.EXAMINED), Coverage("code", State.PARTIAL, Reason.DAMAGED)), "needs-a-person"),
    ],
)
def test_unread_is_met_by_what_is_there_and_could_not_be_read(coverage: tuple[Coverage, ...], verdict: str) -> None:
    unread = parse_policy("unread.yml", UNREAD, catalogue())
    assert decide(unread, (), (), "app", coverage).verdict == verdict


def test_unread_is_not_known_where_nobody_says_what_was_looked_at() -> None:
    decision = decide(parse_policy("unread.yml", UNREAD, catalogue()), (), ())
    assert (decision.verdict, decision.undecided) == ("nothing-seen", ("unread",))


@pytest.mark.parametrize("area", ["manifest", "resources", "code"])
def test_an_ordinary_app_that_could_only_be_read_in_part_needs_a_person(area: str) -> None:
    whole = read_described('{"package": "org.example.inert.notes", "label": "Notes", "permissions": ["INTERNET"]}')
    coverage = (*whole.coverage, Coverage(area, State.PARTIAL, Reason.DAMAGED))
    partial = FactSet(whole.subject, whole.facts, coverage)
    decision = decide(policy(), evaluate_all(catalogue(), partial), (), "app", coverage)
    assert (decision.verdict, decision.rule) == ("needs-a-person", "parts-could-not-be-read")
