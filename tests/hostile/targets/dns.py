"""Fuzz target: any bytes as a name message, as a request for an address, and as a request to a web server."""

from __future__ import annotations

import contextlib

from luciole.devices.parsers.network import dhcp, dns, http1, socks
from luciole.kernel.errors import ParseError

HEADER = b"\x00\x01\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00"


def target(data: bytes) -> None:
    """Names are bounded; a circle of pointers or aliases ends."""
    for whole in (data, HEADER + data):
        with contextlib.suppress(ParseError):
            message = dns.parse(whole)
            for name, _ in message.questions:
                aliases, _ = dns.chain(message, name)
                assert len(aliases) <= len(message.answers)
                assert len(name) <= 4 * 255
    for whole in (data, bytes(236) + b"\x63\x82\x53\x63" + data):
        with contextlib.suppress(ParseError):
            dhcp.parse(whole)
    for start in (b"", b"\5\1\0\5\1\0", b"\4\1"):
        socks.looks_like(start + data)
        socks.request(start + data)
    http1.request(data)
    http1.request(b"GET " + data)
