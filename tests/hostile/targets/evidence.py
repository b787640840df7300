"""Fuzz target: any bytes as something that was taken from a device."""

from luciole.devices.collect import Collector, Request
from luciole.devices.inventory import Inventory
from luciole.devices.opened import Opened
from luciole.devices.source import find
from luciole.kernel.errors import CouldNotLook, ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.vocabulary import AREAS, FACTS

LIMITS = Limits(entry=1 << 20, archive_total=8 << 20, archive_entries=5_000, line=1 << 16)


def target(data: bytes) -> None:
    """Recognises and reads it; what could not be read is in the coverage, and nothing else comes out."""
    try:
        opened = Opened.data(data, "evidence", LIMITS)
    except (ParseError, CouldNotLook):
        return
    source = find(opened)
    if source is None:
        return
    collector = Collector(Request(limits=LIMITS))
    source.read(opened, collector)
    coverage = collector.coverage(collector.areas or source.AREAS, AREAS)
    assert {line.area for line in coverage} <= set(AREAS)
    for subject in () if collector.problem else Inventory(collector, coverage).subjects():
        assert {fact.name for fact in subject.facts} <= set(FACTS)
