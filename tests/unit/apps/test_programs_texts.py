"""Texts of programs are found wherever they stand, in ASCII and UTF-16; a plain regular expression is the truth."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.apps.programs.texts import search, texts_of
from luciole.apps.programs.watched import APPLE, TEXTS, WINDOWS

NOISE = bytes(range(256)) * 8
TEXT = "https://collect.example.com/up"


@pytest.mark.parametrize("shift", range(17))
@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le"])
def test_an_address_is_found_at_every_place_with_its_offset(shift: int, encoding: str) -> None:
    for before in (b"\0", b"\xff"):
        data = before * (40 + shift) + TEXT.encode(encoding) + b"\0" * 3 + b"\x80" * (shift % 5)
        found = [one for one in search(data, WINDOWS).finds if one.name == "code.url"]
        assert [(one.value, one.offset) for one in found] == [(TEXT, 40 + shift)]


@given(st.lists(st.one_of(st.binary(max_size=40), st.text("abcxyz./: -_09", min_size=7, max_size=30).map(str.encode))))
def test_every_text_that_a_regular_expression_finds_is_kept(parts: list[bytes]) -> None:
    data = b"\0".join(parts)
    narrow = texts_of(data)[0]
    for found in re.finditer(rb"[\x20-\x7e]{7,}", data):
        assert found[0] in narrow.data
        assert found.start() in {
            narrow.offset(place.start()) for place in re.finditer(re.escape(found[0]), narrow.data)
        } or any(
            found[0] in other[0] for other in re.finditer(rb"[\x20-\x7e]{7,}", data) if other.start() != found.start()
        )


@given(st.integers(0, 9), st.text("abcdefghij", min_size=7, max_size=20), st.binary(max_size=30))
def test_every_wide_text_of_seven_letters_is_kept(shift: int, text: str, after: bytes) -> None:
    data = b"\xff" * shift + text.encode("utf-16-le") + b"\xff\xff" + after
    assert any(text.encode() in one.data for one in texts_of(data)[1:])


def test_watched_texts_and_names_count_only_as_whole_words() -> None:
    found = search(b"\0CGEventTapCreateX\0_CGEventTapCreate\0" + b"\0" * 16, APPLE)
    assert set(found.names) == {"CGEventTapCreate"}
    assert not search(b"\0\0MyGetAsyncKeyStateful\0\0", WINDOWS).names
    assert set(search(b"\0\0GetWindowTextW\0\0\0\0\0", WINDOWS).names) == {"GetWindowText"}


def test_each_watched_text_is_found() -> None:
    for text, group in TEXTS.items():
        found = {(one.value, one.group) for one in search(b"\0" + text.upper() + b"\0\0\0", WINDOWS).finds}
        assert (text.decode(), group) in found


def test_texts_of_no_bytes_and_few_bytes_are_none() -> None:
    for size in range(20):
        assert search(bytes(size), WINDOWS).finds == ()


@given(st.binary(max_size=3000))
def test_any_bytes_give_finds_that_stand_in_them(data: bytes) -> None:
    target("program_texts")(data)
