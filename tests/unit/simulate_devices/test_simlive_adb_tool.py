"""The simulated adb server against Debian's adb, and our client against Debian's adb server."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from luciole.devices.live import adb, problems
from luciole.simulate.devices import packages
from luciole.simulate.devices.demonstration import UNKNOWN, demonstration
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.live.adb_server import AdbServer, SimulatedDevice
from luciole.simulate.live.android_shell import Output

pytestmark = [
    pytest.mark.tools,
    pytest.mark.skipif(shutil.which("adb") is None, reason="needs Debian's package adb"),
]


def phone() -> DeviceDescription:
    return msgspec.structs.replace(demonstration(), filler=Filler(files=5, system_packages=3, log_lines=5))


@pytest.fixture(scope="module")
def server() -> Iterator[AdbServer]:
    broken = {"pm list users": Output([b"some\n"], b"and an error\n", 7)}
    with AdbServer(SimulatedDevice("ONE", phone()), SimulatedDevice("TWO", phone(), broken=broken)) as made:
        yield made


def tool(server: AdbServer, *arguments: str | Path) -> "subprocess.CompletedProcess[bytes]":
    command = ["adb", "-P", str(server.port), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)


def test_the_tool_lists_the_simulated_devices(server: AdbServer) -> None:
    ended = tool(server, "devices", "-l")
    assert ended.returncode == 0, ended.stderr
    lines = [line.split() for line in ended.stdout.decode().splitlines()[1:] if line]
    assert [line[:2] for line in lines] == [["ONE", "device"], ["TWO", "device"]]
    assert "model:Example_Phone_5" in lines[0]


def test_the_tool_and_our_client_get_the_same_output(server: AdbServer) -> None:
    for text in ("getprop", "dumpsys", "settings list global"):
        ended = tool(server, "-s", "ONE", "shell", text)
        assert ended.returncode == 0, ended.stderr
        ours = b"".join(piece for piece in client(server).run(text) if isinstance(piece, bytes))
        assert ended.stdout == ours
        assert len(ours) > 100


def test_the_tool_gets_exit_code_and_errors_apart(server: AdbServer) -> None:
    ended = tool(server, "-s", "TWO", "shell", "pm list users")
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, b"some\n", b"and an error\n")


def test_the_tool_pulls_the_file_that_was_described(server: AdbServer, tmp_path: Path) -> None:
    app = next(each for each in phone().apps if each.package == UNKNOWN)
    path = server.devices[0].shell.phone.apk_path(app)
    ended = tool(server, "-s", "ONE", "pull", path, tmp_path / "app.apk")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "app.apk").read_bytes() == packages.apk_bytes(app)
    assert b"".join(client(server).pull(path)) == packages.apk_bytes(app)


def test_the_tool_lists_folders_and_says_what_is_not_there(server: AdbServer, tmp_path: Path) -> None:
    ended = tool(server, "-s", "ONE", "ls", "/sdcard")
    names = {line.split()[-1] for line in ended.stdout.decode().splitlines()}
    assert {".", "..", "Android", "Download"} <= names
    missing = tool(server, "-s", "ONE", "pull", "/nowhere", tmp_path / "x")
    assert missing.returncode != 0
    assert b"No such file" in missing.stdout + missing.stderr


def test_the_tool_wants_one_of_two_devices_named(server: AdbServer) -> None:
    ended = tool(server, "shell", "getprop")
    assert ended.returncode != 0
    assert b"more than one device" in ended.stderr


def client(server: AdbServer) -> adb.Device:
    return adb.Server(adb.address(server.address)).device("ONE")


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[str]:
    """A running adb server of Debian's package, on a port of its own, without devices."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "ADB_MDNS": "0"}
    started = subprocess.run(
        ["adb", "-P", str(port), "start-server"], capture_output=True, check=False, timeout=60, env=environment
    )
    assert started.returncode == 0, started.stderr
    yield f"127.0.0.1:{port}"
    subprocess.run(["adb", "-P", str(port), "kill-server"], check=False, timeout=60, env=environment)


def test_our_client_talks_to_the_real_server(debian: str) -> None:
    real = adb.Server(adb.address(debian))
    printed = subprocess.run(["adb", "version"], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[0].endswith(f"1.0.{real.version()}")
    listed = subprocess.run(
        ["adb", "-P", debian.rpartition(":")[2], "devices"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [one.serial for one in real.devices()] == [line.split()[0] for line in listed[1:] if line]
    if not real.devices():
        with pytest.raises(problems.NoDevice):
            real.device()
    with pytest.raises(problems.Refused):
        real._answer("host:no-such-request", "a request that does not exist")
