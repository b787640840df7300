"""What people read is built from the result alone: coverage, verdicts and foreign text."""

import msgspec
import pytest

from luciole.assess.document import Assessment, Knowledge, Result, Unreadable, Verdict
from luciole.guidance import texts
from luciole.kernel.facts import Fact, Place, Subject
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import Evidence
from luciole.kernel.text import Translator
from luciole.packs.builtin import report_templates
from luciole.report import html, json, terminal
from luciole.report.lines import without_isolates
from luciole.report.view import Page, build_page

ENGLISH = Translator()
ABOUT = Knowledge(tool="0", criteria=1, catalogue="c", policy=1)
HOSTILE = "<script>alert(1)</script> \u202eexe.ppa\u2066 \"'{{ 7 * 7 }}"


def result(code: str = "nothing-seen", **changes: object) -> Result:
    verdict = Verdict(code, 1, "rule", "because")  # type: ignore[arg-type] # checked at run time
    app = Assessment(Subject("app", "org.example.a", "A"), ("a.apk",), verdict)
    plain = Result(created="2026-01-01T00:00:00+00:00", knowledge=ABOUT, evidence=(Evidence("a.apk", "app-file"),),
                   assessments=(app,))  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def page_of(**changes: object) -> Page:
    return build_page(result(**changes), ENGLISH)


def test_an_area_is_examined_only_when_it_was_so_everywhere() -> None:
    page = page_of(
        coverage=(
            Coverage("manifest", State.EXAMINED),
            Coverage("code", State.EXAMINED),
            Coverage("code", State.PARTIAL, Reason.DAMAGED, detail="classes2.dex"),
        )
    )
    assert len(page.examined) == 1
    (line,) = page.not_examined
    assert "The code" in line.text
    assert "partly examined" in line.text
    assert without_isolates(line.place) == "classes2.dex"


@pytest.mark.parametrize("reason", [one for one in Reason if one is not Reason.NONE])
def test_every_reason_for_not_looking_has_words(reason: Reason) -> None:
    (line,) = page_of(coverage=(Coverage("signing", State.NOT_LOOKED_AT, reason),)).not_examined
    assert texts.REASONS[reason.value]
    assert texts.REASONS[reason.value] in line.text


def test_what_could_not_be_read_stands_before_the_apps() -> None:
    page = page_of(unreadable=(Unreadable("b.apk", "not a ZIP archive"),))
    shown = terminal.render(page, ENGLISH)
    assert shown.index("b.apk") < shown.index("org.example.a")


def test_without_a_list_of_known_apps_the_page_says_so() -> None:
    assert any("luciole intel import" in text for text in page_of().blind_spots)
    known = msgspec.structs.replace(ABOUT, indicators=5)
    assert not any("luciole intel import" in text for text in page_of(knowledge=known).blind_spots)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_foreign_text_stays_text_on_the_page(language: str) -> None:
    translate = Translator(language)
    app = Assessment(
        Subject("app", HOSTILE, HOSTILE), (HOSTILE,), Verdict("needs-a-person", 1, "", HOSTILE),
        facts=(Fact("app.package", HOSTILE, Place(HOSTILE, HOSTILE)),),
    )  # fmt: skip
    page = build_page(result(assessments=(app,), evidence=(Evidence(HOSTILE, "app-file"),)), translate)
    shown = html.render(page, translate, report_templates())
    assert "<script" not in shown
    assert "{{ 7" in shown
    assert "\u202e" not in shown + terminal.render(page, translate)
    assert "‹U+202E›" in shown


def test_right_to_left_languages_turn_the_page() -> None:
    translate = Translator("ar")
    shown = html.render(build_page(result(), translate), translate, report_templates())
    assert '<html lang="ar" dir="rtl">' in shown
    style = report_templates()[html.STYLE]
    assert not [line for line in style.splitlines() if "left" in line or "right" in line]


def test_a_saved_result_reads_back_the_same() -> None:
    saved = json.render(result("needs-a-person"))
    assert json.render(json.read(saved)) == saved


def test_a_result_of_a_newer_format_is_refused_with_a_reason() -> None:
    newer = json.render(msgspec.structs.replace(result(), format=99))
    with pytest.raises(Exception, match="newer Luciole"):
        json.read(newer)


@pytest.mark.parametrize("code", texts.VERDICTS)
def test_every_verdict_says_what_it_means_and_what_to_do_next(code: str) -> None:
    (subject,) = page_of(code=code).subjects
    assert subject.verdict
    assert subject.meaning
    assert subject.next_steps


@pytest.mark.parametrize("width", [20, 40, 80, 300])
def test_lines_fit_the_terminal(width: int) -> None:
    shown = terminal.render(page_of(code="needs-a-person"), ENGLISH, width=width)
    assert max(map(len, shown.splitlines())) <= max(terminal.NARROWEST, min(width, terminal.WIDEST)) + 12
