"""Sections of shapes that nobody knows yet: each is named as not understood, and nothing is concluded from it."""

import re
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.devices.dumpsys import SECTIONS
from luciole.kernel.facts import Fact
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import Reading
from luciole.simulate.devices import write
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler

SMALL = Filler(files=10, system_packages=30, user_packages=20, dumpsys_megabytes=0, log_lines=5, processes=3)
RULE = "--------- 0.1s was the duration of dumpsys x, ending at: x\n"
LONG = (
    "accessibility", "appops", "batterystats", "device_policy", "deviceidle", "input_method", "netpolicy",
    "notification", "package", "role", "usagestats", "user",
)  # fmt: skip
"""Sections that alone speak of their areas, and of which the simulated phone prints more than a few lines."""


class Nothing:
    def known(self, kind: str, values: object) -> set[str]:  # noqa: ARG002 - the interface
        return set()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    description = msgspec.structs.replace(demonstration(), filler=SMALL, bugreport=False)
    folder = write.write_folder(description, tmp_path_factory.mktemp("phone"))
    return (folder / "dumpsys.txt").read_text("utf-8")


def with_other_words(text: str, name: str, keep: int = 3) -> str:
    """The section's words spelled otherwise below its first lines, with everything else as it was."""
    start = text.index(f"DUMP OF SERVICE {name}:")
    stop = text.index("\n--------- ", start)
    lines = text[start:stop].split("\n")
    drifted = [re.sub(r"[A-Za-z]{3,}", lambda word: "x" + word[0][::-1], line) for line in lines[keep:]]
    return text[:start] + "\n".join([*lines[:keep], *drifted]) + text[stop:]


def read(folder: Path, text: str) -> Reading:
    path = folder / "dump"
    path.write_text(text, "utf-8")
    return devices.read_evidence(path, watch=Nothing())


def sections(**bodies: str) -> str:
    return "".join(f"DUMP OF SERVICE {name}:\n{body}{RULE}" for name, body in bodies.items())


def covered(reading: Reading, area: str) -> Coverage:
    return next(each for each in reading.coverage if each.area == area)


def facts(reading: Reading, name: str) -> list[Fact]:
    return [fact for found in reading.subjects for fact in found.facts if fact.name == name]


@pytest.mark.parametrize("name", LONG)
def test_a_title_with_much_below_it_that_says_nothing_is_a_shape_not_known(
    name: str, whole: str, tmp_path: Path
) -> None:
    before, after = read(tmp_path, whole), read(tmp_path, with_other_words(whole, name))
    for area in SECTIONS[name].areas:
        assert covered(before, area).state is not State.NOT_LOOKED_AT
        line = covered(after, area)
        assert (line.state, line.reason) == (State.NOT_LOOKED_AT, Reason.UNKNOWN_FORMAT)
        assert f"dumpsys {name}" in line.detail
    assert f"dumpsys {name}" in {fact.value for fact in facts(after, "unreadable.section")}


def test_processes_of_a_shape_not_known_leave_their_area_partly_looked_at(whole: str, tmp_path: Path) -> None:
    line = covered(read(tmp_path, with_other_words(whole, "activity")), "device.processes")
    assert line.state is State.PARTIAL
    assert "dumpsys activity" in line.detail


def test_a_drifted_section_is_named_although_another_one_of_the_area_was_read(whole: str, tmp_path: Path) -> None:
    line = covered(read(tmp_path, with_other_words(whole, "jobscheduler")), "device.jobs")
    assert (line.state, line.reason) == (State.PARTIAL, Reason.UNKNOWN_FORMAT)
    assert "dumpsys jobscheduler: of a shape not known" in line.detail


def test_a_section_that_is_only_missing_takes_nothing_from_another_one_of_the_area(tmp_path: Path) -> None:
    line = covered(read(tmp_path, sections(alarm="  Alarm{a type 0 when 1 org.example.a}\n")), "device.jobs")
    assert line.state is State.EXAMINED


def test_drift_makes_no_app_one_that_was_never_opened(whole: str, tmp_path: Path) -> None:
    assert facts(read(tmp_path, whole), "usage.never_foreground")
    assert not facts(read(tmp_path, with_other_words(whole, "usagestats")), "usage.never_foreground")


