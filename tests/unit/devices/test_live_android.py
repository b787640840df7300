"""One acquisition of a connected phone: every user is in it, the record is true, and what was not answered is said."""

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.devices.live import adb, commands, problems
from luciole.devices.live.android import Options, acquire
from luciole.devices.live.record import Asked
from luciole.devices.live.unsaved import connected_android, held
from luciole.devices.live.wire import Waits
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import Reading
from luciole.packs.engine import load_engine
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.apps.description import AppDescription
from luciole.simulate.devices.demonstration import KNOWN, UNKNOWN, demonstration
from luciole.simulate.devices.description import Admin, App, AppOp, DeviceDescription, Filler, Keyboard, Setting, User
from luciole.simulate.live.adb_server import AdbServer, Fault, SimulatedDevice
from luciole.simulate.live.android_shell import Output

BOUNDS = adb.Bounds(waits=Waits(connect=20, idle=30, whole=60))
IMPATIENT = adb.Bounds(waits=Waits(connect=20, idle=1.0, whole=60))
NOW = dt.datetime(2025, 3, 14, 10, 20, 30, tzinfo=dt.UTC)
SECOND = "org.example.second"


def description(**changes: object) -> DeviceDescription:
    """A phone with three users; one app is only with the third, with everything that a list of a user can say."""
    app = App(
        SECOND, users=(11,), installer="com.android.vending", roles=("SMS",), admin=Admin(owner="profile"),
        appops={"REQUEST_INSTALL_PACKAGES": AppOp()}, keyboard=Keyboard(state="enabled"),
        apk=AppDescription(package=SECOND),
    )  # fmt: skip
    base = demonstration()
    small = Filler(files=10, system_packages=3, user_packages=2, log_lines=5, processes=30)
    made = msgspec.structs.replace(
        base,
        filler=small,
        users=(*base.users, User(11, "secondary", "Second")),
        apps=(*base.apps, app, App("org.example.switchedoff", users=(11,), state="disabled")),
        settings=(*base.settings, Setting("secure", "enabled_accessibility_services", f"{SECOND}/.Access", user=11)),
    )
    return msgspec.structs.replace(made, **changes)


def taken(server: AdbServer, options: Options | None = None, bounds: adb.Bounds = BOUNDS) -> bytes:
    device = adb.Server(adb.address(server.address), bounds).device()
    return b"".join(acquire(device, options or Options(clock=lambda: NOW)))


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def read(data: bytes, tmp_path: Path) -> Reading:
    path = tmp_path / "taken.zip"
    path.write_bytes(data)
    return devices.read_evidence(path, now="2025-03-20")


