"""Fuzz target: any bytes as a capture in the newer form, plain, compressed, and behind a right section header."""

from __future__ import annotations

import struct

from isal import igzip

from luciole.devices.collect import Collector, Request
from luciole.devices.opened import Opened
from luciole.devices.sources import capture

SECTION = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
INTERFACE = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)


def target(data: bytes) -> None:
    """The same bytes in four forms; only coverage and facts come out."""
    for whole in (data, SECTION + data, SECTION + INTERFACE + data, igzip.compress(SECTION + INTERFACE + data)):
        collector = Collector(Request())
        capture.read(Opened.data(whole, "capture"), collector)
        assert collector.subjects or collector.problem
