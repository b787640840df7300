"""What coverage says of areas: examined, lost, or there and not to be read."""

from __future__ import annotations

from collections.abc import Iterable

from luciole.kernel.outcome import Coverage, Reason, State

_ELSEWHERE = frozenset({Reason.NOT_IN_THIS_EVIDENCE, Reason.NOT_ASKED})
_THERE = frozenset({Reason.DAMAGED, Reason.LIMIT, Reason.ENCRYPTED, Reason.UNKNOWN_FORMAT})


def examined_areas(coverage: Iterable[Coverage]) -> frozenset[str]:
    """The areas of which absence may be said: examined, and nowhere damaged, missing or cut short.

    A line that says "not in this evidence" or "not asked" does not spoil what another piece of evidence showed.
    """
    examined: set[str] = set()
    spoiled: set[str] = set()
    for line in coverage:
        if line.state is State.EXAMINED:
            examined.add(line.area)
        elif line.reason not in _ELSEWHERE:
            spoiled.add(line.area)
    return frozenset(examined - spoiled)


def lost_areas(coverage: Iterable[Coverage]) -> frozenset[str]:
    """The areas that this evidence should hold, and that are damaged, missing or cut short."""
    return frozenset(
        line.area for line in coverage if line.state is not State.EXAMINED and line.reason not in _ELSEWHERE
    )


def unread_areas(coverage: Iterable[Coverage]) -> frozenset[str]:
    """The areas of which something is there that could not be read: damaged, too large, or locked."""
    return frozenset(line.area for line in coverage if line.state is not State.EXAMINED and line.reason in _THERE)
