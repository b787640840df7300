"""Each kind of evidence and of app file, damaged at each hundredth: what is lost is told, never "nothing seen"."""

import base64
import functools
import itertools
import plistlib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pyrage
import pytest

import damage
from luciole import devices
from luciole.apps.read import read_app, read_app_set
from luciole.assess.assess import Engine
from luciole.cli.demonstration import demonstration_engine
from luciole.devices.live import adb, android
from luciole.devices.live import ios as live_ios
from luciole.devices.names import Kind
from luciole.devices.source import all_sources
from luciole.kernel.reading import Reading
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.apps.build import build_apk, build_container, build_split_set
from luciole.simulate.apps.description import AppDescription
from luciole.simulate.apps.keys import signer
from luciole.simulate.devices import backup, write
from luciole.simulate.devices.computer import write as computers
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.description import System
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
from luciole.simulate.programs.apple import build_fat, build_macho
from luciole.simulate.programs.bundle import build_app_zip, build_ipa
from luciole.simulate.programs.demonstration import APPLE_FORMS, BUNDLE_FORMS, PACKAGE_FORM, WATCHING
from luciole.simulate.programs.installers import MacPackage, Setup, build_cabinet, build_mac_package, build_nsis
from luciole.simulate.programs.package import build_package
from luciole.simulate.programs.windows import build_program

KEY = pyrage.x25519.Identity.generate()
PASSWORD = "correct horse"  # noqa: S105 - of the simulated backup
SMALL = Filler(files=3, system_packages=1, user_packages=1, dumpsys_megabytes=0, log_lines=2, processes=2)

WATCHES = {
    "package": "org.example.inert.watches", "label": "Inert",
    "permissions": ["INTERNET", "READ_SMS", "RECORD_AUDIO", "ACCESS_BACKGROUND_LOCATION", "ACCESS_FINE_LOCATION"],
    "services": [{
        "name": ".S", "permission": "BIND_ACCESSIBILITY_SERVICE",
        "actions": ["android.accessibilityservice.AccessibilityService"],
        "accessibility": {"can_retrieve_window_content": True, "event_types": ["typeAllMask"]},
    }],
    "receivers": [{"name": ".R", "device_admin": ["wipe-data", "force-lock"]}],
    "strings": ["https://collect.example.invalid/v1"],
}  # fmt: skip


def app(**more: object) -> AppDescription:
    return msgspec.convert({**WATCHES, **more}, AppDescription)


def split_app() -> AppDescription:
    return app(splits={"config.fr": {"label": "Inerte"}})


# ---------------------------------------------------------------------- app files

CARRIED = {"agent.exe": build_program(WATCHING), "start.txt": b"start https://collect.example.com/up"}
SET_UP = {f"$INSTDIR/{name}": content for name, content in CARRIED.items()}
STARTS = (("Software\\Microsoft\\Windows\\CurrentVersion\\Run", "Inert", "$INSTDIR\\agent.exe"),)
SIGNER = base64.b64encode(signer("own").certificate).decode()
MAC_PACKAGE = MacPackage(
    {
        "./Library/Inert/agent": build_macho(APPLE_FORMS[0]),
        "./Library/LaunchDaemons/a.plist": plistlib.dumps(
            {"ProgramArguments": ["curl", "https://collect.example.com/up"]}
        ),
    },
    scripts={"./postinstall": b"#!/bin/sh\ncurl https://collect.example.com/up\n"},
)
APP_FILES: dict[str, Callable[[], bytes]] = {
    "apk": lambda: build_apk(app()),
    "xapk": lambda: build_container(build_split_set(split_app()), "xapk"),
    "apks": lambda: build_container(build_split_set(split_app()), "apks"),
    "pe": lambda: build_program(WATCHING),
    "pe-signed": lambda: build_program(msgspec.structs.replace(WATCHING, signer="own")),
    "macho": lambda: build_macho(APPLE_FORMS[0]),
    "macho-fat": lambda: build_fat({"arm64": build_macho(APPLE_FORMS[0]), "x86-64": build_macho(APPLE_FORMS[1])}),
    "ipa": lambda: build_ipa(BUNDLE_FORMS[0]),
    "app-zip": lambda: build_app_zip(BUNDLE_FORMS[1]),
    "msi": lambda: build_package(PACKAGE_FORM),
    "nsis": lambda: build_nsis(Setup(SET_UP, STARTS)),
    "nsis-deflate": lambda: build_nsis(Setup(SET_UP, STARTS, "deflate")),
    "nsis-apart": lambda: build_nsis(Setup(SET_UP, STARTS, "deflate", solid=False)),
    "nsis-stored": lambda: build_nsis(Setup(SET_UP, STARTS, "stored", solid=False)),
    "cab": lambda: build_cabinet(CARRIED),
    "cab-stored": lambda: build_cabinet(CARRIED, packed=False),
    "pkg": lambda: build_mac_package(MAC_PACKAGE),
    "pkg-chunks": lambda: build_mac_package(msgspec.structs.replace(MAC_PACKAGE, packing="chunks")),
    "pkg-stored": lambda: build_mac_package(msgspec.structs.replace(MAC_PACKAGE, packing="none")),
    "pkg-signed": lambda: build_mac_package(msgspec.structs.replace(MAC_PACKAGE, certificates=(SIGNER,))),
}
UNCHECKED = frozenset({
    "pe", "pe-signed", "macho", "macho-fat", "msi", "ios-backup-folder", "sysdiagnose-folder", "copied-windows",
    "copied-macos", "copied-linux",
})  # fmt: skip
"""Formats without checksums: where bytes were changed and the file holds together, it says another thing. Only verdicts
are compared then, unless the very bytes of what was lost were changed."""
SUMMED_BY_XOR = frozenset({"cab", "cab-stored"})
"""Formats whose checksum stays as it was where an even number of words is flipped ([MS-CAB] 3.1), as in each hundredth
here: it says another thing then. Zeros and cuts do not get past it."""
WITH_LOGS = frozenset({"text", "androidqf-folder"})
"""Logs hold bytes of every kind, so that damage does not show in them; the apps they name stand elsewhere, too."""


