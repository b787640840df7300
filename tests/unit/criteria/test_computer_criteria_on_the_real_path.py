"""Every criterion about computers is met by a simulated computer, taken by the real collector and really read."""

from pathlib import Path

import pytest

from agreed_criteria import catalogue
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Criterion
from luciole.devices.evidence import read_evidence
from luciole.kernel.outcome import Truth
from luciole.simulate.apps.keys import signer
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.description import Computer, Extension, Program
from luciole.simulate.devices.computer.write import SYSTEMS, write_zip

RIGHTS = (
    "ListenEvent",
    "ScreenCapture",
    "Accessibility",
    "SystemPolicyAllFiles",
    "Microphone",
    "Camera",
    "AppleEvents",
)
AGENT = Program(
    "org.example.agent",
    "/Users/home/.agent/Agent.app/Contents/MacOS/Agent",
    starts=("launch-agent", "system-extension"),
    grants=tuple("kTCCService" + right for right in RIGHTS),
    state="unsigned",
)
BAR = Program("org.example.bar", "/Applications/Bar.app/Contents/MacOS/Bar", no_window=True)
WINDOWS = Computer(
    "windows",
    (
        Program(
            "Agent",
            "C:\\ProgramData\\Agent\\svchost.exe",
            listed=False,
            starts=("run-key", "wmi", "winlogon"),
            state="unsigned",
        ),
        Program("Listed", "C:\\Program Files\\Listed\\a.exe", list_hidden=True, starts=("driver", "key-filter")),
        Program("TeamViewer", "C:\\Program Files\\TeamViewer\\tv.exe", starts=("service",)),
        Program(
            "System",
            "C:\\Windows\\System32\\a.exe",
            listed=False,
            starts=("run-key",),
            signer="CN=Microsoft Windows",
        ),
        Program(
            "Update",
            "C:\\Users\\home\\AppData\\u.exe",
            listed=False,
            starts=("task",),
            signer="CN=Google LLC, O=Google LLC",
        ),
        Program(
            "Way",
            "C:\\Windows\\System32\\OpenSSH\\ssh.exe",
            starts=("task",),
            arguments="-N -R 22:localhost:22 u@192.0.2.7",
        ),
        Program("UltraVNC", "C:\\Program Files\\UltraVNC\\winvnc.exe", starts=("service",)),
        Program(
            "psh", "C:\\Windows\\System32\\powershell.exe", starts=("run-key",), arguments="-W Hidden -Enc SQBFAFgA"
        ),
    ),
    extensions=(
        Extension("f" * 32, "Watcher", ("<all_urls>",), location=4, forced=True),
        Extension("e" * 32, "Mail", ("https://mail.google.com/*",), location=4),
    ),
    administrators=("home", "helper"),
    name_servers=("203.0.113.53",),
    hosts=(("127.0.0.1", "www.techsafety.org"), ("203.0.113.7", "mail.example")),
    proxy="192.0.2.7:3128",
    certificates=(signer("other").certificate,),
    exclusions=("C:\\ProgramData\\Agent",),
    findings=("MonitoringTool:Win32/Example",),
    waiting_scripts=(("Updater", "x"),),
    remote_accounts=("helper",),
    hidden_accounts=("support",),
    remote_on=True,
    protection_off=True,
    management="Example",
)
MADE = (
    *(computer(system) for system in SYSTEMS),
    WINDOWS,
    Computer("macos", (AGENT, BAR), profiles=("org.example.rules",), management="https://mdm.example"),
    Computer(
        "linux",
        (
            Program("hook", "/opt/hook/a.so", listed=False, starts=("preload",)),
            Program("film", "/usr/bin/ffmpeg", starts=("cron",), arguments="-f x11grab -i :0 a.mkv"),
        ),
        input_group=("home",),
    ),
)


def of_computers() -> list[Criterion]:
    return [one for one in catalogue().criteria if ".computer-" in one.id]


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder: Path = tmp_path_factory.mktemp("computers")
    found: set[str] = set()
    for number, made in enumerate(MADE):
        reading = read_evidence(write_zip(made, folder / f"{number}.zip"))
        for subject in reading.subjects:
            found |= {one.criterion for one in evaluate_all(catalogue(), subject) if one.truth is Truth.MET}
    return found


def test_there_are_enough_of_them() -> None:
    assert len(of_computers()) >= 22


@pytest.mark.parametrize("criterion", of_computers(), ids=lambda one: one.id)
def test_a_criterion_is_met_by_a_computer_that_was_really_read(criterion: Criterion, met: set[str]) -> None:
    assert criterion.id in met
