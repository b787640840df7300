"""Fuzz target: any bytes as something that was taken from a device."""

import tempfile
from pathlib import Path

from luciole.devices.evidence import read_evidence, recognise
from luciole.kernel.errors import CouldNotLook, NotThisKind, ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.vocabulary import AREAS, FACTS

LIMITS = Limits(entry=1 << 20, archive_total=8 << 20, archive_entries=5_000, line=1 << 16)
FOLDER = tempfile.TemporaryDirectory()
PATH = Path(FOLDER.name) / "evidence"


def target(data: bytes) -> None:
    """Recognises and reads it; what could not be read is in the coverage, and only known errors come out."""
    PATH.write_bytes(data)
    if recognise(PATH) is None:
        return
    try:
        reading = read_evidence(PATH, now="2026-01-02T03:04:05+00:00", password="x", limits=LIMITS)  # noqa: S106 - no password
    except (ParseError, CouldNotLook, NotThisKind):
        return
    assert {line.area for line in reading.coverage} <= set(AREAS)
    for subject in reading.subjects:
        assert {fact.name for fact in subject.facts} <= set(FACTS)
        assert {line.area for line in subject.coverage} <= set(AREAS)
