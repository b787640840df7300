"""Finds out whether contacts come at a regular beat: a pure computation over times, with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from luciole.devices.parsers.network.records import Numbers

SAME_CONTACT = 5
"""Seconds: what is closer together belongs to one contact."""
LEAST_CONTACTS = 8
LEAST_BEAT = 15
"""Seconds: a faster beat is a call, a game or a film."""
_MOST_SPREAD = 0.25
_NEAR = 0.35
_LEAST_NEAR = 0.75
_NORMAL = 1.4826
"""Makes the median absolute deviation comparable with a standard deviation."""
_MOST_MISSED = 3


class Beat(NamedTuple):
    """How regular contacts are.

    seconds: the usual time between contacts; contacts: how many; spread: how much the times differ, as a share of the
    beat (robust); near: share of the times that fit the beat, missed ones counted; span: seconds from first to last.
    """

    seconds: float
    contacts: int
    spread: float
    near: float
    span: int

    @property
    def regular(self) -> bool:
        """Contacts at chance times have a spread near 1; a beat whose times vary by a third has less than 0.25."""
        return (
            self.contacts >= LEAST_CONTACTS
            and self.seconds >= LEAST_BEAT
            and self.spread <= _MOST_SPREAD
            and self.near >= _LEAST_NEAR
        )


def contacts(seconds: Numbers | Sequence[int]) -> Numbers:
    """When contacts begin: of rising times, the first of each group without a pause longer than `SAME_CONTACT`."""
    times = np.asarray(seconds, np.int64)
    if not len(times):
        return times
    starts: Numbers = times[np.concatenate([[True], np.diff(times) > SAME_CONTACT])]
    return starts


def beat(seconds: Numbers | Sequence[int]) -> Beat | None:
    """The beat of contacts, seconds since any moment in rising order; None where there are fewer than three.

    The median of the times between contacts and the median of their distance from it: a few missing, doubled or late
    contacts do not change either.
    """
    starts = contacts(seconds)
    if len(starts) < 3:  # noqa: PLR2004 - two times between them
        return None
    between = np.diff(starts).astype(np.float64)
    usual = float(np.median(between))
    spread = float(np.median(np.abs(between - usual))) * _NORMAL / usual
    times = np.clip(np.rint(between / usual), 1, _MOST_MISSED)
    near = float((np.abs(between / times - usual) <= _NEAR * usual).mean())
    return Beat(usual, len(starts), spread, near, int(starts[-1] - starts[0]))
