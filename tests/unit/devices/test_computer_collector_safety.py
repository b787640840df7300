"""The collector on a computer that somebody prepared: it runs nothing of theirs and asks nobody."""

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.collector import computer as collector
from luciole.kernel.outcome import State
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.description import System
from luciole.simulate.devices.computer.machine import SimulatedMachine

PLANTED = "C:\\Users\\a\\a\u2019; Start-Process calc; \u2018b.exe"
AWAY = "\\\\198.51.100.7\\share\\agent.exe"
RUN = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"


def powershell_texts(script: str) -> list[str]:
    """The texts in single quotes as PowerShell's tokenizer cuts them: any of its quotes ends one, two stand for one."""
    quotes = "'\u2018\u2019\u201a\u201b"
    found, at = [], 0
    while at < len(script):
        if script[at] not in quotes:
            at += 1
            continue
        text, at = "", at + 1
        while at < len(script) and (script[at] not in quotes or script[at + 1 : at + 2] in (*quotes,)):
            text += script[at]
            at += 2 if script[at] in quotes else 1
        found.append(text)
        at += 1
    return found


class Prepared(SimulatedMachine):
    """A computer on which somebody planted names; it notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__(computer("windows"))
        self.asked: list[str] = []
        self.ran: list[tuple[str, ...]] = []
        self.content[PLANTED] = b"MZ"

    def is_file(self, path: str) -> bool:
        self.asked.append(path)
        return super().is_file(path)

    def read(self, path: str, size: int) -> bytes:
        self.asked.append(path)
        return super().read(path, size)

    def run(self, words: tuple[str, ...]) -> tuple[int, bytes]:
        self.ran.append(words)
        return super().run(words)

    def values(self, hive: collector.Hive) -> Iterator[collector.Said]:
        if hive.path == RUN:
            for name, path in (("a", f'"{PLANTED}"'), ("b", AWAY), ("c", AWAY.replace("\\", "/"))):
                yield {"key": RUN, "name": name, "type": 1, "data": path}
        yield from super().values(hive)


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    machine = Prepared()
    collector.collect(machine, str(tmp_path / "out.zip"))
    return machine


def test_the_name_of_a_planted_program_is_a_text_for_powershell_and_no_command(prepared: Prepared) -> None:
    scripts = [words[-1] for words in prepared.ran if "Get-AuthenticodeSignature" in words[-1]]
    assert any(PLANTED in powershell_texts(script) for script in scripts)
    assert not any("Start-Process" in text for script in scripts for text in _outside(script))


def _outside(script: str) -> list[str]:
    """What stands between the texts."""
    rest = script
    for text in powershell_texts(script):
        written = "".join(2 * each if each in "'\u2018\u2019\u201a\u201b" else each for each in text)
        rest = rest.replace(written, " ", 1)
    return [rest]


def test_a_program_on_another_computer_is_told_and_never_asked_for(prepared: Prepared, tmp_path: Path) -> None:
    assert not [path for path in prepared.asked if "198.51.100.7" in path]
    covered = {each.area: each for each in devices.read_evidence(tmp_path / "out.zip").coverage}
    assert covered["computer.signers"].state is State.PARTIAL
    assert "another computer" in covered["computer.signers"].detail


@pytest.mark.parametrize("path", ["//host/share/a.exe", "\\\\host\\a.exe", "/net/host/a"])
def test_what_lies_elsewhere_is_known_by_its_name(path: str) -> None:
    machine = SimulatedMachine(computer("linux" if path.startswith("/net") else "windows"))
    assert machine.is_elsewhere(path)
    assert not machine.is_elsewhere("/usr/bin/a" if machine.system == "linux" else "C:\\a.exe")


def test_commands_are_found_in_folders_of_the_system_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = tmp_path / "dpkg-query"
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LD_PRELOAD", "/nowhere/planted.so")
    code, output = collector.Machine().run(("dpkg-query", "--version"))
    assert (code, b"dpkg" in output.lower()) == (0, True)
    assert not (tmp_path / "ran").exists()
    assert b"LD_PRELOAD" not in collector.Machine().run(("env",))[1]


def test_on_windows_a_command_is_run_by_its_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []

    def note(words: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(words)
        return subprocess.CompletedProcess(words, 0, b"", b"")

    machine = collector.Machine()
    machine.system, machine.variables = "windows", {"system": "C:\\Windows", "data": ""}
    monkeypatch.setattr(collector.subprocess, "run", note)
    for command in collector.COMMANDS["windows"]:
        machine.run(command.words)
    assert {words[0].rpartition("\\")[0] for words in ran} == {
        "C:\\Windows\\System32",
        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
    }


def test_names_and_passwords_in_addresses_of_proxies_stay_out(tmp_path: Path) -> None:
    machine = SimulatedMachine(computer("linux"))
    machine.content["/etc/environment"] = b"A=1\nhttps_proxy=http://anna:top/se@cret@proxy.example:3128/\nB=\xff\n"
    machine._folders.setdefault("/etc", {})["environment"] = None
    path = tmp_path / "out.zip"
    collector.collect(machine, str(path))
    with zipfile.ZipFile(path) as archive:
        kept = archive.read("files/etc/environment")
        assert b"cret" not in b"".join(archive.read(name) for name in archive.namelist())
    assert kept == b"A=1\nhttps_proxy=http://proxy.example:3128/\nB=\xff\n"
    facts = [fact for each in devices.read_evidence(path).subjects for fact in each.facts]
    assert [fact.value for fact in facts if fact.name == "proxy"] == ["proxy.example:3128"]


@pytest.mark.parametrize(
    ("what", "system", "area"),
    [
        ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa", "windows", "computer.hooks"),
        ("HKLM\\Software\\Microsoft\\Active Setup\\Installed Components", "windows", "computer.hooks"),
        ("command wmi-bindings.json", "windows", "computer.hooks"),
        ("/home/other/.ssh/authorized_keys", "linux", "computer.remote"),
        ("/etc/passwd", "linux", "computer.grants"),
        ("{home}/.config/systemd/user/*.timer", "linux", "computer.services"),
        ("C:\\Program Files\\a.exe", "windows", "computer.signers"),
    ],
)
def test_whatever_the_collector_could_not_read_takes_something_away(
    what: str, system: System, area: str, tmp_path: Path
) -> None:
    def closed(taking: collector.Taking) -> None:
        taking.missed(what, "Permission denied")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collector, "STEPS", (*collector.STEPS, closed))
        collector.collect(SimulatedMachine(computer(system)), str(tmp_path / "out.zip"))
    covered = {each.area: each for each in devices.read_evidence(tmp_path / "out.zip").coverage}
    assert covered[area].state is not State.EXAMINED
    assert "Permission denied" in covered[area].detail


def test_a_key_of_somebody_else_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    described = computer("linux")
    machine = SimulatedMachine(described)
    machine.content["/etc/passwd"] = b"other:x:1001:1001::/home/other:/bin/sh\n"
    machine.content["/home/other/.ssh/authorized_keys"] = b"ssh-ed25519 A\n"
    machine.computer = described.__class__(described.system, denied=("/home/other/.ssh/authorized_keys",))
    collector.collect(machine, str(tmp_path / "out.zip"))
    covered = {each.area: each for each in devices.read_evidence(tmp_path / "out.zip").coverage}
    assert covered["computer.remote"].state is not State.EXAMINED


@pytest.mark.parametrize(
    ("shown", "verified", "state"),
    [
        ("Authority=Developer ID Application: Google LLC (EQHXZ8M8AV)", 0, "valid"),
        ("Authority=Developer ID Application: Google LLC (EQHXZ8M8AV)", 3, "invalid"),
        ("Authority=Developer ID Application: Google LLC (EQHXZ8M8AV)", 1, "invalid"),
        ("Authority=Developer ID Application: Google LLC (EQHXZ8M8AV)\nverified=0", 3, "invalid"),
        ("Signature=adhoc", 0, "ad-hoc"),
    ],
)
def test_a_name_that_anybody_could_write_into_a_signature_of_macos_is_not_valid_by_itself(
    shown: str, verified: int, state: str, tmp_path: Path
) -> None:
    class Signed(SimulatedMachine):
        def run(self, words: tuple[str, ...]) -> tuple[int, bytes]:
            if "codesign" in " ".join(words):
                assert "--verify" in words[2]
                assert "anchor apple generic" in words[2]
                return 0, f"{shown}\nTeamIdentifier=EQHXZ8M8AV\nverified={verified}\n".encode()
            return super().run(words)

    collector.collect(Signed(computer("macos")), str(tmp_path / "out.zip"))
    subjects = devices.read_evidence(tmp_path / "out.zip").subjects
    signers = [fact for each in subjects for fact in each.facts if fact.name == "program.signer"]
    assert {fact.attributes["state"] for fact in signers} == {state}


def test_the_commands_that_ask_macos_are_whole_for_a_shell() -> None:
    subprocess.run(["/bin/sh", "-n", "-c", collector._SIGNED_BY_APPLE], check=True)
