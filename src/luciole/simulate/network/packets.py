"""Bytes of packets: Ethernet, IPv4, IPv6, TCP and UDP with right checksums; written from the standards, for tests."""

from __future__ import annotations

import ipaddress
import struct

TCP, UDP = 6, 17
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16


def checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def raw(address: str) -> bytes:
    """The bytes of an address."""
    return ipaddress.ip_address(address).packed


def udp(source: str, target: str, ports: tuple[int, int], content: bytes) -> bytes:
    """An IP packet with a datagram."""
    header = struct.pack(">HHHH", *ports, 8 + len(content), 0)
    total = checksum(_pseudo(source, target, UDP, 8 + len(content)) + header + content)
    return ip(source, target, UDP, header[:6] + struct.pack(">H", total or 0xFFFF) + content)


def tcp(
    source: str, target: str, ports: tuple[int, int], sequence: tuple[int, int], flags: int, content: bytes = b""
) -> bytes:
    """An IP packet with a segment. sequence: number and acknowledged number."""
    header = struct.pack(
        ">HHIIBBHHH", *ports, sequence[0] & 0xFFFFFFFF, sequence[1] & 0xFFFFFFFF, 5 << 4, flags, 64_240, 0, 0
    )
    total = checksum(_pseudo(source, target, TCP, 20 + len(content)) + header + content)
    return ip(source, target, TCP, header[:16] + struct.pack(">H", total) + header[18:] + content)


def _pseudo(source: str, target: str, protocol: int, length: int) -> bytes:
    return raw(source) + raw(target) + struct.pack(">IHBB", length, 0, 0, protocol)


def ip(source: str, target: str, protocol: int, content: bytes, number: int = 1) -> bytes:
    """An IPv4 or IPv6 packet, as the addresses say."""
    if ":" in source:
        return struct.pack(">IHBB", 6 << 28, len(content), protocol, 64) + raw(source) + raw(target) + content
    head = (
        struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(content), number, 0x4000, 64, protocol, 0)
        + raw(source)
        + raw(target)
    )
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + content


def fragments(packet: bytes, size: int, number: int = 7) -> list[bytes]:
    """The same packet in pieces of `size` bytes (a multiple of 8), as a router would cut it."""
    return _cut_six(packet, size, number) if packet[0] >> 4 == 6 else _cut_four(packet, size, number)  # noqa: PLR2004 - IPv6


def _cut_four(packet: bytes, size: int, number: int) -> list[bytes]:
    content, found = packet[20:], []
    for at in range(0, len(content), size):
        piece = content[at : at + size]
        more = 0x2000 if at + size < len(content) else 0
        head = (
            packet[:2]
            + struct.pack(">HHH", 20 + len(piece), number, at // 8 | more)
            + packet[8:10]
            + b"\0\0"
            + packet[12:20]
        )
        found.append(head[:10] + struct.pack(">H", checksum(head)) + head[12:] + piece)
    return found


def _cut_six(packet: bytes, size: int, number: int) -> list[bytes]:
    content, found = packet[40:], []
    for at in range(0, len(content), size):
        piece = content[at : at + size]
        header = struct.pack(">BBHI", packet[6], 0, at | (at + size < len(content)), number)
        found.append(packet[:4] + struct.pack(">HB", 8 + len(piece), 44) + packet[7:40] + header + piece)
    return found


def ethernet(source: str, target: str, packet: bytes, tags: tuple[int, ...] = ()) -> bytes:
    """A frame; tags: numbers of virtual networks. Short frames are filled up to 60 bytes."""
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"  # noqa: PLR2004 - IPv6
    between = b"".join(b"\x81\x00" + struct.pack(">H", tag) for tag in tags)
    frame = _hardware(target) + _hardware(source) + between + kind + packet
    return frame.ljust(60, b"\0")


def _hardware(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def cooked(source: str, packet: bytes, *, outgoing: bool, second: bool = False) -> bytes:
    """The same packet as Linux writes it for all interfaces together (LINKTYPE_LINUX_SLL or SLL2)."""
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"  # noqa: PLR2004 - IPv6
    address = _hardware(source) + b"\0\0"
    if second:
        return kind + struct.pack(">HIHBB", 0, 2, 1, 4 if outgoing else 0, 6) + address + packet
    return struct.pack(">HHH", 4 if outgoing else 0, 1, 6) + address + kind + packet
