"""One suite that grades every kind of device evidence: recognition, damage, honesty about gaps, and no writing."""

import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pyrage
import pytest

from luciole import devices
from luciole.devices.live import adb, android
from luciole.devices.live import ios as live_ios
from luciole.devices.names import Kind
from luciole.devices.source import all_sources
from luciole.kernel.errors import NotThisKind
from luciole.kernel.outcome import Reason, State
from luciole.kernel.reading import Reading
from luciole.kernel.vocabulary import AREAS, CLOSED, Platform
from luciole.simulate.devices import backup, write
from luciole.simulate.devices.computer import write as computers
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.demonstration import KNOWN, demonstration
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.devices.ios import write as ios
from luciole.simulate.devices.ios.description import App, IosDescription, Planted
from luciole.simulate.devices.phone import Phone
from luciole.simulate.live.adb_server import AdbServer, SimulatedDevice
from luciole.simulate.live.ios_device import Program
from luciole.simulate.live.ios_device import demonstration as live_iphone
from luciole.simulate.live.usbmux_server import UsbmuxServer
from luciole.simulate.network.demonstration import ordinary
from luciole.simulate.network.scene import Scene
from luciole.simulate.network.write import write_capture

KEY = pyrage.x25519.Identity.generate()
PASSWORD = "correct horse"  # noqa: S105 - of the simulated backup


def description() -> DeviceDescription:
    filler = Filler(files=20, system_packages=5, user_packages=3, dumpsys_megabytes=0.02, log_lines=10, processes=5)
    return msgspec.structs.replace(demonstration(), filler=filler)


def _folder(target: Path) -> Path:
    return write.write_folder(description(), target)


def _zip(target: Path) -> Path:
    return write.write_zip(description(), target / "evidence", inside_folder=True)


def _age(target: Path) -> Path:
    return write.write_age(description(), target / "evidence", str(KEY.to_public()))


def _bugreport(target: Path) -> Path:
    return write.write_bugreport(description(), target / "evidence")


def _text(target: Path) -> Path:
    return write.write_bugreport(description(), target / "evidence", text=True)


def _backup(password: str) -> Callable[[Path], Path]:
    def make(target: Path) -> Path:
        path = target / "evidence"
        path.write_bytes(backup.backup(Phone(description()), password))
        return path

    return make


def _apks(target: Path) -> Path:
    folder = target / "pulled"
    folder.mkdir()
    acquisition = write.write_folder(description(), target)
    for apk in (acquisition / "apks").iterdir():
        (folder / apk.name).write_bytes(apk.read_bytes())
    return folder


def iphone(password: str = "") -> IosDescription:
    apps = (App("org.example.chat"), App("org.example.gone", removed=True))
    places = (Planted(KNOWN, "notifications"), Planted(KNOWN, "container-log"))
    return IosDescription(apps=apps, planted=places, filler=20, password=password)


def _ios_zip(password: str) -> Callable[[Path], Path]:
    return lambda target: ios.write_backup_zip(iphone(password), target / "evidence")


def _android_live(target: Path) -> Path:
    with AdbServer(SimulatedDevice("ONE", description())) as server:
        device = adb.Server(adb.address(server.address)).device()
        chunks = list(android.acquire(device, android.Options(apks="user")))
    (target / "evidence").write_bytes(b"".join(chunks))
    return target / "evidence"


def _ios_live(target: Path) -> Path:
    device = live_iphone()
    programs = (*device.programs, Program(KNOWN, "Family Watch"))
    with UsbmuxServer(msgspec.structs.replace(device, programs=programs)) as server:
        chunks = list(live_ios.acquire(live_ios.Options(usbmux=server.address)))
    (target / "evidence").write_bytes(b"".join(chunks))
    return target / "evidence"


def _capture(target: Path) -> Path:
    scene = Scene()
    ordinary(scene, minutes=3)
    return write_capture(scene, target / "evidence.pcap").rename(target / "evidence")


def _captured_folder(target: Path) -> Path:
    (target / "taken").mkdir()
    _capture(target).rename(target / "taken" / "capture.pcap")
    alerts = '{"high": [{"id": "IOC-03", "title": "A name", "host": "a.example"}]}'
    (target / "taken" / "alerts.json").write_text(alerts)
    return target / "taken"


