"""Simulated computers for tests and demonstrations: ordinary ones, and ones with a program that watches."""

from __future__ import annotations

from luciole.simulate.devices.computer.description import Computer, Extension, Program, System
from luciole.simulate.devices.demonstration import KNOWN

_KEYS = "kTCCServiceListenEvent"
_SCREEN = "kTCCServiceScreenCapture"

ORDINARY: dict[System, tuple[Program, ...]] = {
    "windows": (
        Program("Messenger", "C:\\Program Files\\Messenger\\messenger.exe", "Messenger", starts=("run-key",)),
        Program("Helper", "C:\\Program Files\\TeamViewer\\TeamViewer_Service.exe", "TeamViewer", starts=("service",)),
    ),
    "macos": (
        Program(
            "org.example.inert.shots",
            "/Applications/Shots.app/Contents/MacOS/Shots",
            "Shots",
            starts=("login-item",),
            grants=(_SCREEN,),
        ),
        Program(
            "org.example.inert.meeting",
            "/Applications/Meeting.app/Contents/MacOS/Meeting",
            "Meeting",
            grants=(_SCREEN, "kTCCServiceCamera"),
        ),
    ),
    "linux": (
        Program("messenger", "/usr/bin/messenger", "Messenger", starts=("desktop-entry",)),
        Program("rustdesk", "/usr/lib/rustdesk/rustdesk", "RustDesk", starts=("unit",)),
    ),
}
WATCHING: dict[System, Program] = {
    "windows": Program(
        KNOWN,
        "C:\\ProgramData\\Agent\\svchost.exe",
        "Agent",
        listed=False,
        starts=("run-key", "task", "key-filter"),
        hidden_task=True,
        hidden_file=True,
        state="unsigned",
        arguments=KNOWN,
    ),
    "macos": Program(
        KNOWN,
        "/Users/home/.agent/agent",
        "Agent",
        listed=False,
        starts=("launch-agent",),
        state="unsigned",
        grants=(_KEYS, _SCREEN),
        arguments=KNOWN,
    ),
    "linux": Program(
        KNOWN, "/home/home/.agent/agent", "Agent", listed=False, starts=("user-unit", "cron"), state="", arguments=KNOWN
    ),
}
"""A program on each system that hides, starts by itself and could watch. It does nothing: it is a description."""


def computer(system: System, *, watched: bool = True) -> Computer:
    """A computer with ordinary programs, and where `watched` with one that watches."""
    programs = ORDINARY[system] + ((WATCHING[system],) if watched else ())
    return Computer(
        system,
        programs,
        extensions=(
            Extension("abcdefghijklmnopabcdefghijklmnop", "Blocker", ("<all_urls>",)),
            Extension("notes@example.org", "Notes", ("storage",), browser="firefox"),
        ),
        hosts=(("0.0.0.0", "ads.example"),),  # noqa: S104 - an address in a text
        name_servers=("192.0.2.53",),
        exclusions=("C:\\ProgramData\\Agent",) if watched and system == "windows" else (),
    )
