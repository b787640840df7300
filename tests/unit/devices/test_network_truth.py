"""The same captures read by tshark: packets, conversations, names, certificates and servers are the same."""

import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from luciole.devices.parsers.network.frames import TCP, UDP
from luciole.devices.parsers.network.stations import shown
from luciole.devices.parsers.network.traffic import Traffic
from luciole.simulate.network import containers, datagrams, encryption, packets
from luciole.simulate.network.containers import Packet
from luciole.simulate.network.demonstration import demonstration
from luciole.simulate.network.scene import PHONE, Scene

TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")

Maker = Callable[[list[Packet]], bytes]
CONTAINERS: dict[str, Maker] = {
    "pcap": containers.pcap,
    "pcap, big end first": lambda each: containers.pcap(each, order=">"),
    "pcap, nanoseconds": lambda each: containers.pcap(each, nano=True),
    "pcap, nanoseconds, big end first": lambda each: containers.pcap(each, nano=True, order=">"),
    "pcap, modified": lambda each: containers.pcap(each, modified=True),
    "pcapng": containers.pcapng,
    "pcapng, big end first": lambda each: containers.pcapng(each, order=">"),
    "pcapng, nanoseconds": lambda each: containers.pcapng(each, nano=True),
    "two sections of pcapng": lambda each: containers.pcapng(each[:400]) + containers.pcapng(each[400:], order=">"),
}


def scene() -> Scene:
    made = demonstration()
    made.quic(20, PHONE, "198.51.100.90", "second.quic.example", version=datagrams.V2)
    made.quic(21, PHONE, "198.51.100.91", "split.quic.example", pieces=3)
    made.lookup(22, PHONE, "six.example", ("2001:db8::6",))
    return made


PACKETS = scene().packets()


def read(data: bytes) -> Traffic:
    traffic = Traffic()
    traffic.read(data[at : at + 5_000] for at in range(0, len(data), 5_000))
    assert traffic.account.told_damage() == ""
    assert list(traffic.account.limits) == []
    return traffic


def tshark(path: Path, *arguments: str) -> list[str]:
    ended = subprocess.run(
        [TSHARK or "", "-n", "-r", str(path), *arguments], capture_output=True, text=True, check=True, timeout=300
    )
    return ended.stdout.splitlines()


def names_of(path: Path, field: str, wanted: str) -> set[str]:
    lines = tshark(path, "-Y", wanted, "-T", "fields", "-e", field)
    return {name.lower() for line in lines for name in line.split(",") if name}


