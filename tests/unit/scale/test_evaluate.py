"""What is counted over labelled evidence, worked out by hand on a few answers."""

import pytest

from luciole.assess.document import Assessment, Knowledge, Result, Verdict, VerdictCode
from luciole.kernel.facts import Subject
from luciole.kernel.reading import Evidence
from luciole.scale.evaluate import UNREAD, Answer, answer_of, figures_of
from luciole.scale.labels import LabelledFile

ABOUT = Knowledge(tool="0", criteria=0, catalogue="", policy=1)


def row(label: str, *kinds: str, platform: str = "android", subject: str = "") -> LabelledFile:
    return LabelledFile("a.apk", label, kinds, platform, "test", subject)


def bad(verdict: str, *criteria: str, platform: str = "android") -> Answer:
    return Answer(row("stalkerware-like", "vpn", platform=platform), "app-file", verdict, "rule", criteria)


def honest(verdict: str, *criteria: str) -> Answer:
    return Answer(row("honest", "bank"), "app-file", verdict, "", criteria)


def test_misses_false_alarms_and_questions_are_counted() -> None:
    figures = figures_of("test", [
        bad("behaves-like-stalkerware", "a"), bad("needs-a-person", "a"), bad("dual-use"), bad(UNREAD, platform="ios"),
        honest("behaves-like-stalkerware", "a"), honest("needs-a-person"), honest("dual-use"), honest(UNREAD),
        honest("nothing-seen"),
    ])  # fmt: skip
    assert (figures.stalkerware_like, figures.honest) == (4, 5)
    (mechanism,), (kind,) = figures.mechanisms, figures.honest_kinds
    assert (mechanism.name, mechanism.missed.count, mechanism.missed.of) == ("vpn", 2, 4)
    assert (kind.name, kind.false_alarms.count, kind.asked.count, kind.asked.of) == ("bank", 1, 1, 5)
    assert {one.name: one.missed.count for one in figures.platforms} == {"android": 1, "ios": 1}
    (criterion,) = figures.criteria
    assert (criterion.stalkerware_like.count, criterion.stalkerware_like.of) == (2, 4)
    assert (criterion.honest.count, criterion.honest.of) == (1, 5)
    assert sum(one.honest.count for one in figures.verdicts) == 5


@pytest.mark.parametrize(
    ("answers", "met"),
    [
        ([bad("needs-a-person")] * 95 + [bad("dual-use")] * 5 + [honest("needs-a-person")], [True, True, True]),
        ([bad("needs-a-person")] * 94 + [bad("dual-use")] * 6 + [honest("known-stalkerware")], [False, False, False]),
        ([honest("behaves-like-stalkerware")] + [honest("dual-use")] * 99, [True, True, True]),
        ([honest("behaves-like-stalkerware")] + [honest("dual-use")] * 98, [True, False, True]),
    ],
)
def test_the_bars_hold_up_to_their_limit(answers: list[Answer], met: list[bool]) -> None:
    assert [bar.met for bar in figures_of("test", answers).bars] == met


def test_the_bars_bind_every_platform() -> None:
    answers = [bad("needs-a-person"), bad("nothing-seen", platform="ios"), bad("nothing-seen", platform="network")]
    figures = figures_of("test", [*answers, honest("dual-use")])
    assert (figures.bars[2].rate.count, figures.bars[2].rate.of, figures.bars[2].met) == (1, 3, False)
    assert {one.name: one.missed.count for one in figures.platforms} == {"android": 0, "ios": 1, "network": 1}


@pytest.mark.parametrize("half", ["afterwards", "later"])
def test_what_was_written_against_the_criteria_has_no_bar(half: str) -> None:
    figures = figures_of(half, [bad("nothing-seen"), bad("nothing-seen", platform="network")])
    assert figures.bars == ()


def result(*found: tuple[str, str, VerdictCode]) -> Result:
    return Result(
        created="2026-01-01T00:00:00Z",
        knowledge=ABOUT,
        evidence=(Evidence("a.zip", "androidqf"),),
        assessments=tuple(
            Assessment(Subject("device" if kind == "device" else "app", name), ("a.zip",), Verdict(code, 1, "r", ""))
            for kind, name, code in found
        ),
    )


PHONE = result(
    ("app", "org.example.a", "dual-use"),
    ("app", "org.example.a", "needs-a-person"),
    ("app", "org.example.b", "behaves-like-stalkerware"),
    ("device", "phone", "known-stalkerware"),
)


@pytest.mark.parametrize(
    ("subject", "verdict"),
    [
        ("org.example.a", "needs-a-person"),
        ("apps", "behaves-like-stalkerware"),
        ("device", "known-stalkerware"),
        ("", "known-stalkerware"),
        ("org.example.c", UNREAD),
    ],
)
def test_the_gravest_verdict_of_what_is_meant_counts(subject: str, verdict: str) -> None:
    answer = answer_of(row("honest", "bank", subject=subject), PHONE)
    assert (answer.verdict, answer.evidence) == (verdict, "androidqf")


def test_what_could_not_be_read_is_a_miss_and_no_false_alarm() -> None:
    assert answer_of(row("stalkerware-like", "vpn"), result()).missed
    assert not answer_of(row("honest", "bank"), result()).false_alarm