@functools.cache
def engine() -> Engine:
    return demonstration_engine()


@pytest.mark.parametrize("form", damage.FORMS)
@pytest.mark.parametrize("name", [*APP_FILES, "loose-split-set"])
def test_an_app_file_damaged_at_each_hundredth_is_never_called_nothing_seen(name: str, form: str) -> None:
    if name == "loose-split-set":
        files: damage.Files = build_split_set(split_app())
        honest(name, files, form, lambda held: read_app_set(list(held.items()), "set"), one=True)
    else:
        honest(name, {"": APP_FILES[name]()}, form, lambda held: read_app(held[""], "a"), one=True)


@pytest.mark.parametrize("form", damage.FORMS)
def test_a_folder_of_app_files_damaged_at_each_hundredth_is_never_called_nothing_seen(
    form: str, tmp_path: Path
) -> None:
    for each in damage.damages({"": build_apk(app())}, form):
        (tmp_path / f"{each.percent:02}.apk").write_bytes(each.files[""])
    result = check([tmp_path], engine(), ReadSettings(now="2026-01-01T00:00:00Z"))
    assert len(result.assessments) + len(result.unreadable) == 100
    assert {one.verdict.code for one in result.assessments} <= {"needs-a-person", "behaves-like-stalkerware"}


# ---------------------------------------------------------------------- evidence of devices


class Watching:
    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        return set(values) & {KNOWN} if kind in {"package", "ios-bundle"} else set()


def phone() -> DeviceDescription:
    full = demonstration()
    known = next(each for each in full.apps if each.package == KNOWN)
    watcher = next(each for each in full.apps if each.apk is not None)
    return msgspec.structs.replace(full, apps=(known, watcher), filler=SMALL)


def iphone(password: str = "") -> IosDescription:
    places = (Planted(KNOWN, "notifications"), Planted(KNOWN, "container-log"), Planted(KNOWN, "crash"))
    apps = (App("org.example.chat"), App("org.example.gone", removed=True))
    return IosDescription(apps=apps, planted=places, filler=1, password=password)


def made_backup(target: Path, password: str) -> Path:
    target.write_bytes(backup.backup(Phone(phone()), password))
    return target


def android_live(target: Path) -> Path:
    with AdbServer(SimulatedDevice("ONE", phone())) as server:
        device = adb.Server(adb.address(server.address)).device()
        target.write_bytes(b"".join(android.acquire(device, android.Options(apks="user", log=False))))
    return target


def ios_live(target: Path) -> Path:
    device = live_iphone()
    programs = (*device.programs, Program(KNOWN, "Family Watch"))
    with UsbmuxServer(msgspec.structs.replace(device, programs=programs)) as server:
        target.write_bytes(b"".join(live_ios.acquire(live_ios.Options(usbmux=server.address))))
    return target


def capture(target: Path, ending: str) -> Path:
    scene = Scene()
    ordinary(scene, minutes=1)
    return write_capture(scene, target.with_suffix(ending))


def capture_folder(target: Path) -> Path:
    target.mkdir()
    capture(target / "capture", ".pcap")
    (target / "alerts.json").write_text('{"high": [{"id": "IOC-03", "title": "A name", "host": "a.example"}]}')
    return target


def collected(system: System) -> Callable[[Path], Path]:
    return lambda target: computers.write_zip(computer(system), target)


def copied(system: System) -> Callable[[Path], Path]:
    return lambda target: computers.write_folder(computer(system), target)


