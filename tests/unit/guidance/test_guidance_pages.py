"""Every guidance page is whole, plain, sourced and careful, and every finding leads to one."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from reading_ease import grade, longest_sentence, syllables

from luciole.criteria.parse import GROUPS, parse_catalogue
from luciole.guidance import choosing, texts
from luciole.guidance.choosing import BEGINS, MOST, pages_for, reaches
from luciole.guidance.page import (
    PLAN_FIRST,
    PLAN_PAGE,
    SITUATIONS,
    Page,
    Review,
    Step,
    review_text,
    step_text,
)
from luciole.guidance.pages import all_pages, page, written_pages
from luciole.guidance.sources import SOURCES
from luciole.kernel.text import Translator
from luciole.kernel.vocabulary import PLATFORMS
from luciole.packs.builtin import catalogue_files, criteria_file

PAGES = all_pages()


def test_the_compiled_pages_are_those_of_the_files_people_edit() -> None:
    assert written_pages() == PAGES, "run make catalogue"


NAMES = [one.id for one in PAGES]
BY_ID = pytest.mark.parametrize("one", PAGES, ids=NAMES)
HIGHEST_GRADE = 8.0
LONGEST_SENTENCE = 25
KNOWN_SYLLABLES = {
    "a": 1, "people": 2, "device": 2, "devices": 3, "organisation": 5, "account": 2, "password": 2, "message": 2,
    "messages": 3, "noticed": 2, "changed": 1, "started": 2, "quiet": 2, "area": 3, "video": 3, "idea": 3, "police": 2,
    "little": 2, "table": 2, "phones": 1, "services": 3, "family": 3, "application": 4, "information": 4, "access": 2,
    "used": 1, "uses": 2, "violence": 3, "location": 3, "social": 2, "media": 3, "question": 2, "another": 3,
    "person": 2, "removed": 2, "danger": 2, "dangerous": 3, "support": 2, "settings": 2, "decide": 2, "examined": 3,
    "saying": 2, "trying": 2, "camera": 3, "microphone": 3, "ordinary": 4, "evidence": 3, "computer": 3, "browser": 2,
    "photo": 2, "known": 1, "looked": 1, "wanted": 2, "value": 2, "actually": 4, "because": 2, "rules": 1, "able": 2,
    "possible": 3, "example": 3, "trained": 1, "agreed": 2, "seen": 1, "doing": 2, "several": 3, "different": 3,
}  # fmt: skip
"""Syllables as a dictionary of English gives them."""
CHANGES = re.compile(
    r"\b(remov|uninstall|delet|eras|wip(e|ing)\b|switch\w* (\w+ )?off|sign\w* (\w+ )*out\b|log out|take \w+ away|"
    r"taking (back|away)|takes away|to stop the sharing|reset|new (\w+ )?password|pulling a plug|cuts off|"
    r"first state|end sharing|stops all sharing)",
    re.IGNORECASE,
)
"""Words by which a page speaks of changing or removing something."""


def changes(one: Page) -> bool:
    return any(CHANGES.search(text) for text in one.texts() if text != PLAN_FIRST)


def test_there_are_about_thirty_pages_with_ids_of_their_own() -> None:
    assert len(PAGES) >= 30
    assert len(NAMES) == len(set(NAMES))
    assert all(page(name) is one for name, one in zip(NAMES, PAGES, strict=True))
    assert page("no-such-page") is None


@BY_ID
def test_a_page_is_short_and_whole(one: Page) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.id)
    assert one.version >= 1
    assert 5 <= len(one.steps) <= 12
    assert len(set(one.texts())) == len(one.texts())
    assert all(text == text.strip() and text for text in one.texts())
    assert all(text.rstrip("”")[-1] in ".?!" for text in one.texts()[1:])


@BY_ID
def test_a_page_names_its_sources(one: Page) -> None:
    assert one.sources
    assert set(one.sources) <= set(SOURCES)


def test_every_source_is_named_by_a_page_and_has_an_address() -> None:
    assert {name for one in PAGES for name in one.sources} == set(SOURCES)
    assert [name for name, source in SOURCES.items() if not re.match(r"https?://[^\s]+\Z", source.address)] == []


@BY_ID
def test_a_page_is_linked_with_pages_that_exist(one: Page) -> None:
    assert set(one.related) <= set(NAMES) - {one.id}
    assert one.related


def test_every_page_can_be_reached_from_a_finding_a_situation_or_another_page() -> None:
    linked = {name for one in PAGES for name in one.related}
    lonely = [one.id for one in PAGES if not (one.verdicts or one.situations or one.criteria or one.id in linked)]
    assert lonely == []


@BY_ID
def test_a_page_belongs_to_things_that_exist(one: Page) -> None:
    ids = {name.removesuffix(".yml") for name in catalogue_files()}
    wrong = [name for name in one.criteria if name.endswith(BEGINS) and not any(each.startswith(name) for each in ids)]
    assert wrong == []
    assert set(one.platforms) <= set(PLATFORMS)
    assert set(one.situations) <= set(SITUATIONS)
    assert set(one.verdicts) <= set(texts.VERDICTS)
    assert {name for name in one.criteria if not name.endswith(BEGINS)} <= ids | set(GROUPS)


@BY_ID
def test_a_page_that_speaks_of_a_change_first_says_to_plan(one: Page) -> None:
    if changes(one) and one.id != PLAN_PAGE:
        assert one.cautions[:1] == (PLAN_FIRST,)
        assert one.related[:1] == (PLAN_PAGE,)


@pytest.mark.parametrize(
    "text", ["Then remove it.", "To erase the phone, open Settings.", "Choose a new password.", "Reset the tablet."]
)
def test_words_of_change_are_recognised(text: str) -> None:
    sources = ("echap",)
    one = Page(id="x", version=1, order=1, title="T", lead="L.", steps=(Step(text),), sources=sources)
    assert changes(one)


def test_the_page_on_planning_says_why_first() -> None:
    plan = page(PLAN_PAGE)
    assert plan is not None
    assert plan.title == "Do not remove anything yet"
    assert set(plan.verdicts) == set(texts.VERDICTS) - {"nothing-seen"}


@BY_ID
def test_a_page_reads_at_grade_eight_or_lower(one: Page) -> None:
    assert grade(one.texts()) <= HIGHEST_GRADE
    assert longest_sentence(one.texts()) <= LONGEST_SENTENCE


def fixed_texts() -> list[str]:
    verdicts = [text for one in texts.VERDICTS.values() for text in (one.title, one.meaning, *one.next_steps)]
    notes = [*texts.STATE_NOTES.values(), *texts.BLIND_SPOTS.values(), *texts.REASONS.values()]
    return [text for text in (*texts.BEFORE, *texts.LIMITS, *verdicts, *notes) if text]


def test_the_fixed_texts_read_at_grade_eight_or_lower() -> None:
    assert len(fixed_texts()) > 40
    assert grade(fixed_texts()) <= HIGHEST_GRADE


def test_the_grade_tells_hard_from_easy() -> None:
    hard = (
        "Notwithstanding considerable methodological heterogeneity, longitudinal investigations demonstrate efficacy."
    )
    assert grade([hard]) > 20
    assert grade(["The cat sat on the mat."]) < 1


def test_syllables_are_counted_as_dictionaries_do() -> None:
    counted = {word: syllables(word) for word in KNOWN_SYLLABLES}
    wrong = {word: (count, KNOWN_SYLLABLES[word]) for word, count in counted.items() if count != KNOWN_SYLLABLES[word]}
    assert len(wrong) <= 3, wrong
    assert 0.97 <= sum(counted.values()) / sum(KNOWN_SYLLABLES.values()) <= 1.03


@BY_ID
def test_syllables_are_no_fewer_than_places_of_hyphenation(one: Page) -> None:
    pyphen = pytest.importorskip("pyphen")
    dictionary = pyphen.Pyphen(lang="en_US")
    found = [word for text in one.texts() for word in re.findall(r"[A-Za-z]{4,}", text)]
    hyphens = sum(len(dictionary.positions(word.lower())) + 1 for word in found)
    assert sum(map(syllables, found)) >= 0.98 * hyphens


@pytest.mark.parametrize("platform", PLATFORMS["any"])
@pytest.mark.parametrize("verdict", texts.VERDICTS)
def test_every_verdict_on_every_platform_leads_to_pages(verdict: str, platform: str) -> None:
    found = pages_for(verdict, platform)
    assert 1 <= len(found) <= MOST
    assert found[0].id == f"verdict-{verdict}"
    assert all(reaches(one, platform) for one in found)
    assert [a.order <= b.order for a, b in pairwise(found)] == [True] * (len(found) - 1)
    if verdict != "nothing-seen":
        assert found[1].id == PLAN_PAGE


@pytest.mark.parametrize(
    ("criteria", "platform", "wanted"),
    [
        ({"concealment"}, "android", "hidden-app-android"),
        ({"resistance-to-removal"}, "android", "powers-android"),
        ({"collect.accessibility-on"}, "android", "powers-android"),
        ({"device.ios-profile"}, "ios", "profile-question"),
        ({"device.ios-jailbreak"}, "ios", "iphone-findings"),
        ({"device.ios-place-shared"}, "ios", "iphone-sharing"),
        ({"remote.computer-remote-tool"}, "windows", "computer-remote-tools"),
        ({"device.computer-managed"}, "macos", "profile-question"),
        ({"collect.computer-extension-broad"}, "linux", "browsers-and-logins"),
        ({"remote.network-regular-contact"}, "network", "network-findings"),
        ({"device.network-personal-resolver"}, "network", "router-and-wifi"),
    ],
)
def test_what_was_found_brings_its_page(criteria: set[str], platform: str, wanted: str) -> None:
    for verdict in ("behaves-like-stalkerware", "needs-a-person"):
        assert wanted in [one.id for one in pages_for(verdict, platform, criteria)]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_situation_brings_a_page_of_its_own(situation: str) -> None:
    found = pages_for("dual-use", "android", (), situation)
    assert any(situation in one.situations for one in found)


def test_every_criterion_in_every_situation_brings_pages_in_order() -> None:
    catalogue = parse_catalogue({**catalogue_files(), "lists.yml": criteria_file("lists.yml")})
    for criterion in catalogue.criteria:
        for platform in PLATFORMS[criterion.platform]:
            for situation in ("", *SITUATIONS):
                found = pages_for("needs-a-person", platform, {criterion.id, criterion.group}, situation)
                assert found[0].id == "verdict-needs-a-person"
                assert len(found) <= MOST


def test_pages_of_another_platform_are_left_out() -> None:
    assert "hidden-app-android" not in [one.id for one in pages_for("behaves-like-stalkerware", "ios", {"concealment"})]


def test_choosing_is_the_same_every_time_and_a_verdict_that_is_not_known_gives_no_pages() -> None:
    assert pages_for("dual-use", "ios", {"collection"}) == pages_for("dual-use", "ios", ["collection"])
    assert pages_for("no-such-verdict", "ios") == ()


def test_steps_say_the_versions_they_hold_for() -> None:
    english = Translator()
    assert step_text(Step("Look."), english) == "Look."
    assert step_text(Step("Look.", system="ios", since=16), english) == "From iOS 16 on: Look."
    assert step_text(Step("Look.", verify=True), english) == "Look. (It may look different on your device.)"
    assert step_text(Step("Look.", system="ios", until=14), english) == "Up to iOS 14: Look."
    assert step_text(Step("Look.", system="ios", since=15, until=16), english) == "From iOS 15 to 16: Look."


def test_a_step_holds_for_its_versions_only() -> None:
    step = Step("Look.", system="ios", since=15, until=16)
    assert [version for version in (0, 14, 15, 16, 17) if step.holds("ios", version)] == [0, 15, 16]
    assert not any(step.holds("android", version) for version in (0, 15))
    assert Step("Look.").holds("android", 15)


@BY_ID
def test_versions_of_steps_make_sense(one: Page) -> None:
    for step in one.steps:
        assert bool(step.system) or not (step.since or step.until)
        assert not step.until or step.since <= step.until


def test_a_page_that_nobody_reviewed_says_so() -> None:
    one = PAGES[0]
    english = Translator()
    assert one.review is None
    assert review_text(one, english) == "No support organisation has reviewed this page yet."
    import msgspec

    reviewed = msgspec.structs.replace(one, review=Review("2026-01-31", "support organisation"))
    assert review_text(reviewed, english) == "Reviewed on 2026-01-31 by: support organisation"


def test_pages_that_are_never_left_out_come_first() -> None:
    assert [one.id for one in PAGES if one.order < choosing.ALWAYS and not one.verdicts] == []


def test_steps_that_wait_for_somebody_who_tries_them_stand_in_the_reference() -> None:
    reference = (Path(__file__).parents[3] / "docs" / "reference" / "guidance.md").read_text("utf-8")
    listed = reference.partition("## Steps that wait")[2].partition("\n## ")[0]
    waiting = [(one.id, step.text) for one in PAGES for step in one.steps if step.verify]
    assert len(waiting) > 10
    assert [row for row in waiting if row[1] not in listed or f"`{row[0]}`" not in listed] == []
    assert listed.count("\n| `") == len(waiting)
