"""What the collector of computers tells a person is there in every language, plain and calm, and says the same."""

import string
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from words import faults

from luciole.devices.collector import computer as collector
from luciole.guidance.languages import LANGUAGES


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_every_language_has_all_the_words() -> None:
    assert set(collector.WORDS) == set(LANGUAGES)
    english = collector.WORDS["en"]
    for words in collector.WORDS.values():
        assert words.keys() == english.keys()
        assert all(words.values())
        assert {name: places(text) for name, text in words.items()} == {n: places(t) for n, t in english.items()}


@pytest.mark.parametrize("language", collector.WORDS)
def test_the_words_are_plain_and_calm_and_fit_a_terminal(language: str) -> None:
    texts = collector.WORDS[language]
    assert [fault for text in texts.values() for fault in faults(text, language)] == []
    assert max(len(line) for line in texts["before"].splitlines()) <= 125
    assert texts["before"].count("\n - ") == 4
    if language != "en":
        assert not set(texts.values()) & set(collector.WORDS["en"].values())


@pytest.mark.parametrize(
    ("name", "value", "language"),
    [("LANG", "ar_EG.UTF-8", "ar"), ("LC_ALL", "pt_BR", "pt"), ("LC_MESSAGES", "de", "de"), ("LANG", "C.UTF-8", "en")],
)
def test_the_language_is_that_of_the_account(
    name: str, value: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    assert collector.language_of() == language
    assert collector.language_of("fr-CH") == "fr"


def test_a_terminal_without_the_letters_is_spoken_to_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    class Western:
        encoding = "cp1252"

    monkeypatch.setattr("sys.stdout", Western())
    assert collector.words_for("ar") == collector.WORDS["en"]
    assert collector.words_for("it") == collector.WORDS["it"]
