"""Text for people: message marks, translators and the isolation of foreign text. Holds no language itself."""

from __future__ import annotations

import gettext
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

_PLACE = re.compile(r"\{(\w+)\}")

OPENS, CLOSES = "\u2068", "\u2069"
"""First strong isolate and pop directional isolate (Unicode Standard Annex 9): what stands between them has its own
direction. Every foreign text stands between them; a renderer turns them into its own means or takes them out."""

Parameters = Mapping[str, str | int]


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text that is translated when it is shown: the English sentence is its key.

    text: English with {named} places; plural: the English plural, chosen by parameter `count`.
    """

    text: str
    plural: str = ""
    parameters: Mapping[str, str | int] = {}


def mark(text: str) -> str:
    """Marks a literal for the translation catalogues and returns it unchanged."""
    return text


LISTED = mark("{first}, {next}")
"""Two things of a list; only what stands between the places is used."""


class Translator:
    """Shows messages in one language. `catalogue`: bytes of a compiled gettext catalogue; empty means English."""

    def __init__(self, language: str = "en", catalogue: bytes = b"") -> None:
        self.language = language
        self.direction = "rtl" if language.partition("-")[0] in {"ar", "fa", "he", "ur"} else "ltr"
        self._catalogue: gettext.NullTranslations = (
            gettext.GNUTranslations(io.BytesIO(catalogue)) if catalogue else gettext.NullTranslations()
        )

    def __call__(self, text: str, /, **parameters: str | int) -> str:
        """The sentence in this language with its places filled; `text` is the English sentence."""
        if not text:
            return ""
        return _fill(self._catalogue.gettext(text), parameters)

    def count(self, text: str, plural: str, count: int, /, **parameters: str | int) -> str:
        """The form of the sentence for `count` things; {count} is filled with the number."""
        return _fill(self._catalogue.ngettext(text, plural, count), {"count": count, **parameters})

    def listed(self, parts: Iterable[str]) -> str:
        """The parts one after another, with the comma of this language between them."""
        return self(LISTED, first="", next="").join(parts)

    def message(self, message: Message) -> str:
        """A message in this language."""
        if message.plural:
            number = message.parameters.get("count", 0)
            return self.count(message.text, message.plural, int(number), **dict(message.parameters))
        return self(message.text, **dict(message.parameters))


def _fill(text: str, parameters: Parameters) -> str:
    """Named places only; a place without a parameter stays as it is, so that a wrong translation never breaks."""
    if "{" not in text:
        return text
    return _PLACE.sub(lambda place: str(parameters.get(place[1], place[0])), text)


def show_controls(text: str) -> str:
    """Foreign text with every control, bidi and zero-width character shown as its code, such as ‹U+202E›."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    hidden = category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return f"‹U+{ord(character):04X}›" if hidden else character
