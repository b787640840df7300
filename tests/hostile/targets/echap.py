"""Fuzz target: any bytes as a file of Echap's set are read or refused with a reason, and merged without an error."""

from __future__ import annotations

from luciole.intel.formats import csv_table, echap, json_document
from luciole.intel.merge import merge
from luciole.intel.model import Knowledge

NAMES = ("ioc.yaml", "watchware.yaml", "samples.csv", "generated/network.csv", "vendors/ExampleSpy.yaml", "rules.yar")


def target(data: bytes) -> None:
    """Reads `data` under each name; the first byte also chooses one of our own formats."""
    for name in NAMES:
        result = echap.read({name: data}, "2026-01-01")
        knowledge, _ = merge(Knowledge(), result, "2026-01-01")
        again, report = merge(knowledge, result, "2026-01-01")
        assert again == knowledge  # a second import changes nothing, whatever was in it
        assert not report.changed
    csv_table.read({"a.csv": data}, "2026-01-01", echap.SOURCE)
    json_document.read({"a.json": data}, "2026-01-01", echap.SOURCE)
