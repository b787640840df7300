"""All dated facts of results in one order: what the evidence says happened when, as exactly as it says it.

A date stays as it was read. Nothing is converted: where a source tells no time zone, that is said, and where it tells
a day or a period, no time is made up. Which facts are dated follows from the vocabulary: `Fact.when`, values that it
calls ISO 8601, and attributes that hold a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from luciole.assess.document import Assessment, Result
from luciole.kernel.facts import Fact, Place, Subject
from luciole.kernel.vocabulary import FACTS

FORMAT = 1

Precision = Literal["second", "minute", "day", "month", "year", "period"]
Zone = Literal["utc", "offset", "not-stated"]

_DATE = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_TIME = r"[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?"
_WHEN = re.compile(rf"({_DATE})({_TIME})?")
_ZONE = re.compile("[Z+-]")
_SHORTEST = 7
"""Characters of the shortest text that is taken for a date where the vocabulary does not say so: 2025-03."""
DATED = "ISO 8601"
"""What the vocabulary writes of a fact whose value is a date."""
CLAIMS = frozenset({"not_before", "not_after"})
"""Attributes that hold a date which somebody wrote into a certificate: nothing that happened on the device."""
TAKEN, CHECKED = "evidence.taken", "check.made"
"""Names of the two events that no fact tells: when the evidence was taken, and when it was checked."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One dated thing. when: as it was read; precision and zone: how exact it is and what its clock was;
    fact: a name of the vocabulary (or `TAKEN`, `CHECKED`); attribute: the one that holds the date, empty for the
    fact's value or its own time; dated: the fact itself; evidence: names of what was handed in."""  # noqa: D205, D209 - a list of fields follows the sentence

    when: str
    precision: Precision
    zone: Zone
    fact: str
    dated: Fact | None = None
    attribute: str = ""
    subject: Subject | None = None
    evidence: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it was read."""
        return self.dated.place if self.dated is not None else Place()


class Clock(msgspec.Struct, frozen=True):
    """What one piece of evidence, or the device in it, says of its clock. about: times, timezone or clock."""

    name: str
    about: str
    said: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Events from the earliest on. clocks: what each evidence says of its own clock and time zone; all_facts: nothing
    was left out of the results that it was made from; undated: facts that name a time which is no date."""  # noqa: D205, D209 - a list of fields follows the sentence

    format: int = FORMAT
    events: tuple[Event, ...] = ()
    clocks: tuple[Clock, ...] = ()
    all_facts: bool = True
    undated: int = 0


class Moment(NamedTuple):
    """A date as it was read, taken apart. order: seconds for sorting only; a missing zone counts as UTC there."""

    precision: Precision
    zone: Zone
    order: float


def timeline(results: Iterable[Result]) -> Timeline:
    """Every dated fact of the results. Pure: the same results give the same timeline."""
    known = list(results)
    found: dict[tuple[object, ...], tuple[Event, Moment]] = {}
    undated = 0
    for event, moment in (pair for result in known for pair in _of_result(result)):
        if moment is None:
            undated += 1
        else:
            found.setdefault(_key(event), (event, moment))
    ordered = sorted(found.values(), key=lambda pair: pair[1].order)
    return Timeline(
        events=tuple(event for event, _ in ordered),
        clocks=tuple(dict.fromkeys(clock for result in known for clock in _clocks(result))),
        all_facts=all(result.all_facts for result in known),
        undated=undated,
    )


def moment_of(when: str) -> Moment | None:
    """A date or period of ISO 8601 taken apart; None for what is none, such as a day that no calendar has."""
    start, _, end = when.partition("/")
    found = _WHEN.fullmatch(start)
    if found is None or (end and _WHEN.fullmatch(end) is None):
        return None
    try:
        at, zone = _seconds(found[1], found[2] or "")
    except (ValueError, OverflowError):
        return None
    return Moment("period" if end else _precision(found[1], found[2] or ""), zone, at)


def _seconds(date: str, time: str) -> tuple[float, Zone]:
    """Seconds since 1970 for sorting, and what the clock was."""
    whole = date + "-01" * (2 - date.count("-"))
    clock = time.replace(",", ".").replace("Z", "+00:00")
    read = datetime.fromisoformat(whole + clock)
    if read.tzinfo is None:
        return (read.replace(tzinfo=UTC)).timestamp(), "not-stated"
    return read.timestamp(), "utc" if read.utcoffset() == timedelta(0) else "offset"


def _precision(date: str, time: str) -> Precision:
    if time:
        return "second" if _ZONE.split(time)[0].count(":") > 1 else "minute"
    days: tuple[Precision, ...] = ("year", "month", "day")
    return days[date.count("-")]


def _of_result(result: Result) -> Iterator[tuple[Event, Moment | None]]:
    for one in result.evidence:
        if one.taken:
            yield from _event(TAKEN, one.taken, evidence=(one.name,))
    yield from _event(CHECKED, result.created, evidence=tuple(one.name for one in result.evidence))
    for assessment in result.assessments:
        for fact in assessment.facts:
            for attribute, when in _dates(fact):
                yield from _event(fact.name, when, assessment, fact, attribute)


def _event(
    name: str,
    when: str,
    assessment: Assessment | None = None,
    fact: Fact | None = None,
    attribute: str = "",
    evidence: tuple[str, ...] = (),
) -> Iterator[tuple[Event, Moment | None]]:
    moment = moment_of(when)
    precision, zone = (moment.precision, moment.zone) if moment else ("day", "not-stated")
    subject = assessment.subject if assessment is not None else None
    evidence = assessment.evidence if assessment is not None else evidence
    yield Event(when, precision, zone, name, fact, attribute, subject, evidence), moment


def _dates(fact: Fact) -> Iterator[tuple[str, str]]:
    """The attribute (empty for the fact itself) and the text of each date that a fact tells."""
    if fact.when:
        yield "", fact.when
    elif fact.name in FACTS and DATED in FACTS[fact.name].about and _starts_as_date(fact.value):
        yield "", str(fact.value)
    for name, value in fact.attributes.items():
        if isinstance(value, str) and len(value) >= _SHORTEST and name not in CLAIMS and _WHEN.fullmatch(value):
            yield name, value


def _starts_as_date(value: object) -> bool:
    """Facts whose meaning speaks of ISO 8601 for an attribute alone hold a word as their value."""
    return isinstance(value, str) and value[:1].isdigit()


def _key(event: Event) -> tuple[object, ...]:
    """What makes two events the same: the same thing, at the same time, read at the same place."""
    subject, fact = event.subject, event.dated
    who = (subject.kind, subject.identity, subject.user) if subject is not None else ()
    what = (str(fact.value), fact.place) if fact is not None else event.evidence
    return (event.when, event.fact, event.attribute, who, what)


def _clocks(result: Result) -> Iterator[Clock]:
    """What is known of the clocks: the zone the device was set to, and how its times were read."""
    for one in result.evidence:
        for about in ("times", "timezone", "clock"):
            if one.details.get(about):
                yield Clock(one.name, about, one.details[about])
    for assessment in result.assessments:
        for fact in assessment.facts:
            if fact.name == "device.property" and "timezone" in str(fact.attributes.get("key", "")):
                yield Clock(assessment.subject.identity, "timezone", str(fact.value))
