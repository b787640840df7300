"""Hostile device evidence: any bytes, drifted sections, bombs, and texts made to cost quadratic time."""

import contextlib
import io
import json
import random
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole import devices
from luciole.devices.dumpsys import SECTIONS
from luciole.devices.names import Kind, Names
from luciole.devices.parsers import files_json
from luciole.devices.parsers.rows import Account, plain_lines
from luciole.kernel.errors import NotThisKind
from luciole.kernel.limits import Limits
from luciole.kernel.outcome import Reason, State
from luciole.simulate.devices import bugreport, write
from luciole.simulate.devices.demonstration import UNKNOWN, demonstration
from luciole.simulate.devices.description import DeviceDescription, Filler
from luciole.simulate.devices.phone import Phone

SMALL = Filler(files=10, system_packages=3, user_packages=2, dumpsys_megabytes=0, log_lines=5, processes=3)


TARGETS = {name: target(name) for name in ("dumpsys", "packages_json", "files_json", "backup")}


def description(version: str = "14", shape: str = "aosp") -> DeviceDescription:
    return msgspec.structs.replace(demonstration(), filler=SMALL, android_version=version, shape=shape)


def text(version: str = "14", shape: str = "aosp") -> bytes:
    return "".join(bugreport.text(Phone(description(version, shape)))).encode("utf-8", "surrogateescape")


TEXTS = [text(version, shape) for version in ("9", "12", "14") for shape in ("aosp", "samsung")]


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in TARGETS.values():
        read(data)


