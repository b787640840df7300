"""The agreed catalogue: every example through the real writers and readers, the lints, and the list as agreed."""

import functools
import json
import os
from pathlib import Path

import pytest

from agreed_criteria import catalogue, policy, policy_examples
from luciole.apps.read import read_app
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.examples import example_facts
from luciole.criteria.known_ids import BEHAVIOURS
from luciole.criteria.lint import lint_catalogue
from luciole.criteria.lint_policy import lint_policy
from luciole.criteria.model import Criterion, Example
from luciole.kernel.canon import digest
from luciole.kernel.facts import FactSet
from luciole.simulate.apps.build import build_apk

CASES = [(criterion, example) for criterion in catalogue().criteria for example in criterion.examples]
GOLDEN = Path(__file__).parents[2] / "golden" / "criteria.txt"
NOT_VISIBLE: dict[str, str] = {}
"""Behaviours of the catalogue that neither an app file nor a device shows, with the reason."""


@functools.cache
def read_described(description: str) -> FactSet:
    """The facts of an inert app through the real writers and readers. description: JSON."""
    return read_app(build_apk(json.loads(description)), "example.apk").subjects[0]


@pytest.mark.parametrize(
    ("criterion", "example"), CASES, ids=[f"{criterion.id}:{example.line}" for criterion, example in CASES]
)
def test_an_example_gets_the_answer_it_expects(criterion: Criterion, example: Example) -> None:
    if example.app is None:
        facts = example_facts(example, criterion, catalogue())
    else:
        facts = read_described(json.dumps(example.app))
    answers = {one.criterion: one.truth.value for one in evaluate_all(catalogue(), facts)}
    assert answers[criterion.id] == example.expect, f"{criterion.source}:{example.line}: {example.note}"


def test_the_catalogue_has_no_lint_finding() -> None:
    assert [str(finding) for finding in lint_catalogue(catalogue())] == []


def test_the_policy_has_no_lint_finding() -> None:
    assert [str(finding) for finding in lint_policy(policy(), policy_examples(), catalogue())] == []


def test_there_is_a_criterion_for_every_behaviour_that_can_be_seen() -> None:
    covered = {behaviour for criterion in catalogue().criteria for behaviour in criterion.behaviours}
    assert set(BEHAVIOURS) - covered == set(NOT_VISIBLE)
    assert len(catalogue().criteria) >= 60


def line_of(criterion: Criterion) -> str:
    return f"{criterion.id} {criterion.version} {criterion.evidence} {digest(criterion.rule)[:16]}"


def agreed_list() -> str:
    lists = [f"${name} {digest(values.values)[:16]}" for name, values in sorted(catalogue().lists.items())]
    rules = [f"policy:{rule.id} {rule.verdict} {digest(rule.rule)[:16]}" for rule in policy().rules]
    return "\n".join([*map(line_of, catalogue().criteria), *lists, f"policy {policy().version}", *rules]) + "\n"


def test_the_list_of_criteria_is_the_agreed_one() -> None:
    """A line is id, version, evidence and a digest of the rule.

    After a change that was agreed: raise the version of the criterion, then run `make golden`. Do not run it when the
    difference is not the change that was agreed.
    """
    if os.environ.get("LUCIOLE_REFRESH") == "1":
        GOLDEN.write_text(agreed_list(), "utf-8")
    assert agreed_list() == GOLDEN.read_text("utf-8"), "see the sentence under this test's name"
