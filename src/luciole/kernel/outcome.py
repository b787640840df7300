"""Typed absence: whether an area of the evidence was examined, and if not, why not."""

from __future__ import annotations

import enum

import msgspec


class State(enum.Enum):
    """How far an area was looked at. Only `EXAMINED` allows to say that a fact is absent."""

    EXAMINED = "examined"
    PARTIAL = "partial"
    NOT_LOOKED_AT = "not-looked-at"


class Reason(enum.Enum):
    """Why an area was not, or not completely, looked at."""

    NONE = "none"
    MISSING = "missing"
    """The evidence should hold it and does not (a split that was not handed in, a file of an acquisition)."""
    NOT_IN_THIS_EVIDENCE = "not-in-this-evidence"
    """This kind of evidence never holds it (an app file says nothing about what was granted on a phone)."""
    UNKNOWN_FORMAT = "unknown-format"
    ENCRYPTED = "encrypted"
    PERMISSION = "permission"
    LIMIT = "limit-reached"
    DAMAGED = "damaged"
    """A parser met bytes that contradict the format; the place says where."""
    NOT_ASKED = "not-asked"


class Coverage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the account of what was looked at.

    area: a name of `luciole.kernel.vocabulary.AREAS`; amount: how many things were read in it (entries, rows,
    strings); detail: file, section or member names and what was wrong, in plain English, never a traceback.
    """

    area: str
    state: State
    reason: Reason = Reason.NONE
    amount: int = 0
    detail: str = ""
    offset: int | None = None


class Truth(enum.Enum):
    """The three values of a criterion over facts that may not have been looked at (Kleene's strong logic)."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


def negate(truth: Truth) -> Truth:
    """Kleene negation: unknown stays unknown."""
    return {Truth.MET: Truth.NOT_MET, Truth.NOT_MET: Truth.MET}.get(truth, truth)
