"""Comparisons and timelines keep the rules of every page: what to mind first, limits, no alarm, nothing active."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import pages
from mirrored import Mirrored
from test_every_rendering import ACTIVE, FOREIGN, LOADING, Reader, plain, said
from words import faults

from luciole.assess.compare import compare
from luciole.assess.document import Result
from luciole.assess.timeline import timeline
from luciole.guidance import comparing, languages, texts
from luciole.kernel.canon import readable_json
from luciole.kernel.text import Translator
from luciole.packs.builtin import report_templates
from luciole.report import changes, dates, html, json, terminal
from luciole.report.sheet import Sheet
from luciole.report.view import build_page
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.devices.write import write_bugreport, write_zip

LANGUAGES = languages.offered()
SHEETS = [
    "app came",
    "app went",
    "less was looked at",
    "other device",
    "hostile",
    "timeline",
    "timeline, hostile",
    "nothing",
]
ALWAYS = (*texts.BEFORE, *texts.LIMITS, texts.BEFORE_TITLE, texts.LIMITS_TITLE)


@functools.cache
def taken() -> dict[str, Result]:
    """One phone: whole, without an app, and as a bug report, each with every fact; and another phone."""
    import tempfile

    phone = msgspec.structs.replace(demonstration(), filler=Filler())
    without = tuple(app for app in phone.apps if app.package != "org.example.familywatch")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        files = {
            "whole": write_zip(phone, folder / "whole.zip"),
            "without": write_zip(msgspec.structs.replace(phone, apps=without), folder / "without.zip"),
            "report": write_bugreport(phone, folder / "report.zip"),
        }
        settings = ReadSettings(now=pages.WHEN)
        return {name: check([path], pages.engine(), settings, all_facts=True) for name, path in files.items()}


def sheet(name: str, translate: Translator) -> Sheet:
    known = taken()
    hostile = pages.results()[pages.HOSTILE]
    pairs = {
        "app came": (known["without"], known["whole"]),
        "app went": (known["whole"], known["without"]),
        "less was looked at": (known["whole"], known["report"]),
        "other device": (known["whole"], pages.results()["phone"]),
        "hostile": (pages.results()["stalkerware-like"], hostile),
        "nothing": (known["whole"], known["whole"]),
    }
    if name in pairs:
        return changes.build(compare(*pairs[name]), translate)
    return dates.build(timeline([hostile if "hostile" in name else known["whole"]]), translate)


@functools.cache
def shown(name: str, form: str, language: str) -> str:
    translate = languages.translator(language)
    if form == "html":
        return Reader(html.render_sheet(sheet(name, translate), translate, report_templates())).text()
    return plain(terminal.render_sheet(sheet(name, translate), translate, width=100))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["terminal", "html"])
@pytest.mark.parametrize("name", SHEETS)
def test_what_to_mind_and_what_it_cannot_tell_are_always_there(name: str, form: str, language: str) -> None:
    page = shown(name, form, language)
    assert [text for text in ALWAYS if said(text, language) not in page] == []
    first = said(comparing.CLOCKS_TITLE if name.startswith("timeline") else comparing.COMPARED, language)
    assert all(page.index(said(text, language)) < page.index(first) for text in texts.BEFORE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["terminal", "html"])
@pytest.mark.parametrize("name", SHEETS)
def test_nothing_forbidden_is_said(name: str, form: str, language: str) -> None:
    page = shown(name, form, language)
    for address in (texts.RESOURCES_LINK, *FOREIGN):
        page = page.replace(address, " ")
    assert faults(page, language) == []


@pytest.mark.parametrize("name", SHEETS)
def test_the_page_is_whole_runs_nothing_and_fetches_nothing(name: str) -> None:
    translate = Translator()
    page = html.render_sheet(sheet(name, translate), translate, report_templates())
    reader = Reader(page)
    assert reader.wrong == []
    assert reader.open == []
    for tag, attributes in reader.elements:
        assert tag not in ACTIVE
        for attribute in LOADING & set(attributes):
            value = attributes[attribute] or ""
            assert value.startswith("data:,") or value == texts.RESOURCES_LINK
    marks = {one["id"] for _, one in reader.elements if "id" in one}
    assert {one["aria-labelledby"] for _, one in reader.elements if "aria-labelledby" in one} <= marks


def test_every_column_of_a_table_has_a_heading_with_its_scope() -> None:
    translate = Translator()
    reader = Reader(html.render_sheet(sheet("timeline", translate), translate, report_templates()))
    headings = [one for tag, one in reader.elements if tag == "th"]
    assert len(headings) == 5
    assert all(one.get("scope") == "col" for one in headings)


@pytest.mark.parametrize("form", ["terminal", "html"])
def test_where_less_was_looked_at_no_app_is_said_to_have_gone(form: str) -> None:
    page = shown("less was looked at", form, "en")
    assert comparing.VANISHED_TITLE not in page
    assert comparing.NOT_COMPARED_TITLE in page


def test_an_app_that_came_is_named_and_that_nobody_is_named_for_it() -> None:
    page = shown("app came", "terminal", "en")
    assert page.index(comparing.APPEARED_TITLE) < page.index("org.example.familywatch (User of the device: 10): Known")
    assert comparing.ABOUT_CHANGES in page


@pytest.mark.parametrize("which", ["comparison", "timeline"])
def test_the_documents_fit_their_published_schemas(which: str) -> None:
    known = taken()
    document = compare(known["without"], known["report"]) if which == "comparison" else timeline(known.values())
    value = msgspec.json.decode(readable_json(document))
    jsonschema.Draft202012Validator(json.schema(which)).validate(value)
    assert msgspec.json.decode(readable_json(document), type=type(document)) == document


# --- right to left ----------------------------------------------------------------------------------------------


def latin_outside_of_isolates(page: str) -> list[str]:
    """Runs of Latin letters on a page from right to left that no element keeps from turning what stands around it."""
    reader, found = Bare(), []
    reader.feed(page)
    for text in reader.texts:
        bare = text.replace(texts.RESOURCES_LINK, " ")
        found += [word for word in bare.split() if any(c.isascii() and c.isalpha() for c in word)]
    return found


class Bare(Reader):
    """Collects the text that stands in no element with a direction of its own."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        super().__init__("")

    def handle_data(self, data: str) -> None:
        if not {"style", "title", "bdi", "a"} & set(self.open):
            self.texts.append(data)