@given(st.integers(0, len(TEXTS) - 1), st.integers(), st.integers(1, 40))
def test_a_mangled_bug_report_never_breaks_a_parser(which: int, seed: int, changes: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
    mangled = bytearray(TEXTS[which])
    for _ in range(changes):
        at = chance.randrange(len(mangled))
        match chance.randrange(4):
            case 0:
                mangled[at] = chance.randrange(256)
            case 1:
                del mangled[at : at + chance.randrange(200)]
            case 2:
                mangled[at:at] = mangled[at // 2 : at // 2 + chance.randrange(300)]
            case _:
                mangled[at:at] = bytes([chance.choice(b"{}[]:=/\"'\n\0\xff")]) * chance.randrange(1, 50)
    TARGETS["dumpsys"](bytes(mangled))


ENTRIES = [{"path": f"/data/data/org.example.a{index}", "size": index, "sha256": ""} for index in range(6)]


@given(st.integers(0, 3), st.integers(), st.integers(1, 200))
def test_mangled_lists_are_read_in_part(shape: int, seed: int, size: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
    whole = "\n".join(map(json.dumps, ENTRIES)) if shape == 3 else json.dumps(ENTRIES, indent=[None, 2, 4][shape])
    mangled = bytearray(whole.encode())
    for _ in range(chance.randrange(1, 6)):
        mangled[chance.randrange(len(mangled))] = chance.choice(b'{}[],:"\\ \n')
    TARGETS["files_json"](bytes(mangled))
    account = Account()
    chunks = [bytes(mangled[at : at + size]) for at in range(0, len(mangled), size)]
    try:
        found = [entry.path for batch in files_json.batches(chunks, account) for entry in batch.entries]
    except files_json.ParseError:
        return
    assert len(found) <= len(ENTRIES) + 2


ENDLESS = ("a.", "a/", "{", "org.a.b/.C ", '"x"', "=", "x", "Service[label=", "org.a.b:", "HttpProxy: [", "key=")


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_one_endless_line_is_read_in_one_pass(name: str) -> None:
    """As long as the limit allows: quadratic work over such a line would take hours, not less than a second."""
    for part in ENDLESS:
        line = "  " + part * (1_000_000 // len(part))
        lines = [(1, line), (2, "  Enabled services:{" + line), (3, "Notification listeners:"), (4, "  " + line)]
        list(SECTIONS[name].parse(iter(lines), Account()))


def test_names_in_one_endless_word_cost_no_more_than_its_length() -> None:
    class Everything:
        def known(self, kind: Kind, values: Iterable[str]) -> set[str]:  # noqa: ARG002 - the interface
            return set(values)

    for data in (b"a." * 400_000, b"ab" * 400_000, b"com.spy " * 100_000, b"https://" * 100_000):
        Names(Everything()).scan(data, "text")


SECTION = (
    "accessibility", "notification", "device_policy", "appops", "package", "usagestats", "role", "deviceidle", "user",
    "settings",
)  # fmt: skip


def plain(name: str, body: bytes) -> bytes:
    whole = b"DUMP OF SERVICE zzz:\nx\n--------- 0.1s was the duration of dumpsys zzz, ending at: x\n"
    return (
        whole + b"DUMP OF SERVICE " + name.encode() + b":\n" + body + b"--------- 0.1s was the duration of dumpsys x\n"
    )


@pytest.mark.parametrize("name", SECTION)
@pytest.mark.parametrize(
    ("body", "reason", "why"),
    [
        (b"A wholly new shape\n  of things: [1, 2]\n", Reason.UNKNOWN_FORMAT, "shape not known"),
        (b"Can't find service: x\n", Reason.MISSING, "Can't find service: x"),
        (b"Permission Denial: can't dump x\n", Reason.PERMISSION, "Permission Denial: can't dump x"),
        (b"", Reason.MISSING, ""),
    ],
)
def test_a_drifted_refused_or_empty_section_is_named_and_never_nothing_found(
    name: str, body: bytes, reason: Reason, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "dump"
    path.write_bytes(plain(name, body))
    reading = devices.read_evidence(path)
    for area in SECTIONS[name].areas:
        line = next(each for each in reading.coverage if each.area == area)
        assert line.state is State.NOT_LOOKED_AT
        assert line.reason is reason
        assert f"dumpsys {name}" in line.detail
    unreadable = {
        str(fact.value): fact.attributes["why"]
        for fact in reading.subjects[0].facts
        if fact.name == "unreadable.section"
    }
    assert unreadable.pop("dumpsys zzz") == "no parser"
    assert unreadable == ({f"dumpsys {name}": why} if why else {})


def test_a_section_that_timed_out_is_partly_looked_at(tmp_path: Path) -> None:
    body = b"Users:\n  UserInfo{0:Owner:13} serialNo=0\n*** SERVICE 'user' DUMP TIMEOUT (10000ms) EXPIRED ***\n"
    path = tmp_path / "dump"
    path.write_bytes(plain("user", body))
    reading = devices.read_evidence(path)
    line = next(each for each in reading.coverage if each.area == "device.users")
    assert line.state is State.PARTIAL
    assert "TIMEOUT" in line.detail
    assert any(fact.name == "device.user" for fact in reading.subjects[0].facts)


def test_a_section_without_its_end_is_cut_off(tmp_path: Path) -> None:
    data = plain("user", b"Users:\n  UserInfo{0:Owner:13} serialNo=0\n")
    path = tmp_path / "dump"
    path.write_bytes(data[: data.rindex(b"---------")])
    line = next(each for each in devices.read_evidence(path).coverage if each.area == "device.users")
    assert (line.state, line.reason) == (State.PARTIAL, Reason.DAMAGED)


def zip_with(name: bytes, raw: bytes, size: int, crc: int, flags: int = 0) -> bytes:
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, flags, 8, 0, 0, crc, len(raw), size, len(name), 0)
    record = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, flags, 8, 0, 0, crc, len(raw), size, len(name), 0, 0, 0, 0, 0, 0
    )
    directory = len(local) + len(name) + len(raw)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(record) + len(name), directory, 0)
    return local + name + raw + record + name + end


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def test_a_bomb_is_refused_by_the_ratio_and_counts_as_a_limit(tmp_path: Path) -> None:
    content = b"== dumpstate: 2024-03-01 10:00:00\n" + b"\0" * (60 << 20)
    path = tmp_path / "report"
    path.write_bytes(zip_with(b"bugreport-x.txt", deflated(content), len(content), zlib.crc32(content)))
    reading = devices.read_evidence(path, limits=Limits(ratio=100))
    packages = next(each for each in reading.coverage if each.area == "device.packages")
    assert packages.state is not State.EXAMINED
    assert packages.reason is Reason.LIMIT


def test_a_declared_size_or_checksum_that_is_wrong_counts_as_damage(tmp_path: Path) -> None:
    content = plain("user", b"Users:\n  UserInfo{0:Owner:13} serialNo=0\n")
    content = b"== dumpstate: 2024-03-01 10:00:00\n" + content
    path = tmp_path / "report"
    for size, crc in ((len(content), 1), (5, zlib.crc32(content))):
        path.write_bytes(zip_with(b"bugreport-x.txt", deflated(content), size, crc))
        reading = devices.read_evidence(path)
        users = next(each for each in reading.coverage if each.area == "device.users")
        assert (users.state, users.reason) == (State.PARTIAL, Reason.DAMAGED)


@pytest.mark.parametrize("name", [b"../../escape.txt", b"/etc/passwd", b"a\0b", b"C:\\x", b"\xff\xfe", b"x" * 5000])
def test_names_in_archives_are_never_paths(name: bytes, tmp_path: Path) -> None:
    content = b"== dumpstate: 2024-03-01 10:00:00\n"
    path = tmp_path / "report"
    path.write_bytes(zip_with(name, deflated(content), len(content), zlib.crc32(content)))
    with contextlib.suppress(NotThisKind):
        devices.read_evidence(path)
    assert [each.name for each in tmp_path.iterdir()] == ["report"]


def test_text_from_the_device_with_controls_and_wrong_bytes_is_carried_not_believed(tmp_path: Path) -> None:
    data = write.write_bugreport(description(), tmp_path / "report", text=True).read_bytes()
    data = data.replace(b"UserInfo{0:Owner:", "UserInfo{0:\u202eOwner\x1b[31m:".encode() + b"\xff")
    (tmp_path / "report").write_bytes(data)
    reading = devices.read_evidence(tmp_path / "report")
    assert UNKNOWN in {found.subject.identity for found in reading.subjects}


def test_more_rows_than_the_limit_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    path = write.write_bugreport(description(), tmp_path / "report", text=True)
    reading = devices.read_evidence(path, limits=Limits(facts=40))
    packages = next(each for each in reading.coverage if each.area == "device.packages")
    assert (packages.state, packages.reason) == (State.PARTIAL, Reason.LIMIT)
    assert all(len(found.facts) <= 40 for found in reading.subjects)


def test_memory_for_the_list_of_files_does_not_grow_with_the_list() -> None:
    """Batches are let go: ten times the entries never hold more than one chunk's worth of text."""
    entry = json.dumps({"path": "/system/x", "size": 1, "sha256": ""}, indent=4).replace("\n", "\n    ")

    def stream(count: int) -> Iterable[bytes]:
        yield b"["
        for index in range(count):
            yield (b"," if index else b"") + b"\n    " + entry.encode()
        yield b"\n]"

    largest = 0
    total = 0
    source = io.BufferedReader(_Raw(stream(20_000)))
    for batch in files_json.batches(iter(lambda: source.read(1 << 14), b""), Account()):
        largest = max(largest, len(batch.raw))
        total += len(batch.entries)
    assert total == 20_000
    assert largest < 1 << 16


class _Raw(io.RawIOBase):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # checked at run time
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def test_lines_of_any_kind_end_where_a_text_says() -> None:
    assert [text for _, text in plain_lines("a\r\nb\nc")] == ["a", "b", "c"]
