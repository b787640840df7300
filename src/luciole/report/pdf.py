"""The report as a tagged PDF (ISO 14289-1, PDF/UA-1) of A4 or Letter pages: HTML in, bytes out, nothing fetched.

WeasyPrint lays the pages out with the fonts of this computer; it is loaded only when a PDF is wanted (extra `pdf`).
"""

from __future__ import annotations

import gc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from luciole.kernel.canon import sha256
from luciole.kernel.errors import CouldNotLook

if TYPE_CHECKING:
    import pydyf  # type: ignore[import-untyped]
    from weasyprint import Document

Paper = Literal["a4", "letter"]
SIZES: dict[str, str] = {"a4": "A4", "letter": "Letter"}
VARIANT = "pdf/ua-1"
IDENTIFIER_BYTES = 16
HEADING, CELLS = "/TH", frozenset({"/TH", "/TD"})
LEVEL = 6
"""Of zlib: a tenth of the time of the level 9 of pydyf, for two hundredths more bytes."""


def render(page: str, paper: Paper = "a4") -> bytes:
    """The PDF of a page made for paper (`report.html.render` with `paged`). The same page gives the same bytes.

    Language, title, dates and bookmarks come from the page itself. Raises CouldNotLook without the extra `pdf`.
    """
    try:
        import weasyprint  # noqa: PLC0415 - half a second and many megabytes, for those who want a PDF
    except (ImportError, OSError) as error:
        # OSError: the library is there, but not Pango, which the system provides.
        raise CouldNotLook(
            f"A PDF cannot be made here: {error}", remedy="pip install 'luciole[pdf]', and Pango from the system."
        ) from None
    size = weasyprint.CSS(string=f"@page {{ size: {SIZES[paper]} }}")
    # No protocol is allowed: whatever a page names is left alone, an address as well as a file of this computer.
    nothing = weasyprint.URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=page, url_fetcher=nothing, media_type="print")
    identifier = sha256(f"{paper}\n{page}".encode())[: 2 * IDENTIFIER_BYTES].encode()
    with _without_collection():
        written: bytes = document.write_pdf(
            stylesheets=[size],
            pdf_variant=VARIANT,
            pdf_tags=True,
            pdf_identifier=identifier,
            full_fonts=False,
            finisher=_finished,
        )
    return written


@contextmanager
def _without_collection() -> Iterator[None]:
    """The boxes of a document all live until it is written: looking through them for garbage again and again finds
    none, and takes a tenth of the time."""  # noqa: D205, D209 - one sentence
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _finished(_document: Document, written: pydyf.PDF) -> None:
    """The last things before the file is written: streams compressed, headings of rows said to be such."""
    for one in written.objects:
        if getattr(one, "compress", False):
            _compress(one)
        elif isinstance(one, dict) and one.get("S") in CELLS:
            _scope(one)


def _compress(stream: pydyf.Stream) -> None:
    """Once and for all. Left alone, pydyf compresses each stream twice: to write it, and for the identifier."""
    stream.compress = False
    # A stream says its bytes between these two words (ISO 32000-1, 7.3.8).
    data = stream.data.partition(b"stream\n")[2].removesuffix(b"\nendstream")
    stream.stream, stream.extra["Filter"] = [zlib.compress(data, LEVEL)], "/FlateDecode"


def _scope(cell: pydyf.Dictionary) -> None:
    """Tables of a report have their headings at the beginning of rows (ISO 32000-1, table 349: Scope).

    WeasyPrint joins cells by identifiers, but writes no tree of those, and readers look there (table 322: IDTree).
    """
    cell.pop("ID", None)
    cell["A"].pop("Headers", None)
    if cell["S"] == HEADING:
        cell["A"]["Scope"] = "/Row"
