"""A capture, end to end: what is planted is found, damage is said, devices are told apart, nothing is contacted."""

import functools
import hashlib
import itertools
import json
import socket
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from luciole import devices
from luciole.assess.assess import assess
from luciole.cli.demonstration import demonstration_engine
from luciole.devices.collect import Collector, Request
from luciole.devices.opened import Opened
from luciole.devices.readers import capture
from luciole.intel.index import Index
from luciole.intel.match import match
from luciole.intel.model import Family, Indicator, Knowledge, Role, ValueType, canonical
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Reason, State
from luciole.kernel.reading import Reading
from luciole.simulate.network import containers, datagrams, encryption, names, packets
from luciole.simulate.network.demonstration import KNOWN_HOST, demonstration, ordinary
from luciole.simulate.network.scene import PHONE, SECOND, START, Device, Scene

HOST, ADDRESS = "c2.watcher.example", "203.0.113.66"
CERTIFICATE = encryption.certificate("panel", ("other.example",))
PANEL = encryption.certificate(HOST, issuer="Some Authority")


def _one(kind: ValueType, value: str, role: Role) -> Indicator:
    return Indicator(
        kind, value, role, ("spy",), ("list",), "reported", "2022-01-01", "2026-01-01", subdomains=kind == "host"
    )


KNOWN = Knowledge(
    1, "", (Family("spy", "ExampleSpy", "stalkerware"),),
    (
        _one("host", HOST, "command-and-control"), _one("ipv4", ADDRESS, "command-and-control"),
        _one("sha1", hashlib.sha1(CERTIFICATE, usedforsecurity=False).hexdigest(), "certificate"),
    ),
)  # fmt: skip
INDEX = Index.open(Index.build(canonical(KNOWN), ()))
ELSEWHERE = "198.51.100.9"