def test_an_app_was_never_opened_only_where_the_use_of_others_of_this_user_was_read(tmp_path: Path) -> None:
    installed = "    User 0: installed=true\n    User 10: installed=true\n"
    package = f"Packages:\n  Package [org.example.a] (1):\n{installed}  Package [org.example.b] (2):\n{installed}"
    usage = 'user=0\n  package=org.example.a totalTimeUsed="00:10" lastTimeUsed="2024-03-01 10:00:00"\nuser=10\n'
    reading = read(tmp_path, sections(package=package, usagestats=usage))
    never = {
        (found.subject.identity, found.subject.user)
        for found in reading.subjects
        for fact in found.facts
        if fact.name == "usage.never_foreground"
    }
    assert never == {("org.example.b", 0)}


def test_whether_the_device_is_managed_is_said_only_where_the_section_was_understood(
    whole: str, tmp_path: Path
) -> None:
    assert facts(read(tmp_path, whole), "device.managed")
    assert not facts(read(tmp_path, with_other_words(whole, "device_policy")), "device.managed")


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("accessibility", "User state[\n attributes:{id=0, x=y}\n Bound services:{}\n Enabled services:{}\n"),
        ("netpolicy", "Policy for UIDs:\nPower save whitelist (except idle) app ids:\n"),
        ("jobscheduler", "Registered 0 jobs:\n"),
        ("notification", "  Notification listeners:\n    Live notification listeners (0):\n"),
        ("device_policy", "Current Device Policy Manager state:\n  Enabled Device Admins (User 0):\n"),
        ("batterystats", "  Daily from 2024-03-01-03-00-00 to 2024-03-02-03-00-00:\n"),
        ("role", "    user_id=0\n        name=android.app.role.SMS\n        holders=\n"),
    ],
)
def test_what_says_that_it_is_empty_was_looked_at(name: str, empty: str, tmp_path: Path) -> None:
    rest = "".join(f"  setting_{number}=1\n" for number in range(20))
    for area in SECTIONS[name].areas:
        assert covered(read(tmp_path, sections(**{name: empty + rest})), area).state is State.EXAMINED


def test_a_list_of_accessibility_services_of_another_shape_is_not_an_empty_one(tmp_path: Path) -> None:
    body = "User state[\n attributes:{id=0, x=y}\n enabled services: {\n  0 > org.example.a#Svc\n }\n"
    line = covered(read(tmp_path, sections(accessibility=body + " more\n" * 20)), "device.accessibility")
    assert (line.state, line.reason) == (State.NOT_LOOKED_AT, Reason.UNKNOWN_FORMAT)


def test_each_section_without_a_parser_is_named_and_takes_nothing_away(tmp_path: Path) -> None:
    users = "Users:\n  UserInfo{0:Owner:13} serialNo=0\n"
    reading = read(tmp_path, sections(vendor_guard="secret=1\n", user=users, meminfo="x\n", vendor_guard2="y\n"))
    found = {fact.value: fact for fact in facts(reading, "unreadable.section")}
    assert set(found) == {"dumpsys vendor_guard", "dumpsys meminfo", "dumpsys vendor_guard2"}
    assert found["dumpsys meminfo"].attributes["why"] == "no parser; searched for names only"
    assert found["dumpsys meminfo"].place.line == 8
    line = covered(reading, "device.names")
    assert line.state is State.EXAMINED
    assert "3 sections were only searched for names: dumpsys vendor_guard, dumpsys meminfo" in line.detail


def test_thousands_of_sections_without_a_parser_are_counted_and_the_first_ones_named(tmp_path: Path) -> None:
    reading = read(tmp_path, "".join(f"DUMP OF SERVICE own{number}:\nx\n{RULE}" for number in range(3000)))
    assert len(facts(reading, "unreadable.section")) == 400
    assert covered(reading, "device.names").detail.startswith("3000 sections")
    assert len(covered(reading, "device.names").detail) < 10_000


def test_known_labels_decide_which_accessibility_service_is_bound(tmp_path: Path) -> None:
    body = """User state[
 attributes:{id=0, x=y}
 Bound services:{Service[label=Helper, x]}
 Enabled services:{{org.example.other/.Svc}, {org.example.helper/.Access}}
User state[
 attributes:{id=10, x=y}
 Bound services:{Service[label=Helper, x]}
 Enabled services:{{org.example.helper/.Access}}
"""
    reading = read(tmp_path, sections(accessibility=body))
    bound = {
        (found.subject.user, fact.value)
        for found in reading.subjects
        for fact in found.facts
        if fact.name == "accessibility.state" and fact.attributes["state"] == "bound"
    }
    assert bound == {(0, "org.example.helper.Access"), (10, "org.example.helper.Access")}
    assert covered(reading, "device.accessibility").detail == ""
