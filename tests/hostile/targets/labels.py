"""Fuzz target: any bytes as the labels.csv of an evaluation; it is read, or each mistake is told with its line."""

from luciole.kernel.errors import ContentError
from luciole.scale.labels import HALVES, LABELS, LabelledFile, parse_labels


def target(data: bytes) -> None:
    """Only a ContentError may come out; no row leads out of the folder."""
    rows: tuple[LabelledFile, ...] = ()
    told: list[str] = []
    try:
        rows = parse_labels(data.decode("utf-8", "replace"))
    except ContentError as error:
        told = error.problems
    assert all(line.startswith(LABELS) for line in told)
    for row in rows:
        assert row.half in HALVES
        assert ".." not in row.file.split("/")
        assert not row.file.startswith("/")
