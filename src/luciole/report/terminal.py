"""The result as plain text for a terminal: wrapped, bold where it helps, readable without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from luciole.guidance import depths, texts
from luciole.guidance.depths import EXPERT, PERSON, Depth
from luciole.kernel.text import Translator
from luciole.report.lines import Line, without_isolates
from luciole.report.reasons import Step
from luciole.report.sheet import Part, Sheet
from luciole.report.view import FindingView, Page, SubjectView

BOLD, DIM, RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
NARROWEST, WIDEST = 40, 100
MOST_NAMES = 40
"""Names of unremarkable apps that are printed; the page lists all."""


class Style:
    """How headings and addresses are set off. colour: False leaves the text free of control sequences.

    isolates: whether marks that keep directions apart stay in; from left to right nobody needs them.
    """

    def __init__(self, width: int, *, colour: bool, isolates: bool = False) -> None:
        self.width = max(NARROWEST, min(width, WIDEST))
        self.colour = colour
        self.isolates = isolates

    def said(self, text: str) -> str:
        """The text as this terminal gets it."""
        return text if self.isolates else without_isolates(text)

    def heading(self, text: str) -> str:
        """A heading on a line of its own, after an empty line."""
        text = self.said(text)
        line = f"{BOLD}{text}{RESET}" if self.colour else text
        return f"\n{line}\n" + "─" * min(self.width, len(text)) + "\n"

    def strong(self, text: str) -> str:
        """A heading inside a section."""
        text = self.said(text)
        return f"  {BOLD}{text}{RESET}\n" if self.colour else f"  ── {text}\n"

    def paragraph(self, text: str, indent: int = 0, bullet: str = "") -> str:
        """Wrapped text; `bullet` stands before its first line."""
        first = " " * indent + bullet
        return (
            textwrap.fill(
                self.said(text),
                self.width,
                initial_indent=first,
                subsequent_indent=" " * len(first),
                break_on_hyphens=False,
            )
            + "\n"
        )

    def address(self, text: str, indent: int) -> str:
        """The place of a fact, dimmed, on lines of its own."""
        if not text:
            return ""
        wrapped = self.paragraph(text, indent)
        return f"{DIM}{wrapped}{RESET}" if self.colour else wrapped


def render(page: Page, translate: Translator, *, width: int = 80, colour: bool = False, depth: Depth = PERSON) -> str:
    """The whole page as text ending in a newline, short for a person or with everything for an expert."""
    style = Style(width, colour=colour, isolates=page.direction == "rtl")
    return "".join(_sections(page, translate, style, depth)).lstrip("\n")


def render_sheet(sheet: Sheet, translate: Translator, *, width: int = 80, colour: bool = False) -> str:
    """A comparison or a timeline as text ending in a newline; a row of a table is a block of lines."""
    style = Style(width, colour=colour, isolates=sheet.direction == "rtl")
    return "".join(_sheet(sheet, translate, style)).lstrip("\n")


def _sheet(sheet: Sheet, translate: Translator, style: Style) -> Iterator[str]:
    yield style.heading(sheet.title)
    yield style.heading(translate(texts.BEFORE_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in sheet.before)
    for part in sheet.parts:
        yield from _part(part, style)
    yield style.heading(translate(texts.LIMITS_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in sheet.limits)


def _part(part: Part, style: Style) -> Iterator[str]:
    yield style.heading(part.title)
    yield from (style.paragraph(text, 2) for text in part.paragraphs)
    yield from _list(part.lines, style)
    for row in part.rows:
        cells = [cell for cell in row if cell]
        yield style.paragraph("  ".join(cells[:2]), 2, "• ")
        yield from (style.paragraph(cell, 6) for cell in cells[2:-1])
        yield style.address("".join(cells[2:][-1:]), 6)


def _sections(page: Page, translate: Translator, style: Style, depth: Depth) -> Iterator[str]:
    yield style.heading(page.title)
    yield style.heading(translate(texts.BEFORE_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in page.before)
    yield style.heading(translate(texts.LABELS["evidence"]))
    shown = page.evidence[:MOST_NAMES]
    yield from _list(shown if depth == EXPERT else (Line(one.text) for one in shown), style)
    left = len(page.evidence) - MOST_NAMES
    if left > 0:
        yield style.paragraph(translate.count(texts.MORE_FILES_ONE, texts.MORE_FILES_MANY, left), 4)
    yield from _not_examined_short(page, translate, style)
    yield style.heading(translate(texts.LABELS["verdict"]))
    if not page.summary:
        yield style.paragraph(translate(texts.NOTHING_READ), 2)
    yield from (style.paragraph(translate(texts.PAIR, name=title, value=count), 2) for title, count in page.summary)
    if page.unreadable:
        yield style.heading(translate(texts.UNREADABLE_TITLE))
        yield from _list(page.unreadable, style)
    for subject in page.subjects:
        yield from _subject(subject, translate, style, depth)
    yield from _rest(page, translate, style, depth)


def _not_examined_short(page: Page, translate: Translator, style: Style) -> Iterator[str]:
    """What was not examined stands before what was seen; the details come at the end."""
    yield style.heading(translate(texts.NOT_EXAMINED_TITLE))
    if page.not_examined_short:
        yield style.paragraph(translate(texts.SHORT_NOT_EXAMINED), 2)
        yield from (style.paragraph(text, 4, "• ") for text in page.not_examined_short)
    yield from (style.paragraph(text, 2, "• ") for text in page.blind_spots)


def _rest(page: Page, translate: Translator, style: Style, depth: Depth) -> Iterator[str]:
    if page.others:
        yield style.heading(translate(texts.OTHERS_TITLE))
        yield from _others(page.others, translate, style)
    yield from _support(page, translate, style)
    yield style.heading(translate(texts.EXAMINED_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in page.examined or (translate(texts.NONE_LISTED),))
    if page.not_examined:
        yield style.heading(translate(texts.DETAILS_TITLE))
        in_short = (Line(text) for text in page.open_areas)
        yield from _list(page.not_examined if depth == EXPERT else in_short, style)
    yield style.heading(translate(texts.LIMITS_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in page.limits)
    yield style.heading(translate(texts.RECORD_TITLE))
    rows = (*page.record, *page.versions) if depth == EXPERT else page.record
    yield from (style.paragraph(translate(texts.PAIR, name=name, value=value), 2) for name, value in rows)
    if depth == PERSON:
        option = translate(depths.RENDER_FOR_EXPERTS, option=depths.OPTION)
        yield "\n" + style.paragraph(f"{translate(depths.SHORT_FORM)} {option}")


def _support(page: Page, translate: Translator, style: Style) -> Iterator[str]:
    """Where to turn to, and the guidance pages by name; the page and `luciole guidance` have their texts."""
    if page.help or page.help_note:
        yield style.heading(translate(depths.HELP_TITLE))
        if page.help_note:
            yield style.paragraph(page.help_note, 2)
    for one in page.help:
        yield "\n" + style.strong(one.name)
        yield from (style.paragraph(translate(texts.PAIR, name=name, value=value), 4) for name, value in one.rows)
        if one.note:
            yield style.paragraph(one.note, 4)
    if page.pages:
        yield style.heading(translate(depths.GUIDANCE_TITLE))
        for guide in page.pages:
            yield style.paragraph(guide.title, 2, "• ")
            yield style.paragraph(translate(depths.READ_PAGE, command=f"luciole guidance show {guide.id}"), 4)


def _others(names: Sequence[str], translate: Translator, style: Style) -> Iterator[str]:
    yield style.paragraph(translate.listed(names[:MOST_NAMES]), 2)
    left = len(names) - MOST_NAMES
    if left > 0:
        yield style.paragraph(translate.count(texts.MORE_APPS_ONE, texts.MORE_APPS_MANY, left), 2)


def _subject(subject: SubjectView, translate: Translator, style: Style, depth: Depth) -> Iterator[str]:
    yield style.heading(subject.heading)
    yield style.paragraph(subject.verdict, 2)
    if subject.meaning:
        yield style.paragraph(subject.meaning, 2)
    if subject.because:
        yield style.paragraph(_pair(texts.LABELS["because"], subject.because, translate), 2)
    yield from (style.paragraph(note, 2) for note in subject.notes)
    yield from _expert(subject, translate, style) if depth == EXPERT else _person(subject, translate, style)
    if subject.undecided:
        yield "\n" + style.paragraph(_introduction(texts.UNDECIDED_TITLE, translate), 2)
        shown = subject.open_criteria if depth == EXPERT else tuple(Line(text) for text in subject.undecided)
        yield from _list(shown, style, 4)
    if subject.next_steps:
        yield "\n" + style.paragraph(_introduction(texts.LABELS["next"], translate), 2)
        yield from (style.paragraph(step, 4, "• ") for step in subject.next_steps)


def _person(subject: SubjectView, translate: Translator, style: Style) -> Iterator[str]:
    """What was seen, by the titles of the findings, and ordinary reasons for it."""
    for group in subject.groups:
        yield "\n" + style.paragraph(_introduction(group.title, translate), 2)
        yield from (style.paragraph(text, 4, "• ") for text in group.in_short)
    if subject.ordinary:
        yield "\n" + style.paragraph(_introduction(texts.ORDINARY, translate), 2)
        yield from (style.paragraph(text, 4, "• ") for text in subject.ordinary)


def _expert(subject: SubjectView, translate: Translator, style: Style) -> Iterator[str]:
    yield from (style.paragraph(translate(texts.PAIR, name=name, value=value), 4) for name, value in subject.rows)
    for group in subject.groups:
        yield "\n" + style.strong(group.title)
        for finding in group.findings:
            yield from _finding(finding, translate, style)
    if subject.reasons:
        yield "\n" + style.strong(translate(depths.RULE))
        yield from _tree(subject.reasons, style, 4)


def _finding(finding: FindingView, translate: Translator, style: Style) -> Iterator[str]:
    yield "\n" + style.paragraph(finding.title, 2, "▸ ")
    yield style.paragraph(_introduction(texts.OBSERVED, translate), 4)
    yield from _list((*finding.observed, *finding.rest), style, 6)
    yield style.paragraph(_pair(texts.INTERPRETED, finding.meaning, translate), 4)
    if finding.why:
        yield style.paragraph(_pair(texts.WHY_IT_MATTERS, finding.why, translate), 4)
    if finding.ordinary:
        yield style.paragraph(_introduction(texts.ORDINARY, translate), 4)
        yield from (style.paragraph(text, 6, "• ") for text in finding.ordinary)
    if finding.reasons:
        yield style.paragraph(_introduction(depths.HOW_DECIDED, translate), 4)
        yield from _tree(finding.reasons, style, 6)
    reference = translate(texts.LABELS["reference"]), finding.id
    for name, value in (reference, *finding.details):
        yield style.paragraph(translate(texts.PAIR, name=name, value=value), 4)


def _tree(nodes: Iterable[Step], style: Style, indent: int) -> Iterator[str]:
    for node in nodes:
        yield style.paragraph(f"[{node.truth}] {node.text}", indent + 2 * min(node.depth, 8))
        if node.missing:
            yield style.address(node.missing, indent + 2 * min(node.depth, 8) + 4)


def _list(lines: Iterable[Line], style: Style, indent: int = 2) -> Iterator[str]:
    for line in lines:
        yield style.paragraph(line.text, indent, "• ")
        yield style.address(line.place, indent + 2)
        if line.remedy:
            yield style.paragraph(line.remedy, indent + 2)


def _pair(name: str, value: str, translate: Translator) -> str:
    return translate(texts.PAIR, name=translate(name), value=value)


def _introduction(name: str, translate: Translator) -> str:
    return translate(texts.INTRODUCTION, name=translate(name))
