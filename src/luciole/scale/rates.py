"""How often something happened, never without how sure that is: counts with Wilson intervals."""

from __future__ import annotations

from math import sqrt

import msgspec

LEVEL = 95
_Z = 1.959963984540054
"""Quantile of the normal distribution for 95 % on both sides."""


class Rate(msgspec.Struct, frozen=True):
    """count of a whole `of`, with the bounds of its 95 % interval as shares from 0 to 1."""

    count: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share itself; 0 of 0 is 0."""
        return self.count / self.of if self.of else 0.0

    def __str__(self) -> str:
        if not self.of:
            return "none there"
        return f"{self.count} of {self.of} = {100 * self.share:.1f} % ({100 * self.low:.1f} to {100 * self.high:.1f} %)"


def rate(count: int, of: int) -> Rate:
    """The rate with the score interval of Wilson (1927, Journal of the American Statistical Association 22:209-212).

    Without continuity correction. Of nothing, every share is possible: 0 to 1. Raises ValueError for a count outside.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    if of == 0:
        return Rate(0, 0, 0.0, 1.0)
    share, square = count / of, _Z * _Z
    middle = share + square / (2 * of)
    reach = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    low = 0.0 if count == 0 else (middle - reach) / whole
    high = 1.0 if count == of else (middle + reach) / whole
    return Rate(count, of, low, high)
