"""Hostile captures: any bytes, floods of conversations and fragments, bombs, and lies about lengths."""

import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz_target import target
from luciole.devices.collect import Collector, Request
from luciole.devices.opened import Opened
from luciole.devices.parsers.network import flows, records
from luciole.devices.parsers.network.records import MOST_DAMAGES
from luciole.devices.parsers.network.traffic import Traffic
from luciole.devices.sources import capture
from luciole.kernel.outcome import Reason, State
from luciole.simulate.network import containers, encryption, packets
from luciole.simulate.network.scene import PHONE, Scene

TARGETS = {name: target(name) for name in ("pcap", "pcapng", "dns", "tls", "quic")}
ENDS = ("192.168.4.10", "198.51.100.7")
WHEN = 1_750_000_000 * 10**9


@settings(max_examples=100)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in TARGETS.values():
        read(data)


def small() -> bytes:
    scene = Scene()
    scene.lookup(1, PHONE, "www.shop.example", ("198.51.100.7",))
    scene.tls(2, PHONE, "198.51.100.7", "www.shop.example", received=90)
    scene.quic(3, PHONE, "198.51.100.7", "quic.example", received=60)
    return containers.pcap(scene.packets())


SMALL = small()


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=20))
def test_changed_bytes_never_break_a_reader(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, value in changes:
        data[at] = value
    TARGETS["pcap"](bytes(data))


def read(data: bytes) -> Traffic:
    traffic = Traffic()
    traffic.read(data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20))
    return traffic


def test_more_conversations_than_are_kept_are_counted_together_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MOST_FLOWS", 500)
    made = [(WHEN, packets.udp(*ENDS, (port, 9_999), b"x")) for port in range(1, 2_001)]
    traffic = read(containers.pcap(made, link=containers.RAW))
    assert len(traffic.flows.flows()) == 500
    assert "conversations" in " ".join(traffic.account.limits)


def test_fragments_that_are_never_finished_take_little_memory() -> None:
    piece = bytes(1_200)
    made = []
    for number in range(12_000):
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(piece), number & 0xFFFF, 0x2000 | 200, 64, 17, 0)
        made.append((WHEN + number, head + packets.raw(ENDS[0]) + packets.raw(ENDS[1]) + piece))
    data = containers.pcap(made, link=containers.RAW)
    tracemalloc.start()
    traffic = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120 << 20
    assert "fragments" in " ".join(traffic.account.limits)
    assert traffic.account.gaps > 0


def test_streams_that_are_never_finished_take_little_memory() -> None:
    hello = encryption.records(encryption.client_hello("a.example" * 20))
    made = [
        (
            WHEN + port,
            packets.tcp(*ENDS, (port, 443), (10 + 1000 * step, 0), packets.ACK, bytes(900) if step else hello[:50]),
        )
        for port in range(1_024, 2_000)
        for step in (0, 9, 8, 7, 6, 5, 4, 3, 2)
    ]
    data = containers.pcap(made, link=containers.RAW)
    tracemalloc.start()
    traffic = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 160 << 20
    assert traffic.account.gaps + len(traffic.account.limits) > 0


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
def test_a_capture_of_nothing_but_damage_is_given_up(form: str) -> None:
    head = containers.pcap([]) if form == "pcap" else containers.pcapng([])
    traffic = read(head + b"\xff\xff\xff\x7f\x06\0\0\0" * 400_000)
    assert 0 < traffic.account.damages <= MOST_DAMAGES + 2
    assert traffic.account.packets < 10


def test_damage_in_the_middle_loses_only_what_lies_there() -> None:
    scene = Scene()
    for number in range(200):
        scene.lookup(number, PHONE, f"name{number}.example", ("198.51.100.7",))
    data = bytearray(containers.pcap(scene.packets()))
    middle = len(data) // 2
    data[middle : middle + 40] = b"\xff" * 40
    traffic = read(bytes(data))
    assert traffic.account.damages > 0
    assert len(traffic.observed.lookups) >= 196


def told(data: bytes) -> tuple[Collector, dict[str, set[tuple[State, Reason]]]]:
    collector = Collector(Request())
    capture.read(Opened.data(data, "capture"), collector)
    return collector, {area: {(mark.state, mark.reason) for mark in marks} for area, marks in collector.marks.items()}


def test_a_compressed_bomb_is_refused_and_said() -> None:
    bomb = containers.compressed(containers.pcap([]) + bytes(100 << 20))
    collector, marks = told(bomb)
    assert collector.problem
    assert {state for area in marks.values() for state, _ in area} == {State.NOT_LOOKED_AT}


def test_a_bomb_behind_real_packets_takes_nothing_away_silently() -> None:
    collector, marks = told(containers.compressed(SMALL + bytes(64 << 20)))
    assert collector.subjects
    assert all(
        State.EXAMINED not in {state for state, reason in area if reason is not Reason.NONE} for area in marks.values()
    )
    assert all(line.state is not State.EXAMINED for each in collector.subjects for line in each.coverage)


@pytest.mark.parametrize(
    "lie",
    [
        struct.pack("<IIII", 1_750_000_000, 0, 0xFFFFFFFF, 0xFFFFFFFF),
        struct.pack("<IIII", 1_750_000_000, 0, 1 << 30, 1 << 30),
        struct.pack("<IIII", 1_750_000_000, 2_000_000, 4, 4) + b"abcd",
        struct.pack("<IIII", 1_750_000_000, 0, 90, 10) + bytes(90),
    ],
)
def test_headers_that_lie_are_damage(lie: bytes) -> None:
    assert read(containers.pcap([]) + lie).account.damages > 0


def test_a_block_that_is_too_long_is_a_limit_and_not_a_crash() -> None:
    data = containers.pcapng([]) + struct.pack("<II", 6, 0x7FFFFFFC) + bytes(100)
    traffic = read(data)
    assert traffic.account.limits or traffic.account.damages


def test_pads_behind_the_data_are_never_read_as_packets() -> None:
    """A frame that claims more than there is must not reach into what lies behind it."""
    frame = packets.ethernet(PHONE.hardware, "02:00:00:00:00:01", packets.udp(*ENDS, (1, 53), bytes(30)))
    for end in range(len(frame)):
        traffic = read(containers.pcap([(WHEN, frame[:end])]))
        assert traffic.observed.lookups == {}
    assert bytes(256) == records.PADDING
