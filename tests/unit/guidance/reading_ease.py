"""How hard an English text is to read: the Flesch-Kincaid grade, with syllables counted by rule.

Source: Kincaid, Fishburne, Rogers, Chissom, "Derivation of new readability formulas" (1975): grade = 0.39 words a
sentence + 11.8 syllables a word - 15.59. Syllables: groups of vowels, a silent e at the end not counted, two vowels
that are spoken apart counted twice. A test compares the rule with a hyphenation dictionary and with known words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Za-z]+(?:[’'][A-Za-z]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
_PLACE = re.compile(r"\{\w+\}")
_SILENT = re.compile(r"(?:(?<=[^laeiouy])es|(?<=[^taeiouyd])ed|(?<=[^laeiouy])e|(?<=[aeiouy]l)es?)$")
_HISSING = re.compile(r"(?:[sxz]|[cs]h|[cg])es$")
_APART = re.compile(r"(?<![tcs])i[ao]|(?<![qg])ua|ea$|deo|[aeou]ing|uie")
_GROUPS = re.compile(r"[aeiouy]+")


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    spoken = letters if _HISSING.search(letters) else _SILENT.sub("", letters)
    return max(1, len(_GROUPS.findall(spoken)) + len(_APART.findall(spoken)))


def grade(texts: Iterable[str]) -> float:
    """The school grade that reads these texts with ease. Each text ends a sentence."""
    sentences = [part for text in texts for part in _SENTENCE_END.split(_PLACE.sub("thing", text)) if words(part)]
    spoken = [word for part in sentences for word in words(part)]
    return 0.39 * len(spoken) / len(sentences) + 11.8 * sum(map(syllables, spoken)) / len(spoken) - 15.59


def words(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text)


def longest_sentence(texts: Iterable[str]) -> int:
    """Words of the longest sentence."""
    return max(len(words(part)) for text in texts for part in _SENTENCE_END.split(text))
