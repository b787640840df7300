"""A made-up Arabic: every own word in Arabic letters, so that what stays Latin on a page is foreign text."""

from __future__ import annotations

import re

from luciole.kernel.text import Translator

LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
KEPT = re.compile(r"(\{\w+\})")


class Mirrored(Translator):
    """A translator from right to left that has a word for everything. Placeholders are filled as in any language."""

    def __init__(self) -> None:
        super().__init__("ar")

    def __call__(self, text: str, **parameters: str | int) -> str:
        return super().__call__(mirrored(text), **parameters)

    def count(self, text: str, plural: str, count: int, **parameters: str | int) -> str:
        form = text if count == 1 else plural
        return super().count(mirrored(form), mirrored(form), count, **parameters)


def mirrored(text: str) -> str:
    """Latin letters outside of placeholders as Arabic ones."""
    return "".join(part if KEPT.fullmatch(part) else _letters(part) for part in KEPT.split(text))


def _letters(text: str) -> str:
    return "".join(LETTERS[ord(c.lower()) % len(LETTERS)] if c.isascii() and c.isalpha() else c for c in text)
