"""Shares come with the interval of Wilson, as it is published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luciole.scale.rates import rate


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(count: int, of: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 (score interval)."""
    found = rate(count, of)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(0, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_share_lies_in_its_interval_and_the_other_side_mirrors_it(pair: tuple[int, int]) -> None:
    count, of = pair
    found, other = rate(count, of), rate(of - count, of)
    assert 0 <= found.low <= found.share <= found.high <= 1 or of == 0
    assert found.low == pytest.approx(1 - other.high)


def test_of_nothing_every_share_is_possible() -> None:
    assert (rate(0, 0).low, rate(0, 0).high, str(rate(0, 0))) == (0, 1, "none there")


@pytest.mark.parametrize(("count", "of"), [(-1, 5), (6, 5)])
def test_more_than_there_are_is_no_share(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        rate(count, of)


def test_a_share_is_never_shown_alone() -> None:
    assert str(rate(1, 29)) == "1 of 29 = 3.4 % (0.6 to 17.2 %)"
