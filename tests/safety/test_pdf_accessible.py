"""What a screen reader needs of the report on paper: the rules of PDF/UA-1 (ISO 14289-1) that a program can check.

Read with pypdf, which knows nothing of the library that writes the pages.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import ContentStream, DictionaryObject, IndirectObject

sys.path.insert(0, str(Path(__file__).parent))

from test_pdf import LANGUAGES, made, read

from luciole.guidance.depths import EXPERT, PERSON, Depth

FORMS: list[tuple[str, str, Depth]] = [
    *(("stalkerware-like", language, EXPERT) for language in LANGUAGES),
    ("stalkerware-like", "en", PERSON),
    ("stalkerware-like", "ar", PERSON),
    ("phone", "en", EXPERT),
]
PAINTS = frozenset(["Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "Do", "sh"])
"""Operators that put something on the page (ISO 32000-1, annex A)."""
EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")


@pytest.fixture(scope="module", params=FORMS, ids=["-".join(form) for form in FORMS])
def document(request: pytest.FixtureRequest) -> pypdf.PdfReader:
    return read(made(*request.param))


def elements(node: object) -> Iterator[DictionaryObject]:
    """Every element of the structure tree, from the root down, in reading order."""
    if isinstance(node, DictionaryObject):
        if "/S" in node:
            yield node
        children = node.get("/K", [])
        children = children.get_object() if isinstance(children, IndirectObject) else children
        for child in children if isinstance(children, list) else [children]:
            yield from elements(child.get_object())


def tree(document: pypdf.PdfReader) -> list[DictionaryObject]:
    return list(elements(document.trailer["/Root"]["/StructTreeRoot"]))


def painted(document: pypdf.PdfReader, page: pypdf.PageObject) -> tuple[set[int], list[bytes]]:
    """Marks of the tagged content of a page, and what is painted outside of every mark and artifact."""
    marks: set[int] = set()
    loose: list[bytes] = []
    open_parts: list[bool] = []
    for operands, operator in ContentStream(page.get_contents(), document).operations:
        name = operator.decode()
        if name in {"BDC", "BMC"}:
            mark = operands[1].get("/MCID") if name == "BDC" and isinstance(operands[1], DictionaryObject) else None
            marks |= set() if mark is None else {int(mark)}
            open_parts.append(mark is not None or operands[0] == "/Artifact")
        elif name == "EMC":
            open_parts.pop()
        elif name in PAINTS and not any(open_parts):
            loose.append(operator)
    assert open_parts == []
    return marks, loose


def test_the_document_says_that_it_is_tagged_and_by_which_standard(document: pypdf.PdfReader) -> None:
    root = document.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"]) is True
    assert not bool(root["/MarkInfo"].get("/Suspects", False))
    assert root["/Lang"]
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"]) is True
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata or 'pdfuaid:part="1"' in metadata
    assert "Luciole" in metadata


def test_everything_on_a_page_is_tagged_or_an_artifact_and_the_tree_knows_it(document: pypdf.PdfReader) -> None:
    numbers = document.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    parents = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in document.pages:
        marks, loose = painted(document, page)
        assert loose == []
        known = parents[page["/StructParents"]].get_object()
        assert marks == set(range(len(known)))
        for mark, element in enumerate(known):
            kids = element.get_object()["/K"]
            assert mark in (kids if isinstance(kids, list) else [kids])


def test_headings_begin_with_the_first_level_and_leave_none_out(document: pypdf.PdfReader) -> None:
    levels = [int(one["/S"][2:]) for one in tree(document) if one["/S"][1:].rstrip("123456") == "H"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_say_what_their_headings_head(document: pypdf.PdfReader) -> None:
    cells = [one for one in tree(document) if one["/S"] == "/TH"]
    assert cells
    assert {one["/A"]["/Scope"] for one in cells} == {"/Row"}
    assert not any("/ID" in one for one in tree(document)), "identifiers need a tree of identifiers"


def test_items_stand_in_lists_and_rows_in_tables(document: pypdf.PdfReader) -> None:
    inside = {"/LI": {"/L"}, "/LBody": {"/LI"}, "/TH": {"/TR"}, "/TD": {"/TR"}, "/TR": {"/Table", "/TBody"}}
    for one in tree(document):
        if one["/S"] in inside:
            assert one["/P"]["/S"] in inside[one["/S"]]


def test_pictures_have_words_and_links_say_where_they_lead(document: pypdf.PdfReader) -> None:
    assert all(one.get("/Alt") for one in tree(document) if one["/S"] == "/Figure")
    links = [link.get_object() for page in document.pages for link in page.get("/Annots", [])]
    assert links
    assert all(link.get("/Contents") and "/StructParent" in link for link in links)
    assert all(page["/Tabs"] == "/S" for page in document.pages)


def test_fonts_are_embedded_and_their_letters_can_be_read_back(document: pypdf.PdfReader) -> None:
    fonts = {id(font): font for page in document.pages for font in _fonts(page)}
    assert fonts
    for font in fonts.values():
        assert "/ToUnicode" in font
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert any(name in descriptor for name in EMBEDDED)


def _fonts(page: pypdf.PageObject) -> Iterator[DictionaryObject]:
    return (font.get_object() for font in page["/Resources"]["/Font"].values())
