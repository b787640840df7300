"""Whatever a connected device or its server sends: a typed error or a stated gap, never a list that looks whole."""

import io
import struct
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole import devices
from luciole.devices.live import adb, android, frames, ios, problems, sync
from luciole.devices.live.frames import Ending
from luciole.devices.live.wire import Stream, Waits
from luciole.kernel.errors import NotThisKind
from luciole.kernel.outcome import State
from luciole.kernel.reading import Reading
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.live.adb_server import AdbServer, Fault, SimulatedDevice
from luciole.simulate.live.android_shell import Output
from luciole.simulate.live.ios_device import demonstration as iphone
from luciole.simulate.live.usbmux_server import UsbmuxServer

BOUNDS = adb.Bounds(waits=Waits(connect=20, idle=30, whole=60))


def phone() -> DeviceDescription:
    small = Filler(files=5, system_packages=3, user_packages=2, log_lines=5, processes=20)
    return msgspec.structs.replace(demonstration(), filler=small)


class Bytes:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def some(self, most: int, what: str) -> bytes:  # noqa: ARG002 - the form of a stream
        piece, self.data = self.data[:most], self.data[most:]
        return piece

    def send(self, data: bytes) -> None:
        pass


def packets(data: bytes) -> bytes:
    return b"".join(piece for piece in frames.packets(Bytes(data), "x", 1 << 20) if isinstance(piece, bytes))


def marked(data: bytes) -> bytes:
    found = frames.marked(Bytes(data), "x", 1 << 20, terminal=False)
    return b"".join(piece for piece in found if isinstance(piece, bytes))


def content(data: bytes) -> bytes:
    return b"".join(sync.content(Bytes(data), b"/x", 1 << 20))


def entries(second: bool) -> object:  # noqa: FBT001 - a parameter of the protocol
    return lambda data: list(sync.listing(Bytes(data), b"/x", second=second))


