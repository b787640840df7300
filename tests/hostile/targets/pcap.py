"""Fuzz target: any bytes as a capture in the classic form, plain and behind a right header."""

from __future__ import annotations

import struct

from luciole.devices.collect import Collector, Request
from luciole.devices.opened import Opened
from luciole.devices.sources import capture
from luciole.kernel.outcome import State
from luciole.kernel.vocabulary import FACTS

LINKS = (1, 101, 113, 276, 0, 105, 127)


def read(data: bytes) -> None:
    """Reads a capture; facts have known names, and what is damaged is not called examined."""
    collector = Collector(Request())
    capture.read(Opened.data(data, "capture"), collector)
    for each in collector.subjects:
        assert {fact.name for fact in each.facts} <= set(FACTS)
        assert len(each.coverage) == len(capture.AREAS)
    if not collector.subjects:
        assert collector.problem
        assert all(mark.state is State.NOT_LOOKED_AT for marks in collector.marks.values() for mark in marks)


def target(data: bytes) -> None:
    """As it is; with the header of each link type; and as one packet of each."""
    read(data)
    for link in LINKS[len(data) % 7 :][:2]:
        header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)
        read(header + data)
        read(header + struct.pack("<IIII", 1_750_000_000, 0, len(data), len(data)) + data)
