"""A timeline as a table that people read, and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io

from luciole.assess.timeline import CHECKED, TAKEN, Clock, Event, Timeline
from luciole.guidance import comparing, texts
from luciole.kernel.text import Translator, show_controls
from luciole.report.lines import Line, fact_line, isolate, place_text, without_isolates
from luciole.report.sheet import Part, Sheet
from luciole.report.view import before_you_read, user_text

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet calculate a cell instead of showing it; so do wide forms in some (OWASP, CSV Injection)."""
CSV_COLUMNS = ("when", "precision", "zone", "fact", "what", "subject", "user", "where", "evidence")


def build(timeline: Timeline, translate: Translator, created: str = "") -> Sheet:
    """The sheet of a timeline. Pure: the same timeline and language give the same sheet."""
    return Sheet(
        language=translate.language,
        direction=translate.direction,
        title=translate(comparing.TIMELINE_TITLE),
        before=before_you_read(translate),
        parts=(_clocks(timeline, translate), _events(timeline, translate)),
        limits=tuple(translate(text) for text in texts.LIMITS),
        created=created,
    )


def _clocks(timeline: Timeline, translate: Translator) -> Part:
    paragraphs = [translate(comparing.ABOUT_TIMES)]
    if not timeline.all_facts:
        paragraphs.append(translate(comparing.TIMELINE_NOT_ALL))
    if timeline.undated:
        paragraphs.append(translate.count(comparing.UNDATED_ONE, comparing.UNDATED_MANY, timeline.undated))
    return Part(
        title=translate(comparing.CLOCKS_TITLE),
        paragraphs=tuple(paragraphs),
        lines=tuple(_clock_line(clock, translate) for clock in timeline.clocks),
    )


def _clock_line(clock: Clock, translate: Translator) -> Line:
    said = translate(clock.said) if clock.said in comparing.CLOCK_WORDS else isolate(clock.said)
    about = translate(comparing.CLOCKS[clock.about]) if clock.about in comparing.CLOCKS else isolate(clock.about)
    return Line(translate(texts.PAIR, name=f"{about} ({isolate(clock.name)})", value=said))


def _events(timeline: Timeline, translate: Translator) -> Part:
    names = (comparing.WHEN, comparing.HOW_EXACT, comparing.WHAT, comparing.WHOSE, comparing.WHERE)
    return Part(
        title=translate(comparing.EVENTS_TITLE),
        paragraphs=() if timeline.events else (translate(comparing.NO_EVENTS),),
        columns=tuple(map(translate, names)),
        dated=True,
        rows=tuple(
            (
                isolate(one.when),
                _clock(one, translate),
                _what(one, translate),
                _whose(one, translate),
                _where(one, translate),
            )
            for one in timeline.events
        ),
    )


def _clock(event: Event, translate: Translator) -> str:
    parts = (translate(comparing.PRECISIONS[event.precision]), translate(comparing.ZONES[event.zone]))
    return translate.listed(part for part in parts if part)


def _what(event: Event, translate: Translator) -> str:
    """What is dated, in words: the fact's sentence, what the date speaks of, and the app that did it if it is told."""
    if event.dated is None:
        return translate({TAKEN: comparing.WAS_TAKEN, CHECKED: comparing.WAS_CHECKED}.get(event.fact, event.fact))
    text = fact_line(event.dated, translate).text
    by = event.dated.attributes.get("package", "")
    if by and "{package}" not in text and event.subject is not None and event.subject.kind == "device":
        text = translate(comparing.BY_APP, sentence=text, package=isolate(str(by)))
    if not event.attribute:
        return text
    known = comparing.ATTRIBUTES.get(event.attribute)
    return translate(comparing.EVENT, sentence=text, what=translate(known) if known else isolate(event.attribute))


def _whose(event: Event, translate: Translator) -> str:
    subject = event.subject
    if subject is None or subject.kind == "device":
        return translate(texts.LABELS["device"])
    label = f"{isolate(subject.label)} — " if subject.label else ""
    return f"{label}{isolate(subject.identity)}{user_text(subject, translate)}"


def _where(event: Event, translate: Translator) -> str:
    return place_text(event.place, translate) or translate.listed(map(isolate, event.evidence))


def render_csv(timeline: Timeline, translate: Translator) -> str:
    """One line for each event (RFC 4180), with a header. No cell begins as a formula does: such a cell gets a quote
    sign in front, as OWASP advises against CSV injection."""  # noqa: D205, D209 - one sentence
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(CSV_COLUMNS)
    for event in timeline.events:
        subject = event.subject
        user = "" if subject is None or subject.user is None else str(subject.user)
        identity = subject.identity if subject is not None else ""
        rows.writerow(map(_cell, (
            event.when, event.precision, event.zone, event.fact, _what(event, translate), identity, user,
            _where(event, translate), ", ".join(event.evidence),
        )))  # fmt: skip
    return written.getvalue()


def _cell(text: str) -> str:
    """Text that a spreadsheet shows as it is."""
    shown = show_controls(without_isolates(text))
    return f"'{shown}" if shown.lstrip(" ").startswith(FORMULA) else shown
