"""The report as a tagged PDF (ISO 14289-1, PDF/UA-1) of A4 or Letter pages: HTML in, bytes out, nothing fetched.

WeasyPrint lays the pages out with the fonts of this computer; it is loaded only when a PDF is wanted (extra `pdf`).
"""

from __future__ import annotations

from typing import Literal

from luciole.kernel.canon import sha256
from luciole.kernel.errors import CouldNotLook

Paper = Literal["a4", "letter"]
SIZES: dict[str, str] = {"a4": "A4", "letter": "Letter"}
VARIANT = "pdf/ua-1"
IDENTIFIER_BYTES = 16


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
    written: bytes = document.write_pdf(
        stylesheets=[size], pdf_variant=VARIANT, pdf_tags=True, pdf_identifier=identifier, full_fonts=False
    )
    return written