@needs_tshark
@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_holds_the_packets_and_times_that_tshark_sees(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(CONTAINERS[kind](PACKETS))
    traffic = read(path.read_bytes())
    lines = tshark(path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len")
    assert traffic.account.packets == len(lines) == len(PACKETS)
    assert traffic.account.octets == sum(int(line.split("\t")[1]) for line in lines)
    times = sorted(float(line.split("\t")[0]) for line in lines)
    flows = traffic.flows.flows()
    assert min(flow.first for flow in flows) / 1e9 == pytest.approx(times[0], abs=1e-6)
    assert max(flow.last for flow in flows) / 1e9 == pytest.approx(times[-1], abs=1e-6)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("truth") / "capture.pcap"
    path.write_bytes(containers.pcap(PACKETS))
    return path


@needs_tshark
def test_names_that_were_looked_up_are_those_of_tshark(capture: Path) -> None:
    observed = read(capture.read_bytes()).observed
    assert {each.name for each in observed.lookups.values()} == names_of(capture, "dns.qry.name", "dns")
    aliases = {alias for each in observed.lookups.values() for alias in each.aliases}
    assert aliases == names_of(capture, "dns.cname", "dns") != set()
    addresses = {shown(raw) for each in observed.lookups.values() for raw in each.addresses}
    assert addresses == names_of(capture, "dns.a", "dns") | names_of(capture, "dns.aaaa", "dns")


@needs_tshark
def test_server_names_over_tcp_and_quic_are_those_of_tshark(capture: Path) -> None:
    hellos = read(capture.read_bytes()).observed.hellos.values()
    field = "tls.handshake.extensions_server_name"
    assert {each.name for each in hellos if each.name and not each.quic} == names_of(capture, field, "tls && tcp")
    theirs = names_of(capture, field, "quic")
    assert {each.name for each in hellos if each.quic} >= theirs != set()
    assert {"second.quic.example", "split.quic.example"} <= {each.name for each in hellos if each.quic}


@needs_tshark
def test_hosts_of_requests_are_those_of_tshark(capture: Path) -> None:
    requests = read(capture.read_bytes()).observed.requests.values()
    assert (
        {each.host for each in requests} == names_of(capture, "http.host", "http.request") == {"files.watcher.example"}
    )


@needs_tshark
def test_certificates_are_those_of_tshark(capture: Path) -> None:
    shown_ones = {each.der.hex() for each in read(capture.read_bytes()).observed.certificates.values()}
    lines = tshark(capture, "-Y", "tls.handshake.certificate", "-T", "fields", "-e", "tls.handshake.certificate")
    assert shown_ones == {each.replace(":", "") for line in lines for each in line.split(",")} != set()


@needs_tshark
def test_bytes_between_two_addresses_are_those_of_tshark(capture: Path) -> None:
    fields = ("ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "ip.len")
    lines = tshark(capture, "-T", "fields", *(part for field in fields for part in ("-e", field)))
    theirs: Counter[tuple[str, str, int, int]] = Counter()
    for line in lines:
        source, target, tcp_from, tcp_to, udp_from, udp_to, length = line.split("\t")
        theirs[source, target, int(tcp_from or udp_from), int(tcp_to or udp_to)] += int(length)
    ours = {
        (shown(flow.source), shown(flow.target), flow.source_port, flow.target_port): flow.sent
        for flow in read(capture.read_bytes()).flows.flows()
    }
    assert ours == dict(theirs)


SHAPES: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "raw": (containers.RAW, lambda packet: packet),
    "old number of raw": (12, lambda packet: packet),
    "cooked": (containers.COOKED, lambda packet: packets.cooked(PHONE.hardware, packet, outgoing=False)),
    "cooked, version 2": (
        containers.COOKED2, lambda packet: packets.cooked(PHONE.hardware, packet, outgoing=False, second=True)
    ),
    "BSD": (containers.NULL, lambda packet: struct.pack("<I", 30 if packet[0] >> 4 == 6 else 2) + packet),
    "BSD, big end first": (108, lambda packet: struct.pack(">I", 24 if packet[0] >> 4 == 6 else 2) + packet),
    "one tag": (1, lambda packet: packets.ethernet(PHONE.hardware, "02:00:00:00:00:01", packet, (7,))),
    "four tags": (1, lambda packet: packets.ethernet(PHONE.hardware, "02:00:00:00:00:01", packet, (7, 8, 9, 10))),
    "Wi-Fi": (105, lambda packet: b"\x08\x01\0\0" + bytes(20) + b"\xaa\xaa\x03\0\0\0" + _type(packet) + packet),
    "Wi-Fi with radiotap": (
        127,
        lambda packet: (
            b"\0\0\x0a\0\0\0\0\0\0\0\x88\x02\0\0" + bytes(22) + b"\xaa\xaa\x03\0\0\0" + _type(packet) + packet
        ),
    ),
}  # fmt: skip


def _type(packet: bytes) -> bytes:
    return b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"


def small() -> list[tuple[int, bytes]]:
    """IP packets without a link layer, of both versions."""
    hello = encryption.records(encryption.client_hello("link.example"))
    four, six = ("192.168.4.10", "198.51.100.7"), ("fd00::10", "2001:db8::7")
    made = [packets.tcp(*ends, (40_000, 443), (5, 0), 24, hello) for ends in (four, six)]
    return [(1_750_000_000 * 10**9 + at, packet) for at, packet in enumerate(made)]


@needs_tshark
@pytest.mark.parametrize("shape", SHAPES)
def test_every_link_layer_leads_to_the_same_packets(shape: str, tmp_path: Path) -> None:
    link, wrap = SHAPES[shape]
    data = containers.pcapng([(when, wrap(packet)) for when, packet in small()], link=link)
    traffic = read(data)
    assert {each.name for each in traffic.observed.hellos.values()} == {"link.example"}
    assert len(traffic.flows.flows()) == 2
    path = tmp_path / "capture.pcapng"
    path.write_bytes(data)
    assert names_of(path, "tls.handshake.extensions_server_name", "tls") == {"link.example"}


@pytest.mark.parametrize("ends", [("192.168.4.10", "192.168.4.1"), ("fd00::10", "fd00::1")], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("backwards", [False, True])
def test_fragments_are_put_together_in_any_order(ends: tuple[str, str], *, backwards: bool) -> None:
    from luciole.simulate.network import names

    whole = packets.udp(*ends, (40_000, 53), names.question(1, "fragmented.name.example"))
    pieces = packets.fragments(whole, 16)
    assert len(pieces) > 2
    made = [(10**18 + at, piece) for at, piece in enumerate(pieces[::-1] if backwards else pieces)]
    traffic = read(containers.pcap(made, link=containers.RAW))
    assert [each.name for each in traffic.observed.lookups.values()] == ["fragmented.name.example"]
    assert traffic.account.gaps == 0


def test_a_lost_fragment_is_said() -> None:
    whole = packets.udp("192.168.4.10", "192.168.4.1", (40_000, 53), bytes(100))
    made = [(10**18, piece) for piece in packets.fragments(whole, 16)[:-1]]
    assert read(containers.pcap(made, link=containers.RAW)).account.gaps == 1


def test_extension_headers_are_stepped_over() -> None:
    from luciole.simulate.network import names

    plain = packets.udp("fd00::10", "fd00::1", (40_000, 53), names.question(1, "after.headers.example"))
    headers = b"\x3c\x00" + bytes(6) + b"\x11\x00" + bytes(6)
    content = headers + plain[40:]
    packet = plain[:4] + struct.pack(">HB", len(content), 0) + plain[7:40] + content
    traffic = read(containers.pcap([(10**18, packet)], link=containers.RAW))
    assert [each.name for each in traffic.observed.lookups.values()] == ["after.headers.example"]


ORDERS = {"in order": [0, 1, 2, 3], "backwards": [3, 2, 1, 0], "mixed": [2, 0, 3, 1], "twice": [0, 0, 1, 3, 1, 2, 3]}


@pytest.mark.parametrize("base", [1, 0xFFFFFFF0], ids=["small numbers", "numbers that start over"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_hello_in_segments_of_any_order_is_read(order: str, base: int) -> None:
    hello = encryption.records(encryption.client_hello("segments.example"))
    size = -(-len(hello) // 4)
    ends = ("192.168.4.10", "198.51.100.7")
    made = [packets.tcp(*ends, (40_000, 443), (base - 1, 0), packets.SYN)]
    for number in ORDERS[order]:
        piece = hello[number * size : (number + 1) * size]
        made.append(packets.tcp(*ends, (40_000, 443), (base + number * size, 0), packets.ACK, piece))
    traffic = read(containers.pcap([(10**18 + at, each) for at, each in enumerate(made)], link=containers.RAW))
    assert [each.name for each in traffic.observed.hellos.values()] == ["segments.example"]
    assert traffic.account.gaps == 0


def test_a_lost_segment_is_said() -> None:
    hello = encryption.records(encryption.client_hello("segments.example"))
    ends = ("192.168.4.10", "198.51.100.7")
    made = [
        packets.tcp(*ends, (40_000, 443), (0, 0), packets.SYN),
        packets.tcp(*ends, (40_000, 443), (1, 0), packets.ACK, hello[:100]),
        packets.tcp(*ends, (40_000, 443), (201, 0), packets.ACK, hello[200:]),
    ]
    traffic = read(containers.pcap([(10**18 + at, each) for at, each in enumerate(made)], link=containers.RAW))
    assert (list(traffic.observed.hellos), traffic.account.gaps) == ([], 1)


def test_packets_that_the_capture_cut_are_counted_where_they_could_name_a_server() -> None:
    traffic = Traffic()
    traffic.read([containers.pcap(PACKETS, snap=96)])
    assert traffic.account.cut > 100
    assert traffic.account.wanted_cut > 20
    assert traffic.account.damages == 0


def test_protocols_are_counted_apart() -> None:
    flows = read(containers.pcap(PACKETS)).flows.flows()
    assert {flow.protocol for flow in flows} == {TCP, UDP}
