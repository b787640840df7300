"""The result document: frozen, versioned, complete in itself; every renderer reads only this.

Texts for people stand here in English and are translated when shown. A saved document can be shown again later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from luciole.kernel.facts import Fact, Subject
from luciole.kernel.outcome import Coverage, Truth
from luciole.kernel.reading import Evidence
from luciole.kernel.text import Message

FORMAT = 1

VerdictCode = Literal[
    "known-stalkerware",
    "behaves-like-stalkerware",
    "visible-monitoring",
    "dual-use",
    "needs-a-person",
    "nothing-seen",
]

ATTENTION: tuple[VerdictCode, ...] = (
    "known-stalkerware",
    "behaves-like-stalkerware",
    "needs-a-person",
    "visible-monitoring",
    "dual-use",
    "nothing-seen",
)
"""Verdicts in the order in which a reader should look at them."""


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """A node of the tree that says why: what was asked, whether it was met, and the evidence.

    node: all, any, not, at_least, fact, criterion, group, match or undecided; text: what was asked, in short;
    count: how many facts met it (evidence holds the first few); missing: areas that were not looked at and are needed.
    """

    node: str
    truth: Truth
    text: str = ""
    children: tuple[Reason, ...] = ()
    evidence: tuple[Fact, ...] = ()
    count: int = 0
    missing: tuple[str, ...] = ()


class CriterionFinding(msgspec.Struct, frozen=True, omit_defaults=True, tag="criterion"):
    """A criterion that is met, with what it means and why it may be ordinary."""

    id: str
    version: int
    group: str
    title: str
    statement: str
    why: str
    ordinary: tuple[str, ...]
    reason: Reason
    attack: tuple[str, ...] = ()
    behaviours: tuple[str, ...] = ()


class MatchFinding(msgspec.Struct, frozen=True, omit_defaults=True, tag="match"):
    """A known indicator that the evidence holds.

    strength: strong, supporting or weak; role: what the indicator is (package, certificate, file-hash …);
    why: in plain words what such a match is worth; notes: what weakened it; warning: the list that says many share it.
    """

    id: str
    family: str
    family_kind: str
    role: str
    value: str
    strength: str
    why: Message
    evidence: tuple[Fact, ...]
    notes: tuple[Message, ...] = ()
    warning: str = ""
    sources: tuple[str, ...] = ()
    confidence: str = ""
    first_seen: str = ""
    last_seen: str = ""


Finding = CriterionFinding | MatchFinding


class Undecided(msgspec.Struct, frozen=True, omit_defaults=True):
    """A criterion that could be neither met nor not met, because something was not looked at."""

    id: str
    title: str
    missing: tuple[str, ...]


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdict and what decided it.

    policy: version of the policy; rule: id of its rule (empty when no rule was met); text: that rule's sentence;
    reason: its evaluated tree.
    """

    code: VerdictCode
    policy: int
    rule: str
    text: str
    reason: Reason | None = None


class Assessment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that was concluded about one subject, and what was and was not examined for it."""

    subject: Subject
    evidence: tuple[str, ...]
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    facts: tuple[Fact, ...] = ()


class Unreadable(msgspec.Struct, frozen=True, omit_defaults=True):
    """Evidence that could not be read at all. It is never the same as nothing seen.

    place: member and byte where reading ended, if that is known.
    """

    name: str
    problem: str
    remedy: str = ""
    place: str = ""


class Knowledge(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which knowledge was used, so that a check can be repeated: versions and digests."""

    tool: str
    criteria: int
    catalogue: str
    policy: int
    families: int = 0
    indicators: int = 0
    index: str = ""
    index_built: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One check, complete. created: ISO 8601 UTC time; format: raised when a reader must change.

    all_facts: every fact that was read stands in it, not only those that findings rest on.
    """

    format: int = FORMAT
    created: str
    knowledge: Knowledge
    evidence: tuple[Evidence, ...]
    assessments: tuple[Assessment, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    all_facts: bool = False


def evidence_of(reason: Reason) -> list[Fact]:
    """The facts at the met leaves of a tree, each once, in the order of the tree."""
    if reason.truth is not Truth.MET:
        return []
    found = list(reason.evidence)
    for child in reason.children:
        found += [fact for fact in evidence_of(child) if fact not in found]
    return found


DEEPEST = 4
"""Criteria inside criteria that are followed; a saved result may lie about them."""


def trees_of(assessment: Assessment) -> dict[str, Reason]:
    """The reasons of every criterion that is met, by its id."""
    return {one.id: one.reason for one in assessment.findings if isinstance(one, CriterionFinding)}


def expanded(reason: Reason, trees: Mapping[str, Reason], depth: int = 0) -> Reason:
    """The tree with the trees of the criteria it names, so that it leads down to the facts. trees: see `trees_of`."""
    inner = tuple(expanded(child, trees, depth) for child in reason.children)
    if reason.node == "criterion" and not inner and reason.text in trees and depth < DEEPEST:
        inner = (expanded(trees[reason.text], trees, depth + 1),)
    return msgspec.structs.replace(reason, children=inner)