MADE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "androidqf-folder": ("androidqf", _folder),
    "androidqf-zip": ("androidqf", _zip),
    "age": ("age-encrypted", _age),
    "bugreport": ("bugreport", _bugreport),
    "text": ("dumpsys", _text),
    "backup": ("backup", _backup("")),
    "backup-encrypted": ("backup", _backup(PASSWORD)),
    "apks": ("apk-folder", _apks),
    "android-live": ("androidqf", _android_live),
    "ios-live": ("ios-live", _ios_live),
    "ios-backup-folder": ("ios-backup", lambda target: ios.write_backup(iphone(), target)),
    "ios-backup": ("ios-backup", _ios_zip("")),
    "ios-backup-encrypted": ("ios-backup", _ios_zip(PASSWORD)),
    "sysdiagnose": ("sysdiagnose", lambda target: ios.write_sysdiagnose(iphone(), target / "evidence")),
    "sysdiagnose-folder": ("sysdiagnose", lambda target: ios.write_sysdiagnose_folder(iphone(), target)),
    "computer": ("computer", lambda target: computers.write_zip(computer("windows"), target / "evidence")),
    "capture": ("capture", _capture),
    "capture-folder": ("capture", _captured_folder),
    "computer-folder": ("computer", lambda target: computers.write_folder(computer("windows"), target / "copied")),
}


PLATFORMS: dict[str, Platform] = {"ios-live": "ios", "ios-backup": "ios", "sysdiagnose": "ios", "computer": "windows",
                                  "capture": "network"}  # fmt: skip
"""Kind → what its devices run, where that is not Android."""


def areas_of(kind: str) -> list[str]:
    """The areas of devices that evidence of a kind accounts for."""
    platform = PLATFORMS.get(kind, "android")
    return [name for name, area in AREAS.items() if area.of == "device" and platform in area.platforms]


class Watching:
    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return set(values) & {KNOWN} if kind == "package" else set()


def read(path: Path) -> Reading:
    return devices.read_evidence(path, watch=Watching(), now="2025-03-20", identity=str(KEY), password=PASSWORD)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: make(tmp_path_factory.mktemp(name)) for name, (_, make) in MADE.items()}