DENT = (
    b"DENT"
    + struct.pack("<IIII", 0o100644, 5, 6, 4)
    + b"a.db"
    + b"DENT"
    + struct.pack("<IIII", 0o40755, 0, 6, 1)
    + b"."
)
DNT2 = b"DNT2" + struct.pack("<IQQIIIIQqqq", 0, 1, 2, 0o40755, 1, 0, 0, 9, 1, 2, 3) + struct.pack("<I", 1) + b"x"
ANSWERS = {
    "packets": (
        packets,
        b"".join(struct.pack("<BI", 1, 9) + b"package:%d" % at for at in range(5)) + struct.pack("<BIB", 3, 1, 0),
    ),
    "marked": (marked, b"package:a\npackage:b\n\nend:0\n"),
    "content": (
        content,
        b"DATA" + struct.pack("<I", 5) + b"abcde" + b"DATA" + struct.pack("<I", 2) + b"fgDONE" + bytes(4),
    ),
    "list": (entries(False), DENT + b"DONE" + bytes(16)),
    "list-2": (entries(True), DNT2 + b"DONE" + bytes(72)),
    "text": (lambda data: frames.text(Bytes(data), "x"), b"0010" + b"x" * 16),
    "state": (lambda data: sync.state_of(Bytes(data), b"/x", second=False), b"STAT" + bytes(12)),
    "state-2": (lambda data: sync.state_of(Bytes(data), b"/x", second=True), b"LST2" + bytes(68)),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_cut_after_any_byte_is_never_taken_for_whole(name: str) -> None:
    read, data = ANSWERS[name]
    assert read(data) is not None  # type: ignore[operator] # one of the readers above
    for end in range(len(data)):
        with pytest.raises(problems.LiveError):
            read(data[:end])  # type: ignore[operator] # as above


@pytest.mark.parametrize(
    "data", [b"\x01\xff\xff\xff\xff", b"\x01\x01\x00\x10\x00", b"\x00\x01\x00\x00\x00x", b"\x63" + bytes(4)]
)
def test_lengths_and_kinds_that_cannot_be_are_refused_before_anything_is_read(data: bytes) -> None:
    with pytest.raises(problems.BadReply):
        list(frames.packets(Bytes(data + bytes(100)), "x", 1 << 30))


def test_a_length_beyond_the_bounds_of_sync_is_refused() -> None:
    for data in (b"DATA\x01\x00\x01\x00", b"DENT" + bytes(12) + b"\xff\xff\xff\xff", b"FAIL\xff\xff\xff\xff"):
        for second in (False, True):
            with pytest.raises(problems.LiveError):
                list(sync.listing(Bytes(data + bytes(200)), b"/x", second=second))
        with pytest.raises(problems.LiveError):
            list(sync.content(Bytes(data + bytes(200)), b"/x", 1 << 30))


def test_output_without_end_stops_at_the_limit() -> None:
    class Endless:
        taken = 0

        def some(self, most: int, what: str) -> bytes:  # noqa: ARG002 - the form of a stream
            Endless.taken += most
            return b"x" * most

        def send(self, data: bytes) -> None:
            pass

    stream: Stream = Endless()
    with pytest.raises(problems.TooLarge):
        list(frames.marked(stream, "x", 1 << 20, terminal=False))
    assert Endless.taken < 2 << 20


@given(st.binary(max_size=400))
def test_no_bytes_make_a_reader_of_the_protocol_fail(data: bytes) -> None:
    target("adb_protocol")(data)


@given(st.binary(max_size=400) | st.text(alphabet="package:=/ uid\n.abUser{}0123,;", max_size=300).map(str.encode))
def test_no_bytes_make_a_reader_of_the_lists_fail(data: bytes) -> None:
    target("live_lists")(data)


# ---------------------------------------------------------------------- whole acquisitions


def read(data: bytes, tmp_path: Path) -> Reading:
    path = tmp_path / "taken.zip"
    path.write_bytes(data)
    return devices.read_evidence(path, now="2025-03-20")


def apps(reading: Reading) -> set[tuple[str, int | None]]:
    return {
        (one.subject.identity, one.subject.user)
        for one in reading.subjects
        if any(fact.name == "app.state" and fact.value == "installed" for fact in one.facts)
    }


@pytest.fixture(scope="module")
def whole() -> bytes:
    with AdbServer(SimulatedDevice("ONE", phone())) as server:
        return b"".join(android.acquire(adb.Server(adb.address(server.address), BOUNDS).device()))


@pytest.mark.parametrize("command", ["pm list packages --user 10", "pm list packages -f -i -U -u --user 10"])
def test_a_list_of_apps_cut_at_each_hundredth_never_loses_an_app_in_silence(command: str, tmp_path: Path) -> None:
    quiet = msgspec.structs.replace(phone(), absent=("dumpsys package",))
    with AdbServer(SimulatedDevice("ONE", quiet)) as server:
        device = adb.Server(adb.address(server.address), BOUNDS).device()
        size = sum(len(piece) + 5 for piece in device.run(command) if not isinstance(piece, Ending)) + 10
        complete = apps(read(b"".join(android.acquire(device)), tmp_path))
    for step in range(0, 100, 4):
        fault = Fault(f"shell,v2,raw:{command}", after=size * step // 100)
        with AdbServer(SimulatedDevice("ONE", quiet), faults=[fault]) as server:
            device = adb.Server(adb.address(server.address), BOUNDS).device()
            reading = read(b"".join(android.acquire(device, android.Options(log=False))), tmp_path)
        (coverage,) = [each for each in reading.coverage if each.area == "device.packages"]
        assert apps(reading) <= complete
        assert coverage.state is not State.EXAMINED, step
        assert command[:20] in coverage.detail, step


def test_each_member_may_be_damaged_alone_and_that_is_said(whole: bytes, tmp_path: Path) -> None:
    before = read(whole, tmp_path)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = [one for one in archive.infolist() if one.compress_size > 4]
    for member in members:
        data = bytearray(whole)
        data[member.header_offset + 30 + len(member.filename) + member.compress_size // 2] ^= 0x55
        reading = read(bytes(data), tmp_path)
        said = reading.coverage != before.coverage or "hashes_differ" in reading.evidence.details
        assert said or member.filename in {"acquisition.json", "hashes.csv"}, member


@pytest.mark.parametrize("kind", ["android", "ios"])
def test_an_archive_cut_at_each_hundredth_is_refused_or_says_what_it_lacks(
    kind: str, whole: bytes, tmp_path: Path
) -> None:
    data = whole
    if kind == "ios":
        with UsbmuxServer(iphone()) as server:
            data = b"".join(ios.acquire(ios.Options(usbmux=server.address)))
    full = len(apps(read(data, tmp_path)))
    for step in range(100):
        try:
            reading = read(data[: len(data) * step // 100], tmp_path)
        except NotThisKind:
            continue
        assert len(apps(reading)) <= full
        assert [each for each in reading.coverage if each.state is not State.EXAMINED]


def test_a_hostile_device_cannot_make_the_acquisition_grow_without_bound() -> None:
    users = "".join(f"\tUserInfo{{{number}:x:13}} running\n" for number in range(5_000))
    broken = {"pm list users": Output([users.encode()])}
    with AdbServer(SimulatedDevice("ONE", phone(), broken=broken)) as server:
        data = b"".join(android.acquire(adb.Server(adb.address(server.address), BOUNDS).device()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        folders = {name.split("/")[1] for name in archive.namelist() if name.startswith("users/")}
    assert len(folders) == 40
