"""Evidence of computers: what is planted is found wherever it can stand, and damage is never silence."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.devices.names import Kind
from luciole.devices.readers import computer as source
from luciole.kernel.errors import NotThisKind
from luciole.kernel.outcome import State
from luciole.kernel.reading import Reading
from luciole.kernel.vocabulary import AREAS, FACTS
from luciole.simulate.apps.keys import signer
from luciole.simulate.devices.computer import write
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.description import Computer, Extension, Program, System

NAME = "org.example.planted.watcher"
HOST = "panel.planted.example"
SYSTEMS: tuple[System, ...] = ("windows", "macos", "linux")
CONTENT = b"inert bytes of a program"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Watching:
    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        wanted = {"package": {NAME}, "host": {HOST}, "digest": {DIGEST}, "certificate": {CERTIFICATE}}
        return set(values) & wanted.get(kind, set())


DER = signer("other").certificate
CERTIFICATE = hashlib.sha256(DER).hexdigest()


def program(kind: str, system: System) -> Program:
    path = {
        "windows": f"C:\\Users\\home\\AppData\\Roaming\\{NAME}\\agent.exe",
        "macos": f"/Users/home/{NAME}/agent",
        "linux": f"/home/home/{NAME}/agent",
    }[system]
    return Program("agent", path, listed=False, starts=(kind,), content=CONTENT)


STARTS: dict[System, tuple[str, ...]] = {
    "windows": (
        "run-key",
        "run-key-system",
        "service",
        "service-library",
        "driver",
        "winlogon",
        "image-options",
        "appinit",
        "active-setup",
        "task",
        "startup-folder",
        "wmi",
    ),
    "macos": ("launch-agent", "launch-agent-binary", "launch-daemon", "login-item", "cron"),
    "linux": ("unit", "user-unit", "desktop-entry", "cron", "preload", "shell"),
}
ONLY_COMMANDS = {"wmi", "login-item", "cron-macos"}


def places() -> list[tuple[str, Computer]]:
    """Every place in which a name or host can stand, each alone."""
    found: list[tuple[str, Computer]] = []
    for system in SYSTEMS:
        found += [(f"{system}-{kind}", Computer(system, (program(kind, system),))) for kind in STARTS[system]]
        listed = {
            "windows": Program(NAME, "C:\\Program Files\\A\\a.exe"),
            "macos": Program(NAME, "/Applications/A.app/Contents/MacOS/A"),
            "linux": Program(NAME, "/opt/a/a"),
        }[system]
        found += [
            (f"{system}-listed", Computer(system, (listed,))),
            (f"{system}-extension-chrome", Computer(system, extensions=(Extension("a" * 32, NAME, ("history",)),))),
            (
                f"{system}-extension-host",
                Computer(system, extensions=(Extension("a" * 32, "A", (f"https://{HOST}/*",)),)),
            ),
            (f"{system}-extension-firefox", Computer(system, extensions=(Extension(NAME, "A", browser="firefox"),))),
            (f"{system}-hosts", Computer(system, hosts=(("203.0.113.7", HOST),))),
            (f"{system}-proxy", Computer(system, proxy=f"{HOST}:3128")),
            (f"{system}-proxy-script", Computer(system, proxy_script=f"http://{HOST}/a.pac")),
            (f"{system}-certificate", Computer(system, certificates=(DER,))),
        ]
    found += [
        (
            "macos-right-id",
            Computer(
                "macos", (Program(NAME, "/Applications/A.app/Contents/MacOS/A", grants=("kTCCServiceListenEvent",)),)
            ),
        ),
        (
            "macos-right-path",
            Computer("macos", (msgspec.structs.replace(program("", "macos"), grants=("kTCCServiceScreenCapture",)),)),
        ),
        (
            "macos-system-extension",
            Computer("macos", (Program(NAME, "/Library/A", listed=False, starts=("system-extension",)),)),
        ),
        (
            "macos-kernel-extension",
            Computer("macos", (Program(NAME, "/Library/A", listed=False, starts=("kernel-extension",)),)),
        ),
        ("macos-management", Computer("macos", management=f"https://{HOST}/mdm")),
        ("macos-profile", Computer("macos", profiles=(NAME,))),
        ("macos-shell", Computer("macos", shell_lines=(f"nohup /opt/{NAME}/a &",))),
        ("windows-management", Computer("windows", management=HOST)),
        ("windows-script", Computer("windows", waiting_scripts=(("Updater", f"open http://{HOST}/"),))),
        ("windows-exclusion", Computer("windows", exclusions=(f"C:\\ProgramData\\{NAME}",))),
        ("windows-finding", Computer("windows", findings=(NAME,))),
        ("windows-forced", Computer("windows", extensions=(Extension(NAME, "A", forced=True),))),
        ("linux-forced", Computer("linux", extensions=(Extension(NAME, "A", forced=True),))),
        ("linux-shell", Computer("linux", shell_lines=(f"LD_PRELOAD=/opt/{NAME}/a.so",))),
    ]
    return found


def read(path: Path) -> Reading:
    return devices.read_evidence(path, watch=Watching(), now="2025-03-20")


def seen(reading: Reading) -> set[str]:
    """Everything of what was planted that a fact or a subject states."""
    found = {subject.subject.identity for subject in reading.subjects}
    for subject in reading.subjects:
        found |= {
            str(fact.value)
            for fact in subject.facts
            if fact.name in {"named.package", "named.host", "named.digest", "app.label"}
        }
    return found & {NAME, HOST, DIGEST, CERTIFICATE}


@pytest.mark.parametrize("described", [made for _, made in places()], ids=[name for name, _ in places()])
def test_what_is_planted_in_a_place_is_found_there(described: Computer, tmp_path: Path) -> None:
    reading = read(write.write_zip(described, tmp_path / "evidence.zip"))
    assert reading.evidence.kind == "computer"
    assert {subject.subject.platform for subject in reading.subjects} == {described.system}
    assert seen(reading) & {NAME, HOST, CERTIFICATE}
    for subject in reading.subjects:
        for fact in subject.facts:
            assert fact.name in FACTS
            assert set(fact.attributes) <= set(FACTS[fact.name].attributes)
            assert FACTS[fact.name].subject == subject.subject.kind


@pytest.mark.parametrize("kind", [kind for kind in STARTS["windows"] if kind != "wmi"])
def test_what_is_planted_in_copied_hives_and_tasks_is_found(kind: str, tmp_path: Path) -> None:
    described = Computer("windows", (program(kind, "windows"),))
    assert NAME in seen(read(write.write_folder(described, tmp_path)))


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_program_that_starts_is_a_subject_with_its_start_its_path_and_its_digest(
    system: System, tmp_path: Path
) -> None:
    kind = {"windows": "run-key", "macos": "launch-daemon", "linux": "unit"}[system]
    reading = read(write.write_zip(Computer(system, (program(kind, system),)), tmp_path / "evidence.zip"))
    found = [subject for subject in reading.subjects if NAME in subject.subject.identity]
    assert len(found) == 1
    facts = {fact.name: fact for fact in found[0].facts}
    start = facts["autostart.entry" if system == "windows" else "autostart.service"]
    assert start.attributes["from"] == "user"
    assert start.attributes["enabled"] is True
    assert facts["file.sha256"].value == DIGEST
    assert facts["program.unlisted"].value is True


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_digest_of_a_known_program_is_found(system: System, tmp_path: Path) -> None:
    kind = STARTS[system][0]
    reading = read(write.write_zip(Computer(system, (program(kind, system),)), tmp_path / "evidence.zip"))
    assert DIGEST in seen(reading)


# ---------------------------------------------------------------------- damage


def rows(reading: Reading) -> set[tuple[str, str, str]]:
    return {
        (subject.subject.identity, fact.name, str(fact.value))
        for subject in reading.subjects
        for fact in subject.facts
        if fact.name not in {"unreadable.section", "app.named", "program.unlisted", "app.system"}
    }


def gaps(reading: Reading) -> set[tuple[str, str]]:
    return {(each.area, each.state.value) for each in reading.coverage if each.state is not State.EXAMINED}


@pytest.mark.parametrize("system", SYSTEMS)
def test_one_changed_byte_at_each_hundredth_takes_nothing_away_in_silence(system: System, tmp_path: Path) -> None:
    path = write.write_zip(computer(system), tmp_path / "whole.zip")
    whole, data = read(path), path.read_bytes()
    for step in range(100):
        changed = bytearray(data)
        changed[len(data) * step // 100] ^= 0x41
        damaged = tmp_path / "damaged.zip"
        damaged.write_bytes(changed)
        try:
            reading = read(damaged)
        except NotThisKind:
            continue
        if rows(whole) - rows(reading):
            assert gaps(reading) - gaps(whole), step


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_collection_cut_at_each_hundredth_is_refused_or_says_what_is_missing(system: System, tmp_path: Path) -> None:
    path = write.write_zip(computer(system), tmp_path / "whole.zip")
    whole, data = read(path), path.read_bytes()
    for step in range(100):
        cut = tmp_path / "cut.zip"
        cut.write_bytes(data[: len(data) * step // 100])
        try:
            reading = read(cut)
        except NotThisKind:
            continue
        assert gaps(reading) - gaps(whole)


BINARY = ("NTUSER.DAT", "SOFTWARE", "SYSTEM", "Task2", "TCC.db", ".plist")


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_a_copied_file_cut_at_each_hundredth_loses_nothing_in_silence(system: System, tmp_path: Path) -> None:
    folder = write.write_folder(computer(system), tmp_path / "copied")
    whole = read(folder)
    files = [
        path for path in folder.rglob("*") if path.is_file() and path.name.endswith(BINARY) and path.stat().st_size
    ]
    assert files
    for file in files:
        data = file.read_bytes()
        for step in range(100):
            file.write_bytes(data[: len(data) * step // 100])
            try:
                reading = read(folder)
            except NotThisKind:
                continue
            if rows(whole) - rows(reading):
                assert gaps(reading) - gaps(whole) or _unknown(reading, whole), (file.name, step)
        file.write_bytes(data)


def _unknown(reading: Reading, whole: Reading) -> bool:
    """A gap that was there already may have grown: then its explanation says so."""
    before = {each.area: each.detail for each in whole.coverage}
    return any(each.detail != before[each.area] and each.state is not State.EXAMINED for each in reading.coverage)


def test_a_file_that_was_closed_to_the_collector_is_a_gap_and_not_an_absence(tmp_path: Path) -> None:
    described = computer("macos")
    rights = "/Users/home/Library/Application Support/com.apple.TCC/TCC.db"
    closed = msgspec.structs.replace(described, denied=(rights,))
    reading = read(write.write_zip(closed, tmp_path / "evidence.zip"))
    covered = {each.area: each for each in reading.coverage}
    assert covered["computer.grants"].state is State.PARTIAL
    assert "Permission denied" in covered["computer.grants"].detail
    assert not any(fact.name == "permission.granted" for subject in reading.subjects for fact in subject.facts)


def test_a_member_that_was_changed_after_the_collection_is_told(tmp_path: Path) -> None:
    path = write.write_zip(computer("linux"), tmp_path / "whole.zip")
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"127.0.0.1 localhost\n" if name.endswith("etc/hosts") else old.read(name))
    covered = {each.area: each for each in read(changed).coverage}
    assert covered["computer.network"].state is State.PARTIAL
    assert "differs from the digest" in covered["computer.network"].detail


def test_a_member_that_was_taken_out_is_told(tmp_path: Path) -> None:
    path = write.write_zip(computer("windows"), tmp_path / "whole.zip")
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            if not name.endswith("Tasks/Task2") and not name.endswith("tasks.xml"):
                new.writestr(name, old.read(name))
    covered = {each.area: each for each in read(changed).coverage}
    assert covered["computer.tasks"].state is not State.EXAMINED
    assert "not there" in covered["computer.tasks"].detail


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_area_of_the_system_is_accounted_for(system: System, tmp_path: Path) -> None:
    reading = read(write.write_zip(computer(system), tmp_path / "evidence.zip"))
    wanted = [name for name, area in AREAS.items() if area.of == "device" and system in area.platforms]
    assert [each.area for each in reading.coverage] == wanted
    examined = {each.area for each in reading.coverage if each.state is State.EXAMINED}
    assert {
        "computer.autostart",
        "computer.services",
        "computer.extensions",
        "computer.network",
        "computer.hooks",
    } <= examined
    assert examined <= set(source.AREAS)


def test_a_collection_of_a_newer_form_is_not_read_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "newer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("collection.json", b'{"format":"luciole-computer","version":2,"system":"linux"}')
        archive.writestr("files/etc/systemd/system/a.service", b"[Unit]\n[Service]\nExecStart=/opt/a\n")
    reading = read(path)
    assert all(each.state is not State.EXAMINED for each in reading.coverage if each.area.startswith("computer."))
