"""A made local network: devices behind a hotspot, servers on the internet, and what is said between them."""

from __future__ import annotations

import random
import struct
from typing import NamedTuple

from luciole.simulate.network import datagrams, encryption, names, packets
from luciole.simulate.network.containers import Packet
from luciole.simulate.network.packets import ACK, FIN, PUSH, SYN

START = 1_750_000_000
"""Seconds since 1970 at which scenes begin: 15 June 2025."""
_NANO = 10**9
_STEP = 2_000_000
_SEGMENT = 1_400


class Device(NamedTuple):
    """A device of the network. hardware: such as 02:00:00:00:00:10; address: IPv4 or IPv6."""

    hardware: str
    address: str


PHONE = Device("02:00:00:00:00:10", "192.168.4.10")
SECOND = Device("02:00:00:00:00:11", "192.168.4.11")
ROUTER = Device("02:00:00:00:00:01", "192.168.4.1")


Options = tuple[tuple[int, bytes], ...]


def _lease(operation: int, kind: int, device: Device, options: Options) -> bytes:
    """A message of DHCP about a device."""
    mac = bytes.fromhex(device.hardware.replace(":", ""))
    held = b"".join(bytes([number, len(content)]) + content for number, content in ((53, bytes([kind])), *options))
    head = struct.pack(">BBBBIHH", operation, 1, 6, 0, 7, 0, 0) + bytes(16)
    return head + mac.ljust(16, b"\0") + bytes(192) + b"\x63\x82\x53\x63" + held + b"\xff"


