"""Lints criterion files and runs their examples on the real path: inert app, reader, criteria."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from luciole.apps.read import read_app
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.examples import example_facts, policy_example_facts
from luciole.criteria.lint import lint_catalogue
from luciole.criteria.lint_policy import lint_policy
from luciole.criteria.model import Catalogue, Criterion, Example, Policy, PolicyExample
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.parse_policy import parse_policy, parse_policy_examples
from luciole.criteria.policy import decide
from luciole.kernel.errors import ContentError
from luciole.kernel.facts import FactSet
from luciole.packs.builtin import catalogue_files, criteria_file, policy_example_files
from luciole.simulate.apps.build import build_apk

LISTS, POLICY = "lists.yml", "policy.yml"
OTHERWISE = "otherwise"
"""What an example calls the verdict that no rule decided."""


class Outcome(msgspec.Struct, frozen=True):
    """What running examples gave. failures: one line for each, naming file and example."""

    passed: int
    failures: list[str]


def lint_files(paths: Sequence[Path]) -> list[str]:
    """Every problem of the files at `paths`, or of the installed catalogue, as `file:line: message`."""
    try:
        catalogue = load_catalogue(paths)
        found = lint_catalogue(catalogue)
        if not paths:
            policy, examples = load_policy(catalogue)
            found += lint_policy(policy, examples, catalogue)
    except ContentError as error:
        return error.problems
    wanted = {path.name for path in paths}
    return [str(one) for one in found if not wanted or one.place in wanted]


def load_policy(catalogue: Catalogue) -> tuple[Policy, tuple[PolicyExample, ...]]:
    """The installed policy and the cases with the verdicts it must reach. Raises ContentError."""
    policy = parse_policy(POLICY, criteria_file(POLICY), catalogue)
    return policy, parse_policy_examples(policy_example_files(), policy)


def load_catalogue(paths: Sequence[Path]) -> Catalogue:
    """The criteria in the files at `paths`, else the installed ones, with their examples. Raises ContentError."""
    named = {path.name: path.read_text("utf-8") for path in paths}
    return parse_catalogue({LISTS: criteria_file(LISTS), **catalogue_files(), **named})


def run_examples(paths: Sequence[Path]) -> Outcome:
    """Runs the examples of criteria, and of the policy when no paths are named. Raises ContentError."""
    catalogue = load_catalogue(paths)
    outcomes = [*_criteria(catalogue, {path.name for path in paths})]
    if not paths:
        outcomes += _policy(catalogue, *load_policy(catalogue))
    failures = [line for line in outcomes if line]
    return Outcome(len(outcomes) - len(failures), failures)


def _criteria(catalogue: Catalogue, names: Collection[str]) -> Iterator[str]:
    """What running the examples gave, of the files called `names`, or of all where none is named."""
    for criterion in [one for one in catalogue.criteria if not names or one.source in names]:
        for example in criterion.examples:
            facts = _facts(example) or example_facts(example, criterion, catalogue)
            yield _difference(criterion, example, facts, catalogue)


def _difference(criterion: Criterion, example: Example, facts: FactSet, catalogue: Catalogue) -> str:
    """Empty when the example is answered as expected."""
    evaluations = {one.criterion: one.truth.value for one in evaluate_all(catalogue, facts)}
    found = evaluations.get(criterion.id, "not evaluated")
    if found == example.expect:
        return ""
    return f"{criterion.source or criterion.id}:{example.line}: expected {example.expect}, got {found}: {example.note}"


def _policy(catalogue: Catalogue, policy: Policy, examples: Sequence[PolicyExample]) -> Iterator[str]:
    for example in examples:
        facts = _facts(example) or policy_example_facts(example)
        decision = decide(policy, evaluate_all(catalogue, facts), example.matches, example.subject, facts.coverage)
        met = decision.verdict == example.expect and example.rule in {"", decision.rule or OTHERWISE}
        got = f"{decision.verdict} by rule {decision.rule or 'none'}"
        yield "" if met else f"policy example {example.id}: expected {example.expect}, got {got}"


def _facts(example: Example | PolicyExample) -> FactSet | None:
    """The facts of the inert app that an example describes; None when it lists facts instead."""
    if example.app is None:
        return None
    return read_app(build_apk(example.app), "example.apk").subjects[0]
