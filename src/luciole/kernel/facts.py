"""What was read from evidence, in one vocabulary, each fact with the address where it was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from luciole.kernel.outcome import Coverage
from luciole.kernel.vocabulary import Platform

Scalar = str | int | float | bool
Value = Scalar | list[str]
"""An attribute's value: a scalar or a list of texts."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The address of a fact, so that it can be followed to the byte.

    file: the evidence file as it was handed in (relative to what was handed in); member: path inside archives,
    nested archives joined by "!"; offset: byte in the (inflated) member; line: 1-based line of a text;
    section: the named part, such as "manifest", "dumpsys package" or "signing block".
    """

    file: str = ""
    member: str = ""
    offset: int | None = None
    line: int | None = None
    section: str = ""


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was read.

    name: a name of `luciole.kernel.vocabulary`; value: the thing itself; attributes: what else was read with it
    (names and types in the vocabulary); when: ISO 8601 date or time the fact speaks of, as exact as it was read.
    """

    name: str
    value: Scalar
    place: Place = Place()
    attributes: Mapping[str, Value] = {}
    when: str = ""


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What facts are about: one app (as a file, or of one user of a device) or the device itself.

    identity: the package name or bundle id where one is known, else the SHA-256 of the file, else the device's model;
    user: the Android user the app belongs to (None for an app file); platform: what the app is made for, or what the
    device runs.
    """

    kind: Literal["app", "device"]
    identity: str
    label: str = ""
    user: int | None = None
    profile: str = ""
    platform: Platform = "android"


class FactSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """All facts about one subject, and which areas were looked at to find them."""

    subject: Subject
    facts: tuple[Fact, ...] = ()
    coverage: tuple[Coverage, ...] = ()