@pytest.mark.parametrize("name", ["phone", "stalkerware-like", "unreadable.apk", "everything"])
@pytest.mark.parametrize("depth", ["person", "expert"])
def test_foreign_names_on_a_page_from_right_to_left_keep_their_own_direction(name: str, depth: str) -> None:
    mirrored = Mirrored()
    page = html.render(build_page(pages.results()[name], mirrored), mirrored, report_templates(), depth=depth)
    assert latin_outside_of_isolates(page) == []
    assert '<bdi dir="ltr">' in page


@pytest.mark.parametrize("name", SHEETS)
def test_foreign_names_on_a_sheet_from_right_to_left_keep_their_own_direction(name: str) -> None:
    mirrored = Mirrored()
    assert latin_outside_of_isolates(html.render_sheet(sheet(name, mirrored), mirrored, report_templates())) == []


@pytest.mark.parametrize("name", ["phone", "stalkerware-like"])
def test_the_terminal_keeps_isolates_from_right_to_left_and_has_none_from_left_to_right(name: str) -> None:
    result, mirrored, english = pages.results()[name], Mirrored(), Translator()
    text = terminal.render(build_page(result, mirrored), mirrored)
    assert text.count("\u2068") == text.count("\u2069") > 0
    assert "\u2068" not in terminal.render(build_page(result, english), english)
