"""Text for people: places are filled once, controls of foreign text become visible."""

from hypothesis import given
from hypothesis import strategies as st

from luciole.kernel.text import Translator, show_controls


def test_places_are_filled_once_and_unknown_places_stay() -> None:
    translate = Translator()
    assert translate("{a} and {b}", a="{b}", b="two") == "{b} and two"
    assert translate("{missing}") == "{missing}"


def test_a_place_may_have_any_name() -> None:
    translate = Translator()
    assert translate("{text}, {self}", text="a", self="b") == "a, b"
    assert translate.count("{count} {text}", "{count} {plural}", 2, plural="b") == "2 b"


def test_direction_follows_the_language() -> None:
    assert Translator("ar").direction == "rtl"
    assert Translator("fr-CH").direction == "ltr"


def test_bidi_overrides_and_zero_width_characters_are_shown_as_codes() -> None:
    assert show_controls("a\u202eb\u200bc\x07") == "a‹U+202E›b‹U+200B›c‹U+0007›"
    assert show_controls("Café مرحبا") == "Café مرحبا"


@given(st.text())
def test_nothing_invisible_survives(text: str) -> None:
    assert show_controls(text).isprintable() or not text.isprintable()
    assert "\u202e" not in show_controls(text)
    assert "\x1b" not in show_controls(text)
