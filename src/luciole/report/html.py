"""The result as one HTML file: no script, nothing fetched, prints on paper, dark and right-to-left."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from luciole.guidance import depths, texts
from luciole.guidance.depths import EXPERT, PERSON, Depth
from luciole.kernel.text import CLOSES, OPENS, Translator
from luciole.report import paper
from luciole.report.lines import isolate
from luciole.report.sheet import Sheet
from luciole.report.view import Page

PAGE, SHEET, STYLE, PAPER = "page.html.jinja", "sheet.html.jinja", "page.css", "paper.css"

BULLET = "• "
"""Before each item of a list on paper: a mark that WeasyPrint puts there by itself costs as much as the item."""

_WORDS = {
    "before": texts.BEFORE_TITLE,
    "evidence": texts.LABELS["evidence"],
    "opening": texts.OPENING_NOTE,
    "summary": texts.LABELS["verdict"],
    "unreadable": texts.UNREADABLE_TITLE,
    "because": texts.LABELS["because"],
    "next": texts.LABELS["next"],
    "seen": texts.SEEN_TITLE,
    "observed": texts.OBSERVED,
    "more_observed": depths.MORE_OBSERVED,
    "why": texts.WHY_IT_MATTERS,
    "ordinary": texts.ORDINARY,
    "decided": depths.HOW_DECIDED,
    "rule": depths.RULE,
    "reference": texts.LABELS["reference"],
    "undecided": texts.UNDECIDED_TITLE,
    "undecided_ids": depths.UNDECIDED_IDS,
    "technical": texts.LABELS["technical"],
    "for_experts": depths.FOR_EXPERTS,
    "record_for_experts": depths.RECORD_FOR_EXPERTS,
    "short_form": depths.SHORT_FORM,
    "open_for_experts": depths.OPEN_FOR_EXPERTS,
    "help": depths.HELP_TITLE,
    "guidance": depths.GUIDANCE_TITLE,
    "sources": depths.SOURCES,
    "criteria": depths.CRITERIA_TITLE,
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


def render(
    page: Page, translate: Translator, templates: Mapping[str, str], *, depth: Depth = PERSON, paged: bool = False
) -> str:
    """The page as HTML. templates: the texts of the report, handed in because this room reads no files.

    Both depths stand in one page: in the short form the parts for experts are folded, in the long form open.
    paged: for paper, where nothing can be folded: the short form leaves the parts for experts out, the long form
    explains each criterion once.
    """
    apart = _ON_PAPER[translate.direction] if paged else _isolated
    words = _words(translate) | ({"bullet": BULLET} if paged else {})
    environment = _environment(templates, apart)
    style = Markup(templates[PAPER if paged else STYLE])  # noqa: S704 - our own style sheet
    shown = environment.get_template(PAGE).render(
        page=page,
        words=words,
        style=style,
        depth=depth,
        paged=paged,
        explained=paper.explained(page) if paged and depth == EXPERT else (),
        pair=lambda name, value: translate(texts.PAIR, name=name, value=value),
    )
    return shown + "\n"


def render_sheet(sheet: Sheet, translate: Translator, templates: Mapping[str, str]) -> str:
    """A comparison or a timeline as HTML; templates as for `render`."""
    style = Markup(templates[STYLE])  # noqa: S704 - our own style sheet
    template = _environment(templates, _isolated).get_template(SHEET)
    return template.render(page=sheet, words=_words(translate), style=style) + "\n"


def _words(translate: Translator) -> dict[str, str]:
    words = {name: translate(text) for name, text in _WORDS.items()}
    introduced = {name: name for name in ("because", "reference", "sources")}
    introduced |= {"observed_here": "observed", "ordinary_here": "ordinary"}
    words |= {name: translate(texts.INTRODUCTION, name=words[of]) for name, of in introduced.items()}
    return words | {"once": translate(depths.EXPLAINED_ONCE, part=words["criteria"]), "bullet": ""}


def _environment(templates: Mapping[str, str], apart: Callable[[object], object]) -> Environment:
    """apart: what keeps foreign texts from changing the direction of what stands around them."""
    environment = Environment(
        loader=DictLoader(templates), autoescape=True, undefined=StrictUndefined, auto_reload=False, finalize=apart
    )
    environment.filters |= {"isolate": isolate, "outline": paper.outline, "has_more": paper.has_more}
    environment.filters["link"] = _link
    environment.filters["image_type"] = _image_type
    return environment


_FOREIGN = re.compile(f"{OPENS}([^{OPENS}{CLOSES}]*){CLOSES}")


def _isolated(value: object) -> object:
    """Each foreign text in an element of its own; what is plain ASCII (names of apps, hosts, digests) runs from left
    to right on every page."""  # noqa: D205, D209 - one sentence
    if not isinstance(value, str) or isinstance(value, Markup) or OPENS not in value:
        return value
    return Markup(_FOREIGN.sub(_element, str(escape(value))))  # noqa: S704 - escaped in this very line


_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]+)?(Z|[+-]\d\d:\d\d)?")
"""Dates stay on one line: a hyphen is a place to break lines for most others."""


def _element(found: re.Match[str]) -> str:
    text = found[1]
    if _DATE.fullmatch(text):
        return f'<bdi dir="ltr" class="date">{text}</bdi>'
    return f'<bdi dir="ltr">{text}</bdi>' if text.isascii() else f"<bdi>{text}</bdi>"


_PLAIN = re.compile(f"{OPENS}([\x00-\x7f]*){CLOSES}")


def _plain(value: object) -> object:
    """For paper from left to right: plain ASCII runs there as everything does, so nothing need keep it apart."""
    if not isinstance(value, str) or isinstance(value, Markup) or OPENS not in value:
        return value
    return _PLAIN.sub(r"\1", value)


_ON_PAPER: dict[str, Callable[[object], object]] = {"ltr": _plain, "rtl": lambda value: value}
"""By direction. On paper the isolates stay as characters: WeasyPrint lays each element out by itself, which costs time
and keeps no directions apart, while Pango, which sets the lines, knows the characters."""


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
