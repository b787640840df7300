"""Requests to a SOCKS proxy: the server that it is asked to reach. Names and passwords are stepped over, never kept."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

_FOUR, _FIVE = 4, 5
_REACH = frozenset({1, 2, 3})
_ADDRESS_BYTES = {1: 4, 4: 16}
_NAMED = 3
_LONGEST = 512


class Asked(NamedTuple):
    """host: the server in lower case, or its address; empty where this is no request after all. port: as asked."""

    host: str
    port: int


def looks_like(data: bytes) -> bool:
    """Whether a stream begins like a client of SOCKS 4 or 5, as far as it is there."""
    if data[:1] == b"\x05":
        return len(data) < 2 or (0 < data[1] <= 16 and all(each < 16 or each == 128 for each in data[2 : 2 + data[1]]))  # noqa: PLR2004 - methods that exist
    return data[:1] == b"\x04" and data[1:2] in {b"", b"\1", b"\2"}


def request(data: bytes) -> Asked | None:
    """What the client asks for (SOCKS4a; RFC 1928, RFC 1929); None where more bytes are needed."""
    if len(data) > _LONGEST:
        return _asked(data[:_LONGEST]) or Asked("", 0)
    return _asked(data)


def _asked(data: bytes) -> Asked | None:
    if data[:1] == bytes((_FOUR,)):
        return _four(data)
    at = 2 + data[1] if len(data) > 1 else len(data)
    if data[at : at + 1] == b"\1":
        # a name and a password, each with its length
        at += 2 + data[at + 1] if at + 1 < len(data) else 2
        at += 1 + data[at] if at < len(data) else 1
    if at + 5 > len(data):
        return None
    if data[at] != _FIVE or data[at + 1] not in _REACH or data[at + 2]:
        return Asked("", 0)
    return _five(data[at + 3 :])


def _five(data: bytes) -> Asked | None:
    size = _ADDRESS_BYTES.get(data[0])
    start = 1 if size else 2
    size = size or (data[1] if data[0] == _NAMED else 0)
    if not size:
        return Asked("", 0)
    if start + size + 2 > len(data):
        return None
    held = data[start : start + size]
    host = _text(held) if data[0] == _NAMED else str(ipaddress.ip_address(held))
    return Asked(host, int.from_bytes(data[start + size : start + size + 2], "big"))


def _four(data: bytes) -> Asked | None:
    """Version 4: an address, or 0.0.0.x and a name behind the user."""
    user = data.find(b"\0", 8)
    if user < 0:
        return None
    port = int.from_bytes(data[2:4], "big")
    if data[4:7] != bytes(3) or not data[7]:
        return Asked(str(ipaddress.IPv4Address(data[4:8])), port)
    stop = data.find(b"\0", user + 1)
    return Asked(_text(data[user + 1 : stop]), port) if stop >= 0 else None


def _text(data: bytes) -> str:
    return data.decode("ascii", "backslashreplace").lower().rstrip(".")
