"""The traps of real indicator lists, each by its name, with the lists as they were published on three dates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from luciole.intel.decisions import let_return, settle_kind, withdraw
from luciole.intel.formats import csv_table, echap, json_document, recognise
from luciole.intel.index import Index
from luciole.intel.merge import ImportReport, merge
from luciole.intel.model import Knowledge, Question
from luciole.intel.warninglists import WarningList, read_warning_lists
from shared_data import require

NOW = "2026-11-21"
LISTS_FOLDER = Path(echap.__file__).parents[1] / "warninglists"
TEST_KEY = "61ed377e85d386a8dfee6b864bd85b0bfaa5af81"


class State(NamedTuple):
    knowledge: Knowledge
    reports: dict[str, ImportReport]


def warning_lists() -> tuple[WarningList, ...]:
    return read_warning_lists({path.name: path.read_bytes() for path in LISTS_FOLDER.glob("*.yml")})


def current(*names: str) -> dict[str, bytes]:
    folder = require("data/stalkerware-indicators")
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if not names or name.startswith(names)}


def older(date: str) -> dict[str, bytes]:
    path = require("data/stalkerware-indicators-2022") / f"ioc-{date}.yaml"
    return {path.name: path.read_bytes()}


def take_in(knowledge: Knowledge, files: Mapping[str, bytes], date: str) -> tuple[Knowledge, ImportReport]:
    return merge(knowledge, echap.read(files, NOW, replace(echap.SOURCE, published=date)), NOW, warning_lists())


@pytest.fixture(scope="module")
def state() -> State:
    """A3: the three dated states in order, then samples, vendors, network list and rules."""
    steps = {
        "2022-09": (older("2022-09-14"), "2022-09-14"),
        "2022-12": (older("2022-12-15"), "2022-12-15"),
        "2026": (current("ioc.yaml", "watchware.yaml"), "2026-06-21"),
        "samples": (current("samples.csv"), "2026-06-21"),
        "vendors": (current("vendors"), "2026-06-21"),
        "network": (current("generated/network.csv"), "2026-06-21"),
        "rest": (current("rules.yar", "generated", "README"), "2026-06-21"),
    }
    knowledge, reports = Knowledge(), {}
    for name, (files, date) in steps.items():
        knowledge, reports[name] = take_in(knowledge, files, date)
    return State(knowledge, reports)


def told(report: ImportReport, outcome: str, kind: str) -> set[str]:
    found = [entry for entry in report.entries if (entry.outcome, entry.kind) == (outcome, kind)]
    return {value for entry in found for value in entry.values}


def questions(state: State, kind: str) -> dict[str, Question]:
    return {question.about: question for question in state.knowledge.questions if question.kind == kind}


def owners(state: State, value: str) -> set[str]:
    return {family for one in state.knowledge.indicators if one.value == value for family in one.families}


def roles(state: State, value: str) -> set[str]:
    return {one.role for one in state.knowledge.indicators if one.value == value}


def test_the_numbers_of_values_are_those_of_the_published_list(state: State) -> None:
    count = {role: sum(one.role == role for one in state.knowledge.indicators) for role in ("file-hash", "ios-bundle")}
    assert count == {"file-hash": 3228, "ios-bundle": 6}
    assert sum(not family.merged_into for family in state.knowledge.families) == 172  # 174 rows, two names twice


def test_x1_the_misspelt_key_of_addresses_is_read_and_told(state: State) -> None:
    assert told(state.reports["2026"], "corrected", "misspelt-key") == {"72.167.46.196", "5.79.71.114", "85.10.199.40"}
    assert owners(state, "72.167.46.196") == {"mobistealth"}
    assert owners(state, "85.10.199.40") == {"ahmyth"}


def test_x2_values_are_typed_by_what_they_are_and_paths_keep_their_case(state: State) -> None:
    found = {one.value: one.type for one in state.knowledge.indicators if one.role == "distribution"}
    assert found["https://github.com/karma9874/AndroRAT"] == "url"
    assert found["178.63.71.15"] == "ipv4"
    assert not any(one.value == "github.com" for one in state.knowledge.indicators)
    index = Index.open(Index.build(state.knowledge, warning_lists()))
    assert index.look_up("host", "github.com") == ()


@pytest.mark.parametrize(
    ("value", "families"),
    [
        ("com.sc.spyier.v2", {"cocospy", "spyier"}),
        ("com.gcm_call_sms_tracker.updated", {"callsmstracker", "trackmyphones"}),
        ("com.spappm_mondow.alarm", {"easyphonetrack", "spyphoneapp"}),
        ("mobil-kem.com", {"easyphonetrack", "spyphoneapp"}),
        ("www.spappmonitoring.com", {"easyphonetrack", "spyphoneapp"}),
        ("screentimelabs.com", {"screentime", "webwatcher"}),
    ],
)
def test_x3_a_value_of_several_families_keeps_them_all_and_becomes_a_question(
    state: State, value: str, families: set[str]
) -> None:
    assert owners(state, value) == families
    assert set(questions(state, "value-in-several-families")[value].families) == families


def test_x4_one_string_stays_two_kinds_and_case_keeps_app_ids_apart(state: State) -> None:
    kinds = {one.role: one.families for one in state.knowledge.indicators if one.value == "com.screentime"}
    assert kinds == {"package": ("webwatcher",), "ios-bundle": ("screentime",)}
    assert told(state.reports["2026"], "noted", "one-string-two-kinds") == {"com.screentime"}
    assert told(state.reports["2026"], "noted", "differ-by-case") == {"app.EasyLogger", "app.Easylogger"}


def test_x5_an_alias_that_is_another_familys_name_is_a_question_and_merges_nothing(state: State) -> None:
    asked = questions(state, "alias-is-another-family")
    assert {name: set(one.families) for name, one in asked.items()} == {
        "screentime": {"screentime", "webwatcher"},
        "discovenger": {"discovenger", "spynger"},
    }


@pytest.mark.parametrize("family", ["wisemo", "findmykids"])
def test_x6_a_family_that_the_source_calls_two_things_is_disputed_until_a_vote(state: State, family: str) -> None:
    found = next(one for one in state.knowledge.families if one.id == family)
    assert found.kind == "disputed"
    assert family in questions(state, "contradictory-kinds")
    exported = csv_table.write(state.knowledge)
    name = found.name.encode() + b","
    assert name in exported["disputed.csv"]
    assert not any(line.startswith(name) for line in exported["stalkerware.csv"].splitlines())
    settled = settle_kind(state.knowledge, family, "watchware", NOW)
    again, report = take_in(settled, current("ioc.yaml", "watchware.yaml"), "2026-06-21")
    assert next(one for one in again.families if one.id == family).kind == "watchware"
    assert not report.changed


def test_x6_a_certificate_of_another_family_and_a_mistyped_host_are_told(state: State) -> None:
    assert owners(state, "9b48840cbf93379410172b4b85989624d2b33d59") == {"findmykids", "wisemo"}
    doubted = told(state.reports["2026"], "noted", "tenant:probable-typing-errors")
    assert doubted == {"where-is-my-children.firebase.io"}


def test_x7_roles_that_overlap_are_kept_apart_and_told(state: State) -> None:
    several = told(state.reports["2026"], "noted", "several-roles")
    in_one_family = [
        value
        for value in several
        if {"command-and-control", "website"} <= roles(state, value)
    ]  # fmt: skip
    assert len(in_one_family) >= 128
    assert len(told(state.reports["2026"], "noted", "below-another")) >= 806


def test_x8_samples_that_contradict_the_families_become_questions(state: State) -> None:
    report = state.reports["samples"]
    assert told(report, "conflicting", "label-contradicts-family") == {
        "com.spyzee", "com.my.spy.app",
        "219d542f901d8db85c729b0f7ae32410096077cb",
        "9477420001bc79500623374ec586b054aac97bf9",
        "8c017fdb2a81807ec879a8e30f4ab05d5ca02034",
    }  # fmt: skip
    assert len(told(report, "held", "package-known-from-samples-only")) == 57
    assert len(told(report, "held", "certificate-known-from-samples-only")) == 510
    shared = questions(state, "certificate-shared-by-families")
    assert {value: len(one.families) for value, one in shared.items()} == {
        TEST_KEY: 9,
        "09dceb70d91de79335b6c143d05f9a6b6de9e59c": 2,
    }
    assert roles(state, TEST_KEY) == set()


def test_x9_a_withdrawn_value_does_not_return_with_an_old_or_a_new_file(state: State) -> None:
    stones = {stone.value for stone in state.knowledge.tombstones}
    assert stones == {"www.spyadvice.com", "reports.crashlytics.com", TEST_KEY}
    knowledge, report = take_in(state.knowledge, older("2022-12-15"), "2022-12-15")
    assert knowledge == state.knowledge
    assert told(report, "held", "returned-after-withdrawal") == {"reports.crashlytics.com", TEST_KEY}
    line = b"- name: KidsShield\n  type: stalkerware\n  certificates:\n  - " + TEST_KEY.encode() + b"\n"
    later, report = take_in(state.knowledge, {"ioc.yaml": line}, "2026-12-01")
    assert told(report, "held", "returned-after-withdrawal") == {TEST_KEY}
    assert all(one.value != TEST_KEY for one in later.indicators)
    back = let_return(later, ("sha1", TEST_KEY, "certificate"), NOW, ("vote-1",))
    assert any(one.value == TEST_KEY for one in back.indicators)


def test_x9_a_value_known_to_be_withdrawn_elsewhere_is_on_a_warning_list(state: State) -> None:
    assert "www.appspy.com" in told(state.reports["2026"], "held", "warning-list:public-demonstrations")


def test_x10_the_event_that_never_forgets_is_refused_with_the_reason(state: State) -> None:
    refused = [entry for entry in state.reports["rest"].entries if entry.kind == "never-forgets"]
    assert [entry.file for entry in refused] == ["generated/misp_event.json"]
    assert "never forgets" in refused[0].message.text
    assert all(one.value != "reports.crashlytics.com" for one in state.knowledge.indicators)


def test_x11_shared_infrastructure_is_told_and_never_matches_for_its_neighbours(state: State) -> None:
    report = state.reports["2026"]
    addresses = told(report, "held", "warning-list:shared-addresses")
    assert len([value for value in addresses if not value.startswith("52.")]) == 12
    assert len(addresses) == 14
    assert "apprtc.appspot.com" in told(report, "held", "warning-list:public-demonstrations")
    tenants = told(report, "noted", "tenant:shared-hosting")
    assert {"snoopza.zendesk.com", "android-apps.s3.amazonaws.com"} <= tenants
    assert len([value for value in tenants if value.endswith(".firebaseio.com")]) >= 60
    index = Index.open(Index.build(state.knowledge, warning_lists()))
    for host in ("firebaseio.com", "appspot.com", "other.firebaseio.com", "s3.amazonaws.com", "github.com"):
        assert index.look_up("host", host) == ()


def test_x12_one_bad_file_stops_only_itself_and_says_where(state: State) -> None:
    refused = [entry for entry in state.reports["vendors"].entries if entry.kind == "file-not-read"]
    assert [(entry.file, entry.line) for entry in refused] == [("vendors/spytrac.yaml", 3)]
    assert told(state.reports["vendors"], "held", "no-such-family") == {"spymaster", "SpyFone"}
    hidden = next(one for one in state.knowledge.families if one.id == "hellospy")
    assert any("zscaler" in article for article in hidden.references)


def test_x13_carriage_returns_and_repeated_rows_are_harmless(state: State) -> None:
    assert len([entry for entry in state.reports["network"].entries if entry.kind == "repeated"]) == 9
    assert not any("\r" in one.value for one in state.knowledge.indicators)
    assert not state.reports["network"].changed


def test_x14_moved_values_and_renamed_families_keep_their_history(state: State) -> None:
    december = state.reports["2022-12"]
    assert {entry.values for entry in december.entries if entry.outcome == "withdrawn"} == {("www.spyadvice.com",)}
    moved = {value for entry in december.entries if entry.outcome == "role-changed" for value in entry.values}
    assert len(moved) == 8
    assert roles(state, "teensafe.vip") == {"distribution"}
    first = {one.first_seen for one in state.knowledge.indicators if one.value == "teensafe.vip"}
    assert first == {"2022-09-14"}
    merged = {one.name: one.merged_into for one in state.knowledge.families if one.merged_into}
    assert merged == {
        "Stealthcell": "mobistealth", "KidSecured": "mspy", "SpyHide": "hellospy", "OneMonitar": "onespy",
    }  # fmt: skip
    withdrawn = {value for e in state.reports["2026"].entries if e.outcome == "withdrawn" for value in e.values}
    assert withdrawn == {"reports.crashlytics.com", TEST_KEY}


@pytest.mark.parametrize(
    "row",
    ["Fam,stalkerware,file-hash,sha256,,no,,,,", "Fam,stalkerware,file-hash,sha256,abc,no,,,,", "Fam,x", ",,,,,,,,,"],
)
def test_x15_rough_rows_of_other_lists_are_refused_one_by_one(row: str) -> None:
    good = "Fam,stalkerware,package,package,com.example.app,no,reported,,,"
    data = "\r\n".join([",".join(csv_table.COLUMNS), row, good]).encode()
    result = csv_table.read({"a.csv": data}, NOW, echap.SOURCE)
    assert [claim.value for claim in result.values] == ["com.example.app"]
    assert [(entry.outcome, entry.line) for entry in result.entries] == [("refused", 2)]


def test_a3_a_second_import_changes_nothing_to_the_byte(state: State) -> None:
    files = current()
    once, _ = take_in(state.knowledge, files, "2026-06-21")
    twice, report = take_in(once, files, "2026-06-21")
    assert not report.changed
    assert json_document.knowledge_bytes(twice) == json_document.knowledge_bytes(once)
    assert Index.build(twice, warning_lists()) == Index.build(once, warning_lists())


def test_a3_nothing_is_withdrawn_when_only_half_of_the_list_is_given(state: State) -> None:
    knowledge, report = take_in(state.knowledge, current("ioc.yaml"), "2026-06-21")
    assert "withdrawn" not in report.counts
    assert len(knowledge.indicators) == len(state.knowledge.indicators)


def test_an_old_list_that_says_it_is_new_withdraws_nothing(state: State) -> None:
    (data,) = older("2022-12-15").values()
    knowledge, report = take_in(state.knowledge, {"ioc.yaml": data}, "2026-12-01")
    assert knowledge == state.knowledge
    assert told(report, "held", "much-missing") == {"echap"}
    accepted, report = merge(
        state.knowledge,
        echap.read({"ioc.yaml": data}, "2026-12-01"),
        NOW,
        accept_many_missing=True,
    )
    assert report.counts["withdrawn"] > 300
    assert len(accepted.tombstones) > 300


def test_the_date_of_a_state_is_taken_from_the_name_of_its_file(state: State) -> None:
    result = echap.read(older("2022-12-15"), NOW)
    assert result.source.published == "2022-12-15"
    assert merge(state.knowledge, result, NOW)[0] == state.knowledge
    assert echap.read(current("ioc.yaml"), NOW).source.published == NOW


def test_a10_a_vote_withdraws_and_an_import_does_not_bring_back(state: State) -> None:
    key = ("host", "snoopza.zendesk.com", "website")
    without = withdraw(state.knowledge, key, NOW, "vote 7: a customer's help page")
    again, report = take_in(without, current("ioc.yaml", "watchware.yaml"), "2026-06-21")
    assert all(one.key != key for one in again.indicators)
    assert "snoopza.zendesk.com" in told(report, "held", "returned-after-withdrawal")


def test_our_own_documents_come_back_as_they_were(state: State) -> None:
    assert json_document.read_knowledge(json_document.knowledge_bytes(state.knowledge)) == state.knowledge
    exported = json_document.write(state.knowledge)
    assert recognise(exported).NAME == "json"
    tables = csv_table.write(state.knowledge)
    assert recognise(tables).NAME == "csv"
    result = csv_table.read(tables, NOW, replace(echap.SOURCE, id="other"))
    assert not result.entries
    assert {(one.type, one.value, one.role) for one in result.values} == {
        one.key for one in state.knowledge.indicators if one.families
    }


def test_every_sentence_of_a_report_can_be_shown(state: State) -> None:
    for report in state.reports.values():
        assert all(sentence.text for sentence in report.sentences())
        assert sum(report.counts.values()) > 0


def test_a_first_import_knows_nothing_already_and_a_second_knows_everything() -> None:
    files = current("ioc.yaml", "watchware.yaml", "generated/network.csv")
    knowledge, first = take_in(Knowledge(), files, "2026-06-21")
    assert "unchanged" not in first.counts
    assert first.counts["added"] >= len(knowledge.indicators)
    rows = {line.split(b",")[1].decode().lower() for line in files["generated/network.csv"].splitlines()[1:]}
    assert first.counts["named-again"] <= len(rows)
    _, second = take_in(knowledge, files, "2026-06-21")
    assert second.counts["unchanged"] == len(knowledge.indicators)
    assert second.counts["named-again"] == first.counts["named-again"]
    _, alone = take_in(knowledge, current("generated/network.csv"), "2026-06-21")
    assert alone.counts["unchanged"] == first.counts["named-again"]
    assert "named-again" not in alone.counts
