"""What a reader of a list hands to the merge: what the list claims, and what was refused, skipped or corrected."""

from __future__ import annotations

from typing import Literal

import msgspec

from luciole.intel.model import Company, FamilyKind, Role, RuleFile, Source, ValueType
from luciole.kernel.text import Message

Outcome = Literal[
    "added", "merged", "role-changed", "conflicting", "held", "refused", "withdrawn", "skipped", "corrected", "noted"
]  # fmt: skip


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an import report. kind: stable name of the case; values: the values concerned, sorted."""

    outcome: Outcome
    kind: str
    message: Message
    values: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


class FamilyClaim(msgspec.Struct, frozen=True):
    """A family as one file describes it."""

    name: str
    kind: FamilyKind
    aliases: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


class ValueClaim(msgspec.Struct, frozen=True, gc=False):
    """A value that a file gives to a family in a role."""

    type: ValueType
    value: str
    role: Role
    family: str
    subdomains: bool = False
    file: str = ""
    line: int = 0


class SampleClaim(msgspec.Struct, frozen=True, gc=False):
    """A sample's row. label: a family's name or alias; package and certificate empty where the row names none."""

    sha256: str
    package: str
    certificate: str
    label: str
    file: str = ""
    line: int = 0


class NetworkClaim(msgspec.Struct, frozen=True, gc=False):
    """A network value of a list that does not say its role."""

    type: ValueType
    value: str
    family: str
    file: str = ""
    line: int = 0


class MakerClaim(msgspec.Struct, frozen=True):
    """Company data and articles about the family that a vendor file is named after."""

    family: str
    companies: tuple[Company, ...]
    references: tuple[str, ...]
    file: str = ""


class ImportResult(msgspec.Struct, frozen=True):
    """Everything that was read from one list in one state.

    complete: all families of the source are in it, so that a value it no longer has was withdrawn;
    samples_complete: the same for samples.
    """

    source: Source
    format: str
    families: tuple[FamilyClaim, ...] = ()
    values: tuple[ValueClaim, ...] = ()
    samples: tuple[SampleClaim, ...] = ()
    network: tuple[NetworkClaim, ...] = ()
    makers: tuple[MakerClaim, ...] = ()
    rules: tuple[RuleFile, ...] = ()
    entries: tuple[Entry, ...] = ()
    complete: bool = False
    samples_complete: bool = False
