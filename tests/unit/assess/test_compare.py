"""Two results beside each other: a change is said only where both were looked at."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from luciole.assess.compare import compare
from luciole.assess.comparison import Comparison, differs, has_open, told
from luciole.assess.document import Assessment, CriterionFinding, Knowledge, Reason, Result, Verdict
from luciole.kernel.facts import Fact, Place, Subject
from luciole.kernel.outcome import Coverage, State, Truth
from luciole.kernel.outcome import Reason as Absence
from luciole.kernel.reading import Evidence

ABOUT = Knowledge(tool="0", criteria=1, catalogue="c", policy=1)
PACKAGES, SETTINGS = "device.packages", "device.settings"
SEEN = Coverage(PACKAGES, State.EXAMINED), Coverage(SETTINGS, State.EXAMINED)
NOT_SEEN = tuple(Coverage(one.area, State.NOT_LOOKED_AT, Absence.MISSING) for one in SEEN)
DAMAGED = tuple(Coverage(one.area, State.PARTIAL, Absence.DAMAGED) for one in SEEN)
UNSEEN = {"not looked at": NOT_SEEN, "damaged": DAMAGED, "never mentioned": ()}


def app(identity: str, *facts: Fact, code: str = "dual-use", **more: object) -> Assessment:
    verdict = Verdict(code, 1, "rule", "because")  # type: ignore[arg-type] # checked at run time
    subject = Subject("app", identity, user=0)
    plain = Assessment(subject, ("phone.zip",), verdict, facts=(Fact("app.state", "installed"), *facts))
    return msgspec.structs.replace(plain, **more)


def device(*facts: Fact, identity: str = "Phone 5") -> Assessment:
    return Assessment(Subject("device", identity), ("phone.zip",), Verdict("nothing-seen", 1, "", ""), facts=facts)


def result(*assessments: Assessment, coverage: tuple[Coverage, ...] = SEEN, **more: object) -> Result:
    plain = Result(
        created="2026-01-01T00:00:00+00:00", knowledge=ABOUT, evidence=(Evidence("phone.zip", "androidqf"),),
        assessments=assessments, coverage=coverage, all_facts=True,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **more)


def kinds(comparison: Comparison) -> dict[str, str]:
    return {one.subject.identity: one.kind for one in comparison.subjects}


def facts(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [
        (each.kind, each.name, str((each.new or each.old or Fact("", "")).value))
        for one in comparison.subjects
        for each in one.facts
    ]


GRANTED = Fact("permission.granted", "android.permission.READ_SMS", Place("phone.zip", line=7))


def test_the_same_result_twice_has_no_difference() -> None:
    one = result(app("org.example.a", GRANTED), device(Fact("setting", "adb_enabled", attributes={"value": "1"})))
    found = compare(one, one)
    assert found.subjects == ()
    assert found.areas == ()
    assert found.same == 2
    assert not differs(found)
    assert not has_open(found)


def test_an_app_that_only_the_later_list_names_appeared() -> None:
    before, after = result(app("org.example.a")), result(app("org.example.a"), app("org.example.b"))
    assert kinds(compare(before, after)) == {"org.example.b": "appeared"}
    assert kinds(compare(after, before)) == {"org.example.b": "vanished"}
    assert differs(compare(before, after))


@pytest.mark.parametrize("why", UNSEEN)
def test_an_app_is_never_said_to_have_come_where_the_list_of_apps_was_not_read_whole(why: str) -> None:
    before, after = result(coverage=UNSEEN[why]), result(app("org.example.b"))
    for found in (compare(before, after), compare(after, before)):
        (one,) = found.subjects
        assert (one.kind, one.why) == ("could-not-be-compared", "not-an-inventory")
        assert not differs(found)
        assert has_open(found)


def test_an_app_file_that_was_handed_in_once_is_no_change() -> None:
    alone = app("org.example.a", subject=Subject("app", "org.example.a"), facts=(Fact("file.sha256", "ab"),))
    (one,) = compare(result(), result(alone)).subjects
    assert one.kind == "could-not-be-compared"


@pytest.mark.parametrize(("platform", "area"), [("ios", "ios.apps"), ("windows", "computer.programs")])
def test_apps_of_other_systems_come_and_go_by_their_own_lists(platform: str, area: str) -> None:
    subject = Subject("app", "org.example.b", platform=platform)  # type: ignore[arg-type] # checked at run time
    listed = (Coverage(area, State.EXAMINED),)
    after = result(app("org.example.b", subject=subject), coverage=listed)
    assert kinds(compare(result(coverage=listed), after)) == {"org.example.b": "appeared"}
    assert kinds(compare(result(coverage=SEEN), after)) == {"org.example.b": "could-not-be-compared"}


def test_an_app_of_which_only_traces_are_left_vanished() -> None:
    traces = app("org.example.a", facts=(Fact("app.state", "removed-traces"),))
    assert kinds(compare(result(app("org.example.a")), result(traces))) == {"org.example.a": "vanished"}
    assert kinds(compare(result(traces), result(app("org.example.a")))) == {"org.example.a": "appeared"}


def test_a_permission_that_was_granted_in_between_is_told_with_its_place() -> None:
    found = compare(result(app("org.example.a")), result(app("org.example.a", GRANTED)))
    (change,) = found.subjects[0].facts
    assert (change.kind, change.new) == ("appeared", GRANTED)
    assert change.new is not None
    assert change.new.place.line == 7


@pytest.mark.parametrize("why", UNSEEN)
def test_a_fact_is_never_said_to_have_come_or_gone_where_the_other_side_was_not_looked_at(why: str) -> None:
    blind = result(app("org.example.a"), coverage=UNSEEN[why])
    seeing = result(app("org.example.a", GRANTED))
    for found in (compare(blind, seeing), compare(seeing, blind)):
        assert facts(found) == [("could-not-be-compared", "permission.granted", GRANTED.value)]
        assert not differs(found)


def test_another_value_of_a_setting_is_a_change_and_not_a_coming_and_going() -> None:
    off, on = (Fact("setting", "adb_enabled", attributes={"value": value, "namespace": "global"}) for value in "01")
    found = compare(result(device(off)), result(device(on)))
    ((kind, name, _),) = facts(found)
    assert (kind, name) == ("changed", "setting")


def test_another_version_is_one_change() -> None:
    old, new = (app("org.example.a", Fact("app.version_name", value)) for value in ("1.0", "2.0"))
    assert facts(compare(result(old), result(new))) == [("changed", "app.version_name", "2.0")]


def adb(*, cable: bool, wireless: bool) -> Assessment:
    pairs = ((cable, False), (wireless, True))
    return device(*(Fact("adb.enabled", value, attributes={"wireless": over_air}) for value, over_air in pairs))


@pytest.mark.parametrize(("cable", "wireless"), [(True, False), (False, True), (True, True)])
def test_debugging_that_was_switched_on_in_between_is_told(cable: bool, wireless: bool) -> None:  # noqa: FBT001 - a table
    found = compare(result(adb(cable=False, wireless=False)), result(adb(cable=cable, wireless=wireless)))
    told_of = [(each.kind, each.new.attributes["wireless"]) for each in found.subjects[0].facts if each.new]
    assert told_of == [("changed", over_air) for on, over_air in ((cable, False), (wireless, True)) if on]
    assert differs(found)


def test_a_state_that_came_beside_another_is_told() -> None:
    old, new = (app("org.example.a", *(Fact("app.state", state) for state in more)) for more in ((), ("hidden",)))
    assert facts(compare(result(old), result(new))) == [("appeared", "app.state", "hidden")]
    assert facts(compare(result(new), result(old))) == [("vanished", "app.state", "hidden")]


def test_one_permission_for_another_is_not_a_change_of_one_thing() -> None:
    other = msgspec.structs.replace(GRANTED, value="android.permission.CAMERA")
    found = facts(compare(result(app("org.example.a", GRANTED)), result(app("org.example.a", other))))
    assert sorted(kind for kind, _, _ in found) == ["appeared", "vanished"]


def test_numbers_of_processes_are_no_change_and_everyday_facts_are_kept_but_not_told() -> None:
    old, new = (app("a", Fact("process", "org.example.a", attributes={"pid": pid})) for pid in (1, 2))
    assert compare(result(old), result(new)).subjects == ()
    used = [app("a", Fact("usage.last_used", when)) for when in ("2026-01-01", "2026-01-02")]
    found = compare(result(used[0]), result(used[1]))
    assert facts(found) == [("changed", "usage.last_used", "2026-01-02")]
    assert told(found.subjects[0]) == ()
    assert not differs(found)


def test_what_a_result_without_all_facts_left_out_is_not_missing_from_the_device() -> None:
    setting = Fact("setting", "adb_enabled", attributes={"value": "1"})
    short, whole = result(device(), all_facts=False), result(device(setting))
    (change,) = compare(short, whole).subjects[0].facts
    assert (change.kind, change.why) == ("could-not-be-compared", "not-kept-before")


def test_the_one_device_of_each_is_the_same_one_and_another_identity_is_said() -> None:
    found = compare(result(device()), result(device(identity="Phone 6")))
    assert found.other_device
    assert found.subjects == ()


def test_another_verdict_comes_first() -> None:
    before = result(app("org.example.a"), app("org.example.b"))
    after = result(app("org.example.a", GRANTED), app("org.example.b", code="known-stalkerware"))
    first = compare(before, after).subjects[0]
    assert (first.subject.identity, first.old_verdict, first.new_verdict) == (
        "org.example.b", "dual-use", "known-stalkerware",
    )  # fmt: skip


def finding(fact: Fact) -> CriterionFinding:
    reason = Reason("fact", Truth.MET, "asked", evidence=(fact,), count=1)
    return CriterionFinding("collect.sms", 1, "collection", "Can read messages", "s", "w", (), reason)


@pytest.mark.parametrize("coverage", [SEEN, *UNSEEN.values()])
def test_a_finding_vanishes_only_where_its_facts_could_have_been_seen(coverage: tuple[Coverage, ...]) -> None:
    before = result(app("org.example.a", GRANTED, findings=(finding(GRANTED),)))
    after = result(app("org.example.a"), coverage=coverage)
    (change,) = compare(before, after).subjects[0].findings
    assert change.kind == ("vanished" if coverage == SEEN else "could-not-be-compared")


def test_a_finding_of_another_catalogue_is_no_change_of_the_phone() -> None:
    before = result(app("a"), knowledge=msgspec.structs.replace(ABOUT, catalogue="older"))
    after = result(app("a", findings=(finding(GRANTED),)))
    found = compare(before, after)
    assert found.other_knowledge
    assert found.subjects[0].findings[0].why == "other-knowledge"


def test_a_digest_that_nobody_asked_for_did_not_vanish() -> None:
    seen = (*SEEN, Coverage("file", State.EXAMINED))
    with_it = result(app("a", Fact("file.ssdeep", "3:abc:def")), coverage=seen)
    for found in (compare(with_it, result(app("a"), coverage=seen)), compare(result(app("a"), coverage=seen), with_it)):
        assert [kind for kind, _, _ in facts(found)] == ["could-not-be-compared"]


def test_areas_that_were_looked_at_differently_are_listed() -> None:
    found = compare(result(coverage=SEEN[:1]), result(coverage=NOT_SEEN))
    assert {(one.area, one.old, one.new) for one in found.areas} == {
        (PACKAGES, "examined", "not-looked-at"), (SETTINGS, "absent", "not-looked-at"),
    }  # fmt: skip


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations([SEEN, NOT_SEEN, DAMAGED, ()], 2)))
def test_turning_the_two_round_turns_every_change_round(
    first: tuple[Coverage, ...], second: tuple[Coverage, ...]
) -> None:
    other = Fact("app.version_name", "2.0")
    one = result(app("a", GRANTED), app("b"), device(), coverage=first)
    two = result(app("a", other), app("c"), device(), coverage=second)
    turned = {"appeared": "vanished", "vanished": "appeared"}
    forth, back = compare(one, two), compare(two, one)
    assert {key: turned.get(kind, kind) for key, kind in kinds(forth).items()} == kinds(back)
    assert sorted((turned.get(k, k), n, v) for k, n, v in facts(forth)) == sorted(facts(back))
