"""A check leaves nothing on the computer but what was asked for, and tells no more of the device than it must."""

import os
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pyrage
import pytest

from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.devices.write import write_age, write_zip

PHONE = msgspec.structs.replace(demonstration(), filler=Filler())


class Computer:
    """A home, a working folder and a folder for temporary files of their own, to see what appears in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.evidence = folder / "in"
        for name in ("home", "work", "tmp", "in"):
            (folder / name).mkdir()

    def run(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "LUCIOLE_"))}
        environment = {**kept, "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        command = [sys.executable, "-B", "-m", "luciole", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, cwd=self.folder / "work"
        )

    def files(self) -> dict[str, tuple[int, int]]:
        """Everything there is, with size and time of the last change."""
        found = sorted(self.folder.rglob("*"))
        return {str(one.relative_to(self.folder)): (one.stat().st_size, one.stat().st_mtime_ns) for one in found}


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    made = Computer(tmp_path)
    (made.evidence / "app.apk").write_bytes(build_apk(DEMONSTRATIONS["stalkerware-like"]))
    write_zip(PHONE, made.evidence / "phone.zip")
    return made


def new(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> list[str]:
    return sorted(name for name in after if name not in before)


@pytest.mark.parametrize("arguments", [("in/app.apk",), ("in/phone.zip",), ("in",), ("in", "--json"), ("in", "-q")])
def test_a_check_leaves_no_file_and_touches_none(computer: Computer, arguments: tuple[str, ...]) -> None:
    before = computer.files()
    paths = [computer.folder / one if one.startswith("in") else one for one in arguments]
    ended = computer.run("check", *paths)
    assert ended.returncode == 10, ended.stderr
    assert ended.stdout
    assert new(before, computer.files()) == []
    assert {name: computer.files()[name] for name in before if name.startswith("in/")} == {
        name: before[name] for name in before if name.startswith("in/")
    }


def test_an_encrypted_acquisition_leaves_no_clear_text(computer: Computer) -> None:
    key = pyrage.x25519.Identity.generate()
    write_age(PHONE, computer.evidence / "phone.age", str(key.to_public()))
    (computer.folder / "key.txt").write_text(str(key))
    (computer.evidence / "phone.zip").unlink()
    before = computer.files()
    ended = computer.run("check", computer.evidence / "phone.age", "--identity", computer.folder / "key.txt")
    assert ended.returncode == 10, ended.stderr
    assert "org.example.systemservice" in ended.stdout
    assert new(before, computer.files()) == []


def test_reports_can_be_read_by_their_owner_only(computer: Computer) -> None:
    page = computer.folder / "work" / "page.html"
    ended = computer.run("check", computer.evidence, "--out", "reports", "--html", page)
    assert ended.returncode == 10, ended.stderr
    made = [page, *(computer.folder / "work" / "reports").iterdir()]
    assert sorted(path.name for path in made) == ["page.html", "result.html", "result.json", "result.pdf"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}


def test_an_interrupted_writing_leaves_no_half_report(computer: Computer) -> None:
    folder = computer.folder / "work" / "full"
    folder.mkdir()
    (folder / "result.html").mkdir()
    before = computer.files()
    ended = computer.run("check", computer.evidence / "app.apk", "--out", folder)
    assert ended.returncode not in {0, 10}
    assert new(before, computer.files()) == []


def secrets_of_the_phone(path: Path) -> set[str]:
    """What would tell which phone this is: serial numbers and numbers of the device and its owner's accounts."""
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    properties = texts["getprop.txt"]
    found = set(re.findall(r"\[ro\.(?:boot\.)?serialno\]: \[([^\]]+)\]", properties))
    everything = "\n".join(text for name, text in texts.items() if name.endswith((".txt", ".json")))
    found |= set(re.findall(r"android_id value[:=](\w{16})", everything))
    found |= set(re.findall(r"name=android_id[^\n]*value=(\w{16})", everything))
    return found


@pytest.mark.parametrize("form", ["result.json", "result.html"])
def test_a_report_names_no_serial_number_and_no_folder(computer: Computer, form: str) -> None:
    secret = secrets_of_the_phone(computer.evidence / "phone.zip")
    assert secret
    ended = computer.run("check", computer.evidence / "phone.zip", "--facts", "--out", "out")
    assert ended.returncode == 10, ended.stderr
    text = (computer.folder / "work" / "out" / form).read_text()
    assert [one for one in secret if one in text] == []
    assert str(computer.folder) not in text
    assert str(computer.folder) not in computer.run("check", computer.evidence).stdout
