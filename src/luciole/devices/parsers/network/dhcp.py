"""Requests for an address in the local network: the name that a device gives itself, and who is the router."""

from __future__ import annotations

from typing import NamedTuple

from luciole.devices.parsers.network.frames import MAPPED

_OPTIONS = 240
_COOKIE = b"\x63\x82\x53\x63"
_ROUTER, _HOST, _PAD, _END = 3, 12, 0, 255
_MOST_OPTIONS = 128
_REQUEST = 1


class Lease(NamedTuple):
    """hardware: 6 bytes of the device that asks; host: the name it gives itself; routers: 16 bytes each."""

    hardware: bytes
    host: str
    routers: tuple[bytes, ...]


def parse(data: bytes) -> Lease | None:
    """The name and the routers in a message of DHCP (RFC 2131, RFC 2132); None for anything else."""
    if len(data) < _OPTIONS or data[236:240] != _COOKIE:
        return None
    host, routers = "", []
    at = _OPTIONS
    for _ in range(_MOST_OPTIONS):
        if at >= len(data) or data[at] == _END:
            break
        if data[at] == _PAD:
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        value = data[at + 2 : at + 2 + length]
        if data[at] == _HOST and data[0] == _REQUEST:
            host = value.decode("utf-8", "backslashreplace")
        elif data[at] == _ROUTER:
            routers += [MAPPED + value[step : step + 4] for step in range(0, len(value) - 3, 4)]
        at += 2 + length
    return Lease(data[28:34], host, tuple(routers))
