"""A check opens no connection and asks no name server, whatever names the evidence holds."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.write import write_zip

SAID = "a connection was wanted:"
BANNED = f"""
import os, sys

def ban(event, arguments):
    if event.startswith(("socket.", "http.client.", "urllib.", "ftplib.", "smtplib.")):
        os.write(2, f"{SAID} {{event}}\\n".encode())
        raise PermissionError(event)

sys.addaudithook(ban)
from luciole.cli.main import run
sys.exit(run(sys.argv[1:]))
"""
"""Runs the command line with every way of Python to a network closed; forked children inherit the hook."""


def banned(folder: Path, *arguments: str | Path, before: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "LUCIOLE_DATA": str(folder / "data"), "LUCIOLE_SETTINGS": str(folder / "set.toml")}
    command = [*before, sys.executable, "-c", BANNED, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with apps whose every name is an address, and a phone full of hosts."""
    folder = tmp_path_factory.mktemp("evidence")
    apps = folder / "apps"
    apps.mkdir()
    hosts = tuple(f"https://host{number}.names.example.invalid/path?x=y" for number in range(50))
    named = msgspec.structs.replace(
        DEMONSTRATIONS["stalkerware-like"],
        label="http://label.example.invalid",
        strings=(*hosts, "192.0.2.7", "panel.example.invalid:8080", "file://server.example.invalid/share"),
        carried=DEMONSTRATIONS["malformed"].carried,
    )
    (apps / "https:example.invalid.apk").write_bytes(build_apk(named))
    (apps / "known.apk").write_bytes(build_apk(DEMONSTRATIONS["known-family"]))
    write_zip(demonstration(), folder / "phone.zip")
    return folder


@pytest.mark.parametrize("what", ["apps", "phone.zip"])
def test_a_check_of_evidence_full_of_addresses_wants_no_connection(evidence: Path, what: str, tmp_path: Path) -> None:
    ended = banned(tmp_path, "check", evidence / what, "--out", tmp_path / "out", "--facts", "--ssdeep")
    assert SAID not in ended.stderr
    assert ended.returncode == 10, ended.stderr
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["unreadable"] == []
    assert "example.invalid" in (tmp_path / "out" / "result.json").read_text()


def test_the_other_commands_want_no_connection_either(evidence: Path, tmp_path: Path) -> None:
    listed = tmp_path / "ioc.yaml"
    listed.write_text(
        "- name: ExampleSpy\n  type: stalkerware\n  packages: [org.example.spy]\n  websites: [a.invalid]\n"
    )
    commands: list[tuple[str | Path, ...]] = [
        ("intel", "import", listed),
        ("intel", "show"),
        ("intel", "search", "a.invalid"),
        ("check", evidence / "apps", "--out", tmp_path / "out", "-q"),
        ("explain", tmp_path / "out" / "result.json", "verdict"),
        ("report", "render", tmp_path / "out" / "result.json"),
        ("report", "render", tmp_path / "out" / "result.json", "--pdf", tmp_path / "r.pdf", "--depth", "expert"),
        ("compare", evidence / "phone.zip", tmp_path / "out" / "result.json", "-q"),
        ("timeline", evidence / "phone.zip", "--html", tmp_path / "t.html", "--csv", tmp_path / "t.csv"),
        ("triage", evidence / "apps", "--out", tmp_path / "apps.jsonl", "-q"),
        ("update", "--list"),
        ("doctor",),
    ]
    for arguments in commands:
        ended = banned(tmp_path, *arguments)
        assert SAID not in ended.stderr, arguments
        assert ended.returncode in {0, 10, 11}, (arguments, ended.stderr)


def test_only_a_person_who_asks_for_it_makes_a_connection(tmp_path: Path) -> None:
    ended = banned(tmp_path, "intel", "import", "https://127.0.0.1:9/ioc.yaml")
    assert SAID in ended.stderr
    assert ended.returncode != 0


def test_the_ban_reaches_children(tmp_path: Path) -> None:
    """The same hook, in a child that a reader would run in."""
    program = BANNED.partition("from luciole")[0] + (
        "from luciole.apps.isolation import Worker\nimport socket\n"
        "def look_up(data):\n    socket.getaddrinfo('names.example.invalid', 80)\n    return data\n"
        "with Worker(look_up) as worker:\n    worker.ask(b'', 1)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert f"{SAID} socket.getaddrinfo" in ended.stderr
    assert ended.returncode != 0


def can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_unshare(), reason="this account may not take the network away from a process")
def test_a_check_says_the_same_where_there_is_no_network_at_all(evidence: Path, tmp_path: Path) -> None:
    for name, before in (("with", ()), ("without", ("unshare", "-n"))):
        ended = banned(tmp_path, "check", evidence / "phone.zip", "--out", tmp_path / name, "-q", before=before)
        assert ended.returncode == 10, ended.stderr
    documents = [json.loads((tmp_path / name / "result.json").read_text()) for name in ("with", "without")]
    for document in documents:
        del document["created"]
    assert documents[0] == documents[1]
