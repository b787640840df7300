"""Sentences with values in them, which stay translatable until they are shown: English is what a program reads."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from luciole.kernel.errors import LucioleError
from luciole.kernel.text import Translator

Value = str | int


class Sentence(str):  # noqa: SLOT000 - it has fields of its own
    """An English sentence that knows how it was made. text, plural: with {named} places; values: what fills them.

    Where there is a plural, the value `count` chooses between the two.
    """

    text: str
    plural: str
    values: Mapping[str, Value]

    @classmethod
    def made(cls, text: str, plural: str, values: Mapping[str, Value]) -> Sentence:
        """The sentence, in English."""
        chosen = plural if plural and values.get("count") != 1 else text
        shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        sentence = cls(chosen.format(**shown))
        sentence.text, sentence.plural, sentence.values = text, plural, values
        return sentence

    def translated(self) -> str:
        """The same in the current language, with its numbers as they are written there."""
        count = self.values.get("count", 0)
        text = ngettext(self.text, self.plural, int(count)) if self.plural else gettext(self.text)
        shown = {
            name: str(number_format(value, use_l10n=True, force_grouping=True)) if isinstance(value, int) else value
            for name, value in self.values.items()
        }
        return text.format(**shown)


def sentence(text: str, **values: Value) -> Sentence:
    """A sentence with values. text: English, found by the translation catalogues."""
    return Sentence.made(text, "", values)


def counted(one: str, many: str, count: int, **values: Value) -> Sentence:
    """A sentence about so many things; `count` is one of its values."""
    return Sentence.made(one, many, {"count": count, **values})


def translated(text: str) -> str:
    """A text that was marked for the catalogues, or a sentence, in the current language."""
    return text.translated() if isinstance(text, Sentence) else gettext(text)


def said_by(translate: Translator, text: str) -> str:
    """The same by a translator, for commands: they speak also where Django cannot start."""
    if not isinstance(text, Sentence):
        return translate(text)
    if text.plural:
        return translate.count(text.text, text.plural, int(text.values["count"]))
    return translate(text.text, **text.values)


def in_words(error: LucioleError) -> str:
    """What went wrong and what can be done about it, in the current language."""
    return " ".join(translated(part) for part in (error.message, error.remedy) if part)
