"""The document of a comparison: frozen, versioned, complete in itself; renderers read only this."""

from __future__ import annotations

from typing import Literal

import msgspec

from luciole.kernel.facts import Fact, Subject
from luciole.kernel.reading import Evidence

FORMAT = 1

Kind = Literal["appeared", "vanished", "changed", "could-not-be-compared"]
Why = Literal[
    "", "not-looked-at-before", "not-looked-at-now", "not-kept-before", "not-kept-now", "not-an-inventory",
    "other-knowledge",
]  # fmt: skip

EVERYDAY = frozenset({
    "app.uid", "app.code_path", "app.named", "process", "job", "usage.last_used", "file.size",
})  # fmt: skip
"""Facts that differ after a day of ordinary use. The comparison holds them; a person is not shown each of them."""


class Side(msgspec.Struct, frozen=True):
    """One of the two takings: what was handed in, when it was checked, and with which knowledge."""

    evidence: tuple[Evidence, ...]
    created: str
    tool: str
    catalogue: str
    index: str = ""
    all_facts: bool = False


class FactChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact that is not the same in both. old, new: as read, each with its place; why: when not comparable."""

    kind: Kind
    name: str
    old: Fact | None = None
    new: Fact | None = None
    why: Why = ""


class FindingChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A criterion or a known value that is met in only one of the two. why: as for facts."""

    kind: Kind
    id: str
    title: str
    why: Why = ""


class SubjectChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that differs about one app or the device. kind: of the subject itself; "changed" where both have it.

    old_verdict, new_verdict: codes, empty where that side has no such subject.
    """

    kind: Kind
    subject: Subject
    old_verdict: str = ""
    new_verdict: str = ""
    facts: tuple[FactChange, ...] = ()
    findings: tuple[FindingChange, ...] = ()
    why: Why = ""


class AreaChange(msgspec.Struct, frozen=True):
    """An area that was looked at differently in the two. states: examined, partial, not-looked-at or absent."""

    area: str
    old: str
    new: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two takings beside each other. same: subjects in which nothing differs; other_device: the two speak of devices
    with different identities; other_knowledge: criteria or lists differ, which can change a verdict by itself."""  # noqa: D205, D209 - a list of fields follows the sentence

    format: int = FORMAT
    old: Side
    new: Side
    subjects: tuple[SubjectChange, ...] = ()
    areas: tuple[AreaChange, ...] = ()
    same: int = 0
    other_device: bool = False
    other_knowledge: bool = False


def told(change: SubjectChange) -> tuple[FactChange, ...]:
    """The facts of a change that a person should see: those that could be compared and are more than everyday use."""
    return tuple(one for one in change.facts if one.kind != "could-not-be-compared" and one.name not in EVERYDAY)


def differs(comparison: Comparison) -> bool:
    """Whether there is anything to see: an app that came or went, another verdict, a finding, a fact that is told."""
    return any(
        one.kind in {"appeared", "vanished"}
        or (one.kind == "changed" and (one.old_verdict != one.new_verdict or told(one)))
        or any(finding.kind != "could-not-be-compared" for finding in one.findings)
        for one in comparison.subjects
    )


def has_open(comparison: Comparison) -> bool:
    """Whether something of the two could not be compared."""
    return bool(comparison.areas) or any(
        one.kind == "could-not-be-compared" or any(each.why for each in one.facts) or any(e.why for e in one.findings)
        for one in comparison.subjects
    )
