"""Seeds for the targets that read network captures, made with the simulator."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.simulate.network import containers, datagrams, encryption, names, packets
from luciole.simulate.network.containers import Packet
from luciole.simulate.network.scene import PHONE, Scene

TARGET = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08"


def _frames() -> list[Packet]:
    scene = Scene()
    scene.lease(0, PHONE, "phone")
    scene.lookup(1, PHONE, "www.shop.example", ("198.51.100.7",), ("a.cdn.example",))
    own = encryption.certificate("panel.example", ("www.panel.example",))
    scene.tls(2, PHONE, "198.51.100.7", "www.shop.example", version=encryption.TLS12, certificates=(own,), received=90)
    scene.quic(3, PHONE, "198.51.100.7", "quic.example", pieces=2, received=60)
    scene.http(4, PHONE, "198.51.100.7", "plain.example", method="POST", size=50)
    whole = packets.udp(PHONE.address, "192.168.4.1", (40_000, 53), names.question(1, "fragmented.example"))
    for piece in packets.fragments(whole, 16):
        scene.put(5, PHONE, piece)
    return scene.packets()


def captures() -> Iterator[bytes]:
    """Small captures in the classic form, and single frames."""
    made = _frames()
    yield containers.pcap(made)
    yield containers.pcap(made, order=">", nano=True)
    yield containers.pcap(made, modified=True, snap=96)
    yield from (frame for _, frame in made[:8])


def newer_captures() -> Iterator[bytes]:
    """Small captures in the newer form, whole and without their headers."""
    made = _frames()
    yield containers.pcapng(made)
    yield containers.pcapng(made, order=">", nano=True)
    yield containers.compressed(containers.pcapng(made))
    yield containers.pcapng(made)[60:]


def name_messages() -> Iterator[bytes]:
    """Questions and answers, and requests to a web server."""
    yield names.question(1, "www.shop.example")
    yield names.answer(1, "www.shop.example", ("198.51.100.7",), ("a.cdn.example", "b.cdn.example"))
    yield names.answer(1, "www.shop.example", ("2001:db8::7",))
    yield b"POST /x HTTP/1.1\r\nHost: plain.example\r\n\r\n"


def handshakes() -> Iterator[bytes]:
    """The starts of streams, messages without records, and a certificate."""
    hello, own = encryption.client_hello("www.shop.example", encrypted=True), encryption.certificate("panel.example")
    yield encryption.records(hello)
    yield hello[4:]
    yield encryption.records(encryption.server_hello(0x0303) + encryption.certificate_message(own), 100)
    yield encryption.certificate_message(own)[4:]
    yield own


def first_datagrams() -> Iterator[bytes]:
    """Initial packets of both versions, and frames."""
    hello = encryption.client_hello("quic.example", alpn=(b"h3",))
    yield from datagrams.initials(hello, TARGET, pieces=2)
    yield from datagrams.initials(hello, TARGET, datagrams.V2)
    yield datagrams.crypto(0, hello)
    yield b"\x02\x01\x00\x01\x00\x00\x01" + datagrams.crypto(5, hello[5:]) + datagrams.crypto(0, hello[:9])
