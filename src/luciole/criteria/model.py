"""The shapes of the criteria room: criteria, their rules, the policy, and what an evaluation leaves behind."""

from __future__ import annotations

from typing import Literal

import msgspec

from luciole.kernel.facts import Fact
from luciole.kernel.outcome import Truth
from luciole.kernel.vocabulary import Platform, SubjectKind

Group = Literal[
    "collection",
    "remote-control",
    "concealment",
    "persistence",
    "resistance-to-removal",
    "weakening-protection",
    "delivery",
    "account-model",
    "insecure-handling",
    "declared",
    "device",
    "context",
]
Evidence = Literal["static", "device", "both"]
Expectation = Literal["met", "not-met", "unknown"]
Verdict = Literal[
    "known-stalkerware",
    "behaves-like-stalkerware",
    "needs-a-person",
    "visible-monitoring",
    "dual-use",
    "nothing-seen",
]

Operand = bool | int | float | str | tuple[str | int | float, ...]
"""What a test compares with. A text that begins with "$" inside a tuple names a list of the catalogue."""


class Comparison(msgspec.Struct, frozen=True):
    """One comparison. operation: a name of `luciole.criteria.operations.OPERATIONS`."""

    operation: str
    operand: Operand


class Where(msgspec.Struct, frozen=True):
    """The tests that one attribute of the fact must pass."""

    attribute: str
    tests: tuple[Comparison, ...]


class FactLeaf(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="node", tag="fact"):
    """Met when at least `count` different values of the fact pass all tests."""

    fact: str
    tests: tuple[Comparison, ...] = ()
    where: tuple[Where, ...] = ()
    count: int = 1
    ignore_case: bool = False


class AllOf(msgspec.Struct, frozen=True, tag_field="node", tag="all"):
    """Met when every part is met."""

    of: tuple[Node, ...]


class AnyOf(msgspec.Struct, frozen=True, tag_field="node", tag="any"):
    """Met when one part is met."""

    of: tuple[Node, ...]


class NotOf(msgspec.Struct, frozen=True, tag_field="node", tag="not"):
    """Met when the part is not met; unknown stays unknown."""

    of: Node


class AtLeast(msgspec.Struct, frozen=True, tag_field="node", tag="at_least"):
    """Met when `number` or more parts are met."""

    number: int
    of: tuple[Node, ...]


class CriterionLeaf(msgspec.Struct, frozen=True, tag_field="node", tag="criterion"):
    """As true as another criterion is."""

    criterion: str


class GroupLeaf(msgspec.Struct, frozen=True, tag_field="node", tag="group"):
    """Policy only: met when `at_least` criteria of the group are met."""

    name: str
    at_least: int


class MatchLeaf(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="node", tag="match"):
    """Policy only: met when a match with known indicators has these marks; an empty mark asks nothing."""

    strength: str = ""
    family_kind: str = ""
    role: str = ""


class UndecidedLeaf(msgspec.Struct, frozen=True, tag_field="node", tag="undecided"):
    """Policy only: met when the part is unknown, because facts are missing that would decide it."""

    of: Node


class LostLeaf(msgspec.Struct, frozen=True, tag_field="node", tag="lost"):
    """Policy only: met when the part is unknown, and what would decide it should be there and is damaged or missing."""

    of: Node


class UnreadLeaf(msgspec.Struct, frozen=True, tag_field="node", tag="unread"):
    """Policy only: met when a part of one of these areas is there and could not be read: damaged, too large, locked."""

    areas: tuple[str, ...]


Node = (
    FactLeaf
    | AllOf
    | AnyOf
    | NotOf
    | AtLeast
    | CriterionLeaf
    | GroupLeaf
    | MatchLeaf
    | UndecidedLeaf
    | LostLeaf
    | UnreadLeaf
)


class Example(msgspec.Struct, frozen=True, omit_defaults=True):
    """One example of a criterion: an inert app to build and read, or facts to evaluate.

    app: the description of an inert app; facts: the facts themselves; examined and not_looked_at: names of areas
    (examined is empty for "all areas of the facts that the example and the rule name").
    """

    expect: Expectation
    note: str
    app: dict[str, object] | None = None
    facts: tuple[Fact, ...] = ()
    examined: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    line: int = 0


