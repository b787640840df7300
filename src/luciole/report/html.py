"""The result as one HTML file: no script, nothing fetched, prints on paper, dark and right-to-left."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from luciole.guidance import texts
from luciole.kernel.text import Translator
from luciole.report.view import Page

PAGE, STYLE = "page.html.jinja", "page.css"

_WORDS = {
    "before": texts.BEFORE_TITLE,
    "evidence": texts.LABELS["evidence"],
    "opening": texts.OPENING_NOTE,
    "summary": texts.LABELS["verdict"],
    "unreadable": texts.UNREADABLE_TITLE,
    "because": texts.LABELS["because"],
    "next": texts.LABELS["next"],
    "observed": texts.OBSERVED,
    "why": texts.WHY_IT_MATTERS,
    "ordinary": texts.ORDINARY,
    "reference": texts.LABELS["reference"],
    "undecided": texts.UNDECIDED_TITLE,
    "technical": texts.LABELS["technical"],
    "others": texts.OTHERS_TITLE,
    "examined": texts.EXAMINED_TITLE,
    "nothing": texts.NONE_LISTED,
    "not_examined": texts.NOT_EXAMINED_TITLE,
    "short_not_examined": texts.SHORT_NOT_EXAMINED,
    "nothing_read": texts.NOTHING_READ,
    "details": texts.DETAILS_TITLE,
    "limits": texts.LIMITS_TITLE,
    "record": texts.RECORD_TITLE,
    "keep": texts.PRINT_NOTE,
}


def render(page: Page, translate: Translator, templates: Mapping[str, str]) -> str:
    """The page as HTML. templates: the texts of `PAGE` and `STYLE`, handed in because this room reads no files."""
    environment = Environment(
        loader=DictLoader(templates), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    environment.filters["link"] = _link
    environment.filters["image_type"] = _image_type
    words = {name: translate(text) for name, text in _WORDS.items()}
    words |= {name: translate(texts.INTRODUCTION, name=words[name]) for name in ("because", "reference")}
    style = Markup(templates[STYLE])  # noqa: S704 - our own style sheet
    return environment.get_template(PAGE).render(page=page, words=words, style=style) + "\n"


def _link(text: str) -> Markup:
    """The one address that our own texts hold becomes a link; everything else is escaped."""
    before, found, after = text.partition(texts.RESOURCES_LINK)
    if not found:
        return escape(text)
    anchor = Markup('<a href="{0}" rel="noreferrer noopener" dir="ltr">{0}</a>').format(found)
    return escape(before) + anchor + escape(after)


def _image_type(data: str) -> str:
    """The media type of a base64 image by its first bytes; only kinds that cannot hold a script."""
    kinds = {"iVBORw0KGgo": "image/png", "UklGR": "image/webp", "/9j/": "image/jpeg", "R0lGOD": "image/gif"}
    return next((kind for start, kind in kinds.items() if data.startswith(start)), "application/octet-stream")
