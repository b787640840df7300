"""A name as the eye reads it, so that look-alike letters and invisible characters do not hide which word it is."""

from __future__ import annotations

import string
import unicodedata
from typing import Final

_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters and symbols that are drawn as nothing."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
"""Controls, spaces, and marks, which need a letter to stand on."""
_ASCII_LETTERS: Final = frozenset(string.ascii_letters)
_FIRST_MARK, _LAST_MARK = 0x0300, 0x036F

_SHAPES: Final[dict[str, str]] = {
    "a": "\u0430\u0251\u03b1", "A": "\u0410\u0391", "B": "\u0412\u0392", "b": "\u03b2", "c": "\u0441\u03f2",
    "C": "\u0421\u03f9", "d": "\u0501", "e": "\u0435\u0451\u0450\u04bd\u03b5", "E": "\u0415\u0401\u0400\u0395",
    "g": "\u0261", "h": "\u04bb\u043d", "H": "\u041d\u0397\u04ba", "i": "\u0456\u0457\u0269\u0131\u03b9",
    "I": "\u0406\u0407\u0399", "j": "\u0458\u03f3", "J": "\u0408\u037f", "k": "\u043a\u03ba", "K": "\u041a\u039a",
    "l": "\u04cf", "L": "\u04c0", "m": "\u043c", "M": "\u041c\u039c", "n": "\u043f\u03b7", "N": "\u039d",
    "o": "\u043e\u03bf\u0585", "O": "\u041e\u039f\u0555", "p": "\u0440\u03c1", "P": "\u0420\u03a1",
    "q": "\u051b\u0563", "Q": "\u051a", "s": "\u0455", "S": "\u0405\u054f", "t": "\u0442\u03c4", "T": "\u0422\u03a4",
    "u": "\u03c5\u057d", "U": "\u054d", "v": "\u0475\u03bd", "w": "\u051d\u03c9", "W": "\u051c", "x": "\u0445\u03c7",
    "X": "\u0425\u03a7", "y": "\u0443\u03b3", "Y": "\u0423\u03a5\u04ae", "z": "\u1d22", "Z": "\u0396",
}  # fmt: skip
"""Cyrillic, Greek and Armenian letters by the Latin one whose shape they have, from Unicode UTS 39, confusables."""
_LOOK_ALIKE: Final = {ord(letter): latin for latin, letters in _SHAPES.items() for letter in letters}


def is_blank(text: str) -> bool:
    """Whether nothing of a text is seen: spaces, controls, fillers, or marks without a letter."""
    if text.isascii():
        return not text.strip() or (not text.isprintable() and all(_is_unseen(character) for character in text))
    return all(_is_unseen(character) for character in text)


def _is_unseen(character: str) -> bool:
    return character in _BLANKS or unicodedata.category(character) in _UNSEEN


def plain_name(text: str) -> str:
    """The text in one form: small letters, compatibility forms resolved (NFKC), nothing invisible, single spaces.

    In words that mix Latin with other letters, or that hold look-alikes alone, these become Latin (Unicode UTS 39).
    """
    if text.isascii():
        folded = text.lower()
        return folded.strip() if folded.isprintable() and "  " not in folded else _visible(folded)
    words = _visible(unicodedata.normalize("NFKC", text)).split(" ")
    return unicodedata.normalize("NFKC", " ".join(map(_as_latin, words)).casefold())


def _visible(text: str) -> str:
    """Without invisible characters and accents that stand apart; any white space is one space."""
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or not _is_left_out(character)
    )
    return " ".join(kept.split())


def _is_left_out(character: str) -> bool:
    if character in _BLANKS or _FIRST_MARK <= ord(character) <= _LAST_MARK:
        return True
    return not character.isprintable() or unicodedata.category(character) == "Cf"


def _as_latin(word: str) -> str:
    if word.isascii():
        return word
    mapped = word.translate(_LOOK_ALIKE)
    if mapped.isascii() or _ASCII_LETTERS.intersection(word):
        return mapped
    return word
