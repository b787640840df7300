"""Whatever was found, in every form and language, the page says first what to mind and always what it cannot tell."""

import functools
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import pages
from words import faults

from luciole.assess.document import Result
from luciole.guidance import languages, texts
from luciole.guidance.depths import EXPERT, PERSON, Depth
from luciole.kernel.text import Translator
from luciole.kernel.vocabulary import AREAS
from luciole.packs import directory
from luciole.packs.builtin import report_templates
from luciole.report import html, json, terminal
from luciole.report.support import guidance_for, help_for
from luciole.report.view import Page, Support, build_page

RESULTS = pages.names()
LANGUAGES = languages.offered()
VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "col", "area", "base", "wbr"})
ACTIVE = frozenset({"script", "iframe", "object", "embed", "form", "input", "button", "base", "svg", "audio", "video"})
LOADING = frozenset({"src", "srcset", "href", "action", "data", "poster", "background", "formaction", "ping"})
TITLES = (texts.BEFORE_TITLE, texts.EXAMINED_TITLE, texts.NOT_EXAMINED_TITLE, texts.LIMITS_TITLE)
ALWAYS = (*texts.BEFORE, *texts.LIMITS, *TITLES)


def translator(language: str) -> Translator:
    return languages.translator(language)


FORMS = [f"{form} {depth}" for form in ("terminal", "html", "paper") for depth in (PERSON, EXPERT)]
"""Every rendering in both depths; "paper" is the page that a PDF is made of (the PDF itself: test_pdf.py)."""


@functools.cache
def as_text(name: str, language: str, depth: Depth = PERSON) -> str:
    translate = translator(language)
    return terminal.render(page_of(pages.results()[name], translate), translate, width=100, depth=depth)


@functools.cache
def as_html(name: str, language: str, depth: Depth = PERSON, *, paged: bool = False) -> str:
    translate = translator(language)
    page = page_of(pages.results()[name], translate)
    return html.render(page, translate, report_templates(), depth=depth, paged=paged)


def page_of(result: Result, translate: Translator) -> Page:
    """The page as the command makes it, with help and guidance."""
    shown, note = help_for(directory.for_report("US", pages.WHEN[:10]), "US", translate)
    return build_page(result, translate, Support(shown, note, guidance_for(result, translate)))


class Reader(HTMLParser):
    """Collects elements and visible text, and notes every element that is closed wrongly."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if len(dict(attrs)) != len(attrs):
            self.wrong.append(f"<{tag}> has an attribute twice")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else in line {self.getpos()[0]}")

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    def text(self) -> str:
        return plain(" ".join(self.words))


def plain(text: str) -> str:
    """Words with single spaces, without the marks that keep directions apart."""
    return " ".join(text.translate({0x2068: None, 0x2069: None, ord("•"): None}).split())


@functools.cache
def shown(name: str, form: str, language: str) -> str:
    kind, _, depth = form.partition(" ")
    if kind == "terminal":
        return plain(as_text(name, language, depth))
    return Reader(as_html(name, language, depth, paged=kind == "paper")).text()


def said(text: str, language: str) -> str:
    return plain(translator(language)(text, link=texts.RESOURCES_LINK))


def test_the_results_hold_every_verdict_and_what_could_not_be_read() -> None:
    found = set().union(*(pages.verdicts(result) for result in pages.results().values()))
    assert found == set(pages.VERDICTS)
    assert sorted(pages.results()) == RESULTS
    assert all(pages.results()[name].unreadable for name in pages.UNREADABLE)
    assert "resources" in pages.open_areas(pages.results()["partial.apk"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RESULTS)
def test_warnings_limits_and_help_are_always_there(name: str, form: str, language: str) -> None:
    page = shown(name, form, language)
    assert [text for text in ALWAYS if said(text, language) not in page] == []
    assert texts.RESOURCES_LINK in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RESULTS)
def test_what_to_mind_stands_before_any_finding(name: str, form: str, language: str) -> None:
    page = shown(name, form, language)
    verdicts = [page.find(said(one.title, language)) for one in texts.VERDICTS.values()]
    first = min((at for at in verdicts if at >= 0), default=len(page))
    assert all(page.index(said(text, language)) < first for text in texts.BEFORE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RESULTS)
def test_every_area_is_said_to_be_examined_or_not(name: str, form: str, language: str) -> None:
    page = shown(name, form, language)
    result = pages.results()[name]
    lines = [*result.coverage, *(line for one in result.assessments for line in one.coverage)]
    titles = {AREAS[line.area].title for line in lines if line.area in AREAS}
    assert [title for title in titles if said(title, language) not in page] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RESULTS)
def test_nothing_forbidden_is_said(name: str, form: str, language: str) -> None:
    page = shown(name, form, language)
    for address in (texts.RESOURCES_LINK, *FOREIGN):
        page = page.replace(address, " ")
    assert faults(page, language) == []


FOREIGN = ("wipe-data", "reset-password", "disable-camera", "secure-folder")
"""Words of the evidence itself, Android's names of rights and users, which are shown as they are."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [*pages.UNREADABLE, "everything"])
def test_what_could_not_be_read_is_named_with_the_reason(name: str, form: str) -> None:
    page = shown(name, form, "en")
    assert texts.UNREADABLE_TITLE in page
    for one in pages.results()[name].unreadable:
        assert plain(one.name) in page
        assert plain(one.problem) in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", RESULTS)
