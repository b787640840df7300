"""The result as plain text for a terminal: wrapped, bold where it helps, readable without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from luciole.guidance import texts
from luciole.kernel.text import Translator
from luciole.report.view import FindingView, Line, Page, SubjectView

BOLD, DIM, RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
NARROWEST, WIDEST = 40, 100
MOST_NAMES = 40
"""Names of unremarkable apps that are printed; the page lists all."""


class Style:
    """How headings and addresses are set off. colour: False leaves the text free of control sequences."""

    def __init__(self, width: int, *, colour: bool) -> None:
        self.width = max(NARROWEST, min(width, WIDEST))
        self.colour = colour

    def heading(self, text: str) -> str:
        """A heading on a line of its own, after an empty line."""
        line = f"{BOLD}{text}{RESET}" if self.colour else text
        return f"\n{line}\n" + "─" * min(self.width, len(text)) + "\n"

    def strong(self, text: str) -> str:
        """A heading inside a section."""
        return f"  {BOLD}{text}{RESET}\n" if self.colour else f"  ── {text}\n"

    def paragraph(self, text: str, indent: int = 0, bullet: str = "") -> str:
        """Wrapped text; `bullet` stands before its first line."""
        first = " " * indent + bullet
        return (
            textwrap.fill(
                text, self.width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
            )
            + "\n"
        )

    def address(self, text: str, indent: int) -> str:
        """The place of a fact, dimmed, on lines of its own."""
        if not text:
            return ""
        wrapped = self.paragraph(text, indent)
        return f"{DIM}{wrapped}{RESET}" if self.colour else wrapped


def render(page: Page, translate: Translator, *, width: int = 80, colour: bool = False) -> str:
    """The whole page as text ending in a newline."""
    style = Style(width, colour=colour)
    text = "".join(_sections(page, translate, style))
    return (
        text.lstrip("\n") if page.direction == "rtl" else text.lstrip("\n").replace("\u2068", "").replace("\u2069", "")
    )


def _sections(page: Page, translate: Translator, style: Style) -> Iterator[str]:
    yield style.heading(page.title)
    yield style.heading(translate(texts.BEFORE_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in page.before)
    yield style.heading(translate(texts.LABELS["evidence"]))
    yield from _list(page.evidence[:MOST_NAMES], style)
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
        yield from _subject(subject, translate, style)
    yield from _rest(page, translate, style)


def _not_examined_short(page: Page, translate: Translator, style: Style) -> Iterator[str]:
    """What was not examined stands before what was seen; the details come at the end."""
    yield style.heading(translate(texts.NOT_EXAMINED_TITLE))
    if page.not_examined_short:
        yield style.paragraph(translate(texts.SHORT_NOT_EXAMINED), 2)
        yield from (style.paragraph(text, 4, "• ") for text in page.not_examined_short)
    yield from (style.paragraph(text, 2, "• ") for text in page.blind_spots)


def _rest(page: Page, translate: Translator, style: Style) -> Iterator[str]:
    if page.others:
        yield style.heading(translate(texts.OTHERS_TITLE))
        yield from _others(page.others, translate, style)
    yield style.heading(translate(texts.EXAMINED_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in page.examined or (translate(texts.NONE_LISTED),))
    if page.not_examined:
        yield style.heading(translate(texts.DETAILS_TITLE))
        yield from _list(page.not_examined, style)
    yield style.heading(translate(texts.LIMITS_TITLE))
    yield from (style.paragraph(text, 2, "• ") for text in page.limits)
    yield style.heading(translate(texts.RECORD_TITLE))
    yield from (style.paragraph(translate(texts.PAIR, name=name, value=value), 2) for name, value in page.record)


def _others(names: Sequence[str], translate: Translator, style: Style) -> Iterator[str]:
    yield style.paragraph(", ".join(names[:MOST_NAMES]), 2)
    left = len(names) - MOST_NAMES
    if left > 0:
        yield style.paragraph(translate.count(texts.MORE_APPS_ONE, texts.MORE_APPS_MANY, left), 2)


def _subject(subject: SubjectView, translate: Translator, style: Style) -> Iterator[str]:
    yield style.heading(subject.heading)
    yield style.paragraph(subject.verdict, 2)
    if subject.meaning:
        yield style.paragraph(subject.meaning, 2)
    if subject.because:
        yield style.paragraph(_pair(texts.LABELS["because"], subject.because, translate), 2)
    yield from (style.paragraph(note, 2) for note in subject.notes)
    yield from (style.paragraph(translate(texts.PAIR, name=name, value=value), 4) for name, value in subject.rows)
    for group in subject.groups:
        yield "\n" + style.strong(group.title)
        for finding in group.findings:
            yield from _finding(finding, translate, style)
    if subject.undecided:
        yield "\n" + style.paragraph(_introduction(texts.UNDECIDED_TITLE, translate), 2)
        yield from (style.paragraph(text, 4, "• ") for text in subject.undecided)
    if subject.next_steps:
        yield "\n" + style.paragraph(_introduction(texts.LABELS["next"], translate), 2)
        yield from (style.paragraph(step, 4, "• ") for step in subject.next_steps)


def _finding(finding: FindingView, translate: Translator, style: Style) -> Iterator[str]:
    yield "\n" + style.paragraph(finding.title, 2, "▸ ")
    yield style.paragraph(_introduction(texts.OBSERVED, translate), 4)
    yield from _list(finding.observed, style, 6)
    if finding.more:
        yield style.paragraph(finding.more, 6)
    yield style.paragraph(_pair(texts.INTERPRETED, finding.meaning, translate), 4)
    if finding.why:
        yield style.paragraph(_pair(texts.WHY_IT_MATTERS, finding.why, translate), 4)
    if finding.ordinary:
        yield style.paragraph(_introduction(texts.ORDINARY, translate), 4)
        yield from (style.paragraph(text, 6, "• ") for text in finding.ordinary)


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
