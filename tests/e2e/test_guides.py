"""Every command and every program in the guides works as written, on simulated apps and phones."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
import pyrage
import pytest

from luciole.cli.main import cli
from luciole.devices.live import adb, android, ios
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.write import write_apps
from luciole.simulate.devices.demonstration import KNOWN, demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.devices.write import write_age, write_bugreport, write_zip
from luciole.simulate.live.adb_server import AdbServer, SimulatedDevice
from luciole.simulate.live.ios_device import demonstration as iphone
from luciole.simulate.live.usbmux_server import UsbmuxServer
from luciole.simulate.network.demonstration import demonstration as captured
from luciole.simulate.network.write import write_capture

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
READERS = ("helper", "analyst", "developer")
PAGES = sorted(page for reader in READERS for page in (GUIDES / reader).glob("*.md"))
RUN = {"console", "python", "yaml"}
DONE = frozenset({0, 10, 11})
"""Exit codes of commands that did what they were asked."""
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LIST = """- name: ExampleSpy
  type: stalkerware
  packages: [org.example.spy, PACKAGE]
  websites: [spy.example.org]
"""


class Step(NamedTuple):
    """A block of a guide. text: what stands in it; line: where it begins."""

    kind: str
    text: str
    line: int


def steps(page: Path) -> Iterator[Step]:
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        yield Step(found[1], found[2], text[: found.start()].count("\n") + 1)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the guides speak of: app.apk, apps/, phone.zip, bugreport.zip, an encrypted phone, a list, rules."""
    folder = tmp_path_factory.mktemp("guides")
    phone = msgspec.structs.replace(demonstration(), filler=Filler())
    write_apps(folder, {"app": DEMONSTRATIONS["stalkerware-like"]})
    write_apps(folder / "apps", {name: DEMONSTRATIONS[name] for name in ("notes", "stalkerware-like", "messenger")})
    write_zip(phone, folder / "phone.zip")
    write_bugreport(phone, folder / "bugreport.zip")
    write_capture(captured(), folder / "capture.pcap")
    with AdbServer(SimulatedDevice("ONE", phone)) as server:
        device = adb.Server(adb.address(server.address)).device()
        (folder / "connected.zip").write_bytes(b"".join(android.acquire(device)))
    with UsbmuxServer(iphone()) as usbmux:
        (folder / "iphone.zip").write_bytes(b"".join(ios.acquire(ios.Options(usbmux=usbmux.address))))
    key = pyrage.x25519.Identity.generate()
    write_age(phone, folder / "phone.zip.age", str(key.to_public()))
    (folder / "key.txt").write_text(str(key))
    (folder / "lists").mkdir()
    (folder / "lists" / "ioc.yaml").write_text(LIST.replace("PACKAGE", KNOWN))
    (folder / "rules.yar").write_text('rule inert { strings: $a = "collect.example.invalid" condition: $a }\n')
    return folder


@pytest.fixture
def desk(evidence: Path, tmp_path: Path) -> Path:
    """A folder of its own for one guide, with the evidence and an installed list of known apps."""
    for path in evidence.iterdir():
        (tmp_path / path.name).symlink_to(path)
    assert run(tmp_path, "luciole intel import lists").returncode == 0
    return tmp_path


def run(folder: Path, line: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable if word == "python3" else word for word in shlex.split(line)]
    if words[0] == "luciole":
        words[:1] = [sys.executable, "-m", "luciole"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))},
        "LUCIOLE_DATA": str(folder / ".data"),
        "LUCIOLE_SETTINGS": str(folder / ".settings.toml"),
        "COLUMNS": "100",
    }
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env=environment)


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Lines that begin with `$`, each with what must appear in its output."""
    line, expected = "", []
    for row in text.splitlines():
        if row.startswith("$ "):
            if line:
                yield line, expected
            line, expected = row[2:], []
        elif row.strip():
            expected.append(row.strip())
    if line:
        yield line, expected


def saved_as(page: Path, step: Step) -> str:
    """The name that the text above a block gives to its content."""
    above = "\n".join(page.read_text("utf-8").splitlines()[: step.line])
    return re.findall(r"`([\w.-]+\.yml)`", above)[-1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_a_guide_works_as_written(page: Path, desk: Path) -> None:
    for step in steps(page):
        if step.kind == "console":
            for line, expected in commands(step.text):
                ended = run(desk, line)
                assert ended.returncode in DONE, f"{page.name}:{step.line}: {line}\n{ended.stdout}{ended.stderr}"
                assert [one for one in expected if one not in ended.stdout] == [], f"{line}\n{ended.stdout[-2000:]}"
        elif step.kind == "python":
            (desk / "program.py").write_text(step.text)
            ended = run(desk, "python3 program.py")
            assert ended.returncode == 0, f"{page.name}:{step.line}\n{ended.stderr}"
        elif step.kind == "yaml":
            (desk / saved_as(page, step)).write_text(step.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_no_command_of_ours_hides_from_the_test(page: Path) -> None:
    for step in steps(page):
        if step.kind not in RUN:
            assert "luciole" not in step.text, f"{page.name}:{step.line}: mark it as console"


def known_commands(command: click.Command, path: str) -> Iterator[str]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from known_commands(inner, f"{path} {name}")


@pytest.mark.parametrize("page", [GUIDES / "README.md", *PAGES], ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_commands_and_pages_that_a_guide_names_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    known = set(known_commands(cli, "luciole"))
    for named in re.findall(r"`(luciole(?: [a-z-]+)+)", BLOCK.sub("", text)):
        words = named.split()
        assert any(" ".join(words[:size]) in known for size in range(2, len(words) + 1)), named
    targets = [one.partition("#")[0] for one in re.findall(r"\]\(([^)]+)\)", text) if "://" not in one]
    assert [one for one in targets if not (page.parent / one).exists()] == []


def test_every_guide_is_on_the_list() -> None:
    index = (GUIDES / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if f"({page.parent.name}/{page.name})" not in index] == []
