"""Fuzz target: any bytes as the list of files, in chunks of several sizes that must not change what is read."""

from __future__ import annotations

from luciole.devices.parsers import files_json
from luciole.devices.parsers.rows import Account
from luciole.kernel.errors import ParseError


def _read(data: bytes, size: int) -> list[str] | None:
    paths = []
    try:
        for batch in files_json.batches((data[at : at + size] for at in range(0, len(data), size)), Account()):
            list(files_json.rows(batch, {}))
            paths += [entry.path for entry in batch.entries]
    except ParseError:
        return None
    return paths


def target(data: bytes) -> None:
    """Reads `data` whole and in pieces."""
    _read(data, max(1, len(data)))
    _read(data, 61)
