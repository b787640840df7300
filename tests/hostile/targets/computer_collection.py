"""Fuzz target: any bytes as the zip of a collection, or as its record."""

import contextlib

from luciole.devices.collect import Collector, Request
from luciole.devices.opened import Opened
from luciole.devices.parsers.computer import collected
from luciole.devices.sources import computer
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.vocabulary import FACTS

LIMITS = Limits(archive_entries=5_000, archive_total=8 << 20, entry=1 << 20)


def target(data: bytes) -> None:
    """Only a ParseError may come out of the record; reading a collection raises nothing."""
    with contextlib.suppress(ParseError):
        collected.record(data)
    opened = Opened.data(data, "evidence.zip", LIMITS)
    if computer.recognise(opened):
        collector = Collector(Request(limits=LIMITS))
        computer.read(opened, collector)
        assert {row.name for row, _ in collector.rows} <= set(FACTS)
