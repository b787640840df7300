"""The search language: what it understands, what it refuses and where, and that nothing written can break it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luciole.hub.samples.search_language import EVERYTHING, All, Any, Field, How, Not, SearchError, Term, parse


def word(text: str) -> Term:
    return Term(Field.WORD, How.EQUALS, text)


def test_words_and_fields_that_stand_side_by_side_must_all_be_so() -> None:
    assert parse("Battery package:com.Example.x") == All(
        (word("battery"), Term(Field.PACKAGE, How.EQUALS, "com.example.x"))
    )


def test_or_binds_least_and_brackets_most() -> None:
    assert parse("aa bb OR cc") == Any((All((word("aa"), word("bb"))), word("cc")))
    assert parse("aa (bb OR cc)") == All((word("aa"), Any((word("bb"), word("cc")))))
    assert parse("aa AND bb") == All((word("aa"), word("bb")))


@pytest.mark.parametrize("text", ["-aa", "NOT aa"])
def test_two_ways_to_deny(text: str) -> None:
    assert parse(text) == Not(word("aa"))


def test_stars_stand_at_the_end_and_of_hosts_also_at_the_beginning() -> None:
    assert parse("package:com.x*") == Term(Field.PACKAGE, How.STARTS, "com.x")
    assert parse("host:*.example.org") == Term(Field.HOST, How.ENDS, ".example.org")
    assert parse("bat*") == Term(Field.WORD, How.STARTS, "bat")


def test_quoted_words_are_one_part() -> None:
    assert parse('"two words" label') == All((All((word("two"), word("words"))), word("label")))
    assert parse('family:"Two Words"') == Term(Field.FAMILY, How.EQUALS, "two words")


def test_sizes_and_dates_are_compared() -> None:
    assert parse("size:<5MB") == Term(Field.SIZE, How.BELOW, "5mb", 5_000_000)
    january = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert parse("handed-in:>2026-01") == Term(Field.HANDED_IN, How.ABOVE, "2026-01", january)


def test_nothing_written_is_everything() -> None:
    assert parse("  ") == EVERYTHING


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("colour:red", 0), ("aa OR", 5), ("(aa", 0), ("aa)", 2), ("sha256:12", 7), ("size:big", 5),
        ("package:", 8),
        ("handed-in:2026-13", 10), ("package:c*m*", 8), ("host:*", 5),
        ("AND aa", 0), ('aa "bb', 3), ("x", 0), ("()", 1),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text: str, place: int) -> None:
    with pytest.raises(SearchError) as refused:
        parse(text)
    assert refused.value.place == place


def test_deep_brackets_and_endless_searches_are_refused() -> None:
    for text in ("(" * 20 + "aa" + ")" * 20, "aa " * 40, "a" * 2_000, "NOT " * 40 + "aa"):
        with pytest.raises(SearchError):
            parse(text)


@given(st.text(alphabet='ab :()"-*<>\x00é2', max_size=60) | st.text(max_size=60))
def test_whatever_is_written_is_a_search_or_an_error_with_a_place(text: str) -> None:
    places = []
    try:
        parse(text)
    except SearchError as error:
        places.append(error.place)
    assert all(0 <= place <= len(text) for place in places)


def test_words_are_searched_in_the_form_in_which_they_are_kept() -> None:
    """As the index has them: compatibility forms resolved, names parted at their dots."""
    assert parse("ｆｕｌｌ") == word("full")
    assert parse("com.example*") == All((word("com"), Term(Field.WORD, How.STARTS, "example")))