def test_each_verdict_is_shown_with_its_meaning_and_next_steps(name: str, language: str) -> None:
    page = shown(name, "html person", language)
    result = pages.results()[name]
    for code in pages.verdicts(result) - {"nothing-seen"}:
        verdict = texts.VERDICTS[code]
        for text in (verdict.title, verdict.meaning, *verdict.next_steps):
            assert said(text, language) in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", RESULTS)
def test_the_page_is_whole_and_says_its_language_and_direction(name: str, language: str) -> None:
    page = as_html(name, language)
    reader = Reader(page)
    assert page.startswith("<!doctype html>")
    assert reader.wrong == []
    assert reader.open == []
    tag, attributes = reader.elements[0]
    assert (tag, attributes) == ("html", {"lang": language, "dir": translator(language).direction})
    names = [tag for tag, _ in reader.elements]
    assert [names.count(one) for one in ("html", "head", "title", "body", "main", "h1")] == [1] * 6
    marks = [one["id"] for _, one in reader.elements if "id" in one]
    assert len(marks) == len(set(marks))
    labels = {one["aria-labelledby"] for _, one in reader.elements if "aria-labelledby" in one}
    assert labels <= set(marks)


@pytest.mark.parametrize("name", RESULTS)
def test_the_page_runs_nothing_and_fetches_nothing(name: str) -> None:
    for tag, attributes in Reader(as_html(name, "en")).elements:
        assert tag not in ACTIVE
        assert not any(attribute.startswith("on") for attribute in attributes)
        for attribute in LOADING & set(attributes):
            value = attributes[attribute] or ""
            own_link = tag == "a" and value == texts.RESOURCES_LINK
            assert own_link or value.startswith(("data:image/", "data:,", "#")), (tag, attribute, value)
    style = as_html(name, "en").partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_names_from_evidence_are_words_and_never_markup() -> None:
    page = as_html(pages.HOSTILE, "en")
    assert pages.HOSTILE_LABEL.startswith("<script")
    assert pages.HOSTILE_LABEL.partition("\u202e")[0] in Reader(page).text()
    assert "\u202e" not in page
    assert "\u202e" not in as_text(pages.HOSTILE, "en")
    assert "\x1b" not in as_text(pages.HOSTILE, "en")


def test_a_page_in_a_language_from_right_to_left_says_so() -> None:
    arabic = Translator("ar")
    page = html.render(build_page(pages.results()["everything"], arabic), arabic, report_templates())
    tag, attributes = Reader(page).elements[0]
    assert (tag, attributes) == ("html", {"lang": "ar", "dir": "rtl"})


def test_the_title_of_the_window_does_not_say_what_the_page_is_about() -> None:
    page = as_html("everything", "en")
    assert page.partition("<title>")[2].partition("</title>")[0] == "Luciole"


@pytest.mark.parametrize("name", RESULTS)
def test_the_document_keeps_what_was_looked_at_and_reads_back_the_same(name: str) -> None:
    result = pages.results()[name]
    again = json.read(json.render(result))
    assert again == result
    assert isinstance(again, Result)
    assert again.unreadable or any(one.coverage for one in again.assessments) or again.coverage


@pytest.mark.parametrize("name", RESULTS)
def test_the_document_fits_the_published_schema(name: str) -> None:
    import jsonschema

    jsonschema.Draft202012Validator(json.schema()).validate(pages.as_plain(pages.results()[name]))


@pytest.mark.parametrize("name", RESULTS)
def test_the_terminal_text_has_no_control_sequences_and_keeps_its_width(name: str) -> None:
    text = as_text(name, "en")
    assert "\x1b" not in text
    lines = text.splitlines()
    long = [line for line, below in zip(lines, [*lines[1:], ""], strict=True) if len(line) > 100 and "─" not in below]
    assert [line for line in long if " " in line.strip()] == []