def everything(path: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of everything below a folder."""
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            status = os.lstat(Path(folder) / name)
            found[str(Path(folder) / name)] = (status.st_size, status.st_mtime_ns)
    return found


def test_every_kind_is_found_and_has_what_is_asked_of_it() -> None:
    assert {source.KIND for source in all_sources()} == {kind for kind, _ in MADE.values()}
    for source in all_sources():
        assert source.TITLE
        assert set(source.AREAS) <= set(AREAS)
        assert callable(source.recognise)
        assert callable(source.read)


@pytest.mark.parametrize("name", MADE)
def test_a_kind_is_recognised_by_its_content_and_by_no_other_source(name: str, made: dict[str, Path]) -> None:
    assert devices.recognise(made[name]) == MADE[name][0]


@pytest.mark.parametrize("name", MADE)
def test_evidence_is_read_and_every_area_accounted_for(name: str, made: dict[str, Path]) -> None:
    reading = read(made[name])
    assert reading.problem == ""
    assert reading.evidence.kind == MADE[name][0]
    assert [each.area for each in reading.coverage] == areas_of(reading.evidence.kind)
    examined = {each.area for each in reading.coverage if each.state is not State.NOT_LOOKED_AT}
    source = next(source for source in all_sources() if MADE[name][0] == source.KIND)
    assert examined <= set(source.AREAS)
    for each in reading.coverage:
        assert each.state is State.EXAMINED or each.reason is not Reason.NONE


@pytest.mark.parametrize("name", [name for name in MADE if name != "apks" and "capture" not in name])
def test_the_known_app_is_found(name: str, made: dict[str, Path]) -> None:
    reading = read(made[name])
    named = {fact.value for found in reading.subjects for fact in found.facts if fact.name == "named.package"}
    assert KNOWN in named | {found.subject.identity for found in reading.subjects}


@pytest.mark.parametrize("name", MADE)
def test_reading_writes_nothing(
    name: str, made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = everything(made[name].parent)
    read(made[name])
    assert everything(made[name].parent) == before
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("name", [name for name in MADE if "folder" not in name and name != "apks"])
def test_a_file_cut_at_any_point_is_refused_or_read_in_part_and_says_so(
    name: str, made: dict[str, Path], tmp_path: Path
) -> None:
    data = made[name].read_bytes()
    whole = read(made[name])
    complete = readable(whole)
    path = tmp_path / "cut"
    for step in range(24):
        path.write_bytes(data[: len(data) * step // 24])
        try:
            reading = read(path)
        except NotThisKind:
            continue
        gaps = [each for each in reading.coverage if each.state is not State.EXAMINED and each.area in _areas(reading)]
        assert readable(reading) <= complete
        assert reading.problem or gaps


def readable(reading: Reading) -> int:
    return sum(fact.name != "unreadable.section" for found in reading.subjects for fact in found.facts)


def _areas(reading: Reading) -> set[str]:
    return set(next(source.AREAS for source in all_sources() if reading.evidence.kind == source.KIND))


@pytest.mark.parametrize("name", [name for name in MADE if "folder" not in name and name != "apks"])
def test_flipped_bytes_raise_nothing_but_the_errors_of_luciole(
    name: str, made: dict[str, Path], tmp_path: Path
) -> None:
    data = made[name].read_bytes()
    path = tmp_path / "flipped"
    for step in range(1, 30):
        changed = bytearray(data)
        for at in range(step * 37 % len(data), len(data), max(1, len(data) // 5)):
            changed[at] ^= 1 << (step % 8)
        path.write_bytes(changed)
        try:
            reading = read(path)
        except NotThisKind:
            continue
        closed = [CLOSED] if reading.problem else []
        assert [each.area for each in reading.coverage] in (areas_of(reading.evidence.kind), closed)


def test_without_the_key_nothing_is_read_and_nothing_counts_as_looked_at(made: dict[str, Path]) -> None:
    for identity in (None, "", "AGE-SECRET-KEY-1BROKEN", str(pyrage.x25519.Identity.generate())):
        reading = devices.read_evidence(made["age"], identity=identity)
        assert reading.problem
        assert reading.subjects == ()
        assert {each.state for each in reading.coverage} == {State.NOT_LOOKED_AT}
        assert {each.reason for each in reading.coverage} == {Reason.ENCRYPTED}


def test_without_the_password_a_backup_is_encrypted_not_empty(made: dict[str, Path]) -> None:
    for password in (None, "wrong"):
        reading = devices.read_evidence(made["backup-encrypted"], password=password)
        states = {each.area: (each.state, each.reason) for each in reading.coverage}
        assert states["device.backup"] == (State.NOT_LOOKED_AT, Reason.ENCRYPTED)
        assert "password" in reading.problem


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"PK\x03\x04", b"hello", b"PK\x05\x06" + bytes(18), b"age-encryption.org/v2\n"]
)
def test_other_files_are_no_evidence(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bugreport-androidqf-dumpsys.zip"
    path.write_bytes(data)
    assert devices.recognise(path) is None
    with pytest.raises(NotThisKind):
        read(path)


def test_an_empty_folder_is_no_evidence(tmp_path: Path) -> None:
    assert devices.recognise(tmp_path) is None
    assert devices.recognise(tmp_path / "absent") is None


@pytest.mark.parametrize("at", range(40))
def test_each_member_of_an_archive_may_be_damaged_alone(at: int, made: dict[str, Path], tmp_path: Path) -> None:
    """One byte in the middle of one member's data: that member is named as damaged, the others are read."""
    data = bytearray(made["androidqf-zip"].read_bytes())
    members = sorted(zipfile.ZipFile(made["androidqf-zip"]).infolist(), key=lambda entry: entry.header_offset)
    if at >= len(members):
        return
    member = members[at]
    start = member.header_offset + 30 + len(member.filename.encode())
    data[start + member.compress_size // 2] ^= 0x55
    path = tmp_path / "evidence"
    path.write_bytes(data)
    reading = read(path)
    before = read(made["androidqf-zip"])
    assert reading.coverage != before.coverage or member.filename.endswith((".apk", "acquisition.json", "hashes.csv"))
    assert len(reading.subjects) > 1


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "logcat.txt").write_text(f"Start proc {KNOWN}\n", "utf-8")
    folder = write.write_folder(
        msgspec.structs.replace(description(), apps=(), absent=("logcat.txt",)), tmp_path / "acquisition"
    )
    (folder / "logcat.txt").symlink_to(secret / "logcat.txt")
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs" / "more").symlink_to(secret)
    reading = read(folder)
    assert KNOWN not in str(reading.subjects)
    names = next(each for each in reading.coverage if each.area == "device.names")
    assert names.state is State.PARTIAL
    assert "logcat.txt" in names.detail
