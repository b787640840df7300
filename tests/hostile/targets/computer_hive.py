"""Fuzz target: any bytes as a registry hive, walked through regipy."""

from luciole.devices.parsers.computer import hive, registry
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.kernel.vocabulary import FACTS


def target(data: bytes) -> None:
    """Only a ParseError may come out, and only facts of the vocabulary."""
    account = Account()
    for record in registry.records(hive.values(data, account), account):
        if isinstance(record, Row) and record.name != LOOK:
            assert record.name in FACTS
