"""The client of the adb server's protocol: what it reads, what it never sends, and what it says when things break."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from luciole.devices.live import adb, commands, frames, problems, sync
from luciole.devices.live.frames import Ending
from luciole.devices.live.wire import Waits
from luciole.kernel.errors import CouldNotLook, UsageError
from luciole.simulate.devices import packages
from luciole.simulate.devices.demonstration import UNKNOWN, demonstration
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.live.adb_server import AdbServer, Fault, SimulatedDevice, State

BOUNDS = adb.Bounds(waits=Waits(connect=20, idle=30, whole=60))
IMPATIENT = adb.Bounds(waits=Waits(connect=20, idle=0.3, whole=60))


def phone() -> DeviceDescription:
    small = Filler(files=5, system_packages=3, user_packages=2, log_lines=5, processes=30)
    return msgspec.structs.replace(demonstration(), filler=small)


@pytest.fixture(scope="module")
def plain() -> Iterator[AdbServer]:
    with AdbServer(SimulatedDevice("ONE", phone())) as server:
        yield server


def connected(server: AdbServer, serial: str | None = None, bounds: adb.Bounds = BOUNDS) -> adb.Device:
    return adb.Server(adb.address(server.address), bounds).device(serial)


def whole(device: adb.Device, text: str) -> tuple[bytes, Ending]:
    *pieces, ending = device.run(text)
    assert isinstance(ending, Ending)
    return b"".join(piece for piece in pieces if isinstance(piece, bytes)), ending


def test_a_command_gives_its_output_errors_and_exit_code_apart(plain: AdbServer) -> None:
    device = connected(plain)
    assert whole(device, "getenforce") == (b"Enforcing\n", Ending(0, ""))
    output, ending = whole(device, "pm list packages --user 77")
    assert (output, ending.exit) == (b"", 255)
    assert "no such user" in ending.errors


@pytest.mark.parametrize("features", [("cmd",), ("cmd", "no_exec")])
def test_a_device_without_packets_answers_the_same_and_its_exit_code_is_known(features: tuple[str, ...]) -> None:
    newer = SimulatedDevice("NEW", phone())
    older = SimulatedDevice("OLD", phone(), features=features)
    with AdbServer(newer, older) as server:
        for text in ("getprop", "dumpsys", "pm list users", commands.BY_NAME["root-tools"].text):
            one, two = whole(connected(server, "NEW"), text), whole(connected(server, "OLD"), text)
            assert two[0] == one[0].rstrip(b"\n") or two[0] == one[0]
            assert two[1].exit == one[1].exit


def test_a_file_is_pulled_whole_and_what_a_folder_holds_is_listed(plain: AdbServer) -> None:
    device = connected(plain)
    app = next(each for each in phone().apps if each.package == UNKNOWN)
    path = plain.devices[0].shell.phone.apk_path(app)
    assert b"".join(device.pull(path)) == packages.apk_bytes(app)
    with device.files() as wire:
        state = sync.state_of(wire, path.encode(), second=True)
        assert state.is_file
        assert state.size == len(packages.apk_bytes(app))
        names = {entry.name for entry in sync.listing(wire, b"/sdcard/", second=True)}
        assert {b".", b"..", b"Android", b"Download"} <= names
        assert sync.state_of(wire, b"/nowhere", second=True).error == 2


def test_the_first_form_of_the_sync_requests_reads_the_same() -> None:
    with AdbServer(SimulatedDevice("OLD", phone(), features=("cmd",))) as server:
        device = connected(server)
        assert not device.second_sync
        with device.files() as wire:
            names = {entry.name for entry in sync.listing(wire, b"/sdcard/", second=False)}
            assert {b".", b"..", b"Android"} <= names
            assert sync.state_of(wire, b"/sdcard", second=False).is_folder


# ---------------------------------------------------------------------- which device


@pytest.mark.parametrize(
    ("state", "error", "word"),
    [
        ("unauthorized", problems.Unauthorised, "trust"),
        ("offline", problems.Offline, "cable"),
        ("recovery", problems.Offline, "cable"),
        ("no permissions", problems.Offline, "plugdev"),
    ],
)
def test_a_device_that_cannot_be_asked_is_explained(state: State, error: type[CouldNotLook], word: str) -> None:
    with AdbServer(SimulatedDevice("ONE", phone(), state=state)) as server, pytest.raises(error) as caught:
        connected(server)
    assert word in caught.value.remedy


def test_several_devices_are_named_and_one_can_be_chosen() -> None:
    with AdbServer(SimulatedDevice("ONE", phone()), SimulatedDevice("TWO", phone())) as server:
        with pytest.raises(problems.SeveralDevices) as caught:
            connected(server)
        assert "--serial ONE" in caught.value.remedy
        assert "--serial TWO" in caught.value.remedy
        assert connected(server, "TWO").line.serial == "TWO"
        with pytest.raises(problems.NoDevice):
            connected(server, "THREE")


def test_the_one_device_that_is_ready_is_taken_among_others_that_are_not() -> None:
    with AdbServer(SimulatedDevice("ONE", phone(), state="offline"), SimulatedDevice("TWO", phone())) as server:
        assert connected(server).line.serial == "TWO"


def test_no_device_and_no_server_say_what_to_do() -> None:
    with AdbServer() as server, pytest.raises(problems.NoDevice) as caught:
        connected(server)
    assert "Nothing is switched on from here" in caught.value.remedy
    with socket.create_server(("127.0.0.1", 0)) as closed:
        where = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(problems.NoServer) as missing:
        adb.Server(adb.address(where), BOUNDS).device()
    assert "adb start-server" in missing.value.remedy


@pytest.mark.parametrize("text", ["", "5037", "host:", "host:x", "host:0", "host:65536", ":5037"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        adb.address(text)


def test_an_ancient_server_is_refused() -> None:
    with AdbServer(SimulatedDevice("ONE", phone()), version=20) as server, pytest.raises(problems.BadReply):
        connected(server)


# ---------------------------------------------------------------------- only what is on the list


@pytest.mark.parametrize(
    "text",
    [
        "reboot", "pm uninstall --user 0 org.example.app", "rm -rf /sdcard", "settings put global adb_enabled 0", "su",
        "getprop; reboot", "getprop\nreboot", "pm list packages --user 0; reboot", "dumpsys package", " getprop",
        "pm path --user 0 org.example.$(reboot)", "sha256sum /data/app/../../x y", "cmd role add-role-holder x y",
        "sha256sum /data/app/a;b", "pm list packages --user 123456", "logcat -c", "input keyevent 26", "",
    ],
)  # fmt: skip
def test_nothing_outside_the_list_can_be_sent(plain: AdbServer, text: str) -> None:
    device = connected(plain)
    before = len(plain.requests)
    with pytest.raises(problems.NotListed):
        list(device.run(text))
    assert plain.requests[before:] == []


@pytest.mark.parametrize(
    "path",
    ["/sdcard/DCIM/a.jpg", "/data/app/x/../../../data/data/a.apk", "/data/data/org.example/db.apk", "base.apk",
     "/data/app/a b.apk"],
)  # fmt: skip
def test_only_app_files_can_be_copied(plain: AdbServer, path: str) -> None:
    device = connected(plain)
    before = len(plain.requests)
    with pytest.raises(problems.NotListed):
        list(device.pull(path))
    assert plain.requests[before:] == []


@pytest.mark.parametrize("word", [b"SEND", b"SND2", b"FAIL", b"XXXX"])
def test_a_sync_request_that_writes_does_not_exist(word: bytes) -> None:
    class Nobody:
        def some(self, most: int, what: str) -> bytes:
            raise AssertionError(what, most)

        def send(self, data: bytes) -> None:
            raise AssertionError(data)

    with pytest.raises(problems.NotListed):
        sync._ask(Nobody(), word, b"/sdcard/x")


def test_a_value_that_a_shell_could_read_as_more_than_a_word_fills_no_place() -> None:
    command = commands.BY_NAME["app-files"]
    for package in ("org.example;reboot", "org.example app", "$(x)", "a`b`", "", "x" * 4000 + ".y|z"):
        with pytest.raises(problems.NotListed):
            commands.fill(command, user="0", package=package)


def test_every_command_of_the_list_reads_and_says_what_it_is_for() -> None:
    words = {
        "put",
        "set",
        "clear",
        "install",
        "uninstall",
        "grant",
        "revoke",
        "start",
        "write",
        "rm",
        "enable",
        "disable",
    }
    for command in commands.COMMANDS:
        assert command.about
        assert not words & set(command.text.replace("-", " ").split()), command.text
        assert not set(";|&<>`$()\n") & set(command.text), command.text
    assert len({command.name for command in commands.COMMANDS}) == len(commands.COMMANDS)


# ---------------------------------------------------------------------- broken connections


@pytest.mark.parametrize(
    ("then", "after"),
    [(then, after) for then in ("drop", "garbage") for after in (0, 1, 3, 4, 6, 8, 9, 40, 400)]
    + [("lie", after) for after in (0, 1, 4, 5, 8)],
)
def test_an_answer_that_breaks_anywhere_is_a_typed_error_with_a_remedy(then: str, after: int) -> None:
    fault = Fault("shell,v2,raw:getprop", after=after, then=then)  # type: ignore[arg-type]
    with AdbServer(SimulatedDevice("ONE", phone()), faults=[fault]) as server:
        device = connected(server)
        with pytest.raises(problems.LiveError) as caught:
            whole(device, "getprop")
        assert caught.value.remedy or isinstance(caught.value, problems.TooLarge)


def test_a_device_that_goes_silent_is_given_up_after_the_time_allowed() -> None:
    fault = Fault("shell,v2,raw:getprop", after=30, then="stall")
    with AdbServer(SimulatedDevice("ONE", phone()), faults=[fault]) as server, pytest.raises(problems.TooSlow):
        whole(connected(server, bounds=IMPATIENT), "getprop")


def test_an_answer_that_drips_is_given_up_after_the_whole_time_allowed() -> None:
    bounds = adb.Bounds(waits=Waits(connect=2, idle=5, whole=0.0))
    with AdbServer(SimulatedDevice("ONE", phone())) as server, pytest.raises(problems.TooSlow):
        connected(server, bounds=bounds)


def test_output_and_files_above_the_limit_are_refused(plain: AdbServer) -> None:
    small = msgspec.structs.replace(BOUNDS, output=100, file=100)
    with pytest.raises(problems.TooLarge):
        whole(connected(plain, bounds=small), "getprop")
    path = plain.devices[0].shell.phone.apk_path(next(app for app in phone().apps if app.package == UNKNOWN))
    with pytest.raises(problems.TooLarge):
        list(connected(plain, bounds=small).pull(path))


def test_what_the_device_refuses_is_given_in_its_words() -> None:
    fault = Fault("host:transport:", then="refuse")
    with (
        AdbServer(SimulatedDevice("ONE", phone()), faults=[fault]) as server,
        pytest.raises(problems.Refused) as caught,
    ):
        whole(connected(server), "getprop")
    assert "refused" in caught.value.message


def test_words_of_a_device_cannot_change_the_terminal() -> None:
    words = b"FAIL0011no\x1b[2J\r\xe2\x80\xaeno such"
    with pytest.raises(problems.Refused) as caught:
        frames.status(Bytes(words, 100), "x")
    assert "\x1b" not in caught.value.message
    assert "\u202e" not in caught.value.message
    assert "\u2039U+001B\u203a" in caught.value.message


class Bytes:
    """Bytes as a stream, handed out in pieces of one size."""

    def __init__(self, data: bytes, step: int = 7) -> None:
        self.data = data
        self.step = step
        self.sent: list[bytes] = []

    def some(self, most: int, what: str) -> bytes:  # noqa: ARG002 - the form of a stream
        piece, self.data = self.data[: min(most, self.step)], self.data[min(most, self.step) :]
        return piece

    def send(self, data: bytes) -> None:
        self.sent.append(data)


def test_requests_have_the_form_of_the_protocol() -> None:
    assert frames.request("host:version") == b"000chost:version"
    with pytest.raises(problems.BadReply):
        frames.request("x" * 70_000)


@pytest.mark.parametrize(
    ("line", "state", "details"),
    [
        ("ABC\tdevice", "device", {}),
        ("ABC                    device usb:1-1 product:p model:Pixel_5 device:d transport_id:4", "device",
         {"usb": "1-1", "product": "p", "model": "Pixel_5", "device": "d", "transport_id": "4"}),
        ("192.0.2.1:5555         offline transport_id:1", "offline", {"transport_id": "1"}),
        ("????????????           no permissions (user in plugdev group); see [http://x]", "no permissions", {}),
    ],
)  # fmt: skip
def test_lines_of_devices_are_read_as_adb_prints_them(line: str, state: str, details: dict[str, str]) -> None:
    (found,) = frames.device_lines(line + "\n")
    assert (found.state, found.details) == (state, details)


@pytest.mark.parametrize("step", [1, 2, 5, 100])
def test_packets_may_be_cut_anywhere_on_their_way(step: int) -> None:
    data = struct.pack("<BI", 1, 3) + b"abc" + struct.pack("<BI", 2, 2) + b"no" + struct.pack("<BIB", 3, 1, 4)
    *pieces, ending = frames.packets(Bytes(data, step), "x", 100)
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == b"abc"
    assert ending == Ending(4, "no")


@pytest.mark.parametrize("data", [b"", b"abc", b"abc\nend:", b"\nend:x\n", b"abc\nend:1"])
def test_output_without_its_last_line_counts_as_cut(data: bytes) -> None:
    with pytest.raises(problems.Dropped):
        list(frames.marked(Bytes(data), "x", 100, terminal=False))


def test_a_command_that_prints_such_a_line_itself_does_not_end_early() -> None:
    *pieces, ending = frames.marked(Bytes(b"a\nend:0\nb\nend:3\n"), "x", 100, terminal=False)
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == b"a\nend:0\nb"
    assert ending == Ending(3, "")


def test_the_list_of_commands_is_in_the_reference() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "live-commands.md"
    text = page.read_text("utf-8")
    assert [command.text for command in commands.COMMANDS if f"`{command.text}`" not in text] == []
