"""Names are seen through every wrapping that tshark sees through; what is not read is told; tiny pieces are cheap."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from luciole import devices
from luciole.devices.parsers.network import dns, tls
from luciole.devices.parsers.network import traffic as traffic_module
from luciole.devices.parsers.network.conversations import Analysis
from luciole.devices.parsers.network.findings import DeviceRows
from luciole.devices.parsers.network.frames import MAPPED
from luciole.devices.parsers.network.streams import Stream
from luciole.devices.parsers.network.traffic import Traffic
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State
from luciole.simulate.network import containers, datagrams, encryption, names, packets

FOUR, SIX = ("192.168.4.10", "192.168.4.1"), ("fd00::10", "fd00::1")
ENDS = ("192.168.4.10", "198.51.100.7")
MACS = bytes.fromhex("020000000001020000000002")
TSHARK = shutil.which("tshark")


def capture(frames: list[bytes], link: int = containers.ETHERNET) -> bytes:
    return containers.pcap([((1_750_000_000 + at) * 10**9, frame) for at, frame in enumerate(frames)], link=link)


def read(data: bytes) -> Traffic:
    traffic = Traffic()
    traffic.read([data])
    return traffic


def looked_up(data: bytes) -> set[str]:
    return {each.name for each in read(data).observed.lookups.values()}


def tshark(data: bytes, field: str, tmp_path: Path) -> set[str]:
    path = tmp_path / "seen.pcap"
    path.write_bytes(data)
    command = [TSHARK or "", "-n", "-r", str(path), "-T", "fields", "-e", field]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name for line in said.splitlines() for name in line.split(",") if name}


def asked(ends: tuple[str, str], name: str) -> bytes:
    return packets.udp(*ends, (40_000, 53), names.question(1, name))


def session(packet: bytes, protocol: int) -> bytes:
    """PPP over Ethernet, as RFC 2516 has it."""
    return struct.pack(">BBHHH", 0x11, 0, 7, len(packet) + 2, protocol) + packet


def optioned(ends: tuple[str, str], name: str) -> list[bytes]:
    """A datagram behind destination options, in two fragments."""
    plain = asked(ends, name)
    behind = struct.pack(">BBBBI", packets.UDP, 0, 1, 4, 0) + plain[40:]
    return packets.fragments(packets.ip(*ends, 60, behind), 16)


WRAPPED = {
    "PPP, IPv4": ([MACS + b"\x88\x64" + session(asked(FOUR, "behind.example"), 0x21)], 1),
    "PPP, IPv6": ([MACS + b"\x88\x64" + session(asked(SIX, "behind.example"), 0x57)], 1),
    "PPP behind a tag": ([MACS + b"\x81\0\0\7\x88\x64" + session(asked(FOUR, "behind.example"), 0x21)], 1),
    "options inside fragments": (optioned(SIX, "behind.example"), containers.RAW),
}


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
@pytest.mark.parametrize("kind", WRAPPED)
def test_names_behind_further_headers_are_those_of_tshark(kind: str, tmp_path: Path) -> None:
    data = capture(*WRAPPED[kind])
    assert looked_up(data) == {"behind.example"} == tshark(data, "dns.qry.name", tmp_path)


@pytest.mark.parametrize("kind", [0x8847, 0x88E5])
def test_packets_inside_others_that_are_not_read_are_told(kind: int, tmp_path: Path) -> None:
    path = tmp_path / "carried.pcap"
    path.write_bytes(capture([MACS + kind.to_bytes(2, "big") + b"\0\0\1\x40" + asked(FOUR, "behind.example")]))
    reading = devices.read_evidence(path)
    covered = {each.area: each for each in reading.coverage}
    for area in ("network.packets", "network.names", "network.tls"):
        assert covered[area].state is not State.EXAMINED
        assert covered[area].reason is Reason.UNKNOWN_FORMAT
        assert "1 packets of protocols that carry others" in covered[area].detail


def test_a_packet_that_is_wrapped_without_end_is_told() -> None:
    content = asked(SIX, "deep.example")[40:]
    following = packets.UDP
    for number in range(8):
        content = struct.pack(">BBHI", following, 0, 0, number) + content
        following = 44
    account = read(capture([packets.ip(*SIX, 44, content)], containers.RAW)).account
    assert "split again and again" in account.told_damage()


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_a_hello_that_comes_with_the_first_packet_is_read(tmp_path: Path) -> None:
    hello = encryption.records(encryption.client_hello("early.example"))
    cut = 60
    first = packets.tcp(*ENDS, (40_000, 443), (5, 0), packets.SYN, hello[:cut])
    rest = packets.tcp(*ENDS, (40_000, 443), (6 + cut, 1), packets.ACK, hello[cut:])
    data = capture([first, rest], containers.RAW)
    traffic = read(data)
    assert {each.name for each in traffic.observed.hellos.values()} == {"early.example"}
    assert (traffic.account.gaps, traffic.account.late) == (0, 0)
    assert tshark(data, "tls.handshake.extensions_server_name", tmp_path) == {"early.example"}


# ---------------------------------------------------------------------- service records


def service(name: str, priority: int, target: str, *parameters: tuple[int, bytes], kind: int = 65) -> bytes:
    """An answer with one service record (RFC 9460, 2.2)."""
    written = names.labels(target) if target else b"\0"
    content = struct.pack(">H", priority) + written
    content += b"".join(struct.pack(">HH", key, len(value)) + value for key, value in parameters)
    head = struct.pack(">HHHHHH", 1, 0x8180, 1, 1, 0, 0) + names.labels(name) + struct.pack(">HH", kind, 1)
    return head + b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(content)) + content


HINTS = ((1, b"\2h2"), (4, packets.raw("198.51.100.7") + packets.raw("198.51.100.8")), (6, packets.raw("2001:db8::7")))


@pytest.mark.parametrize("kind", [64, 65])
@pytest.mark.parametrize("target", ["", "pool.example.net"])
def test_addresses_of_service_records_belong_to_the_name_that_was_asked_for(kind: int, target: str) -> None:
    aliases, addresses = dns.chain(dns.parse(service("svc.example", 1, target, *HINTS, kind=kind)), "svc.example")
    assert aliases == ([target] if target else [])
    assert addresses == [
        MAPPED + packets.raw("198.51.100.7"), MAPPED + packets.raw("198.51.100.8"), packets.raw("2001:db8::7"),
    ]  # fmt: skip


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_a_server_known_from_a_service_record_alone_was_looked_up(tmp_path: Path) -> None:
    answer = packets.udp(FOUR[1], FOUR[0], (53, 40_000), service("svc.example", 1, "", *HINTS))
    question = packets.udp(*FOUR, (40_000, 53), names.question(1, "svc.example", 65))
    data = capture([question, answer, packets.tcp(*ENDS, (40_001, 443), (5, 0), packets.SYN)], containers.RAW)
    assert tshark(data, "dns.svcb.svcparam.ipv4hint.ip", tmp_path) == {"198.51.100.7", "198.51.100.8"}
    analysis = Analysis(read(data))
    rows = [row for device in analysis.devices for row in DeviceRows(analysis, device).rows()]
    resolved = {row.value: row.attributes["resolved"] for row in rows if row.name == "network.server"}
    assert resolved == {"198.51.100.7": "looked-up"}


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_service_record_that_contradicts_its_length_is_refused(cut: int) -> None:
    whole = service("svc.example", 1, "pool.example", (4, b"\1\2\3\4"))
    at = whole.index(struct.pack(">HHI", 65, 1, 300)) + 8
    (size,) = struct.unpack_from(">H", whole, at)
    broken = whole[:at] + struct.pack(">H", size - cut) + whole[at + 2 :]
    if cut == len(struct.pack(">HHI", 4, 4, 0)):
        assert dns.parse(broken)  # without its parameter it is whole
    else:
        with pytest.raises(ParseError):
            dns.chain(dns.parse(broken), "svc.example")


# ---------------------------------------------------------------------- tiny pieces


def test_a_stream_in_thousands_of_tiny_pieces_is_looked_at_a_few_times() -> None:
    stream, looked = Stream(0, known=True), 0
    for at in range(20_000):
        stream.add(at, b"\x16")
        looked += stream.due()
    assert looked < 150


def test_a_hello_in_pieces_of_one_byte_is_read() -> None:
    hello = encryption.records(encryption.client_hello("tiny.example"), size=1)
    frames = [packets.tcp(*ENDS, (40_000, 443), (5, 0), packets.SYN)]
    frames += [
        packets.tcp(*ENDS, (40_000, 443), (6 + at, 1), packets.ACK, hello[at : at + 1]) for at in range(len(hello))
    ]
    filler = encryption.records(encryption.client_hello("other.example"))
    frames.append(packets.tcp(*ENDS, (40_000, 443), (6 + len(hello), 1), packets.ACK, filler))
    traffic = read(capture(frames, containers.RAW))
    assert {each.name for each in traffic.observed.hellos.values()} == {"tiny.example"}


def test_the_work_for_many_tiny_pieces_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how often the records of one stream are gone through."""
    seen = [0]
    original = tls._records

    def counted(data: bytes):  # type: ignore[no-untyped-def] # noqa: ANN202 - as the function it stands for
        for each in original(data):
            seen[0] += 1
            yield each

    monkeypatch.setattr(tls, "_records", counted)
    pieces = encryption.records(b"\1" + (60_000).to_bytes(3, "big") + bytes(2_000), size=1)
    frames = [packets.tcp(*ENDS, (40_000, 443), (5, 0), packets.SYN)]
    frames += [
        packets.tcp(*ENDS, (40_000, 443), (6 + at, 1), packets.ACK, pieces[at : at + 1]) for at in range(len(pieces))
    ]
    read(capture(frames, containers.RAW))
    assert seen[0] < 60_000


def test_hellos_over_quic_that_were_read_make_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic_module, "_MOST_QUIC", 4_000)
    frames = []
    for number in range(40):
        hello = encryption.client_hello(f"host-{number}.example")
        content = encryption.message(1, hello) if hello[0] != 1 else hello
        initials = datagrams.initials(content, bytes([number]) * 8, pieces=2)
        frames += [packets.udp(*ENDS, (40_000 + number, 443), each) for each in initials]
    traffic = read(capture(frames, containers.RAW))
    assert {each.name for each in traffic.observed.hellos.values()} == {
        f"host-{number}.example" for number in range(40)
    }
    assert list(traffic.account.limits) == []
    assert traffic._quic_bytes == 0