EVIDENCE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "androidqf-folder": ("androidqf", lambda target: write.write_folder(phone(), target)),
    "androidqf-zip": ("androidqf", lambda target: write.write_zip(phone(), target, inside_folder=True)),
    "android-live": ("androidqf", android_live),
    "age": ("age-encrypted", lambda target: write.write_age(phone(), target, str(KEY.to_public()))),
    "bugreport": ("bugreport", lambda target: write.write_bugreport(phone(), target)),
    "text": ("dumpsys", lambda target: write.write_bugreport(phone(), target, text=True)),
    "backup": ("backup", lambda target: made_backup(target, "")),
    "backup-encrypted": ("backup", lambda target: made_backup(target, PASSWORD)),
    "ios-live": ("ios-live", ios_live),
    "ios-backup-folder": ("ios-backup", lambda target: ios.write_backup(iphone(), target)),
    "ios-backup-zip": ("ios-backup", lambda target: ios.write_backup_zip(iphone(), target)),
    "ios-backup-encrypted": ("ios-backup", lambda target: ios.write_backup_zip(iphone(PASSWORD), target)),
    "sysdiagnose": ("sysdiagnose", lambda target: ios.write_sysdiagnose(iphone(), target)),
    "sysdiagnose-folder": ("sysdiagnose", lambda target: ios.write_sysdiagnose_folder(iphone(), target)),
    "computer-windows": ("computer", collected("windows")),
    "computer-macos": ("computer", collected("macos")),
    "computer-linux": ("computer", collected("linux")),
    "copied-windows": ("computer", copied("windows")),
    "copied-macos": ("computer", copied("macos")),
    "copied-linux": ("computer", copied("linux")),
    "pcap": ("capture", lambda target: capture(target, ".pcap")),
    "pcapng": ("capture", lambda target: capture(target, ".pcapng")),
    "pcap-gz": ("capture", lambda target: capture(target, ".pcap.gz")),
    "capture-folder": ("capture", capture_folder),
}


@functools.cache
def evidence(name: str) -> tuple[str, damage.Files]:
    """Name on disk, and the files."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = EVIDENCE[name][1](Path(folder) / "evidence")
        return path.name, damage.files_of(path)


def test_every_kind_of_evidence_is_damaged_here() -> None:
    assert {source.KIND for source in all_sources()} == {kind for kind, _ in EVIDENCE.values()} | {"apk-folder"}


@pytest.mark.parametrize("form", damage.FORMS)
@pytest.mark.parametrize("name", EVIDENCE)
def test_evidence_damaged_at_each_hundredth_is_never_called_nothing_seen(name: str, form: str, tmp_path: Path) -> None:
    called, files = evidence(name)

    def read(held: damage.Files) -> Reading:
        path = damage.write(held, tmp_path / called)
        return devices.read_evidence(path, watch=Watching(), now="2025-03-20", identity=str(KEY), password=PASSWORD)

    honest(name, files, form, read, one=False)


# ---------------------------------------------------------------------- what must hold


def honest(name: str, files: damage.Files, form: str, read: Callable[[damage.Files], Reading], *, one: bool) -> None:
    whole = read(files)
    everything, before = damage.said(whole, one=one), damage.verdicts(whole, engine())
    assert everything
    for each in damage.damages(files, form):
        reading = damage.read_or_refuse(read, each.files)
        if reading is None:
            continue
        lost = everything - damage.said(reading, one=one)
        if not lost or excused(name, form, lost, each):
            continue
        where = f"{name} {form} at {each.percent} % ({each.name}): {sorted(lost)[:3]}"
        silent = (
            (form != "cut" and name in UNCHECKED)
            or (form == "flipped" and name in SUMMED_BY_XOR)
            or (name in WITH_LOGS and {fact for _, fact, _ in lost} == {"app.named"})
        )
        assert silent or damage.told(reading, whole), where
        assert reading.problem or spoken(reading, before, {key for key, _, _ in lost}), where


def excused(name: str, form: str, lost: set[damage.Said], each: damage.Damaged) -> bool:
    """Whether what is left is a whole file that says something else: nothing can tell that it said more before."""
    if form == "cut":
        return name.startswith(("copied-", "sysdiagnose-folder")) and damage.is_text(each.before)
    return name in UNCHECKED and damage.own_bytes_hit(lost, each)


def spoken(reading: Reading, before: dict[damage.Key, str], lost: set[damage.Key]) -> bool:
    """Whether each subject that lost something and was worth a word is still worth one, or the device is."""
    now = damage.verdicts(reading, engine())
    if any(verdict != "nothing-seen" for (kind, _, _), verdict in now.items() if kind == "device"):
        return True
    watched = [
        key for key, verdict in before.items() if verdict != "nothing-seen" and (key in lost or ("", "", None) in lost)
    ]
    if ("", "", None) in lost:
        return not watched or not damage.only_nothing_seen(now)
    return all(now.get(key, "nothing-seen") != "nothing-seen" for key in watched)


def test_the_check_can_fail() -> None:
    """A reading that lost its facts and calls everything examined is not let through."""
    files = {"": build_apk(app())}
    whole = read_app(files[""], "a")
    emptied = msgspec.structs.replace(
        whole, subjects=tuple(msgspec.structs.replace(each, facts=()) for each in whole.subjects)
    )
    answers = itertools.chain([whole], itertools.repeat(emptied))
    with pytest.raises(AssertionError, match="at 0 %"):
        honest("apk", files, "zeros", lambda _: next(answers), one=True)
