"""Dated facts in one order: nothing converted, nothing made up, nothing left out without a word."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luciole.assess.document import Assessment, Knowledge, Result, Verdict
from luciole.assess.timeline import CHECKED, TAKEN, Timeline, moment_of, timeline
from luciole.kernel.facts import Fact, Place, Subject
from luciole.kernel.reading import Evidence
from luciole.kernel.text import Translator
from luciole.kernel.vocabulary import FACTS
from luciole.report import dates

ABOUT = Knowledge(tool="0", criteria=1, catalogue="c", policy=1)
MADE = "2026-02-01T00:00:00+00:00"


def result(*facts: Fact, subject: Subject | None = None, taken: str = "") -> Result:
    about = subject or Subject("app", "org.example.a", user=0)
    one = Assessment(about, ("phone.zip",), Verdict("dual-use", 1, "", ""), facts=facts)
    evidence = (Evidence("phone.zip", "androidqf", taken=taken),)
    return Result(created=MADE, knowledge=ABOUT, evidence=evidence, assessments=(one,), all_facts=True)


def told(found: Timeline) -> list[tuple[str, str, str]]:
    return [(one.when, one.fact, one.attribute) for one in found.events if one.fact != CHECKED]


def test_every_kind_of_date_is_found_by_the_vocabulary() -> None:
    facts = (
        Fact("app.first_installed", "2026-01-03T10:00:00Z"),
        Fact("appop", "CAMERA", attributes={"last_background": "2026-01-02T10:00:00Z", "mode": "allow"}),
        Fact("app.named", "dumpsys usagestats", when="2026-01-04"),
        Fact("removal", "2026-01-01T00:00:00Z/2026-01-05T00:00:00Z"),
    )
    assert told(timeline([result(*facts, taken="2026-01-06T00:00:00Z")])) == [
        ("2026-01-01T00:00:00Z/2026-01-05T00:00:00Z", "removal", ""),
        ("2026-01-02T10:00:00Z", "appop", "last_background"),
        ("2026-01-03T10:00:00Z", "app.first_installed", ""),
        ("2026-01-04", "app.named", ""),
        ("2026-01-06T00:00:00Z", TAKEN, ""),
    ]


@pytest.mark.parametrize("name", sorted(name for name, one in FACTS.items() if "ISO 8601" in one.about))
def test_every_fact_that_the_vocabulary_calls_dated_gives_an_event(name: str) -> None:
    attributes = {key: "2026-01-02T10:00:00Z" for key, kind in FACTS[name].attributes.items() if kind == "text"}
    fact = Fact(name, "2026-01-02T10:00:00Z", attributes=attributes)
    assert any(one.fact == name for one in timeline([result(fact)]).events)


def test_a_version_or_a_certificate_that_looks_like_a_date_is_none() -> None:
    facts = (
        Fact("app.version_name", "2026-01-02"),
        Fact("signature.certificate", "ab", attributes={"not_before": "2024-01-01T00:00:00Z"}),
    )
    assert told(timeline([result(*facts)])) == []


@pytest.mark.parametrize(
    ("when", "precision", "zone"),
    [
        ("2026-01-02T10:11:12Z", "second", "utc"),
        ("2026-01-02T10:11:12+02:00", "second", "offset"),
        ("2026-01-02T10:11:12-0330", "second", "offset"),
        ("2026-01-02T10:11+02:00", "minute", "offset"),
        ("2026-01-02 10:11:12.5", "second", "not-stated"),
        ("2026-01-02", "day", "not-stated"),
        ("2026-01", "month", "not-stated"),
        ("2026", "year", "not-stated"),
        ("2026-01-02/2026-01-03", "period", "not-stated"),
    ],
)
def test_a_date_is_as_exact_as_it_was_read(when: str, precision: str, zone: str) -> None:
    moment = moment_of(when)
    assert moment is not None
    assert (moment.precision, moment.zone) == (precision, zone)


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-02-30", "0000-01-01", "yesterday", "2026-01-02T25:00:00Z", "", "/"]
)
def test_a_day_that_no_calendar_has_is_counted_and_not_shown(text: str) -> None:
    assert moment_of(text) is None
    found = timeline([result(Fact("app.named", "log", when=text or "x"))])
    assert (told(found), found.undated) == ([], 1)


OFFSETS = st.builds(timezone, st.builds(timedelta, minutes=st.integers(-900, 900)))


@given(st.lists(st.datetimes(timezones=OFFSETS), max_size=12))
@settings(max_examples=100, deadline=None)
def test_events_stand_in_the_order_in_which_they_happened(times: list[datetime]) -> None:
    """Python's own comparison of aware times is the truth."""
    facts = [Fact("app.named", str(number), when=one.isoformat()) for number, one in enumerate(times)]
    shown = [datetime.fromisoformat(when) for when, name, _ in told(timeline([result(*facts)])) if name == "app.named"]
    assert shown == sorted(times)


def test_the_same_thing_read_twice_stands_once_and_another_place_stands_too() -> None:
    fact = Fact("app.first_installed", "2026-01-03", Place("a", line=1))
    other = Fact("app.first_installed", "2026-01-03", Place("a", line=2))
    assert len(told(timeline([result(fact, other), result(fact)]))) == 2


def test_what_the_clocks_were_is_said() -> None:
    zone = Fact("device.property", "Europe/Paris", attributes={"key": "timezone"})
    assert any(
        one.said == "Europe/Paris" for one in timeline([result(zone, subject=Subject("device", "Phone"))]).clocks
    )


def test_a_result_that_left_facts_out_is_said() -> None:
    short = Result(created=MADE, knowledge=ABOUT, evidence=())
    assert not timeline([result(), short]).all_facts


def test_the_app_that_changed_a_setting_is_named() -> None:
    changed = Fact("setting", "adb_enabled", when="2026-01-02", attributes={"value": "1", "package": "org.example.b"})
    sheet = dates.build(timeline([result(changed, subject=Subject("device", "Phone"))]), Translator())
    assert any("org.example.b" in cell for part in sheet.parts for row in part.rows for cell in row)


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", '=HYPERLINK("http://a.invalid")']


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_the_table_for_spreadsheets_is_a_formula(text: str) -> None:
    hostile = Fact("app.first_installed", "2026-01-03", Place(text, text))
    found = timeline([result(hostile, subject=Subject("app", text, text, user=0))])
    rows = list(csv.reader(io.StringIO(dates.render_csv(found, Translator()))))
    assert len(rows) == 3
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "＝"))] == []
    assert [cell for cell in cells if set(cell) & {"\t", "\r", "\n"}] == []


@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_date_or_none(text: str) -> None:
    moment = moment_of(text)
    assert moment is None or moment.precision