def without(data: bytes, *names: str) -> bytes:
    """The same archive without some of its files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(data).items():
            if name not in names:
                archive.writestr(name, content)
    return made.getvalue()


def areas(reading: Reading) -> dict[str, Coverage]:
    return {each.area: each for each in reading.coverage}


def app(reading: Reading, package: str, user: int | None = None) -> FactSet:
    (found,) = [one for one in reading.subjects if one.subject.identity == package and user in {None, one.subject.user}]
    return found


def values(facts: Iterable[Fact], name: str) -> set[object]:
    return {fact.value for fact in facts if fact.name == name}


@pytest.fixture(scope="module")
def whole() -> bytes:
    with AdbServer(SimulatedDevice("ONE", description())) as server:
        return taken(server, Options(apks="user", clock=lambda: NOW))


@pytest.fixture(scope="module")
def lists(whole: bytes) -> bytes:
    """The same without dumpsys, so that only the lists of each user speak."""
    return without(whole, "dumpsys.txt")


def test_the_acquisition_is_read_as_one_of_androidqf(whole: bytes, tmp_path: Path) -> None:
    reading = read(whole, tmp_path)
    assert reading.evidence.kind == "androidqf"
    assert reading.evidence.taken.startswith("2025-03-14")
    assert "hashes_differ" not in reading.evidence.details
    assert int(reading.evidence.details["hashes_checked"]) > 20
    assert app(reading, KNOWN).subject.user == 10
    assert app(reading, KNOWN).subject.profile == "work-profile"
    assert {one.package for one in reading.nested} == {SECOND, UNKNOWN}


def test_without_dumpsys_the_apps_of_every_user_are_still_there(lists: bytes, tmp_path: Path) -> None:
    reading = read(lists, tmp_path)
    with AdbServer(SimulatedDevice("ONE", description())) as server:
        shell = server.devices[0].shell
        expected = {(one.package, user.id) for user in shell.phone.users for one in shell.listed(user.id, gone=False)}
    found = {
        (one.subject.identity, one.subject.user)
        for one in reading.subjects
        if "installed" in values(one.facts, "app.state")
    }
    assert found == expected
    assert areas(reading)["device.packages"].state is State.PARTIAL


def test_what_only_the_lists_of_a_user_say_becomes_facts_of_that_user(lists: bytes, tmp_path: Path) -> None:
    reading = read(lists, tmp_path)
    found = app(reading, SECOND)
    assert found.subject.user == 11
    assert values(found.facts, "role.holder") == {"sms"}
    assert values(found.facts, "app.installer") == {"com.android.vending"}
    assert values(found.facts, "device_owner") == {f"{SECOND}.AdminReceiver"}
    assert values(found.facts, "appop") == {"REQUEST_INSTALL_PACKAGES"}
    assert values(found.facts, "keyboard") == {f"{SECOND}.KeyboardService"}
    assert values(found.facts, "accessibility.state") == {f"{SECOND}.Access"}
    assert len(values(found.facts, "file.sha256")) == 1
    off = app(reading, "org.example.switchedoff")
    assert values(off.facts, "app.state") == {"installed", "disabled"}


def test_users_are_read_from_their_own_list(lists: bytes, tmp_path: Path) -> None:
    device = read(lists, tmp_path).subjects[0]
    assert values(device.facts, "device.user") == {0, 10, 11}


def test_an_app_of_one_profile_is_not_said_to_be_removed_for_another_user(whole: bytes, tmp_path: Path) -> None:
    for data in (whole, without(whole, "dumpsys.txt"), without(whole, "dumpsys.txt", "users/11/installed.txt")):
        reading = read(data, tmp_path)
        states = {(one.subject.identity, one.subject.user): values(one.facts, "app.state") for one in reading.subjects}
        assert [key for key, found in states.items() if key[0] == KNOWN and "removed-data-kept" in found] == []


def test_every_answer_stands_in_the_record_with_its_size_and_digest(whole: bytes) -> None:
    found = files(whole)
    record = json.loads(found["commands.json"])
    checked = 0
    for one in record["commands"]:
        assert one["started"] <= one["ended"]
        content = found.get(one.get("member", ""))
        if content is None or one["name"] in {"files", "value"}:
            continue
        begin = one.get("offset", 0)
        answer = content[begin : begin + one.get("bytes", 0)]
        assert hashlib.sha256(answer).hexdigest() == one["sha256"], one
        checked += 1
    assert checked > 50
    listed = dict(line.rsplit(",", 1) for line in found["hashes.csv"].decode().splitlines())
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in found.items() if name != "hashes.csv"}


def test_the_device_was_asked_nothing_but_what_is_on_the_list() -> None:
    with AdbServer(SimulatedDevice("ONE", description())) as server:
        taken(server, Options(apks="all", clock=lambda: NOW))
        asked = list(server.requests)
    patterns = [re.escape(one).replace(r"\{serial\}", "ONE") for one in commands.SERVER_REQUESTS]
    for one in asked:
        service, _, text = one.partition(":")
        if service == "shell,v2,raw":
            assert commands.is_listed(text), one
        elif one.split(" ")[0] in {"STAT", "LST2", "LIST", "LIS2", "RECV", "QUIT"}:
            assert not one.startswith("RECV") or commands.may_copy(one.removeprefix("RECV ")), one
        else:
            assert one == "sync:" or any(re.fullmatch(pattern, one) for pattern in patterns), one


@pytest.mark.parametrize(("apks", "least", "most"), [("none", 0, 0), ("user", 5, 20), ("all", 15, 60)])
def test_app_files_are_copied_only_as_asked(apks: str, least: int, most: int, tmp_path: Path) -> None:
    with AdbServer(SimulatedDevice("ONE", description())) as server:
        data = taken(server, Options(apks=apks, clock=lambda: NOW))  # type: ignore[arg-type]
    copies = [name for name in files(data) if name.startswith("apks/")]
    assert least <= len(copies) <= most
    coverage = areas(read(data, tmp_path))["device.apks"]
    assert coverage.reason is (Reason.NOT_ASKED if apks == "none" else Reason.NONE)
    digests = values(app(read(data, tmp_path), UNKNOWN).facts, "file.sha256")
    assert len(digests) == 1, "the device measures what is not copied"


def test_what_a_person_did_not_ask_for_is_not_called_missing(tmp_path: Path) -> None:
    with AdbServer(SimulatedDevice("ONE", description())) as server:
        reading = read(taken(server, Options(log=False, clock=lambda: NOW)), tmp_path)
    for area in ("device.backup", "device.apks", "device.logs"):
        assert areas(reading)[area].reason is Reason.NOT_ASKED, area


# ---------------------------------------------------------------------- what is not answered

AREA_OF = [
    ("getprop", "device.properties"), ("pm list users", "device.users"), ("dumpsys", "device.appops"),
    ("ps -A", "device.processes"), ("settings list global", "device.settings"), ("logcat", "device.logs"),
    ("pm list packages -f", "device.packages"), ("pm list packages --user 11", "device.packages"),
    ("mount", "device.root"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "area"), AREA_OF)
@pytest.mark.parametrize("then", ["drop", "stall", "garbage"])
def test_an_answer_that_breaks_off_is_said_and_the_rest_is_taken(
    command: str, area: str, then: str, tmp_path: Path
) -> None:
    fault = Fault(f"shell,v2,raw:{command}", after=60, then=then)  # type: ignore[arg-type]
    with AdbServer(SimulatedDevice("ONE", description()), faults=[fault]) as server:
        data = taken(server, bounds=IMPATIENT if then == "stall" else BOUNDS)
    record = json.loads(files(data)["commands.json"])
    broken = [one for one in record["commands"] if one["command"].startswith(command)]
    assert broken
    assert all(one.get("problem") for one in broken)
    coverage = areas(read(data, tmp_path))[area]
    assert coverage.state is not State.EXAMINED
    assert coverage.reason not in {Reason.NOT_ASKED, Reason.NOT_IN_THIS_EVIDENCE}
    assert len([one for one in record["commands"] if not one.get("problem")]) > 20


@pytest.mark.parametrize(
    ("command", "output", "area", "reason"),
    [
        ("getprop", Output([], b"inaccessible or not found\n", 127), "device.properties", Reason.MISSING),
        ("ps -A", Output([b"USER PID NAME\n"]), "device.processes", Reason.MISSING),
        ("settings list global", Output([], b"Permission Denial: no\n", 255), "device.settings", Reason.PERMISSION),
        ("pm list packages --user 11", Output([]), "device.packages", Reason.MISSING),
    ],
)  # fmt: skip
def test_a_command_that_fails_or_says_nothing_is_not_taken_for_an_empty_list(
    command: str, output: Output, area: str, reason: Reason, tmp_path: Path
) -> None:
    left_out = description(absent=("dumpsys package", "dumpsys settings", "dumpsys activity"))
    with AdbServer(SimulatedDevice("ONE", left_out, broken={command: output})) as server:
        reading = read(taken(server), tmp_path)
    assert areas(reading)[area].state is not State.EXAMINED
    assert reason.value in {areas(reading)[area].reason.value, Reason.MISSING.value, Reason.PERMISSION.value}
    assert command[:10] in areas(reading)[area].detail or areas(reading)[area].state is State.PARTIAL


def test_without_the_list_of_users_the_first_is_asked_and_that_is_said(tmp_path: Path) -> None:
    with AdbServer(SimulatedDevice("ONE", description(), broken={"pm list users": Output([], b"", 1)})) as server:
        data = taken(server)
    assert not [name for name in files(data) if name.startswith("users/1")]
    reading = read(without(data, "dumpsys.txt"), tmp_path)
    assert areas(reading)["device.users"].state is not State.EXAMINED
    assert areas(reading)["device.packages"].state is State.PARTIAL
    assert "only the first user was asked" in areas(reading)["device.packages"].detail


def test_a_device_that_is_unplugged_is_not_asked_any_more_and_the_gaps_are_said(tmp_path: Path) -> None:
    faults = [Fault("shell,v2,raw:dumpsys", after=5_000), Fault("shell,v2,raw:logcat"), Fault("sync:")]
    with AdbServer(SimulatedDevice("ONE", description()), faults=faults) as server:
        noted: list[Asked] = []
        data = taken(server, Options(apks="user", clock=lambda: NOW, noted=noted.extend))
        asked = server.requests
    assert [one for one in asked if one.startswith("shell,v2,raw:sha256sum")] == []
    assert {one.kind for one in noted if one.name == "digests"} == {"not-asked"}
    reading = read(data, tmp_path)
    for area in ("device.appops", "device.logs", "device.files", "device.apks"):
        assert areas(reading)[area].state is not State.EXAMINED, area
    assert app(reading, KNOWN).subject.user == 10


def test_nothing_is_written_where_nothing_was_answered() -> None:
    with AdbServer(SimulatedDevice("ONE", description()), faults=[Fault("shell,v2")]) as server:
        device = adb.Server(adb.address(server.address), BOUNDS).device()
        with pytest.raises(problems.LiveError) as caught:
            list(acquire(device))
    assert "nothing was answered" in caught.value.message


def test_an_app_file_that_breaks_off_is_said(tmp_path: Path) -> None:
    with AdbServer(SimulatedDevice("ONE", description())) as server:
        path = server.devices[0].shell.phone.apk_path(next(one for one in description().apps if one.package == UNKNOWN))
    with AdbServer(SimulatedDevice("ONE", description()), faults=[Fault(f"RECV {path}", after=100)]) as server:
        data = taken(server, Options(apks="user", clock=lambda: NOW))
    reading = read(data, tmp_path)
    assert areas(reading)["device.apks"].state is State.PARTIAL
    assert areas(reading)["device.apks"].reason is Reason.DAMAGED


def test_a_path_that_the_device_names_is_never_a_name_in_the_archive() -> None:
    outside = {"pm path": Output([b"package:/data/app/x/../../../../etc/passwd.apk\npackage:/data/app/y z/base.apk\n"])}
    with AdbServer(SimulatedDevice("ONE", description(), broken=outside)) as server:
        data = taken(server, Options(apks="user", clock=lambda: NOW))
        asked = server.requests
    assert [one for one in asked if ".." in one] == []
    assert [name for name in files(data) if ".." in name or name.startswith("/")] == []
    record = json.loads(files(data)["commands.json"])
    assert {one.get("kind") for one in record["commands"] if one["name"] == "copy"} == {"not-listed"}


def test_without_its_record_an_acquisition_does_not_pass_for_whole(whole: bytes, tmp_path: Path) -> None:
    reading = read(without(whole, "commands.json"), tmp_path)
    for area in ("device.packages", "device.users", "device.settings"):
        assert areas(reading)[area].state is State.PARTIAL, area
    assert "broken off unseen" in areas(reading)["device.users"].detail


def test_names_of_files_are_listed_in_the_agreed_folders_only(whole: bytes, tmp_path: Path) -> None:
    paths = [one["path"] for one in json.loads(files(whole)["files.json"])]
    assert len(paths) > 20
    assert [
        path for path in paths if not path.startswith(commands.FOLDERS) and path + "/" not in commands.FOLDERS
    ] == []
    coverage = areas(read(whole, tmp_path))
    assert coverage["device.files"].state is State.PARTIAL
    assert (coverage["device.certificates"].state, coverage["device.certificates"].reason) == (
        State.PARTIAL,
        Reason.PERMISSION,
    ) or coverage["device.certificates"].state is State.NOT_LOOKED_AT


def test_an_acquisition_can_be_held_without_a_copy_that_stays(whole: bytes) -> None:
    with held([whole[:100], whole[100:]]) as path:
        assert devices.recognise(path) == "androidqf"
        assert path.name == "device.zip"
        folder = path.parent
    assert not folder.exists()


def test_the_connected_phone_is_checked_and_no_copy_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with AdbServer(SimulatedDevice("ONE", description())) as server, connected_android(server.address) as path:
        assert sum(one.stat(follow_symlinks=False).st_size for one in tmp_path.rglob("*") if one.is_file()) < 10_000
        settings = ReadSettings(now="2025-03-20T00:00:00+00:00")
        result = check([path], load_engine(), settings)
    assert {one.subject.identity for one in result.assessments} >= {KNOWN, UNKNOWN, SECOND}
    assert result.unreadable == ()
    assert list(tmp_path.iterdir()) == []


def test_a_hostile_list_of_paths_is_not_held_in_memory() -> None:
    endless = {"pm path": Output([b"package:/data/app/x/base.apk\n" * 100_000])}
    with AdbServer(SimulatedDevice("ONE", description(), broken=endless)) as server:
        data = taken(server)
    record = json.loads(files(data)["commands.json"])
    assert {one.get("kind") for one in record["commands"] if one["name"] == "app-files"} == {"size-limit"}
