"""What a report says fits the kind of device it is about, in every language, and foreign areas are not named."""

import re

import pytest

from luciole.assess.document import Assessment, CriterionFinding, Reason, Result, Verdict
from luciole.assess.document import Knowledge as About
from luciole.assess.timeline import Clock, Timeline
from luciole.devices.source import all_sources
from luciole.guidance import comparing, texts
from luciole.guidance.languages import LANGUAGES, translator
from luciole.kernel.facts import Fact, Subject
from luciole.kernel.outcome import Truth
from luciole.kernel.vocabulary import AREAS, Platform
from luciole.report import dates
from luciole.report.html import render_sheet
from luciole.report.lines import without_isolates
from luciole.report.view import SubjectView, build_page, device_title


def shown(platform: Platform) -> SubjectView:
    met = Reason("fact", Truth.MET, "x", evidence=(Fact("app.package", "a"),), count=1)
    finding = CriterionFinding("deliver.x", 1, "delivery", "A title", "A statement.", "Why.", ("A reason.",), met)
    subject = Subject("app", "a", user=0, platform=platform)
    one = Assessment(subject, ("x",), Verdict("needs-a-person", 1, "x", "Because.", met), (finding,))
    about = About(tool="0", criteria=1, policy=1, catalogue="0" * 64)
    result = Result(created="2026-01-01", knowledge=about, evidence=(), assessments=(one,))
    return build_page(result, translator("en")).subjects[0]


@pytest.mark.parametrize("platform", ["windows", "macos", "linux"])
def test_a_program_of_a_computer_came_to_a_computer(platform: Platform) -> None:
    view = shown(platform)
    assert [group.title for group in view.groups] == ["How it came to the computer"]
    assert texts.PROGRAM_WITHOUT_FILE in view.notes


@pytest.mark.parametrize("platform", ["android", "ios"])
def test_an_app_of_a_phone_or_tablet_came_to_a_device(platform: Platform) -> None:
    view = shown(platform)
    assert [group.title for group in view.groups] == ["How it came to the device"]
    assert texts.WITHOUT_FILE in view.notes


def test_two_devices_of_one_name_in_a_capture_can_be_told_apart() -> None:
    one, other = (Subject("device", f"02:00:00:00:00:1{n}", label="phone", platform="network") for n in range(2))
    titles = {without_isolates(device_title(each, translator("en"))) for each in (one, other)}
    assert len(titles) == 2
    assert without_isolates(device_title(Subject("device", "device", platform="linux"), translator("en"))) == (
        texts.COMPUTER_TITLE
    )


def test_every_kind_of_evidence_has_words() -> None:
    assert {source.KIND for source in all_sources()} <= set(texts.KINDS)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_what_the_clocks_say_is_translated_and_lists_have_their_comma(language: str) -> None:
    translate = translator(language)
    sheet = dates.build(Timeline(clocks=(Clock("phone.zip", "times", "in UTC"),)), translate)
    (line,) = sheet.parts[0].lines
    assert comparing.CLOCKS["times"] not in line.text.split()
    assert translate("in UTC") in line.text
    assert translate.listed(("a", "b")) == ("a، b" if language == "ar" else "a, b")


def test_a_date_stays_on_one_line() -> None:
    from luciole.packs.builtin import report_templates

    clock = Clock("phone.zip", "clock", "2025-02-20T21:14:09+01:00")
    sheet = dates.build(Timeline(clocks=(clock,)), translator("ar"))
    page = render_sheet(sheet, translator("ar"), report_templates())
    assert '<bdi dir="ltr" class="date">2025-02-20T21:14:09+01:00</bdi>' in page
    assert re.search(r"\.date \{ white-space: nowrap", page)


def test_the_area_of_closed_evidence_belongs_to_no_platform() -> None:
    assert AREAS["evidence.closed"].platforms == ()
