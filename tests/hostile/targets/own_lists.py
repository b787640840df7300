"""Fuzz target: any bytes as a list in Luciole's own forms, CSV and JSON, taken in twice and written again."""

from luciole.intel.formats import csv_table, json_document
from luciole.intel.index import Index
from luciole.intel.merge import merge
from luciole.intel.model import Knowledge, Source

NOW = "2026-01-01"
SOURCE = Source("other", published=NOW)


def target(data: bytes) -> None:
    """Reads `data` in both forms; what came in can be compiled and written, and a second time changes nothing."""
    for form, name in ((csv_table, "list.csv"), (json_document, "list.json")):
        knowledge, _ = merge(Knowledge(), form.read({name: data}, NOW, SOURCE), NOW)
        again, report = merge(knowledge, form.read({name: data}, NOW, SOURCE), NOW)
        assert again == knowledge
        assert not report.changed
        Index.open(Index.build(knowledge)).verify()
        for file, written in form.write(knowledge).items():
            assert not form.read({file: written}, NOW, SOURCE).entries
