"""Fuzz target: any bytes as the first packet of QUIC, as its frames, and as a packet with right keys around them."""

from __future__ import annotations

import contextlib

from luciole.devices.parsers.network import quic, tls
from luciole.kernel.errors import ParseError
from luciole.simulate.network import datagrams

TARGET = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08"


def target(data: bytes) -> None:
    """Only ParseError comes out; what is put together is never longer than what was given."""
    _read(data)
    if len(data) <= 1_000:
        _read(datagrams.initial(data, TARGET, 1))
    assembly = quic.Assembly()
    with contextlib.suppress(ParseError):
        assembly.add(quic.crypto(data))
        body = assembly.message()
        assert body is None or len(body) <= len(data)


def _read(data: bytes) -> None:
    packet = quic.initial(data)
    if packet is None:
        return
    assembly = quic.Assembly()
    with contextlib.suppress(ParseError):
        assembly.add(quic.crypto(quic.opened(data, packet, quic.keys(packet.version, packet.target))))
        body = assembly.message()
        if body is not None:
            tls.client_hello(body)
