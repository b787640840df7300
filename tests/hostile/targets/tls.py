"""Fuzz target: any bytes as the start of an encrypted stream, as its messages, and as a certificate."""

from __future__ import annotations

import contextlib

from luciole.devices.parsers.network import tls
from luciole.devices.parsers.network.certificates import details
from luciole.devices.parsers.network.ja4 import ja4
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Only ParseError comes out; a fingerprint has its form whatever was read."""
    for whole in (data, b"\x16\x03\x01" + len(data).to_bytes(4, "big")[2:] + data):
        with contextlib.suppress(ParseError):
            for kind, body in tls.handshakes(whole):
                _message(kind, body)
    for kind in (tls.CLIENT_HELLO, tls.SERVER_HELLO, tls.CERTIFICATE):
        with contextlib.suppress(ParseError):
            _message(kind, data)
    details(data)


def _message(kind: int, body: bytes) -> None:
    if kind == tls.CLIENT_HELLO:
        first, second, third = ja4(tls.client_hello(body)).split("_")
        assert (len(first), len(second), len(third)) == (10, 12, 12)
    elif kind == tls.SERVER_HELLO:
        tls.server_hello(body)
    elif kind == tls.CERTIFICATE:
        for der in tls.certificates(body):
            details(der)
