"""Reads what compare and timeline work on: a saved result, or evidence that is checked now, with every fact."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from luciole.cli.progress import Progress
from luciole.cli.reading import usual_options
from luciole.kernel.errors import ParseError
from luciole.packs.engine import load_engine
from luciole.report import json
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings

if TYPE_CHECKING:
    from luciole.assess.document import Result

LARGEST = 1 << 30
"""Bytes of a saved result; a larger file is evidence, or no result of ours."""


class Reading(msgspec.Struct, frozen=True):
    """How evidence is read here. shown: draw the progress; identity, password: as for a check."""

    shown: bool = False
    identity: str | None = None
    password: str | None = None


def results_of(paths: Sequence[Path], reading: Reading) -> list[Result]:
    """One result for each path: read where it is a saved one, else made by a check that keeps every fact."""
    return [_saved(path) or _checked(path, reading) for path in paths]


def _saved(path: Path) -> Result | None:
    """The saved result in a file, or None where it is no JSON of ours. Raises ParseError for one that is newer."""
    if not path.is_file() or path.stat().st_size > LARGEST:
        return None
    with path.open("rb") as file:
        if not file.read(64).lstrip().startswith(b"{"):
            return None
    try:
        return json.read(path.read_bytes())
    except ParseError as error:
        if "newer" in error.message:
            raise
        return None


def _checked(path: Path, reading: Reading) -> Result:
    engine = load_engine()
    settings = ReadSettings(
        now=datetime.now(UTC).isoformat(timespec="seconds"),
        options=usual_options(),
        identity=reading.identity,
        password=reading.password,
    )
    with Progress("luciole", shown=reading.shown and sys.stderr.isatty()) as progress:
        return check([path], engine, settings, progress=progress, all_facts=True)
