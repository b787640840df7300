"""The collector of computers: standard library alone, read-only, no network, and it runs for real on this machine."""

import ast
import hashlib
import json
import re
import stat
import subprocess
import sys
import types
import zipfile
from pathlib import Path
from typing import Self

import pytest

from luciole import devices
from luciole.devices.collector import computer as collector
from luciole.kernel.outcome import State
from luciole.simulate.devices.computer import write
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.description import Computer, System
from luciole.simulate.devices.computer.machine import SimulatedMachine

FILE = Path(collector.__file__)
SYSTEMS: tuple[System, ...] = ("windows", "macos", "linux")
WRITES = {
    "remove",
    "unlink",
    "rename",
    "rmdir",
    "mkdir",
    "makedirs",
    "chmod",
    "chown",
    "symlink",
    "link",
    "truncate",
    "utime",
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the file, run alone by this Python without Luciole on its path, takes from this very machine."""
    folder = tmp_path_factory.mktemp("alone")
    out = folder / "out.zip"
    command = [sys.executable, "-I", str(FILE), str(out), "--yes"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, ended.stderr
    assert "It changes nothing" in ended.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["out.zip"]
    return out


def record(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as archive:
        found: dict[str, object] = json.loads(archive.read("collection.json"))
    return found


def test_it_imports_nothing_outside_the_standard_library_and_opens_no_socket() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(FILE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).partition(".")[0])
    assert imported <= set(sys.stdlib_module_names)
    assert not imported & {"socket", "ssl", "urllib", "http", "ftplib", "smtplib", "asyncio", "xmlrpc", "socketserver"}


def test_it_is_written_for_python_3_8() -> None:
    ast.parse(FILE.read_text("utf-8"), feature_version=(3, 8))


def test_it_writes_in_one_place_alone() -> None:
    calls = []
    for function in ast.walk(ast.parse(FILE.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                    calls.append((function.name, node.func.attr))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
                    assert [argument.value for argument in node.args[1:] if isinstance(argument, ast.Constant)] == [
                        "rb"
                    ]
    assert calls == [("collect", "unlink")]


def test_every_command_only_reads() -> None:
    """Each command of the tables was looked at by a person; a new one has to be written down here as well."""
    programs = {each.words[0].rpartition("/")[2] for commands in collector.COMMANDS.values() for each in commands}
    assert programs == {
        "schtasks.exe",
        "powershell.exe",
        "sw_vers",
        "profiles",
        "systemextensionsctl",
        "kmutil",
        "sfltool",
        "scutil",
        "csrutil",
        "spctl",
        "dscl",
        "launchctl",
        "crontab",
        "security",
        "dpkg-query",
        "rpm",
        "pacman",
        "flatpak",
        "snap",
        "systemctl",
        "gsettings",
        "resolvectl",
    }
    scripts = [each.words[-1] for each in collector.COMMANDS["windows"] if each.words[0] == "powershell.exe"]
    for script in scripts:
        verbs = set(re.findall(r"\b([A-Z][A-Za-z]+)-[A-Z]", script))
        assert verbs <= {"Get", "Select", "Where", "ConvertTo"}, script


def test_on_this_machine_it_takes_what_is_there_and_luciole_reads_it(taken: Path) -> None:
    reading = devices.read_evidence(taken)
    assert reading.evidence.kind == "computer"
    assert {subject.subject.platform for subject in reading.subjects} == {"linux"}
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n"], capture_output=True, text=True, check=True
    )
    installed = {line.split()[0] for line in listed.stdout.splitlines() if line.endswith(" installed")}
    assert installed <= {subject.subject.identity for subject in reading.subjects}
    covered = {each.area: each.state for each in reading.coverage}
    assert covered["computer.programs"] is State.EXAMINED
    assert covered["computer.autostart"] is State.EXAMINED
    name = next(
        line for line in Path("/etc/os-release").read_text("utf-8").splitlines() if line.startswith("PRETTY_NAME=")
    )
    facts = {str(fact.value) for fact in reading.subjects[0].facts if fact.name == "device.property"}
    assert name.partition("=")[2].strip('"') in facts


def test_the_record_names_every_member_with_its_digest_and_every_command_with_its_time(taken: Path) -> None:
    said = record(taken)
    entries = [*said["files"], *said["commands"]]  # type: ignore[misc]
    digests = {each["member"]: each.get("sha256_member", each["sha256"]) for each in entries if "member" in each}
    with zipfile.ZipFile(taken) as archive:
        names = set(archive.namelist()) - {"collection.json"}
        assert names == set(digests)
        for name in names:
            assert hashlib.sha256(archive.read(name)).hexdigest() == digests[name]
    for each in said["commands"]:  # type: ignore[attr-defined]
        assert each["words"]
        assert each["started"].endswith("+00:00")


def test_a_copied_file_is_the_file_byte_by_byte(taken: Path) -> None:
    with zipfile.ZipFile(taken) as archive:
        assert archive.read("files/etc/hosts") == Path("/etc/hosts").read_bytes()


def test_only_its_owner_may_read_what_was_written(taken: Path) -> None:
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600


def test_nothing_that_lies_there_is_written_over(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    out.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        collector.run(str(out))
    assert out.read_bytes() == b"mine"


def test_a_collection_that_breaks_off_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(collector, "STEPS", (broken,))
    with pytest.raises(KeyboardInterrupt):
        collector.collect(SimulatedMachine(computer("linux")), str(tmp_path / "out.zip"))
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_fails_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("odd")

    broken.__name__ = "take_extensions"
    steps = [broken if step.__name__ == "take_extensions" else step for step in collector.STEPS]
    monkeypatch.setattr(collector, "STEPS", tuple(steps))
    path = write.write_zip(computer("linux"), tmp_path / "out.zip")
    covered = {each.area: each for each in devices.read_evidence(path).coverage}
    assert covered["computer.extensions"].state is not State.EXAMINED
    assert "odd" in covered["computer.extensions"].detail
    assert covered["computer.services"].state is State.EXAMINED


@pytest.mark.parametrize("system", SYSTEMS)
def test_secrets_and_private_data_beside_what_is_read_stay_out(system: System, tmp_path: Path) -> None:
    described = Computer(
        system,
        shell_lines=("nohup /opt/a/agent &",),
        remote_accounts=("helper",),
        extensions=computer(system).extensions,
    )
    machine = SimulatedMachine(described)
    assert any(b"private@example.org" in content for content in machine.content.values())
    path = tmp_path / "out.zip"
    collector.collect(machine, str(path))
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (b"private@example.org", b"TOKEN=secret", b"somebody@example", b"A Name"):
        assert secret not in everything
    assert b"nohup /opt/a/agent &" in everything or system == "windows"


AUDITED = """
import runpy, sys
wrote, network = [], []
CHANGES = "remove rename mkdir rmdir chmod chown link symlink truncate utime".split()
def hook(event, arguments):
    if event.startswith("socket."):
        network.append(event)
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        wrote.append(("open", str(arguments[0])))
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & 3:
        wrote.append(("open", str(arguments[0])))
    elif event.startswith("os.") and event[3:] in CHANGES:
        wrote.append((event, str(arguments[0])))
sys.addaudithook(hook)
sys.argv = ["computer.py", "out.zip", "--yes"]
try:
    runpy.run_path(FILE, run_name="__main__")
finally:
    print("AUDIT", sorted(set(wrote)), network)
"""


def test_on_this_machine_it_opens_no_socket_and_writes_one_file_alone(tmp_path: Path) -> None:
    """Told by Python itself, which announces every file, every change and every socket to its audit hooks."""
    script = AUDITED.replace("FILE", repr(str(FILE)))
    command = [sys.executable, "-I", "-B", "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, ended.stderr
    said = next(line for line in ended.stdout.splitlines() if line.startswith("AUDIT"))
    changed, network = said.removeprefix("AUDIT ").rsplit(" ", 1)
    assert network == "[]"
    assert set(re.findall(r"'(?:open|os\.\w+)', '([^']*)'", changed)) <= {"out.zip.making", "/dev/null", "3"}
    assert "out.zip.making" in changed


def test_a_folder_that_is_closed_to_the_account_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(SimulatedMachine):
        def listed(self, folder: str) -> list[str]:
            if folder.endswith("autostart"):
                self.closed[folder] = None
                return []
            return super().listed(folder)

    monkeypatch.chdir(tmp_path)
    collector.collect(Closed(computer("linux")), "out.zip")
    covered = {each.area: each for each in devices.read_evidence(tmp_path / "out.zip").coverage}
    assert covered["computer.autostart"].state is State.PARTIAL
    assert "closed to this account" in covered["computer.autostart"].detail


class Key:
    """A key of the stand-in for the registry: values in order, and keys below."""

    def __init__(self, values: list[tuple[str, object, int]], **below: "Key") -> None:
        self.values = values
        self.below = below

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def stand_in(root: Key) -> types.ModuleType:
    """A module that answers as Windows' own: it exists on Windows alone, and this code would else run nowhere here."""

    def find(key: Key, path: str, _: int, access: int) -> Key:
        assert access == 0x20119
        for part in path.split("\\"):
            if part not in key.below:
                raise FileNotFoundError(2, "no such key")
            key = key.below[part]
        if key.values and key.values[0][0] == "closed":
            raise PermissionError(13, "Access is denied")
        return key

    def value(key: Key, number: int) -> tuple[str, object, int]:
        if number >= len(key.values):
            raise OSError(259, "no more data")
        return key.values[number]

    def name(key: Key, number: int) -> str:
        if number >= len(key.below):
            raise OSError(259, "no more data")
        return list(key.below)[number]

    module = types.ModuleType("winreg")
    answers = {"OpenKey": find, "EnumValue": value, "EnumKey": name, "KEY_READ": 0x20019, "KEY_WOW64_64KEY": 0x100}
    vars(module).update({**answers, "HKEY_LOCAL_MACHINE": root, "HKEY_CURRENT_USER": root, "HKEY_USERS": root})
    return module


def test_registry_keys_are_read_to_their_depth_and_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Key(
        [("DisplayName", "A", 1), ("Secret", "x", 1), ("Blob", b"\x01", 3), ("Many", ["a", "b"], 7), ("Number", 5, 4)]
    )
    root = Key([], One=Key([("Here", None, 1)], Two=inner), Closed=Key([("closed", "", 1)]))
    monkeypatch.setitem(sys.modules, "winreg", stand_in(root))
    machine = collector.Machine()

    def said(*asked: object) -> list[tuple[object, object]]:
        return [(each["name"], each["data"]) for each in machine.values(collector.Hive(*asked))]  # type: ignore[arg-type]

    assert said("HKLM\\One", 0) == [("Here", "")]
    assert said("HKLM\\One", 1, ("displayname",)) == [("DisplayName", "A")]
    assert said("HKLM\\One\\Two") == [
        ("DisplayName", "A"),
        ("Secret", "x"),
        ("Blob", "base64:AQ=="),
        ("Many", ["a", "b"]),
        ("Number", 5),
    ]
    assert said("HKLM\\Nothing") == []
    assert {each["key"] for each in machine.values(collector.Hive("HKU\\*\\Two"))} == {"HKU\\One\\Two"}
    assert said("HKLM\\Closed") == []
    assert list(machine.closed) == ["HKLM\\Closed"]
