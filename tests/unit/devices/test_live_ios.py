"""A connected iPhone, simulated behind the protocol of usbmuxd: what is taken, what is left, and what is said."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.devices.live import ios, problems
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import Reading
from luciole.simulate.live.ios_device import IosDevice, Program, demonstration
from luciole.simulate.live.usbmux_server import SERVICES, Fault, UsbmuxServer

pytest.importorskip("pymobiledevice3")
AREA_OF = dict(zip(SERVICES, ("ios.apps", "ios.apps", "ios.profiles"), strict=True))


def options(server: UsbmuxServer, seconds: float = 30.0) -> ios.Options:
    return ios.Options(usbmux=server.address, seconds=seconds)


def taken(server: UsbmuxServer, seconds: float = 30.0) -> bytes:
    return b"".join(ios.acquire(options(server, seconds)))


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read(data: bytes, tmp_path: Path) -> Reading:
    path = tmp_path / "taken.zip"
    path.write_bytes(data)
    return devices.read_evidence(path, now="2025-03-20")


def areas(reading: Reading) -> dict[str, Coverage]:
    return {each.area: each for each in reading.coverage}


def app(reading: Reading, bundle: str) -> FactSet:
    (found,) = [one for one in reading.subjects if one.subject.identity == bundle]
    return found


def values(facts: Iterable[Fact], name: str) -> set[object]:
    return {fact.value for fact in facts if fact.name == name}


@pytest.fixture(scope="module")
def whole() -> Iterator[bytes]:
    with UsbmuxServer(demonstration()) as server:
        yield taken(server)


def test_what_was_taken_is_recognised_and_its_device_is_described(whole: bytes, tmp_path: Path) -> None:
    reading = read(whole, tmp_path)
    assert reading.evidence.kind == "ios-live"
    device = reading.subjects[0]
    assert device.subject.platform == "ios"
    shown = {fact.attributes["key"]: fact.value for fact in device.facts if fact.name == "device.property"}
    assert shown["model"] == "iPhone14,5"
    assert shown["os_version"] == "17.4.1"
    assert "F2LX0EXAMPLE" not in str(reading)
    assert values(device.facts, "developer_options") == {True}
    assert values(device.facts, "device.supervised") == {True}
    assert values(device.facts, "management.profile") == {"org.example.profile"}
    assert values(device.facts, "device.managed") == {True}


@pytest.mark.parametrize(
    ("bundle", "origin", "sideloaded"),
    [
        ("org.example.bank", {"app-store"}, {False}),
        ("org.example.beta", {"testflight"}, {False}),
        ("org.example.companywatch", {"enterprise"}, {True}),
        ("org.example.homemade", {"developer"}, {True}),
        ("com.apple.mobilesafari", set(), set()),
    ],
)
def test_every_app_says_where_it_came_from(
    bundle: str, origin: set[str], sideloaded: set[bool], whole: bytes, tmp_path: Path
) -> None:
    found = app(read(whole, tmp_path), bundle)
    assert values(found.facts, "app.state") == {"installed"}
    assert values(found.facts, "app.origin") == origin
    assert values(found.facts, "app.sideloaded") == sideloaded
    assert found.subject.platform == "ios"


def test_rights_and_background_modes_of_an_app_are_facts(whole: bytes, tmp_path: Path) -> None:
    found = app(read(whole, tmp_path), "org.example.companywatch")
    assert values(found.facts, "program.entitlement") == {"com.apple.developer.networking.networkextension"}
    assert values(found.facts, "program.background") == {"location", "fetch"}


def test_names_and_numbers_of_people_are_left_behind(whole: bytes) -> None:
    everything = b"".join(files(whole).values())
    for private in (b"+33 6", b"telephone", b"00:00:5e", b"Container", b"PhoneNumber"):
        assert private not in everything


def test_every_answer_stands_in_the_record(whole: bytes) -> None:
    record = json.loads(files(whole)["commands.json"])
    assert record["server"] == "usbmux"
    asked = {one["name"] for one in record["commands"]}
    assert asked == {"device", "value", "apps", "provisioning", "profiles", "supervision"}
    assert all(len(one["sha256"]) == 64 for one in record["commands"])


def test_only_questions_are_sent() -> None:
    with UsbmuxServer(demonstration()) as server:
        taken(server)
        asked = {one.rpartition(" ")[2] for one in server.requests}
    assert asked <= {
        "ReadBUID", "ListDevices", "ReadPairRecord", "Connect", "QueryType", "GetValue", "StartSession", "StartService",
        "GetProfileList", "GetCloudConfiguration", *SERVICES,
    }  # fmt: skip
    assert server.saved == []


def test_nothing_stays_on_this_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("home", "tmp", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path / "work")
    with UsbmuxServer(demonstration()) as server:
        taken(server)
    assert [str(one) for one in tmp_path.rglob("*") if one.is_file()] == []


# ---------------------------------------------------------------------- what goes wrong


def test_no_service_no_device_and_no_trust_are_told_apart() -> None:
    with pytest.raises(problems.NoServer) as caught:
        list(ios.acquire(ios.Options(usbmux="127.0.0.1:9")))
    assert "usbmuxd" in caught.value.remedy
    with UsbmuxServer(None) as server, pytest.raises(problems.NoDevice):
        taken(server)
    with UsbmuxServer(IosDevice(trusted=False)) as server:
        with pytest.raises(problems.Unauthorised) as untrusted:
            taken(server)
        assert "Unlock the device" in untrusted.value.remedy
        assert not any(one.endswith("Pair") for one in server.requests), "nothing is asked of the device unasked"


def test_a_person_who_says_no_on_the_device_is_heard() -> None:
    with UsbmuxServer(IosDevice(trusted=False, pairing="UserDeniedPairing")) as server:
        with pytest.raises(problems.Unauthorised):
            list(ios.acquire(options(server).asking()))
        assert any(one.endswith("Pair") for one in server.requests)


def test_without_the_library_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(problems.NotInstalled) as caught:
        list(ios.acquire())
    assert "luciole[ios]" in caught.value.remedy


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(("then", "after"), [("drop", 0), ("drop", 2), ("drop", 60), ("garbage", 0), ("refuse", 0)])
def test_a_service_that_fails_is_said_and_the_others_are_asked(
    service: str, then: str, after: int, tmp_path: Path
) -> None:
    fault = Fault(service, after, then)  # type: ignore[arg-type]
    with UsbmuxServer(demonstration(), (fault,)) as server:
        data = taken(server)
    reading = read(data, tmp_path)
    coverage = areas(reading)[AREA_OF[service]]
    assert coverage.state is not State.EXAMINED
    assert coverage.reason in {Reason.MISSING, Reason.DAMAGED}
    assert areas(reading)["ios.device"].state is State.EXAMINED


def test_a_service_that_goes_silent_is_given_up() -> None:
    with UsbmuxServer(demonstration(), (Fault(SERVICES[0], 10, "stall"),)) as server:
        record = json.loads(files(taken(server, seconds=4))["commands.json"])
    assert {one.get("kind") for one in record["commands"] if one["name"] == "apps"} == {"time-limit"}


@pytest.mark.parametrize("after", [0, 3, 200])
def test_a_device_that_breaks_off_at_once_leaves_nothing(after: int) -> None:
    with UsbmuxServer(demonstration(), (Fault("lockdown", after),)) as server, pytest.raises(problems.LiveError):
        taken(server, seconds=5)


def test_a_missing_record_or_list_does_not_pass_for_whole(whole: bytes, tmp_path: Path) -> None:
    for gone, area in (("commands.json", "ios.apps"), ("apps.plist", "ios.apps"), ("profiles.plist", "ios.profiles")):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for name, content in files(whole).items():
                if name != gone:
                    archive.writestr(name, content)
        reading = read(made.getvalue(), tmp_path)
        assert areas(reading)[area].state is not State.EXAMINED


def test_many_apps_in_many_messages_are_all_read(tmp_path: Path) -> None:
    programs = tuple(Program(f"org.example.number{number}") for number in range(250))
    with UsbmuxServer(msgspec.structs.replace(demonstration(), programs=programs)) as server:
        reading = read(taken(server), tmp_path)
    assert {one.subject.identity for one in reading.subjects[1:]} == {one.bundle for one in programs}