class Criterion(msgspec.Struct, frozen=True, omit_defaults=True):
    """One agreed criterion. title, statement, why, ordinary: plain English for people, keys of translation.

    attack: identifiers of ATT&CK Mobile techniques; behaviours: K identifiers of the behaviours catalogue.
    """

    id: str
    version: int
    title: str
    statement: str
    why: str
    ordinary: tuple[str, ...]
    behaviours: tuple[str, ...]
    attack: tuple[str, ...]
    platform: str
    subject: SubjectKind
    evidence: Evidence
    group: Group
    rule: Node
    references: tuple[str, ...]
    examples: tuple[Example, ...] = ()
    source: str = ""


class NamedList(msgspec.Struct, frozen=True):
    """Values that criteria use by name, with a sentence on what they are and what they cannot prove."""

    about: str
    values: tuple[str, ...]


class Catalogue(msgspec.Struct, frozen=True, eq=False):
    """The agreed criteria in the order of their ids, and the lists they use. Compared by identity."""

    criteria: tuple[Criterion, ...]
    lists: dict[str, NamedList] = {}

    def criterion(self, identifier: str) -> Criterion | None:
        """The criterion of this id, or None."""
        return next((one for one in self.criteria if one.id == identifier), None)


class PolicyRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step from criteria and matches to a verdict. statement: the reason in plain words, for people."""

    id: str
    verdict: Verdict
    subject: SubjectKind
    statement: str
    rule: Node


class Policy(msgspec.Struct, frozen=True, eq=False):
    """The rules in the order they are asked; the first one met decides. otherwise: the verdict when none is met."""

    version: int
    rules: tuple[PolicyRule, ...]
    otherwise: Verdict
    otherwise_statement: str


class MatchSignal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the policy needs to know of a match with known indicators.

    strength: strong, supporting or contradictory; family_kind: stalkerware, watchware, dual-use …;
    role: what the indicator is to the app, such as its own certificate or a host it names; family: its name.
    """

    strength: str
    family_kind: str
    role: str = ""
    family: str = ""


class Reasons(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A node of the tree that says why.

    node: all, any, not, at_least, fact, criterion, group, match, undecided, lost or unread; asks: the question;
    facts: up to `MAX_FACTS` facts that answered it, each with its address; count: how many there were;
    missing: the areas that were not fully looked at, where that left the answer open.
    """

    node: str
    truth: Truth
    asks: str = ""
    facts: tuple[Fact, ...] = ()
    count: int = 0
    missing: tuple[str, ...] = ()
    of: tuple[Reasons, ...] = ()


class Evaluation(msgspec.Struct, frozen=True, gc=False):
    """The answer to one criterion, with the tree of its reasons."""

    criterion: str
    version: int
    group: Group
    truth: Truth
    reasons: Reasons


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """A verdict and what led to it.

    rule: id of the policy rule that decided, empty when none did; statement: that rule's sentence; reasons: its
    tree; unknown: ids of the criteria that stayed open; undecided: ids of the policy rules that stayed open.
    """

    verdict: Verdict
    policy_version: int
    rule: str
    statement: str
    reasons: Reasons | None
    unknown: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


class PolicyExample(msgspec.Struct, frozen=True, omit_defaults=True):
    """A case with the verdict the coalition expects.

    matches: what known indicators would say about it; not_looked_at, damaged: areas that are missing, and areas of
    which a part is there and could not be read.
    """

    id: str
    about: str
    expect: Verdict
    subject: SubjectKind
    rule: str = ""
    platform: Platform = "android"
    app: dict[str, object] | None = None
    facts: tuple[Fact, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    matches: tuple[MatchSignal, ...] = ()
    line: int = 0


MAX_DEPTH = 40
"""Levels of nesting in a rule, and in the YAML it is written in."""
MAX_FACTS = 5
"""Facts kept as evidence at one leaf; the rest is counted."""
