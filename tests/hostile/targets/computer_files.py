"""Fuzz target: any bytes as each file of a computer, through every parser and the joining of programs."""

import contextlib

from luciole.devices.collect import Origin
from luciole.devices.computer_files import ARTEFACTS
from luciole.devices.parsers.computer.records import Record
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.devices.programs import OWNER, Programs
from luciole.kernel.errors import ParseError
from luciole.kernel.vocabulary import FACTS

ORIGIN = Origin("evidence", "", "", "evidence")
LARGEST = 1 << 16
"""Each of some seventy parsers reads the same bytes, so few of them are enough."""


def target(data: bytes) -> None:
    """Only a ParseError may come out, and only facts of the vocabulary."""
    data = data[:LARGEST]
    for artefact in ARTEFACTS:
        found: list[tuple[Record, Origin]] = []
        with contextlib.suppress(ParseError):
            name = f"a{(*artefact.parts, '')[0]}b{artefact.endings[0]}"
            found.extend((record, ORIGIN) for record in artefact.parser(name)(data, Account("2024-03-01T10:00:00")))
        system = "linux" if artefact.system == "any" else artefact.system
        for row, _ in Programs(system, [each for each in found if not _looked(each[0])], whole=True).rows():
            assert row.name in FACTS
            assert row.name != OWNER
            assert set(row.attributes) <= set(FACTS[row.name].attributes)


def _looked(record: Record) -> bool:
    return isinstance(record, Row) and record.name == LOOK
