"""Fuzz target: any bytes as a ZIP archive."""

import contextlib

from luciole.apps.apk.archive import Archive, show
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits

LIMITS = Limits(entry=1 << 20, archive_total=8 << 20, archive_entries=5_000)


def target(data: bytes) -> None:
    """Opens the archive and reads every entry; only a ParseError may come out, and it ends here."""
    try:
        archive = Archive.open(data, LIMITS)
    except ParseError:
        return
    for entry in [*archive.entries.values(), *archive.duplicates, *archive.hidden]:
        with contextlib.suppress(ParseError):
            content = archive.read_entry(entry)
            assert len(content) <= LIMITS.entry
        assert isinstance(show(entry.name), str)
    for anomaly in archive.anomalies:
        assert anomaly.id.startswith("zip.")
        assert anomaly.offset is None or anomaly.offset >= 0
    assert len(archive.anomalies) < 2_000
