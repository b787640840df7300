"""What a check says of computers: a program that hides and watches stands out, and ordinary computers do not."""

from pathlib import Path

import msgspec
import pytest

from luciole.packs.engine import load_engine, without_index
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.devices.computer import write
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.description import Computer, Extension, Program, System

SYSTEMS: tuple[System, ...] = ("windows", "macos", "linux")
NOW = "2026-01-01T00:00:00+00:00"
Verdicts = dict[str, tuple[str, str]]


@pytest.fixture(autouse=True)
def _no_installed_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCIOLE_DATA", str(tmp_path / "home"))


def verdicts(described: Computer, folder: Path) -> Verdicts:
    """Identity → verdict and the rule that decided; the computer itself as `device`."""
    path = write.write_zip(described, folder / "evidence.zip")
    result = check([path], without_index(load_engine()), ReadSettings(now=NOW))
    assert result.unreadable == ()
    return {
        each.subject.identity if each.subject.kind == "app" else "device": (each.verdict.code, each.verdict.rule)
        for each in result.assessments
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_on_an_ordinary_computer_nothing_is_called_stalkerware_like(system: System, tmp_path: Path) -> None:
    found = verdicts(computer(system, watched=False), tmp_path)
    assert {code for code, _ in found.values()} <= {"nothing-seen", "dual-use"}


@pytest.mark.parametrize("system", ["windows", "macos", "linux"])
def test_the_program_that_hides_and_starts_by_itself_stands_out(system: System, tmp_path: Path) -> None:
    found = verdicts(computer(system), tmp_path)
    agent = next(codes for identity, codes in found.items() if "agent" in identity.lower())
    expected = {
        "windows": ("needs-a-person", "computer-hides-from-protection"),
        "macos": ("behaves-like-stalkerware", "computer-records-and-hides"),
        "linux": ("needs-a-person", "computer-hides-from-protection"),
    }
    assert agent == expected[system]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_tool_for_remote_help_is_dual_use(system: System, tmp_path: Path) -> None:
    found = verdicts(computer(system, watched=False), tmp_path)
    name = {"windows": "Helper", "linux": "rustdesk"}.get(system)
    if name:
        assert found[name] == ("dual-use", "computer-remote-help")
    else:
        tool = Program(
            "com.teamviewer.TeamViewer",
            "/Applications/TeamViewer.app/Contents/MacOS/TeamViewer",
            "TeamViewer",
            starts=("launch-daemon",),
        )
        assert verdicts(Computer("macos", (tool,)), tmp_path)[tool.id] == ("dual-use", "computer-remote-help")


def test_programs_of_an_employer_are_a_question_about_the_computer(tmp_path: Path) -> None:
    agent = Program("Agent", "C:\\Program Files\\Agent\\agent.exe", "Agent", starts=("service",))
    found = verdicts(Computer("windows", (agent,), management="Example MDM"), tmp_path)
    assert found["device"] == ("needs-a-person", "computer-is-managed")
    assert found["Agent"][0] == "nothing-seen"


HONEST: tuple[tuple[str, System, Program], ...] = (
    (
        "a password manager",
        "macos",
        Program(
            "org.example.passwords",
            "/Applications/Passwords.app/Contents/MacOS/P",
            grants=("kTCCServiceAccessibility",),
            starts=("login-item",),
        ),
    ),
    (
        "a clipboard tool",
        "macos",
        Program(
            "org.example.clips",
            "/Applications/Clips.app/Contents/MacOS/C",
            grants=("kTCCServiceAccessibility",),
            starts=("login-item",),
            no_window=True,
        ),
    ),
    (
        "an antivirus program",
        "macos",
        Program(
            "org.example.av",
            "/Applications/AV.app/Contents/MacOS/AV",
            grants=("kTCCServiceSystemPolicyAllFiles",),
            starts=("system-extension", "launch-daemon"),
        ),
    ),
    (
        "a screen recorder",
        "macos",
        Program(
            "org.example.rec",
            "/Applications/Rec.app/Contents/MacOS/Rec",
            grants=("kTCCServiceScreenCapture", "kTCCServiceMicrophone"),
        ),
    ),
    (
        "a messenger in a person's folder",
        "windows",
        Program("M", "C:\\Users\\home\\AppData\\Local\\M\\m.exe", starts=("run-key",)),
    ),
    (
        "a driver of a keyboard",
        "windows",
        Program("K", "C:\\Program Files\\K\\k.exe", starts=("service", "key-filter")),
    ),
    (
        "a tool that is not signed and listed",
        "windows",
        Program("T", "C:\\Program Files\\T\\t.exe", starts=("run-key",), state="unsigned"),
    ),
    ("a synchronising program", "linux", Program("sync", "/opt/sync/sync", starts=("desktop-entry", "user-unit"))),
)


@pytest.mark.parametrize(("system", "program"), [each[1:] for each in HONEST], ids=[each[0] for each in HONEST])
def test_honest_programs_are_at_most_dual_use(system: System, program: Program, tmp_path: Path) -> None:
    found = verdicts(Computer(system, (program,)), tmp_path)
    assert found[program.id][0] in {"nothing-seen", "dual-use"}


def test_a_forced_extension_that_reads_everything_needs_a_person_and_one_from_the_store_does_not(
    tmp_path: Path,
) -> None:
    forced = Extension("f" * 32, "Watcher", ("<all_urls>", "history"), location=7, forced=True)
    blocker = Extension("b" * 32, "Blocker", ("<all_urls>",))
    found = verdicts(Computer("windows", extensions=(forced, blocker)), tmp_path)
    assert found[forced.id] == ("needs-a-person", "computer-extension-kept")
    assert found[blocker.id][0] == "nothing-seen"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"findings": ("MonitoringTool:Win32/Example",)}, "computer-protection-found"),
        ({"hosts": (("127.0.0.1", "www.techsafety.org"),)}, "computer-help-blocked"),
        ({"waiting_scripts": (("Updater", "x"),)}, "computer-script-waits"),
        ({"proxy": "192.0.2.7:3128"}, "computer-traffic-can-be-read"),
        ({"protection_off": True}, "computer-protection-is-off"),
        ({"remote_on": True}, "computer-open-from-elsewhere"),
        ({"hidden_accounts": ("support",)}, "computer-open-from-elsewhere"),
    ],
)
def test_each_sign_on_the_computer_itself_becomes_a_question(
    changes: dict[str, object], rule: str, tmp_path: Path
) -> None:
    described = msgspec.structs.replace(Computer("windows"), **changes)
    assert verdicts(described, tmp_path)["device"] == ("needs-a-person", rule)


def test_what_the_collector_could_not_read_is_never_nothing_seen(tmp_path: Path) -> None:
    closed = Computer("linux", denied=("/etc/passwd", "/etc/group"))
    assert verdicts(closed, tmp_path)["device"][0] == "needs-a-person"
