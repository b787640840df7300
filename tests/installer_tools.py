"""What tests of installers share: Debian's tools in a folder, and what a reading says of the files inside."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from luciole.apps.read import read_app
from luciole.kernel.errors import LucioleError
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Coverage, State
from luciole.simulate.programs.demonstration import WATCHING
from luciole.simulate.programs.windows import build_program

PROGRAM = build_program(WATCHING)
HOOK = "user32.SetWindowsHookEx"
TEXT = b"Nothing happens here.\n" * 500
NOISE = b"".join(hashlib.sha256(bytes((one,))).digest() for one in range(256)) * 5


def run(*command: str, folder: Path, given: str | None = None) -> str:
    if shutil.which(command[0]) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{command[0]} is not installed")
        pytest.skip(f"{command[0]} is not installed")
    ended = subprocess.run(command, capture_output=True, check=True, timeout=60, cwd=folder, input=given, text=True)
    return ended.stdout


def unpacked(archive: Path, folder: Path) -> dict[str, str]:
    """What 7-Zip takes out of an archive: names → digests."""
    run("7zz", "x", "-y", f"-o{folder}", str(archive), folder=archive.parent)
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def values(facts: FactSet, name: str) -> set[object]:
    return {one.value for one in facts.facts if one.name == name}


def digests(facts: FactSet) -> dict[str, object]:
    """Path → digest of every program inside."""
    return {
        str(one.value): one.attributes["sha256"]
        for one in facts.facts
        if one.name == "program.file" and "sha256" in one.attributes
    }


def lines(facts: FactSet) -> list[Coverage]:
    return [line for line in facts.coverage if line.area in {"code", "native"}]


def told(facts: FactSet) -> bool:
    """Whether something is said not to have been looked at."""
    return any(line.state is not State.EXAMINED for line in lines(facts))


def never_silent(whole: bytes, name: str) -> None:
    """Cut or overwritten at each percent, the program inside is found or said not to have been seen."""
    for percent in range(1, 100):
        place = len(whole) * percent // 100
        for damaged in (whole[:place], whole[:place] + b"\xff" * 16 + whole[place + 16 :]):
            try:
                facts = read_app(damaged, name).subjects[0]
            except LucioleError:
                continue
            assert told(facts) or HOOK in values(facts, "program.api"), percent
