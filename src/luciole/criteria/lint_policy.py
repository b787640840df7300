"""Looks over the policy as a whole: verdicts never reached, rules never shown, criteria never asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from luciole.criteria.lint import Finding, Level, WordsNeverUsed
from luciole.criteria.model import Catalogue, Policy, PolicyExample
from luciole.criteria.order import groups_of, references
from luciole.criteria.parse_policy import VERDICTS

FEWEST_EXAMPLES = 25


def lint_policy(policy: Policy, examples: Iterable[PolicyExample], catalogue: Catalogue) -> list[Finding]:
    """What is wrong with a policy as a whole: verdicts never reached, criteria never asked, rules never shown."""
    shown = list(examples)
    return [*_verdicts(policy), *_rules(policy, shown), *_cases(shown), *_context(policy, catalogue)]


def _note(name: str, level: Level, message: str, recommendation: str) -> Finding:
    return Finding(name, level, "policy.yml", message, recommendation)


def _verdicts(policy: Policy) -> Iterator[Finding]:
    reached = {rule.verdict for rule in policy.rules} | {policy.otherwise}
    for verdict in sorted(set(VERDICTS) - reached):
        yield _note("verdict-never-reached", "error", f"no rule leads to {verdict!r}", "write a rule for it")


def _rules(policy: Policy, shown: Sequence[PolicyExample]) -> Iterator[Finding]:
    for rule in policy.rules:
        if not any(example.rule == rule.id for example in shown):
            remedy = "add an example that names the rule"
            yield _note("rule-without-example", "error", f"no example is decided by {rule.id!r}", remedy)
        if WordsNeverUsed.banned.search(rule.statement):
            yield _note("words-never-used", "error", f"the sentence of {rule.id!r}", WordsNeverUsed.recommendation)


def _cases(shown: Sequence[PolicyExample]) -> Iterator[Finding]:
    if len(shown) < FEWEST_EXAMPLES:
        yield _note("policy-examples", "error", f"{len(shown)} examples", f"give at least {FEWEST_EXAMPLES}")
    for verdict in sorted(set(VERDICTS) - {example.expect for example in shown}):
        yield _note("verdict-without-example", "error", f"no example expects {verdict!r}", "add one")


def _context(policy: Policy, catalogue: Catalogue) -> Iterator[Finding]:
    asked = _asked(policy, catalogue)
    for one in catalogue.criteria:
        if one.group == "context" and one.id not in asked:
            yield _note("context-never-asked", "warning", f"{one.id!r} is never asked for", "use it or remove it")


def _asked(policy: Policy, catalogue: Catalogue) -> set[str]:
    """The criteria that the policy names or counts, with all they rest on."""
    known = {one.id: one for one in catalogue.criteria}
    groups = {name for rule in policy.rules for name in groups_of(rule.rule)}
    asked = {one.id for one in catalogue.criteria if one.group in groups}
    waiting = [name for rule in policy.rules for name in references(rule.rule)] + list(asked)
    while waiting:
        name = waiting.pop()
        asked.add(name)
        if name in known:
            waiting += references(known[name].rule) - asked
    return asked
