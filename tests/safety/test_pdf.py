"""The report on paper: tagged, in its language, with every sentence that must be there, and nothing fetched for it."""

from __future__ import annotations

import functools
import io
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pypdf
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import pages
from mirrored import Mirrored
from test_every_rendering import ALWAYS, FOREIGN, page_of
from words import faults

from luciole.guidance import languages, texts
from luciole.guidance.depths import EXPERT, PERSON, Depth
from luciole.kernel.text import Translator
from luciole.packs.builtin import report_templates
from luciole.report import html, pdf

pytest.importorskip("weasyprint")

LANGUAGES = [*languages.offered(), "mirrored"]
RESULTS = ["stalkerware-like", "unreadable.apk", pages.HOSTILE, "phone"]
POINTS = {"a4": (595.3, 841.9), "letter": (612.0, 792.0)}


def translator(language: str) -> Translator:
    return Mirrored() if language == "mirrored" else languages.translator(language)


@functools.cache
def made(name: str, language: str, depth: Depth = PERSON, paper: pdf.Paper = "a4") -> bytes:
    translate = translator(language)
    page = page_of(pages.results()[name], translate)
    return pdf.render(html.render(page, translate, report_templates(), depth=depth, paged=True), paper)


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data), strict=True)


def letters(text: str) -> str:
    """Letters and digits alone: lines of paper break anywhere, and Arabic letters come in the forms that are drawn."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def holds(page: str, sentence: str, *, mirrored: bool) -> bool:
    """Whether the sentence is on the page; what is drawn from right to left is read back word by word.

    A number that is joined to a letter stands on the other side of it there, so the two are looked for apart.
    """
    if not mirrored:
        return letters(sentence) in letters(page)
    known = letters(page)
    words = re.findall(r"[0-9]+|[^\s0-9]+", sentence)
    return all(letters(word) in known or letters(word)[::-1] in known for word in words)


def words_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(data).pages)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", RESULTS)
def test_every_sentence_that_must_be_there_is_on_paper(name: str, language: str) -> None:
    translate, page = translator(language), words_of(made(name, language))
    mirrored = translate.direction == "rtl"
    missing = [
        text for text in ALWAYS if not holds(page, translate(text, link=texts.RESOURCES_LINK), mirrored=mirrored)
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_long_form_holds_them_too(language: str) -> None:
    translate, page = translator(language), words_of(made("stalkerware-like", language, EXPERT))
    wanted = [translate(text, link=texts.RESOURCES_LINK) for text in ALWAYS]
    assert [text for text in wanted if not holds(page, text, mirrored=translate.direction == "rtl")] == []


@pytest.mark.parametrize("name", ["stalkerware-like", "phone", pages.HOSTILE])
def test_the_long_form_leaves_nothing_out_that_an_expert_reads_on_the_page(name: str) -> None:
    """Written closer together on paper, and once what is the same for many findings; but all of it."""
    paper, page = letters(words_of(made(name, "en", EXPERT))), page_of(pages.results()[name], Translator())
    wanted: list[str] = []
    for subject in page.subjects:
        wanted += [subject.heading, subject.because, *subject.notes, *subject.next_steps, *subject.ordinary]
        wanted += [part for row in subject.rows for part in row]
        wanted += [part for line in subject.open_criteria for part in (line.text, line.place)]
        wanted += [part for step in subject.reasons for part in (step.truth, step.text, step.missing)]
        for one in (finding for group in subject.groups for finding in group.findings):
            wanted += [one.id, one.title, one.meaning, one.why, *one.ordinary]
            wanted += [part for line in (*one.observed, *one.rest) for part in (line.text, line.place)]
            wanted += [part for step in one.reasons for part in (step.truth, step.text, step.missing)]
            wanted += [part for row in one.details for part in row]
    assert len(wanted) > 50
    assert [text for text in wanted if letters(text) not in paper] == []


@pytest.mark.parametrize("name", RESULTS)
def test_nothing_forbidden_is_said_in_the_long_form_either(name: str) -> None:
    said = words_of(made(name, "en", EXPERT)).replace(texts.RESOURCES_LINK, " ")
    for word in FOREIGN:
        said = said.replace(word, " ")
    assert faults(" ".join(said.split())) == []


@pytest.mark.parametrize("name", RESULTS)
def test_nothing_forbidden_is_said_on_paper(name: str) -> None:
    page = " ".join(words_of(made(name, "en")).replace(texts.RESOURCES_LINK, " ").split())
    assert faults(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_and_says_its_language_and_title(language: str) -> None:
    document = read(made("stalkerware-like", language))
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == translator(language).language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata is not None
    assert document.metadata.title == "Luciole"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert len(document.outline) >= 1


def test_headings_lists_and_tables_are_tagged_as_such() -> None:
    found: set[str] = set()
    walk(read(made("stalkerware-like", "en")).trailer["/Root"]["/StructTreeRoot"], found)
    assert {"/H1", "/H2", "/H3", "/P", "/L", "/LI", "/Table", "/TH", "/TD", "/Link"} <= found


def walk(node: pypdf.generic.DictionaryObject, found: set[str]) -> None:
    if "/S" in node:
        found.add(str(node["/S"]))
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        inner = child.get_object()
        if isinstance(inner, pypdf.generic.DictionaryObject):
            walk(inner, found)


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_pages_have_the_size_that_was_asked_for(paper: pdf.Paper) -> None:
    for page in read(made("stalkerware-like", "en", PERSON, paper)).pages:
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(POINTS[paper], abs=0.5)


def test_the_short_form_is_shorter_and_the_long_form_has_the_places() -> None:
    short, long = (words_of(made("stalkerware-like", "en", depth)) for depth in (PERSON, EXPERT))
    assert len(short) < len(long)
    assert letters("AndroidManifest.xml") not in letters(short)
    assert letters("AndroidManifest.xml") in letters(long)


def test_the_same_result_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Identifiers and dates come from the result, not from the clock, from chance or from the order of a set."""
    translate = Translator()
    page = html.render(
        page_of(pages.results()["stalkerware-like"], translate), translate, report_templates(), paged=True
    )
    (tmp_path / "page.html").write_text(page, "utf-8")
    program = (
        "import sys; from pathlib import Path; from luciole.report import pdf\n"
        "sys.stdout.buffer.write(pdf.render(Path(sys.argv[1]).read_text('utf-8')))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "page.html")]
    runs = [
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].startswith(b"%PDF-")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.png", "file:///etc/hostname", "ftp://127.0.0.1/a"])
def test_nothing_that_a_page_names_is_fetched(address: str, caplog: pytest.LogCaptureFixture) -> None:
    head = f'<html lang="en"><title>t</title><link rel="stylesheet" href="{address}">'
    page = head + f'<p>text</p><img src="{address}" alt="x">'
    data = pdf.render(page)
    assert letters("text") in letters(words_of(data))
    assert sum("disallowed protocol" in record.getMessage() for record in caplog.records) == 2
    assert list(read(data).pages[0].images) == []


def test_the_page_on_paper_names_nothing_to_fetch() -> None:
    page = html.render(
        page_of(pages.results()["everything"], Translator()), Translator(), report_templates(), paged=True
    )
    assert "<img" not in page
    assert "url(" not in page
    assert page.count("href=") == page.count(f'href="{texts.RESOURCES_LINK}"') + page.count('href="data:,"')
