"""What is asked about programs that start by themselves: who signed them, and whether any list explains them."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from luciole.devices.evidence import read_evidence
from luciole.devices.parsers.computer import linux, paths, registry
from luciole.devices.parsers.computer.records import Of
from luciole.devices.parsers.rows import Account, Row
from luciole.kernel.facts import FactSet
from luciole.simulate.devices.computer.description import Computer, Program
from luciole.simulate.devices.computer.write import write_zip


def subjects(computer: Computer, folder: Path) -> dict[str, FactSet]:
    reading = read_evidence(write_zip(computer, folder / "evidence.zip"))
    return {one.subject.identity: one for one in reading.subjects if one.subject.kind == "app"}


def values(facts: FactSet, name: str) -> list[object]:
    return [one.value for one in facts.facts if one.name == name]


def asked_for(computer: Computer, folder: Path) -> set[str]:
    """The paths whose signature the collector asked for."""
    path = write_zip(computer, folder / "evidence.zip")
    with zipfile.ZipFile(path) as archive:
        lines = io.BytesIO(archive.read("programs.jsonl"))
    return {json.loads(line)["path"] for line in lines}


WINDOWS_STARTS = (
    "run-key", "task", "startup-folder", "service", "image-options", "active-setup", "logon-script", "screen-saver",
    "command-line",
)  # fmt: skip


@pytest.mark.parametrize("start", WINDOWS_STARTS)
def test_the_signature_of_a_program_is_asked_for_wherever_it_starts(start: str, tmp_path: Path) -> None:
    path = "C:\\Users\\home\\AppData\\Local\\A b\\a.exe"
    assert path in asked_for(Computer("windows", (Program("a", path, listed=False, starts=(start,)),)), tmp_path)


@pytest.mark.parametrize("start", ["launch-agent", "launch-agent-binary", "launch-daemon"])
def test_a_path_with_a_space_is_asked_for_whole(start: str, tmp_path: Path) -> None:
    path = "/Library/Application Support/a/ad"
    assert path in asked_for(
        Computer("macos", (Program("org.example.a", path, listed=False, starts=(start,)),)), tmp_path
    )


def test_a_module_from_outside_the_kernel_that_few_have_stands_in_no_list(tmp_path: Path) -> None:
    made = tuple(
        Program(name, f"/lib/modules/{name}.ko", listed=False, starts=("kernel-module",), state="")
        for name in ("kbcap", "nvidia_drm", "vboxdrv")
    )
    found = subjects(Computer("linux", made), tmp_path)
    assert {key for key in found if values(found[key], "program.unlisted")} == {"module:kbcap"}


def test_a_module_that_only_a_settings_file_names_is_not_called_foreign() -> None:
    rows = [
        each.row for each in linux.modules("files/etc/modules")(b"loop\nkbcap\n", Account()) if isinstance(each, Of)
    ]
    assert [row.value for row in rows] == ["loop", "kbcap"]
    assert [row.attributes.get("trigger") for row in rows] == [None, None]


@pytest.mark.parametrize("kind", ["kernel-extension", "system-extension"])
def test_a_part_inside_macos_belongs_to_a_listed_program_of_its_maker(kind: str, tmp_path: Path) -> None:
    app = Program("org.wall.app", "/Applications/Wall.app/Contents/MacOS/Wall", label="Wall")
    parts = [
        Program(name, "/Library/x", listed=False, starts=(kind,), state="")
        for name in ("org.wall.net", "org.other.net")
    ]
    found = subjects(Computer("macos", (app, *parts)), tmp_path)
    assert {key for key in found if values(found[key], "program.unlisted")} == {"org.other.net"}


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("192.168.1.2", "home"),
        ("10.0.0.1", "home"),
        ("fd00::1", "home"),
        ("fe80::1%12", "home"),
        ("9.9.9.9", "internet"),
        ("203.0.113.53", "internet"),
        ("2001:db8::53", "internet"),
        ("name", ""),
    ],
)
def test_how_far_a_name_server_is_away_is_told_by_its_address(address: str, reach: str) -> None:
    value = registry.Value(
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\{0}", "NameServer", address
    )
    rows = [
        each for each in registry.records([value], Account()) if isinstance(each, Row) and each.name == "dns.server"
    ]
    assert [(row.value, row.attributes["reach"]) for row in rows] == [(address, reach)]


@pytest.mark.parametrize("start", ["logon-script", "screen-saver", "command-line"])
def test_a_place_of_windows_that_few_people_know_starts_a_program(start: str, tmp_path: Path) -> None:
    path = "C:\\ProgramData\\a\\a.exe"
    found = subjects(Computer("windows", (Program("a", path, listed=False, starts=(start,)),)), tmp_path)
    assert len(values(found[path.lower()], "autostart.entry")) == 1


@pytest.mark.parametrize("start", ["udev", "sign-in"])
def test_a_place_of_linux_that_few_people_know_starts_a_program(start: str, tmp_path: Path) -> None:
    path = "/usr/local/lib/a.sh"
    found = subjects(Computer("linux", (Program("a", path, listed=False, starts=(start,), state=""),)), tmp_path)
    (hook,) = [one for one in found[path].facts if one.name == "autostart.hook"]
    assert dict(hook.attributes)["kind"] == start


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        ('ACTION=="add", RUN+="/usr/local/bin/a --now"', ["/usr/local/bin/a"]),
        ('ACTION=="add", RUN{program}+="/opt/a", RUN+="/opt/b"', ["/opt/a", "/opt/b"]),
        ('KERNEL=="sd*", RUN+="net_helper %k"', []),
        ('RUN{builtin}+="kmod load x"', []),
        ('# RUN+="/opt/a"', []),
        ('ENV{RUNNING}="/opt/a"', []),
    ],
)
def test_a_rule_for_devices_gives_what_it_runs(line: str, programs: list[str]) -> None:
    found = list(linux.device_rules("files/etc/udev/rules.d/9.rules")(line.encode(), Account()))
    assert [paths.program_of(each.program, "linux") for each in found if isinstance(each, Of)] == programs


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        ("session optional pam_exec.so quiet /usr/local/bin/a", ["/usr/local/bin/a"]),
        ("auth [success=1 default=ignore] pam_unix.so nullok", []),
        ("auth required /opt/a/pam_a.so", ["/opt/a/pam_a.so"]),
        ("# session optional pam_exec.so /opt/a", []),
        ("@include common-auth", []),
    ],
)
def test_a_step_of_signing_in_gives_what_it_runs(line: str, programs: list[str]) -> None:
    found = list(linux.sign_in("files/etc/pam.d/login")(line.encode(), Account()))
    assert [each.program for each in found if isinstance(each, Of)] == programs
