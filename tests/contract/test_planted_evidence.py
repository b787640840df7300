"""Known apps, hosts and certificates are found wherever evidence of a device can name them, in each of its forms."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from luciole import devices
from luciole.apps.options import AppOptions
from luciole.assess.document import MatchFinding
from luciole.cli.demonstration import demonstration_engine
from luciole.devices.live import adb, android
from luciole.devices.live import ios as live_ios
from luciole.intel.index import Index
from luciole.intel.match import Match, match
from luciole.intel.model import Family, Indicator, Knowledge, Role, ValueType, canonical
from luciole.packs.engine import with_index
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.apps.build import build_apk, build_container, build_split_set
from luciole.simulate.apps.keys import signer
from luciole.simulate.devices import backup, write
from luciole.simulate.devices.computer import write as computers
from luciole.simulate.devices.computer.description import Computer, Extension, Program, System
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.devices.ios import write as ios
from luciole.simulate.devices.ios.description import App, IosDescription, Payload, Planted, Profile, Vpn
from luciole.simulate.devices.ios.description import Place as IosPlace
from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.places import PLACES, Place
from luciole.simulate.devices.plant import plant
from luciole.simulate.live.adb_server import AdbServer, SimulatedDevice
from luciole.simulate.live.ios_device import IosDevice
from luciole.simulate.live.ios_device import Profile as LiveProfile
from luciole.simulate.live.ios_device import Program as LiveProgram
from luciole.simulate.live.usbmux_server import UsbmuxServer

NAME, HOST, ADDRESS = "org.planted.watcher", "collect.plantedwatcher.com", "203.0.113.66"
PASSWORD = "correct horse"  # noqa: S105 - of simulated backups
DER = signer("other").certificate
PLAIN = {"package": "org.example.plain", "label": "Plain", "activities": [{"name": ".Main", "launcher": True}]}
SMALL = DeviceDescription(filler=Filler(files=5, system_packages=2, log_lines=3, processes=2))


def index(*digests: str) -> Index:
    values: list[tuple[ValueType, str, Role]] = [
        ("package", NAME, "package"), ("ios-bundle", NAME, "ios-bundle"), ("host", HOST, "command-and-control"),
        ("ipv4", ADDRESS, "command-and-control"),
        ("sha1", hashlib.sha1(DER, usedforsecurity=False).hexdigest(), "certificate"),
        *(("sha256", each, "file-hash") for each in digests),
    ]  # fmt: skip
    held = tuple(Indicator(kind, value, role, ("spy",), ("list",)) for kind, value, role in values)
    return Index.open(Index.build(canonical(Knowledge(1, "", (Family("spy", "Spy", "stalkerware"),), held)), ()))


INDEX = index()


def found(path: Path, password: str | None = None) -> list[Match]:
    reading = devices.read_evidence(path, watch=INDEX, now="2025-03-20", password=password)
    return [each for one in reading.subjects for each in match(one, INDEX)]


# ---------------------------------------------------------------------- backups and diagnosis archives of iOS

ONLY_DIAGNOSIS = frozenset({"install-log", "process", "crash", "power-log", "container-log", "app-database"})
ASKED_FOR = frozenset({"message", "browsing"})
IN_A_BACKUP = [each for each in get_args(IosPlace) if each not in ONLY_DIAGNOSIS | ASKED_FOR]
IN_A_DIAGNOSIS = [*sorted(ONLY_DIAGNOSIS), "tcc", "profile", "event", "vpn"]


@pytest.mark.parametrize("password", ["", PASSWORD], ids=["plain", "encrypted"])
@pytest.mark.parametrize("place", IN_A_BACKUP)
def test_a_known_app_is_found_in_every_place_of_a_backup(place: IosPlace, password: str, tmp_path: Path) -> None:
    value = HOST if place == "mdm" else NAME
    planted = IosDescription(apps=(App("org.example.chat"),), planted=(Planted(value, place),), password=password)
    assert found(ios.write_backup_zip(planted, tmp_path / "phone.zip"), password or None)


@pytest.mark.parametrize("form", ["archive", "folder"])
@pytest.mark.parametrize("place", IN_A_DIAGNOSIS)
def test_a_known_app_is_found_in_every_place_of_a_diagnosis(place: IosPlace, form: str, tmp_path: Path) -> None:
    made = ios.write_sysdiagnose if form == "archive" else ios.write_sysdiagnose_folder
    assert found(made(IosDescription(planted=(Planted(NAME, place),)), tmp_path / "evidence"))


HOSTS: dict[str, IosDescription] = {
    "proxy": IosDescription(proxy=f"{HOST}:8080"),
    "vpn": IosDescription(vpns=(Vpn(app="org.example.vpn", server=HOST),)),
    "management": IosDescription(mdm_server=HOST),
    **{
        kind: IosDescription(profiles=(Profile("org.example.profile", payloads=(Payload(kind, fields),)),))
        for kind, fields in {
            "com.apple.mdm": {"ServerURL": f"https://{HOST}/x"},
            "com.apple.vpn.managed": {"VPN": {"RemoteAddress": HOST}},
            "com.apple.proxy.http.global": {"ProxyServer": HOST},
            "com.apple.dnsSettings.managed": {"DNSSettings": {"ServerURL": f"https://{HOST}/q"}},
            "com.apple.webcontent-filter": {"VendorConfig": {"ServerURL": f"https://{HOST}/f"}},
            "com.apple.relay.managed": {"Relays": [f"https://{HOST}/r"]},
            "com.apple.webClip.managed": {"URL": f"https://{HOST}/"},
            "com.apple.mail.managed": {"HostName": HOST},
            "org.example.unheard-of": {"Anything": f"see https://{HOST}/"},
        }.items()
    },
}


@pytest.mark.parametrize("place", HOSTS)
def test_a_known_host_is_found_in_every_setting_of_a_backup(place: str, tmp_path: Path) -> None:
    assert found(ios.write_backup(HOSTS[place], tmp_path / "evidence"))


@pytest.mark.parametrize("place", sorted(set(HOSTS) - {"proxy"}))
def test_a_known_host_is_found_in_every_setting_of_a_diagnosis(place: str, tmp_path: Path) -> None:
    """Which proxy a network uses is not among the files of a diagnosis."""
    assert found(ios.write_sysdiagnose(HOSTS[place], tmp_path / "evidence"))


# ---------------------------------------------------------------------- live iOS


def live(device: IosDevice, target: Path) -> Path:
    with UsbmuxServer(device) as server:
        target.write_bytes(b"".join(live_ios.acquire(live_ios.Options(usbmux=server.address))))
    return target


def installed(**more: object) -> IosDevice:
    return IosDevice(programs=(msgspec.structs.replace(LiveProgram("org.example.chat", "Chat"), **more),))


LIVE: dict[str, IosDevice] = {
    "app": installed(bundle=NAME),
    "app of the system": installed(bundle=NAME, kind="System"),
    "name of an app": installed(label=NAME),
    "right": installed(rights={"com.apple.developer.associated-domains": [f"applinks:{HOST}"]}),
    "shared folder": installed(rights={"com.apple.security.application-groups": [f"group.{NAME}"]}),
    "provisioning profile": installed(bundle=NAME, provisioned="enterprise"),
    "profile": IosDevice(profiles=(LiveProfile(NAME, "Example"),)),
    "organisation of a profile": IosDevice(profiles=(LiveProfile("org.example.profile", f"https://{HOST}/"),)),
    "supervision": IosDevice(supervised_by="Example", server=f"https://{HOST}/enrol"),
}


@pytest.mark.parametrize("place", LIVE)
def test_a_known_value_is_found_in_every_answer_of_a_connected_device(place: str, tmp_path: Path) -> None:
    assert found(live(LIVE[place], tmp_path / "evidence"))


# ---------------------------------------------------------------------- Android in its other forms

VALUES = {"package": NAME, "host": HOST}
DUMPED = [each for each in PLACES if each.member == "dumpsys.txt" and each.kind in VALUES]


def planted(place: Place) -> DeviceDescription:
    return plant(SMALL, place.kind, VALUES[place.kind], place.name)


@pytest.mark.parametrize("text", [False, True], ids=["bugreport", "text"])
@pytest.mark.parametrize("place", DUMPED, ids=lambda place: f"{place.kind} in {place.name}")
def test_a_known_value_is_found_in_every_section_of_a_report(place: Place, text: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a form
    assert found(write.write_bugreport(planted(place), tmp_path / "evidence", text=text))


HOSTED = [each for each in PLACES if each.kind == "host" and each.name != "backup"]
"""Messages of a backup are not read."""


@pytest.mark.parametrize("place", HOSTED, ids=lambda place: place.name)
def test_a_known_address_is_found_in_every_place_of_an_acquisition_that_can_name_a_host(
    place: Place, tmp_path: Path
) -> None:
    phone = plant(SMALL, "host", ADDRESS, place.name)
    assert found(write.write_zip(phone, tmp_path / "evidence.zip"))


SAME_FILES = {"dumpsys.txt", "logcat.txt", "services.txt", "settings_secure.txt", "getprop.txt"}
ANSWERED = [each for each in PLACES if each.kind in VALUES and each.member in SAME_FILES]
ANSWERED += [each for each in PLACES if each.name in {"settings global", "proxy", "private-dns", "processes command"}]
"""Places whose text a connected phone gives, too; the others are files that only another tool writes."""


@pytest.mark.parametrize("place", ANSWERED, ids=lambda place: f"{place.kind} in {place.name}")
def test_a_known_value_is_found_in_every_answer_of_a_connected_phone(place: Place, tmp_path: Path) -> None:
    with AdbServer(SimulatedDevice("ONE", planted(place))) as server:
        device = adb.Server(adb.address(server.address)).device()
        taken = b"".join(android.acquire(device, android.Options(apks="none")))
    (tmp_path / "evidence").write_bytes(taken)
    assert found(tmp_path / "evidence")


@pytest.mark.parametrize("password", ["", PASSWORD], ids=["plain", "encrypted"])
def test_a_known_app_is_found_in_a_backup_of_adb(password: str, tmp_path: Path) -> None:
    place = next(each for each in PLACES if (each.kind, each.name) == ("package", "backup"))
    (tmp_path / "backup.ab").write_bytes(backup.backup(Phone(planted(place)), password))
    assert found(tmp_path / "backup.ab", password or None)


IN_A_FOLDER: dict[str, tuple[str, Callable[[], bytes]]] = {
    "id": ("pulled.apk", lambda: build_apk({**PLAIN, "package": NAME})),
    "signer": ("pulled.apk", lambda: build_apk({**PLAIN, "key": "other"})),
    "host": ("pulled.apk", lambda: build_apk({**PLAIN, "strings": [f"https://{HOST}/a"]})),
    "host in a script": ("pulled.apk", lambda: build_apk({**PLAIN, "assets": {"www/main.js": f"e.host='{HOST}';"}})),
    "id in an archive of parts": ("pulled.xapk", lambda: parts({"package": NAME})),
    "host in an archive of parts": ("pulled.apks", lambda: parts({"strings": [f"https://{HOST}/a"]})),
}


def parts(more: dict[str, object]) -> bytes:
    return build_container(build_split_set({**PLAIN, **more, "splits": {"config.fr": {"label": "Simple"}}}), "xapk")


def met(folder: Path, held: Index = INDEX) -> set[str]:
    settings = ReadSettings(now="2026-01-01T00:00:00Z", options=AppOptions(texts=True))
    result = check([folder], with_index(demonstration_engine(), held), settings)
    return {one.family for each in result.assessments for one in each.findings if isinstance(one, MatchFinding)}


def written(folder: Path, name: str, data: bytes) -> Path:
    (folder / "pulled" / name).parent.mkdir(parents=True)
    (folder / "pulled" / name).write_bytes(data)
    return folder / "pulled"


@pytest.mark.parametrize("place", IN_A_FOLDER)
def test_a_known_value_is_found_in_a_folder_of_app_files(place: str, tmp_path: Path) -> None:
    name, build = IN_A_FOLDER[place]
    assert "Spy" in met(written(tmp_path, name, build()))


@pytest.mark.parametrize("name", [f"{NAME}.apk", f"{NAME}-1/base.apk", f"{NAME}_config.fr.apk"])
def test_a_known_id_in_the_names_of_a_folder_is_found(name: str, tmp_path: Path) -> None:
    assert found(written(tmp_path, name, build_apk(PLAIN)))


def test_a_known_digest_is_found_in_a_folder_of_app_files(tmp_path: Path) -> None:
    data = build_apk(PLAIN)
    folder = written(tmp_path, "pulled.apk", data)
    assert "Spy" in met(folder, index(hashlib.sha256(data).hexdigest()))
    assert "Spy" not in met(folder)


# ---------------------------------------------------------------------- authorities that were added

SYSTEMS: tuple[System, ...] = ("windows", "macos", "linux")


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_known_certificate_among_those_that_a_computer_trusts_is_found(system: System, tmp_path: Path) -> None:
    evidence = computers.write_zip(Computer(system, certificates=(DER,)), tmp_path / "evidence.zip")
    assert [(each.role, each.strength, each.fact.name) for each in found(evidence)] == [
        ("certificate", "supporting", "user_certificate")
    ]
    assert "added to those that the device trusts" in found(evidence)[0].why.text


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_known_host_in_the_command_of_what_starts_by_itself_is_found(system: System, tmp_path: Path) -> None:
    kind, path = {
        "windows": ("run-key", "C:\\Users\\home\\agent.exe"),
        "macos": ("launch-agent", "/Users/home/agent"),
        "linux": ("unit", "/home/home/agent"),
    }[system]
    program = Program("agent", path, listed=False, starts=(kind,), arguments=f"--server https://{HOST}/a")
    assert found(computers.write_zip(Computer(system, (program,)), tmp_path / "evidence.zip"))


STARTS: dict[System, tuple[str, ...]] = {
    "windows": (
        "run-key", "run-key-system", "service", "service-library", "driver", "winlogon", "image-options", "appinit",
        "active-setup", "task", "startup-folder", "wmi", "logon-script", "screen-saver", "command-line",
    ),
    "macos": ("launch-agent", "launch-agent-binary", "launch-daemon", "login-item", "cron"),
    "linux": (
        "unit", "unit-part", "user-unit", "desktop-entry", "cron", "preload", "shell", "udev", "udev-question",
        "sign-in",
    ),
}  # fmt: skip
WITHOUT_WORDS = frozenset({
    "service-library", "driver", "winlogon", "appinit", "startup-folder", "screen-saver", "login-item", "preload",
})  # fmt: skip
"""Places that name a file and nothing that it is told."""
FOLDERS: dict[System, str] = {"windows": "C:\\ProgramData\\", "macos": "/Users/home/", "linux": "/home/home/"}
STARTED = [(system, kind) for system in SYSTEMS for kind in STARTS[system]]


def started(system: System, kind: str, target: Path, folder: str = "", words: str = "") -> list[Match]:
    """What is met in a computer that starts one program in one way."""
    separator = "\\" if system == "windows" else "/"
    path = FOLDERS[system] + (folder + separator if folder else "") + ("agent.exe" if separator == "\\" else "agent")
    program = Program("agent", path, listed=False, starts=(kind,), arguments=words, content=b"planted")
    reading = devices.read_evidence(computers.write_zip(Computer(system, (program,)), target), watch=HASHED)
    return [each for one in reading.subjects for each in match(one, HASHED)]


HASHED = index(hashlib.sha256(b"planted").hexdigest())


@pytest.mark.parametrize(("system", "kind"), STARTED)
def test_the_known_digest_of_a_program_is_found_wherever_a_computer_starts_it(
    system: System, kind: str, tmp_path: Path
) -> None:
    met = started(system, kind, tmp_path / "evidence.zip")
    assert ("file-hash", "strong") in {(each.role, each.strength) for each in met}


@pytest.mark.parametrize(("system", "kind"), STARTED)
def test_a_known_name_is_found_wherever_a_computer_starts_a_program(system: System, kind: str, tmp_path: Path) -> None:
    assert "package" in {each.role for each in started(system, kind, tmp_path / "evidence.zip", folder=NAME)}


@pytest.mark.parametrize("value", [HOST, ADDRESS], ids=["host", "address"])
@pytest.mark.parametrize(("system", "kind"), [each for each in STARTED if each[1] not in WITHOUT_WORDS])
def test_a_known_server_is_found_in_what_a_program_is_told(
    system: System, kind: str, value: str, tmp_path: Path
) -> None:
    met = started(system, kind, tmp_path / "evidence.zip", words=f"--server {value}:443")
    assert {value} == {each.value for each in met if each.role == "command-and-control"}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    "set_up",
    [{"name_servers": (ADDRESS,)}, {"given_name_servers": ("192.168.1.1", ADDRESS)},
     {"hosts": ((ADDRESS, "bank.example"),)}, {"proxy": f"{ADDRESS}:80"}, {"proxy": f"{HOST}:80"}, {"proxy_script": f"http://{ADDRESS}/a.pac"}],
    ids=["name server", "name server of the network", "hosts file", "proxy", "proxy by name", "proxy script"],
)  # fmt: skip
def test_a_known_server_in_the_settings_of_the_network_is_found(
    system: System, set_up: dict[str, object], tmp_path: Path
) -> None:
    described = msgspec.structs.replace(Computer(system), **set_up)
    met = found(computers.write_zip(described, tmp_path / "evidence.zip"))
    assert "supporting" in {each.strength for each in met}
    assert {each.fact.name for each in met} & {"dns.server", "hosts.entry", "proxy", "proxy.script"}


def part_of_system(kind: str) -> Program:
    return Program(NAME, "/Library/A", listed=False, starts=(kind,))


REACHES = f"https://{HOST}/*"
EXTENSION = Extension(NAME, "A", forced=True)
MAC = "/Applications/A.app/Contents/MacOS/A"
IN_A_COMPUTER: dict[str, Computer] = {
    "list of programs, windows": Computer("windows", (Program(NAME, "C:\\Program Files\\A\\a.exe"),)),
    "list of programs, macos": Computer("macos", (Program(NAME, MAC),)),
    "list of programs, linux": Computer("linux", (Program(NAME, "/opt/a/a"),)),
    **{
        f"name of an extension, {system}": Computer(system, extensions=(Extension("a" * 32, NAME),))
        for system in SYSTEMS
    },
    **{
        f"right of an extension, {system}": Computer(system, extensions=(Extension("a" * 32, "A", (REACHES,)),))
        for system in SYSTEMS
    },
    **{
        f"id of an extension, {system}": Computer(system, extensions=(Extension(NAME, "A", browser="firefox"),))
        for system in SYSTEMS
    },
    "forced extension, windows": Computer("windows", extensions=(EXTENSION,)),
    "forced extension, linux": Computer("linux", extensions=(EXTENSION,)),
    "hosts file by name": Computer("windows", hosts=(("0.0.0.0", HOST),)),  # noqa: S104 - an address that leads nowhere
    "id with a right": Computer("macos", (Program(NAME, MAC, grants=("kTCCServiceListenEvent",)),)),
    "path with a right": Computer(
        "macos", (Program("a", f"/Users/home/{NAME}/a", listed=False, grants=("kTCCServiceScreenCapture",)),)
    ),
    "extension of the system": Computer("macos", (part_of_system("system-extension"),)),
    "extension of the kernel": Computer("macos", (part_of_system("kernel-extension"),)),
    "module of the kernel": Computer("linux", (part_of_system("kernel-module"),)),
    "profile": Computer("macos", profiles=(NAME,)),
    "management, macos": Computer("macos", management=f"https://{HOST}/mdm"),
    "management, windows": Computer("windows", management=HOST),
    "script that waits": Computer("windows", waiting_scripts=(("Updater", f"open http://{HOST}/"),)),
    "exclusion of the protection": Computer("windows", exclusions=(f"C:\\ProgramData\\{NAME}",)),
    "finding of the protection": Computer("windows", findings=(NAME,)),
    "start of the shell": Computer("macos", shell_lines=(f"nohup /opt/{NAME}/a &",)),
    "library for every program": Computer("linux", shell_lines=(f"LD_PRELOAD=/opt/{NAME}/a.so",)),
}  # fmt: skip
"""Known remote tools are programs like others: they are known by their id, path, digest and server."""


@pytest.mark.parametrize("place", IN_A_COMPUTER)
def test_a_known_value_is_found_in_every_other_place_of_a_computer(place: str, tmp_path: Path) -> None:
    assert found(computers.write_zip(IN_A_COMPUTER[place], tmp_path / "evidence.zip"))


@pytest.mark.parametrize("place", ["right", "shared folder"])
def test_an_id_that_is_known_for_ios_alone_is_found_in_a_text(place: str, tmp_path: Path) -> None:
    family = Family("spy", "Spy", "stalkerware")
    known = Knowledge(1, "", (family,), (Indicator("ios-bundle", NAME, "ios-bundle", ("spy",), ("list",)),))
    held = Index.open(Index.build(canonical(known), ()))
    rights: dict[str, str | bool | list[str]] = {
        "right": {"keychain-access-groups": [f"A1B2C3D4E5.{NAME}"]},
        "shared folder": {"com.apple.security.application-groups": [f"group.{NAME}"]},
    }[place]
    reading = devices.read_evidence(live(installed(rights=rights), tmp_path / "evidence"), watch=held)
    assert [each for one in reading.subjects for each in match(one, held)]


def test_without_them_nothing_is_found(tmp_path: Path) -> None:
    assert found(ios.write_backup(IosDescription(), tmp_path / "backup")) == []
    assert found(ios.write_sysdiagnose(IosDescription(), tmp_path / "diagnosis")) == []
    assert found(live(IosDevice(programs=(LiveProgram("org.example.chat"),)), tmp_path / "live")) == []
    assert found(computers.write_zip(Computer("windows"), tmp_path / "computer.zip")) == []
    assert found(write.write_bugreport(SMALL, tmp_path / "bugreport")) == []