PLANTED: dict[str, Callable[[Scene], None]] = {
    "name that was looked up": lambda scene: scene.lookup(9, PHONE, HOST),
    "name below it": lambda scene: scene.lookup(9, PHONE, f"a.b.{HOST}"),
    "alias": lambda scene: scene.lookup(9, PHONE, "www.shop.example", (ELSEWHERE,), ("cdn.example", HOST)),
    "name over IPv6": lambda scene: scene.lookup(9, Device(PHONE.hardware, "fd00::10"), HOST, server="fd00::1"),
    "TLS": lambda scene: scene.tls(9, PHONE, ELSEWHERE, HOST),
    "TLS on another port": lambda scene: scene.tls(9, PHONE, ELSEWHERE, HOST, port=4711),
    "QUIC": lambda scene: scene.quic(9, PHONE, ELSEWHERE, HOST),
    "QUIC, version 2": lambda scene: scene.quic(9, PHONE, ELSEWHERE, HOST, version=datagrams.V2),
    "QUIC in pieces": lambda scene: scene.quic(9, PHONE, ELSEWHERE, HOST, pieces=4),
    "HTTP": lambda scene: scene.http(9, PHONE, ELSEWHERE, HOST),
    "HTTP on another port": lambda scene: scene.http(9, PHONE, ELSEWHERE, HOST, port=8081, method="POST", size=9),
    "name in a certificate": lambda scene: scene.tls(
        9, PHONE, ELSEWHERE, "", version=encryption.TLS12, certificates=(PANEL,)
    ),
    "SHA-1 of a certificate": lambda scene: scene.tls(
        9, PHONE, ELSEWHERE, "cover.example", version=encryption.TLS12, certificates=(CERTIFICATE,)
    ),
    "address in a certificate": lambda scene: scene.tls(
        9, PHONE, ELSEWHERE, "", version=encryption.TLS12,
        certificates=(encryption.certificate("a.example", (ADDRESS,)),),
    ),
    "page in a certificate": lambda scene: scene.tls(
        9, PHONE, ELSEWHERE, "", version=encryption.TLS12,
        certificates=(encryption.certificate("a.example", (f"https://{HOST}/a",)),),
    ),
    "last of many names in a certificate": lambda scene: scene.tls(
        9, PHONE, ELSEWHERE, "", version=encryption.TLS12,
        certificates=(encryption.certificate("a.example", (*(f"n{each}.example" for each in range(200)), HOST)),),
    ),
    "second certificate of a chain": lambda scene: scene.tls(
        9, PHONE, ELSEWHERE, "", version=encryption.TLS12, certificates=(PLAIN, CERTIFICATE)
    ),
    "address that a name leads to": lambda scene: scene.lookup(9, PHONE, "cover.example", (ELSEWHERE, ADDRESS)),
    "name of an address": lambda scene: _answered(scene, "9.100.51.198.in-addr.arpa", names.PTR, HOST),
    "server of a service": lambda scene: _answered(
        scene, "_sip._tcp.shop.example", names.SRV, "a.example", HOST, "b.example"
    ),
    "server of mail": lambda scene: _answered(scene, "shop.example", names.MX, HOST),
    "name over TCP": lambda scene: scene.tcp(
        9, PHONE, ELSEWHERE, 53, [(False, _with_length(names.question(7, HOST)))]
    ),
    "name asked of everybody nearby": lambda scene: scene.put(
        9, PHONE, packets.udp(PHONE.address, "224.0.0.251", (5353, 5353), names.question(0, HOST))
    ),
    "name asked of everybody nearby, by Windows": lambda scene: scene.put(
        9, PHONE, packets.udp(PHONE.address, "224.0.0.252", (50_000, 5355), names.question(0, HOST))
    ),
    "HTTP, whole address": lambda scene: _spoken(
        scene, f"GET http://{HOST}/a HTTP/1.1\r\nHost: a.example\r\n\r\n".encode()
    ),
    "HTTP, beside a whole address": lambda scene: _spoken(
        scene, f"GET http://a.example/a HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    ),
    "HTTP, address as name": lambda scene: scene.http(9, PHONE, ELSEWHERE, ADDRESS),
    "HTTP, second request": lambda scene: _spoken(
        scene, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    ),
    "CONNECT": lambda scene: _spoken(scene, f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: a.example\r\n\r\n".encode()),
    "CONNECT to an address": lambda scene: _spoken(scene, f"CONNECT {ADDRESS}:443 HTTP/1.1\r\n\r\n".encode()),
    "TLS behind CONNECT": lambda scene: scene.tcp(9, PHONE, ELSEWHERE, 8080, [*PROXIED, (False, _hello(HOST))]),
    "certificate behind CONNECT": lambda scene: scene.tcp(
        9, PHONE, ELSEWHERE, 8080, [*PROXIED, (False, _hello("a.example")), (True, _shown(CERTIFICATE))]
    ),
    "TLS that begins later": lambda scene: scene.tcp(
        9, PHONE, ELSEWHERE, 587,
        [(True, b"220 mail\r\n"), (False, b"STARTTLS\r\n"), (True, b"220 go\r\n"), (False, _hello(HOST))],
    ),
    "SOCKS 5": lambda scene: _spoken(scene, b"\5\1\0", b"\5\1\0\3" + bytes([len(HOST)]) + HOST.encode() + b"\1\xbb"),
    "SOCKS 5 with a password": lambda scene: _spoken(
        scene, b"\5\2\0\2", b"\1\4user\4pass", b"\5\1\0\3" + bytes([len(HOST)]) + HOST.encode() + b"\1\xbb"
    ),
    "SOCKS 5 to an address": lambda scene: _spoken(scene, b"\5\1\0", b"\5\1\0\1" + packets.raw(ADDRESS) + b"\1\xbb"),
    "SOCKS 4": lambda scene: _spoken(scene, b"\4\1\1\xbb" + packets.raw(ADDRESS) + b"user\0"),
    "SOCKS 4 with a name": lambda scene: _spoken(scene, b"\4\1\1\xbb\0\0\0\1user\0" + HOST.encode() + b"\0"),
    "TLS behind SOCKS": lambda scene: scene.tcp(
        9, PHONE, ELSEWHERE, 1080,
        [(False, b"\5\1\0"), (True, b"\5\0"), (False, b"\5\1\0\1\xc6\x33\x64\7\1\xbb"), (True, b"\5\0\0\1" + bytes(6)),
         (False, _hello(HOST))],
    ),
    "own name of the device": lambda scene: scene.lease(9, PHONE, f"phone.{HOST}"),
    "own whole name of the device": lambda scene: scene.lease(9, PHONE, "phone", ((81, b"\0\0\0" + HOST.encode()),)),
    "own whole name in labels": lambda scene: scene.lease(9, PHONE, "phone", ((81, b"\4\0\0" + names.labels(HOST)),)),
    "name that the network gives": lambda scene: scene.leased(9, PHONE, ((12, f"a.{HOST}".encode()),)),
    "domain of the network": lambda scene: scene.leased(9, PHONE, ((15, HOST.encode() + b"\0"),)),
    "domains to search": lambda scene: scene.leased(
        9, PHONE, ((119, names.labels("home.example") + names.labels(HOST)),)
    ),
    "domains to search, in two options": lambda scene: scene.leased(
        9, PHONE, ((119, names.labels(HOST)[:5]), (119, names.labels(HOST)[5:]))
    ),
    "name server of the network": lambda scene: scene.leased(
        9, PHONE, ((6, packets.raw(ELSEWHERE) + packets.raw(ADDRESS)),)
    ),
    "time server of the network": lambda scene: scene.leased(9, PHONE, ((42, packets.raw(ADDRESS)),)),
    "proxy script of the network": lambda scene: scene.leased(9, PHONE, ((252, f"http://{HOST}/wpad.dat\n".encode()),)),
    "sign-in page of the network": lambda scene: scene.leased(9, PHONE, ((114, f"https://{HOST}/".encode()),)),
    "boot server of the network": lambda scene: scene.leased(9, PHONE, ((66, HOST.encode()),)),
    "address": lambda scene: scene.tls(9, PHONE, ADDRESS, "cover.example"),
    "address without ports": lambda scene: scene.put(
        9, PHONE, packets.ip(PHONE.address, ADDRESS, 1, b"\x08" + bytes(7))
    ),
    "address that calls": lambda scene: scene.tcp(9, PHONE, ADDRESS, 5555, [(True, b"CNXN")], from_outside=True),
    "address that never answers": lambda scene: scene.put(9, PHONE, _lonely()),
}  # fmt: skip


PROXIED = [(False, b"CONNECT a.example:443 HTTP/1.1\r\n\r\n"), (True, b"HTTP/1.1 200 OK\r\n\r\n")]
PLAIN = encryption.certificate("plain.example")


def _answered(scene: Scene, name: str, kind: int, *targets: str) -> None:
    router = scene.router.address
    scene.put(9, PHONE, packets.udp(PHONE.address, router, (40_000, 53), names.question(7, name, kind)))
    told = names.leading(7, name, kind, *targets)
    scene.put(9.1, PHONE, packets.udp(router, PHONE.address, (53, 40_000), told), inward=True)


def _spoken(scene: Scene, *turns: bytes) -> None:
    scene.tcp(9, PHONE, ELSEWHERE, 8080, [(False, each) for each in turns])


def _hello(name: str) -> bytes:
    return encryption.records(encryption.client_hello(name, version13=False))


def _shown(*ders: bytes) -> bytes:
    said = encryption.server_hello(encryption.TLS12) + encryption.certificate_message(*ders)
    return encryption.records(said + encryption.message(14, b""))


def _with_length(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


def _lonely() -> bytes:
    return packets.udp(PHONE.address, ADDRESS, (40_000, 9_999), b"\1\2\3")


def written(scene: Scene, path: Path) -> Path:
    path.write_bytes(containers.pcap(scene.packets()))
    return path


def subject(reading: Reading, device: Device = PHONE) -> FactSet:
    return next(each for each in reading.subjects if each.subject.identity == device.hardware)


def facts(reading: Reading, name: str, device: Device = PHONE) -> list[Fact]:
    return [fact for fact in subject(reading, device).facts if fact.name == name]


@pytest.mark.parametrize("place", PLANTED)
def test_an_indicator_is_found_wherever_it_stands(place: str, tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene, minutes=2)
    PLANTED[place](scene)
    reading = devices.read_evidence(written(scene, tmp_path / "a.pcap"))
    met = match(subject(reading), INDEX)
    assert {each.family for each in met} == {"spy"}
    assert {each.strength for each in met} == {"supporting"}
    for each in met:
        assert each.fact.place.offset is not None
        assert each.fact.place.section.startswith("packet ")
        assert each.fact.when.startswith("2025-06-15T15:")


IN_AN_ALERT: dict[str, tuple[str, str, dict[str, str]]] = {
    "host": ("command-and-control", "supporting", {"host": HOST}),
    "host with a port": ("command-and-control", "supporting", {"host": f"{HOST}:443"}),
    "address": ("command-and-control", "supporting", {"host": ADDRESS}),
    "title": ("command-and-control", "weak", {"title": f"A connection to {HOST} (a.example) was seen."}),
    "description": ("command-and-control", "weak", {"description": f"It went to {ADDRESS}:4711."}),
    "certificate": (
        "certificate", "supporting", {"title": f"Certificate {hashlib.sha1(CERTIFICATE).hexdigest()}"},  # noqa: S324 - as lists name it
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", IN_AN_ALERT)
def test_an_indicator_in_an_alert_of_another_tool_is_found(place: str, tmp_path: Path) -> None:
    role, strength, fields = IN_AN_ALERT[place]
    scene = Scene()
    ordinary(scene, minutes=1)
    written(scene, tmp_path / "capture.pcap")
    (tmp_path / "alerts.json").write_text(json.dumps({"high": [{"id": "IOC-03", "title": "An alert", **fields}]}))
    met = match(subject(devices.read_evidence(tmp_path)), INDEX)
    assert [(each.role, each.strength, each.fact.name) for each in met] == [(role, strength, "network.alert")]


def test_what_the_network_hands_out_is_a_fact_of_the_device_it_was_given_to(tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene, minutes=1)
    scene.lookup(1, SECOND, "a.example", (ELSEWHERE,))
    scene.leased(
        5, SECOND, ((6, packets.raw(ELSEWHERE)), (15, b"home.example"), (3, packets.raw(scene.router.address)))
    )
    reading = devices.read_evidence(written(scene, tmp_path / "a.pcap"))
    assert {(each.value, each.attributes["kind"]) for each in facts(reading, "network.lease", SECOND)} == {
        (ELSEWHERE, "name-server"), ("home.example", "domain"), (scene.router.address, "router"),
    }  # fmt: skip
    assert facts(reading, "network.lease") == []


def test_requests_that_are_packed_are_said_not_to_be_read(tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene, minutes=1)
    scene.tcp(9, PHONE, ELSEWHERE, 8080, [(False, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(30))])
    reading = devices.read_evidence(written(scene, tmp_path / "a.pcap"))
    assert covered(reading)["network.http"] == (State.PARTIAL, Reason.UNKNOWN_FORMAT)


def test_nothing_is_found_in_ordinary_traffic(tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene)
    scene.lookup(3, PHONE, "notc2.watcher.example.org", (ELSEWHERE,))
    reading = devices.read_evidence(written(scene, tmp_path / "a.pcap"))
    assert match(subject(reading), INDEX) == ()


def test_the_place_of_a_fact_leads_to_its_packet(tmp_path: Path) -> None:
    path = written(demonstration(), tmp_path / "a.pcap")
    data = path.read_bytes()
    told = next(f for f in facts(devices.read_evidence(path), "network.lookup", SECOND) if f.value == KNOWN_HOST)
    assert told.place.offset is not None
    length = int.from_bytes(data[told.place.offset - 8 : told.place.offset - 4], "little")
    assert b"\x05panel\x07watcher\x07example\x00" in data[told.place.offset : told.place.offset + length]


def test_devices_are_told_apart_and_the_router_is_no_device(tmp_path: Path) -> None:
    reading = devices.read_evidence(written(demonstration(), tmp_path / "a.pcap"))
    assert {each.subject.identity for each in reading.subjects} == {PHONE.hardware, SECOND.hardware}
    assert {each.subject.platform for each in reading.subjects} == {"network"}
    assert reading.evidence.details["router"] == "02:00:00:00:00:01"
    assert not any("watcher" in str(fact.value) for fact in subject(reading).facts)
    assert [fact.value for fact in facts(reading, "device.property") if fact.attributes["key"] == "address"] == [
        PHONE.address
    ]
    assert subject(reading).subject.label == "android-phone"


def test_what_a_calling_program_does_becomes_facts(tmp_path: Path) -> None:
    reading = devices.read_evidence(written(demonstration(), tmp_path / "a.pcap"))
    beat = next(fact for fact in facts(reading, "network.regular", SECOND) if fact.value == KNOWN_HOST)
    assert beat.attributes["contacts"] == 50
    assert 55 <= int(str(beat.attributes["seconds"])) <= 65
    [upload] = facts(reading, "network.http", SECOND)
    assert (upload.value, upload.attributes["upload"]) == ("files.watcher.example", True)
    assert int(str(upload.attributes["sent"])) > 200_000
    [shown] = facts(reading, "network.certificate", SECOND)
    assert (shown.attributes["self_signed"], shown.attributes["odd_port"]) == (True, True)
    never = [fact.value for fact in facts(reading, "network.server", SECOND) if fact.attributes["resolved"] == "never"]
    assert never == ["203.0.113.67"]
    hours = {fact.when for fact in facts(reading, "network.volume", SECOND)}
    assert hours == {"2025-06-15T15:00:00Z"}
    assert facts(reading, "network.regular")[:0] == []


def test_bytes_while_the_screen_was_off_are_counted_where_that_is_told(tmp_path: Path) -> None:
    import datetime as dt

    path = written(demonstration(), tmp_path / "a.pcap")
    start = dt.datetime.fromtimestamp(START + 690, dt.UTC)
    times = ((start.isoformat(), (start + dt.timedelta(seconds=60)).isoformat()), ("no time", "either"))
    collector = Collector(Request(screen_off=times))
    capture.read(Opened.path(path), collector)
    second = next(each for each in collector.subjects if each.subject.identity == SECOND.hardware)
    told = {fact.value: fact.attributes["sent"] for fact in second.facts if fact.name == "network.screen_off"}
    assert int(str(told["files.watcher.example"])) > 200_000
    assert "photos.cloud.example" not in told


def covered(reading: Reading, device: Device = PHONE) -> Mapping[str, tuple[State, Reason]]:
    return {line.area: (line.state, line.reason) for line in subject(reading, device).coverage}


def test_what_encryption_hides_is_said(tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene, minutes=2)
    never = (State.PARTIAL, Reason.NOT_IN_THIS_EVIDENCE)
    before = covered(devices.read_evidence(written(scene, tmp_path / "a.pcap")))
    assert before["network.names"] == before["network.tls"] == (State.EXAMINED, Reason.NONE)
    assert before["network.certificates"] == never
    scene.tls(50, PHONE, "9.9.9.9", "", port=853, alpn=(b"dot",))
    scene.tls(51, PHONE, ELSEWHERE, "cover.example", encrypted=True)
    reading = devices.read_evidence(written(scene, tmp_path / "b.pcap"))
    assert covered(reading)["network.names"] == covered(reading)["network.tls"] == never
    assert [
        fact.attributes["operator"] for fact in facts(reading, "network.resolver") if fact.attributes["encrypted"]
    ] == ["Quad9"]
    assert {fact.attributes["resolved"] for fact in facts(reading, "network.server")} <= {
        "looked-up",
        "named",
        "not-visible",
    }


def test_a_connection_from_outside_is_told(tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene, minutes=1)
    scene.tcp(10, PHONE, SECOND.address, 5555, [(True, b"CNXN"), (False, b"AUTH")], from_outside=True)
    [told] = facts(devices.read_evidence(written(scene, tmp_path / "a.pcap")), "network.inbound")
    assert (told.value, told.attributes["from"]) == ("tcp/5555", [SECOND.address])


def test_a_tunnel_is_told_and_what_it_hides_is_not_called_examined(tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene, minutes=1)
    scene.put(10, PHONE, packets.udp(PHONE.address, ELSEWHERE, (40_000, 51_820), bytes(200)))
    reading = devices.read_evidence(written(scene, tmp_path / "a.pcap"))
    assert [fact.attributes["kind"] for fact in facts(reading, "network.tunnel")] == ["WireGuard"]
    assert covered(reading)["network.tls"][0] is State.PARTIAL


@pytest.mark.parametrize("ending", ["pcap", "pcapng", "pcap.gz", "pcapng.gz", "two.gz"])
def test_every_form_gives_the_same_facts(ending: str, tmp_path: Path) -> None:
    made = demonstration().packets()
    plain = containers.pcapng(made) if "ng" in ending else containers.pcap(made)
    data = plain
    if ending == "two.gz":
        data = containers.compressed(plain[:100_000]) + containers.compressed(plain[100_000:])
    elif ending.endswith("gz"):
        data = containers.compressed(plain)
    path = tmp_path / f"a.{ending}"
    path.write_bytes(data)
    reading = devices.read_evidence(path)
    whole = devices.read_evidence(written(demonstration(), tmp_path / "whole.pcap"))
    assert [(f.name, f.value, f.attributes, f.when) for f in subject(reading, SECOND).facts] == [
        (f.name, f.value, f.attributes, f.when) for f in subject(whole, SECOND).facts
    ]


# ---------------------------------------------------------------------- damage


def small() -> list[containers.Packet]:
    scene = Scene()
    ordinary(scene, minutes=2)
    for plant in (
        "alias", "TLS", "QUIC in pieces", "HTTP", "SHA-1 of a certificate", "address", "CONNECT",
        "certificate behind CONNECT", "SOCKS 5 to an address", "name server of the network", "server of a service",
    ):  # fmt: skip
        PLANTED[plant](scene)
    return scene.packets()


SMALL = {
    "pcap": containers.pcap(small()), "pcapng": containers.pcapng(small()),
    "gz": containers.compressed(containers.pcap(small())),
}  # fmt: skip
AREAS_OF = {
    "network.lookup": "network.names", "contacted.host": "network.tls", "network.server": "network.packets",
    "network.certificate": "network.certificates", "network.http": "network.http",
    "network.lease": "network.packets",
}  # fmt: skip


def said(reading: Reading) -> dict[str, set[str]]:
    """Fact name → its values, of the fact names that lists are compared with."""
    found: dict[str, set[str]] = {name: set() for name in AREAS_OF}
    for each in reading.subjects:
        for fact in each.facts:
            if fact.name in found:
                found[fact.name].add(str(fact.value))
    return found


def honest(data: bytes, whole: dict[str, set[str]], path: Path) -> None:
    """Whatever is missing from a damaged capture stands in an area that is not called examined."""
    path.write_bytes(data)
    if devices.recognise(path) is None:
        return
    reading = devices.read_evidence(path)
    if reading.problem:
        assert reading.subjects == ()
        assert all(line.state is State.NOT_LOOKED_AT for line in reading.coverage)
        return
    for each in reading.subjects:
        states = {line.area: line.state for line in each.coverage}
        for name, area in AREAS_OF.items():
            missing = whole[name] - said(reading)[name]
            assert not missing or states[area] is not State.EXAMINED, (name, missing)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, set[str]]]:
    folder = tmp_path_factory.mktemp("whole")
    found = {}
    for form, data in SMALL.items():
        (folder / form).write_bytes(data)
        found[form] = said(devices.read_evidence(folder / form))
    return found


@pytest.mark.parametrize("form", SMALL)
@pytest.mark.parametrize("tenth", range(10))
def test_a_capture_that_ends_anywhere_is_never_called_examined(
    form: str, tenth: int, whole: dict[str, dict[str, set[str]]], tmp_path: Path
) -> None:
    data, path = SMALL[form], tmp_path / "cut"
    for percent in range(tenth * 10, tenth * 10 + 10):
        end = len(data) * percent // 100 + 1
        if end in _ends(form):
            continue
        honest(data[:end], whole[form], path)
        if devices.recognise(path):
            reading = devices.read_evidence(path)
            assert all(line.state is not State.EXAMINED for line in reading.coverage)


@functools.cache
def _ends(form: str) -> set[int]:
    """Where a packet ends, so that a file that ends there is whole."""
    if form == "gz":
        return set()
    write = containers.pcap if form == "pcap" else containers.pcapng
    made, base = small(), len(write([]))
    lengths = [len(write([each])) - base for each in made]
    return {base, *itertools.accumulate(lengths, initial=base)}


@pytest.mark.parametrize("form", SMALL)
@pytest.mark.parametrize("tenth", range(10))
def test_zeros_in_the_place_of_one_percent_take_nothing_away_silently(
    form: str, tenth: int, whole: dict[str, dict[str, set[str]]], tmp_path: Path
) -> None:
    for percent in range(tenth * 10, tenth * 10 + 10):
        data = bytearray(SMALL[form])
        start, end = len(data) * percent // 100, len(data) * (percent + 1) // 100
        data[start:end] = bytes(end - start)
        honest(bytes(data), whole[form], tmp_path / "zeros")


@pytest.mark.parametrize("name", [b"\x08c2.watch", b"c2.watcher.example", b"www\x04shop", b"Host: c2", b"\x03cdn"])
def test_a_name_that_was_changed_in_the_capture_is_noticed(
    name: bytes, whole: dict[str, dict[str, set[str]]], tmp_path: Path
) -> None:
    """A few bytes inside one packet: only its checksum tells."""
    data = SMALL["pcap"]
    at = data.find(name)
    while at >= 0:
        changed = data[:at] + b"x" + data[at + 1 : at + 4] + b"zz" + data[at + 6 :]
        honest(changed, whole["pcap"], tmp_path / "changed")
        at = data.find(name, at + 1)


def test_a_capture_without_packets_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "empty.pcap"
    path.write_bytes(containers.pcap([]))
    reading = devices.read_evidence(path)
    assert reading.problem
    assert reading.subjects == ()
    assert all(line.state is State.NOT_LOOKED_AT for line in reading.coverage)


def test_an_unknown_link_layer_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "usb.pcap"
    path.write_bytes(containers.pcap(small(), link=220))
    reading = devices.read_evidence(path)
    assert {line.state for line in reading.subjects[0].coverage} == {State.NOT_LOOKED_AT}
    assert reading.subjects[0].facts == ()


# ---------------------------------------------------------------------- folders of other tools


ALERTS = {
    "high": [{"title": "A known name", "description": "…", "host": HOST, "level": "High", "id": "IOC-03"}],
    "low": [{"title": "A free certificate", "host": ELSEWHERE, "level": "Low", "id": "SSL-02"}],
}


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_folder_of_another_tool_is_its_capture_and_its_alerts_quoted(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    (folder / "assets").mkdir(parents=True)
    written(demonstration(), folder / "capture.pcap")
    (folder / "assets" / "alerts.json").write_text(json.dumps(ALERTS))
    path = folder
    if form == "zip":
        path = tmp_path / "taken.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in folder.rglob("*.*"):
                archive.write(file, str(file.relative_to(folder)))
    reading = devices.read_evidence(path)
    assert reading.evidence.kind == "capture"
    quoted = [fact for each in reading.subjects for fact in each.facts if fact.name == "network.alert"]
    assert [(fact.value, fact.attributes["level"], fact.attributes["tool"]) for fact in quoted] == [
        ("IOC-03", "High", "TinyCheck or SpyGuard"), ("SSL-02", "Low", "TinyCheck or SpyGuard"),
    ]  # fmt: skip
    assert any(fact.value == KNOWN_HOST for fact in facts(reading, "network.lookup", SECOND))
    place = facts(reading, "network.lookup", SECOND)[0].place
    assert (place.member or place.file).endswith("capture.pcap")


def test_alerts_that_are_no_list_are_said_to_be_damaged(tmp_path: Path) -> None:
    written(demonstration(), tmp_path / "capture.pcap")
    (tmp_path / "alerts.json").write_text("{")
    lines = {line.area: line for line in devices.read_evidence(tmp_path).subjects[0].coverage}
    assert (lines["network.alerts"].state, lines["network.alerts"].reason) == (State.PARTIAL, Reason.DAMAGED)


def test_nothing_is_looked_up_or_contacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network call")

    path = written(demonstration(), tmp_path / "a.pcap")
    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "gethostbyaddr", "getfqdn"):
        monkeypatch.setattr(socket, name, refuse)
    assert devices.read_evidence(path).subjects


# ---------------------------------------------------------------------- verdicts


def verdicts(path: Path, index: Index = INDEX) -> dict[str, tuple[str, str]]:
    """Hardware address → verdict and the rule that decided."""
    engine = msgspec.structs.replace(demonstration_engine(), index=index)
    result = assess([devices.read_evidence(path)], engine, created="2026-01-01T00:00:00Z")
    return {each.subject.identity: (each.verdict.code, each.verdict.rule) for each in result.assessments}


def test_verdicts_of_an_ordinary_device_and_of_one_that_calls_home(tmp_path: Path) -> None:
    found = verdicts(written(demonstration(), tmp_path / "a.pcap"))
    assert found[PHONE.hardware] == ("nothing-seen", "")
    assert found[SECOND.hardware] == ("needs-a-person", "network-known-server")


def test_without_any_list_a_beat_to_a_private_server_asks_for_a_person(tmp_path: Path) -> None:
    scene = Scene()
    ordinary(scene, minutes=5)
    scene.beacon(60, PHONE, "198.51.100.200", "", every=90, times=20, jitter=0.1, sent=3_000, port=4444)
    nothing = Index.open(Index.build(canonical(Knowledge(1, "", (), ())), ()))
    assert verdicts(written(scene, tmp_path / "a.pcap"), nothing)[PHONE.hardware] == (
        "needs-a-person", "network-reports-at-a-beat",
    )  # fmt: skip


def test_a_damaged_capture_never_says_that_nothing_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    data = containers.pcap(demonstration().packets())
    for part in (9, 5, 2):
        path.write_bytes(data[: len(data) * part // 10 + 3])
        assert {verdict for verdict, _ in verdicts(path).values()} == {"needs-a-person"}
