"""Languages: their plural forms are those of Unicode CLDR, and every text of the guidance pages is extracted."""

import gettext
import importlib
import sys
from pathlib import Path

import polib
import pytest
from babel import Locale

from luciole.guidance import languages, page
from luciole.guidance.languages import LANGUAGES
from luciole.guidance.pages import all_pages
from luciole.kernel.text import Translator
from luciole.packs.directory import built_in

ROOT = Path(__file__).parents[3]
LOCALE = ROOT / "src" / "luciole" / "guidance" / "locale"
sys.path.insert(0, str(ROOT / "tools"))

tool = importlib.import_module("languages")

ORDER = ("zero", "one", "two", "few", "many", "other")
NUMBERS = range(201)
FIRST_CATALOGUES = sorted(path for path in LOCALE.glob("*.po"))


def categories(language: str) -> list[str]:
    """The categories that CLDR needs for whole numbers up to 200, in the order of catalogues."""
    used = {Locale(language).plural_form(number) for number in NUMBERS}
    return [name for name in ORDER if name in used]


def chosen(header: str, number: int) -> int:
    """The form that GNU gettext's own reading of the header chooses."""
    return int(gettext.c2py(header.partition("plural=")[2].rstrip(";"))(number))


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_agree_with_cldr_from_0_to_200(language: str) -> None:
    names = categories(language)
    header = LANGUAGES[language].plural
    assert tool.plural_count(language) == len(names)
    wanted = [names.index(Locale(language).plural_form(number)) for number in NUMBERS]
    assert [chosen(header, number) for number in NUMBERS] == wanted


@pytest.mark.parametrize("path", FIRST_CATALOGUES, ids=lambda path: path.stem)
def test_each_catalogue_has_the_plural_header_of_its_language(path: Path) -> None:
    assert polib.pofile(str(path)).metadata["Plural-Forms"] == LANGUAGES[path.stem].plural


def test_the_test_of_plural_forms_can_fail() -> None:
    swapped = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100<=2 ? 4 : 5);"
    names = categories("ar")
    wanted = [names.index(Locale("ar").plural_form(number)) for number in NUMBERS]
    assert [chosen(swapped, number) for number in NUMBERS] != wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_directions_are_those_of_cldr(language: str) -> None:
    known = Locale(language)
    assert LANGUAGES[language].name.casefold() == str(known.get_display_name(language)).casefold()
    assert LANGUAGES[language].direction == known.text_direction
    assert Translator(language).direction == LANGUAGES[language].direction


def test_seven_languages_are_declared_and_only_complete_ones_are_offered() -> None:
    assert list(LANGUAGES) == ["en", "fr", "it", "de", "es", "pt", "ar"]
    assert set(languages.offered()) <= set(LANGUAGES)
    assert languages.names()["en"] == "English"


def test_every_text_of_pages_and_directory_is_extracted() -> None:
    extracted = {entry.msgid for entry in tool.template()}
    pages = {text for one in all_pages() for text in one.texts()}
    directory = {text for one in built_in() for text in (*one.services, one.note) if text}
    assert pages - extracted == set()
    assert directory - extracted == set()
    assert {page.NOT_REVIEWED, page.TO_VERIFY, page.PLAN_FIRST} <= extracted


def test_a_new_language_gets_a_catalogue_with_all_its_plural_forms(tmp_path: Path) -> None:
    pot = tool.template()
    missing = tool.update(tmp_path / "ar.po", pot)
    made = polib.pofile(str(tmp_path / "ar.po"))
    assert len(missing) == len(pot)
    assert not (tmp_path / "ar.mo").exists()
    assert made.metadata["Plural-Forms"] == LANGUAGES["ar"].plural
    assert {len(entry.msgstr_plural) for entry in made if entry.msgid_plural} == {6}


def test_a_catalogue_is_compiled_once_nothing_is_missing_and_every_plural_form_comes_out(tmp_path: Path) -> None:
    pot = tool.template()
    path = tmp_path / "ar.po"
    tool.update(path, pot)
    po = polib.pofile(str(path))
    for entry in po:
        if entry.msgid_plural:
            entry.msgstr_plural = {form: f"{ORDER[form]} {{count}}" for form in entry.msgstr_plural}
        else:
            entry.msgstr = entry.msgid
    po.save()
    assert tool.update(path, pot) == []
    arabic = Translator("ar", path.with_suffix(".mo").read_bytes())
    one, many = next(iter(tool.plural_texts().items()))
    for number in NUMBERS:
        assert arabic.count(one, many, number) == f"{Locale('ar').plural_form(number)} {number}"
