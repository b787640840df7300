"""`luciole collect`: says what may be seen, asks, writes one file whole or not at all, and says what was missed."""

import io
import os
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from luciole.cli import exit_codes
from luciole.cli.main import run
from luciole.guidance import collecting
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.live.adb_server import AdbServer, Fault, SimulatedDevice
from luciole.simulate.live.ios_device import IosDevice
from luciole.simulate.live.ios_device import demonstration as iphone
from luciole.simulate.live.usbmux_server import UsbmuxServer


def phone() -> DeviceDescription:
    return msgspec.structs.replace(demonstration(), filler=Filler(files=5, system_packages=3, log_lines=5))


@pytest.fixture
def server() -> Iterator[AdbServer]:
    with AdbServer(SimulatedDevice("ONE", phone())) as made:
        yield made


def android(out: Path, server: AdbServer, *more: str) -> int:
    return run(["collect", "android", str(out), "--adb-server", server.address, *more])


def test_a_phone_is_taken_into_one_private_file_that_can_be_checked(
    server: AdbServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "phone.zip"
    assert android(out, server, "--yes", "--apks", "user") == exit_codes.NOTHING_SEEN
    said = capsys.readouterr()
    assert str(out) in said.out
    for line in collecting.ANDROID_BEFORE[1:]:
        assert line in said.err
    assert collecting.KEEP in said.err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["phone.zip"]
    assert run(["check", str(out), "--quiet"]) == exit_codes.FOUND


def test_without_yes_nobody_is_asked_in_a_script_and_nothing_is_sent(server: AdbServer, tmp_path: Path) -> None:
    assert android(tmp_path / "phone.zip", server) == exit_codes.USAGE
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


class Terminal(io.StringIO):
    """A person at the keyboard. before_answer: called whenever an answer is waited for."""

    def __init__(self, answers: str, before_answer: Callable[[], None] = lambda: None) -> None:
        super().__init__(answers)
        self._before = before_answer

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        self._before()
        return super().readline(-1 if size is None else size)


@pytest.mark.parametrize("answer", ["1", "2"])
def test_a_person_is_asked_before_anything_is_sent(
    answer: str, server: AdbServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = answer == "1"
    asked: list[list[str]] = []
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n", lambda: asked.append(list(server.requests))))
    assert android(tmp_path / "phone.zip", server) == exit_codes.NOTHING_SEEN
    assert asked == [[]]
    assert (tmp_path / "phone.zip").exists() is written
    assert bool(server.requests) is written


def test_a_file_that_exists_is_not_written_over(server: AdbServer, tmp_path: Path) -> None:
    out = tmp_path / "phone.zip"
    out.write_bytes(b"evidence")
    assert android(out, server, "--yes") == exit_codes.USAGE
    assert out.read_bytes() == b"evidence"


def test_what_was_not_answered_is_said_and_the_exit_code_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with AdbServer(SimulatedDevice("ONE", phone()), faults=[Fault("shell,v2,raw:dumpsys", after=900)]) as server:
        assert android(tmp_path / "phone.zip", server, "--yes") == exit_codes.COULD_NOT_LOOK
    assert "dumpsys: the connection ended after" in capsys.readouterr().err


def test_no_server_and_no_device_leave_no_file_and_say_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["collect", "android", str(tmp_path / "x.zip"), "--yes", "--adb-server", "127.0.0.1:9"]
    assert run(arguments) == exit_codes.COULD_NOT_LOOK
    assert "adb start-server" in capsys.readouterr().err
    with AdbServer(SimulatedDevice("ONE", phone(), state="unauthorized")) as server:
        assert android(tmp_path / "x.zip", server, "--yes") == exit_codes.COULD_NOT_LOOK
    assert "only the person it belongs to" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_stopping_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    fault = Fault("shell,v2,raw:dumpsys", after=900, then="stall")
    with AdbServer(SimulatedDevice("ONE", phone()), faults=[fault]) as server:
        command = [sys.executable, "-m", "luciole", "collect", "android", "phone.zip", "--yes"]
        running = subprocess.Popen(
            [*command, "--adb-server", server.address], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        while not any(one.endswith(":dumpsys") for one in server.requests):
            assert running.poll() is None
            os.sched_yield()
        assert [one.suffix for one in tmp_path.iterdir()] != [".zip"]
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert running.returncode == exit_codes.INTERRUPTED, errors
    assert list(tmp_path.iterdir()) == []


def test_an_iphone_is_taken_the_same_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "iphone.zip"
    with UsbmuxServer(iphone()) as server:
        assert run(["collect", "ios", str(out), "--yes", "--usbmux", server.address]) == exit_codes.NOTHING_SEEN
    assert collecting.IOS_BEFORE[1] in capsys.readouterr().err
    assert "apps.plist" in zipfile.ZipFile(out).namelist()


def test_an_iphone_that_does_not_trust_is_not_asked_in_a_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("1\n2\n"))
    with UsbmuxServer(IosDevice(trusted=False)) as server:
        code = run(["collect", "ios", str(tmp_path / "x.zip"), "--usbmux", server.address])
        assert not any(one.endswith(" Pair") for one in server.requests)
    assert code == exit_codes.COULD_NOT_LOOK
    assert "does not trust this computer yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_this_computer_is_taken_by_its_own_collector(tmp_path: Path) -> None:
    out = tmp_path / "computer.zip"
    assert run(["collect", "computer", str(out), "--yes", "--quiet"]) == exit_codes.NOTHING_SEEN
    assert "collection.json" in zipfile.ZipFile(out).namelist()