class Scene:
    """Collects frames as a hotspot would see them. Times are seconds after `START` and `later`."""

    def __init__(self, seed: int = 1, router: Device = ROUTER) -> None:
        self.frames: list[Packet] = []
        self.router = router
        self.later = 0.0
        self._chance = random.Random(seed)  # noqa: S311 - the same scene each time
        self._port = 40_000
        self._number = 0

    def packets(self) -> list[Packet]:
        """Everything in the order of time."""
        return sorted(self.frames, key=lambda each: each[0])

    def put(self, at: float, device: Device, packet: bytes, *, inward: bool = False) -> None:
        """One IP packet from a device (inward: to it)."""
        ends = (self.router.hardware, device.hardware) if inward else (device.hardware, self.router.hardware)
        self.frames.append((int((START + self.later + at) * _NANO), packets.ethernet(*ends, packet)))

    def lookup(
        self, at: float, device: Device, name: str, addresses: tuple[str, ...] = (), aliases: tuple[str, ...] = (),
        server: str = "",
    ) -> None:  # fmt: skip
        """A question for a name and its answer."""
        self._number = self._number % 0xFFFF + 1
        asked = server or self.router.address
        kind = names.AAAA if addresses and ":" in addresses[0] else names.A
        port = self._next_port()
        question = names.question(self._number, name, kind)
        self.put(at, device, packets.udp(device.address, asked, (port, 53), question))
        answer = names.answer(self._number, name, addresses, aliases)
        self.put(at + 0.01, device, packets.udp(asked, device.address, (53, port), answer), inward=True)

    def tls(  # noqa: PLR0913 - one parameter for each choice
        self, at: float, device: Device, server: str, name: str, *, port: int = 443, version: int = encryption.TLS13,
        certificates: tuple[bytes, ...] = (), sent: int = 500, received: int = 3_000, encrypted: bool = False,
        alpn: tuple[bytes, ...] = (b"h2", b"http/1.1"),
    ) -> None:  # fmt: skip
        """An encrypted connection. certificates: shown in the clear where the version is TLS 1.2."""
        hello = encryption.client_hello(name, encrypted=encrypted, alpn=alpn, version13=version == encryption.TLS13)
        answer = encryption.server_hello(version)
        if version != encryption.TLS13:
            answer += encryption.certificate_message(*certificates) + encryption.message(14, b"")
        opening = [
            (False, encryption.records(hello)),
            (True, encryption.records(answer) + encryption.records(b"\1", kind=20)),
        ]
        self.tcp(at, device, server, port, [*opening, (False, self._hidden(sent)), (True, self._hidden(received))])

    def _hidden(self, size: int) -> bytes:
        """Records with content that nobody can read."""
        return encryption.records(self._chance.randbytes(size), kind=23) if size else b""

    def http(  # noqa: PLR0913 - one parameter for each choice
        self, at: float, device: Device, server: str, host: str, *, port: int = 80, method: str = "GET",
        size: int = 0, received: int = 400,
    ) -> None:  # fmt: skip
        """An unencrypted request. size: bytes that are sent with it."""
        head = f"{method} /path HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n".encode()
        answer = f"HTTP/1.1 200 OK\r\nContent-Length: {received}\r\n\r\n".encode() + bytes(received)
        self.tcp(at, device, server, port, [(False, head + self._chance.randbytes(size)), (True, answer)])

    def quic(self, at: float, device: Device, server: str, name: str, *, version: datagrams.Version = datagrams.V1,
             pieces: int = 1, received: int = 2_000) -> None:  # fmt: skip
        """The start of a QUIC connection and some hidden content."""
        hello = encryption.client_hello(name, alpn=(b"h3",))
        port = self._next_port()
        for number, each in enumerate(datagrams.initials(hello, self._chance.randbytes(8), version, pieces)):
            self.put(at + number * 0.001, device, packets.udp(device.address, server, (port, 443), each))
        answer = b"\x40" + self._chance.randbytes(received)
        self.put(at + 0.1, device, packets.udp(server, device.address, (443, port), answer), inward=True)

    def beacon(  # noqa: PLR0913 - one parameter for each choice
        self, at: float, device: Device, server: str, name: str, *, every: float, times: int, jitter: float = 0.0,
        sent: int = 300, port: int = 443,
    ) -> None:  # fmt: skip
        """Connections at a beat. jitter: how much each may come early or late, as a share of the beat."""
        for number in range(times):
            moved = every * jitter * self._chance.uniform(-1, 1)
            self.tls(at + number * every + moved, device, server, name, sent=sent, received=200, port=port)

    def tcp(
        self, at: float, device: Device, server: str, port: int, turns: list[tuple[bool, bytes]], *,
        from_outside: bool = False,
    ) -> None:  # fmt: skip
        """A connection with all its packets. turns: whether the server speaks, and what; from_outside: it began."""
        own, other = (port, self._next_port()) if from_outside else (self._next_port(), port)
        when, sequence = at, [self._chance.getrandbits(32), self._chance.getrandbits(32)]

        def send(inward: bool, flags: int, content: bytes = b"") -> None:  # noqa: FBT001 - which side
            nonlocal when
            ends = (server, device.address) if inward else (device.address, server)
            ports = (other, own) if inward else (own, other)
            numbers = (sequence[inward], sequence[not inward] if flags & ACK else 0)
            self.put(when, device, packets.tcp(*ends, ports, numbers, flags, content), inward=inward)
            sequence[inward] += len(content) + bool(flags & (SYN | FIN))
            when += _STEP / _NANO

        send(from_outside, SYN)
        send(not from_outside, SYN | ACK)
        send(from_outside, ACK)
        for inward, content in turns:
            for start in range(0, len(content), _SEGMENT):
                send(inward, PUSH | ACK, content[start : start + _SEGMENT])
        send(from_outside, FIN | ACK)
        send(not from_outside, FIN | ACK)

    def lease(self, at: float, device: Device, host: str, options: Options = ()) -> None:
        """A device asks for an address and gives its name (DHCP). options: number and content of further ones."""
        content = _lease(1, 3, device, ((12, host.encode()), *options))
        self.put(at, device, packets.udp("0.0.0.0", "255.255.255.255", (68, 67), content))  # noqa: S104 - no address yet

    def leased(self, at: float, device: Device, options: Options) -> None:
        """The router gives an address and says what to use: number and content of each option."""
        content = _lease(2, 5, device, options)
        self.put(at, device, packets.udp(self.router.address, device.address, (67, 68), content), inward=True)

    def _next_port(self) -> int:
        self._port = self._port + 1 if self._port < 60_000 else 40_001  # noqa: PLR2004 - ephemeral ports
        return self._port
