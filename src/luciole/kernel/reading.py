"""What a reader of evidence hands on: what it was given, and the facts about each subject in it."""

from __future__ import annotations

import msgspec

from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Coverage


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a person handed in. name: its file name, never a full path; taken: ISO 8601 time of acquisition."""

    name: str
    kind: str
    size: int = 0
    sha256: str = ""
    taken: str = ""
    details: dict[str, str] = {}


class NestedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """An app file inside the evidence, still to be read. member: name inside the archive, empty for a plain file."""

    path: str
    member: str = ""
    package: str = ""
    user: int | None = None


class Reading(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of reading one piece of evidence: complete, partial, or refused with a reason."""

    evidence: Evidence
    subjects: tuple[FactSet, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    nested: tuple[NestedFile, ...] = ()
    problem: str = ""
