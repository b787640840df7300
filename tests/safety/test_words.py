"""No text for people says or implies that all is well, alarms, blames, tells who did what, or advises to remove."""

import sys
from pathlib import Path

import polib
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from words import ALLOWED, FORBIDDEN, SOURCE, TERMS, faults, in_code, in_templates, in_yaml

from luciole.guidance.languages import LANGUAGES
from luciole.packs.builtin import catalogue_files, criteria_file

LOCALE = SOURCE / "guidance" / "locale"
DOCS = SOURCE.parents[1] / "docs"
TRANSLATIONS = sorted(LOCALE.glob("*.po"))
GUIDES = sorted(
    page
    for reader in ("helper", "analyst", "developer", "member", "operator")
    for page in (DOCS / "guides" / reader).glob("*.md")
)


def wrong(shown: object) -> list[str]:
    return [f"{one.place}: {fault} in {one.text!r}" for one in shown for fault in faults(one.text)]


def test_texts_in_the_code_are_plain_and_calm() -> None:
    shown = list(in_code())
    assert len(shown) > 300
    assert wrong(shown) == []


def test_texts_of_criteria_are_plain_and_calm() -> None:
    files = catalogue_files()
    shown = [one for name, text in files.items() for one in in_yaml(name, text)]
    assert len(shown) > 4 * len(files)
    assert wrong(shown) == []


def test_sentences_of_the_policy_are_plain_and_calm() -> None:
    shown = list(in_yaml("policy.yml", criteria_file("policy.yml")))
    assert len(shown) > 10
    assert wrong(shown) == []


def test_texts_of_the_template_are_plain_and_calm() -> None:
    assert wrong(in_templates()) == []


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_translations_are_plain_and_calm(path: Path) -> None:
    language = path.stem.partition("_")[0]
    assert language in FORBIDDEN, f"write down in tests/safety/words.py what may not be said in {language}"
    entries = polib.pofile(str(path))
    texts = [text for one in entries for text in (one.msgstr, *one.msgstr_plural.values()) if text]
    assert [f"{fault} in {text!r}" for text in texts for fault in faults(text, language)] == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_guides_are_plain_and_calm(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    assert [f"{number}: {fault}" for number, line in lines for fault in faults(line)] == []


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, terms in TERMS.items() for text in terms.caught]
)
def test_the_list_catches_what_must_never_be_said(language: str, text: str) -> None:
    assert faults(text, language) != []


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, terms in TERMS.items() for text in terms.left_alone]
)
def test_the_list_leaves_ordinary_words_alone(language: str, text: str) -> None:
    assert faults(text, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_of_every_kind_of_fault_is_tried(language: str) -> None:
    terms = TERMS[language]
    tried = {fault.partition(": '")[0] for text in terms.caught for fault in faults(text, language)}
    assert {one.why for one in terms.forbidden} == tried
    assert len(terms.preferred) >= 5
    assert terms.language == language


def test_every_declared_language_has_a_term_list() -> None:
    assert set(TERMS) == set(LANGUAGES)


def test_every_language_that_has_a_list_has_its_allowed_phrases() -> None:
    assert set(ALLOWED) == set(FORBIDDEN)
