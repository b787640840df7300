"""The agreed catalogue, policy and examples as the tests use them, read from the YAML files."""

from functools import cache
from pathlib import Path

from luciole.criteria.model import Catalogue, Criterion, Node, Policy, PolicyExample
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.parse_policy import parse_policy, parse_policy_examples
from luciole.kernel.vocabulary import SubjectKind

ROOM = Path(__file__).parents[1] / "src" / "luciole" / "criteria"


def texts(folder: str) -> dict[str, str]:
    """The YAML files of one folder of the criteria room, by name."""
    return {path.name: path.read_text("utf-8") for path in sorted((ROOM / folder).glob("*.yml"))}


@cache
def catalogue() -> Catalogue:
    """All agreed criteria with their examples."""
    return parse_catalogue({**texts("catalogue"), "lists.yml": (ROOM / "lists.yml").read_text("utf-8")})


@cache
def policy() -> Policy:
    """The agreed policy."""
    return parse_policy("policy.yml", (ROOM / "policy.yml").read_text("utf-8"), catalogue())


@cache
def policy_examples() -> tuple[PolicyExample, ...]:
    """All cases with their expected verdicts."""
    return parse_policy_examples(texts("policy_examples"), policy())


CRITERION = """\
id: collect.example
version: 1
title: Can do something
statement: This app can do something.
why: It matters.
ordinary: [Honest apps do it too.]
behaviours: [K01]
platform: android
subject: {subject}
evidence: static
group: collection
rule:
{rule}
references: ["https://stopstalkerware.org/get-help/"]
examples:
  - expect: met
    note: Nothing.
    facts: []
"""


def criterion_text(rule: str, subject: str = "app") -> str:
    """A whole criterion around one rule."""
    indented = "\n".join(f"  {line}" for line in rule.strip("\n").splitlines())
    return CRITERION.replace("{subject}", subject).replace("{rule}", indented)


def criterion_of(rule: Node, subject: SubjectKind = "app") -> Criterion:
    """A criterion around a rule that was made in a test."""
    return Criterion(
        "collect.example", 1, "Title", "It can.", "Why.", ("Honest.",), ("K01",), (), "android", subject, "static",
        "collection", rule, (),
    )  # fmt: skip
