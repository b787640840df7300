"""Kleene's three-valued logic over many answers at once."""

from __future__ import annotations

from collections.abc import Sequence

from luciole.kernel.outcome import Truth

MET, NOT_MET, UNKNOWN = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN


def all_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's and."""
    return NOT_MET if NOT_MET in truths else UNKNOWN if UNKNOWN in truths else MET


def any_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's or."""
    return MET if MET in truths else UNKNOWN if UNKNOWN in truths else NOT_MET


def number_of(truths: Sequence[Truth], number: int) -> Truth:
    """Met when `number` are met, not met when that can no longer be, unknown between."""
    met = truths.count(MET)
    if met >= number:
        return MET
    return UNKNOWN if met + truths.count(UNKNOWN) >= number else NOT_MET
