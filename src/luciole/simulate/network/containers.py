"""Files of captures: pcap with any magic, pcapng, and both compressed."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from isal import igzip

Packet = tuple[int, bytes]
"""Nanoseconds since 1970, and a frame."""
ETHERNET, RAW, COOKED, COOKED2, NULL = 1, 101, 113, 276, 0


def pcap(
    packets: Iterable[Packet], *, order: str = "<", nano: bool = False, snap: int = 262_144, link: int = ETHERNET,
    modified: bool = False,
) -> bytes:  # fmt: skip
    """The classic format. order: "<" or ">"; snap: longest packet kept; modified: the form with longer headers."""
    magic = 0xA1B2CD34 if modified else 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link)]
    for when, frame in packets:
        fraction = when % 10**9 if nano else when % 10**9 // 1000
        parts.append(struct.pack(f"{order}IIII", when // 10**9, fraction, min(len(frame), snap), len(frame)))
        parts.append(bytes(8 * modified) + frame[:snap])
    return b"".join(parts)


def pcapng(
    packets: Iterable[Packet], *, order: str = "<", nano: bool = False, snap: int = 0, link: int = ETHERNET,
    comment: bytes = b"made for tests",
) -> bytes:  # fmt: skip
    """The newer format: one section, one interface, enhanced packet blocks."""
    section = struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(order, 1, comment) + _option(order, 0, b"")
    resolution = _option(order, 9, b"\x09") if nano else b""
    interface = struct.pack(f"{order}HHI", link, 0, snap) + resolution + _option(order, 0, b"")
    parts = [_block(order, 0x0A0D0D0A, section), _block(order, 1, interface)]
    for when, frame in packets:
        ticks = when if nano else when // 1000
        kept = frame[:snap] if snap else frame
        head = struct.pack(f"{order}IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(kept), len(frame))
        parts.append(_block(order, 6, head + _filled(kept)))
    return b"".join(parts)


def compressed(data: bytes) -> bytes:
    """The same, in gzip."""
    return igzip.compress(data)


def _block(order: str, kind: int, body: bytes) -> bytes:
    length = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + length + body + length


def _option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + _filled(value)


def _filled(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)
