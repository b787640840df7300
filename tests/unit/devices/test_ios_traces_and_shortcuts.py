"""What is a trace of a jailbreak and what only looks like one; what a shortcut reads and where it sends."""

from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.parsers.ios import jailbreak
from luciole.kernel.facts import Fact
from luciole.simulate.devices.ios import write
from luciole.simulate.devices.ios.description import App, IosDescription, Shortcut


def facts(description: IosDescription, name: str, target: Path) -> list[Fact]:
    reading = devices.read_evidence(write.write_backup(description, target))
    return [fact for subject in reading.subjects for fact in subject.facts if fact.name == name]


@pytest.mark.parametrize(
    "path",
    [
        "usr/sbin/sshd",
        "bin/bash",
        "usr/sbin/frida-server",
        "cores/binpack/bin/sh",
        "Library/LaunchDaemons/com.openssh.sshd.plist",
        "Library/Preferences/xyz.willy.Zebra.plist",
        "Library/Preferences/com.tigisoftware.Filza.plist",
        "var/lib/dpkg/status",
    ],
)
def test_a_path_that_only_a_jailbreak_puts_there_is_a_trace(path: str, tmp_path: Path) -> None:
    [trace] = facts(IosDescription(jailbreak_paths=(path,)), "root.trace", tmp_path)
    assert trace.value == f"RootDomain/{path}"


@pytest.mark.parametrize(
    "path", ["Library/Preferences/org.example.notes.plist", "usr/share/zoneinfo/UTC", "Library/Caches/shell.db"]
)
def test_an_ordinary_path_is_no_trace(path: str) -> None:
    assert not jailbreak.is_trace(path)


def test_an_app_with_a_small_linux_in_its_own_folder_is_no_jailbreak(tmp_path: Path) -> None:
    app = App("org.example.terminal", files=("Documents/root/bin/bash", "Documents/root/usr/sbin/sshd"))
    assert facts(IosDescription(apps=(app,)), "root.trace", tmp_path) == []


@pytest.mark.parametrize(
    ("action", "read"),
    [
        ("getlatestphotoimport", "photo"),
        ("getlastvideo", "photo"),
        ("filter.photos", "photo"),
        ("filter.contacts", "contacts"),
    ],
)
def test_a_shortcut_that_reads_and_sends_is_told(action: str, read: str, tmp_path: Path) -> None:
    described = IosDescription(shortcuts=(Shortcut((action, "net.whatsapp.WhatsApp.send")),))
    [shortcut] = facts(described, "shortcut", tmp_path)
    assert (shortcut.attributes["reads"], shortcut.attributes["sends"]) == ([read], True)
