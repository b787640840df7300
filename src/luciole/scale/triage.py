"""Thousands of app files to one line each: in parallel, resumable, with flat memory; a bad file never stops it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from luciole.apps.isolation import Handler
from luciole.assess.assess import Engine, assess_subject
from luciole.assess.document import Assessment, CriterionFinding, MatchFinding
from luciole.kernel.canon import canonical_json
from luciole.scale.handler import ReadSettings, read_item
from luciole.scale.inputs import Item, find_apps, size_of
from luciole.scale.pool import Done, Job, run_jobs

LARGEST_FIRST = 64 << 20
"""Files above this size are read before the others, so that no core is left with one at the end."""


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of one app file. name: path relative to what was handed in; problem: why it could not be read."""

    name: str
    size: int = 0
    sha256: str = ""
    package: str = ""
    label: str = ""
    version: str = ""
    signers: tuple[str, ...] = ()
    verdict: str = ""
    rule: str = ""
    families: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    anomalies: tuple[str, ...] = ()
    problem: str = ""


def triage_handler(engine: Engine, settings: ReadSettings) -> Handler:
    """A handler that reads one item, assesses it and answers with one `Row` for each app in it, as JSON lines."""

    def handle(request: bytes) -> bytes:
        item = msgspec.msgpack.decode(request, type=Item)
        reading = read_item(item, settings)
        rows = [
            row_of(item.name, reading.evidence.size, assess_subject(facts, item.name, engine))
            for facts in reading.subjects
        ]
        return b"".join(canonical_json(row) + b"\n" for row in rows)

    return handle


def row_of(name: str, size: int, assessment: Assessment) -> Row:
    """The line about one app."""
    values: dict[str, list[str]] = {}
    for fact in assessment.facts:
        values.setdefault(fact.name, []).append(str(fact.value))
    return Row(
        name=name,
        size=size,
        sha256=next(iter(values.get("file.sha256", [])), ""),
        package=next(iter(values.get("app.package", [])), ""),
        label=assessment.subject.label,
        version=next(iter(values.get("app.version_name", [])), ""),
        signers=tuple(values.get("signature.certificate", [])),
        verdict=assessment.verdict.code,
        rule=assessment.verdict.rule,
        families=tuple(one.family for one in assessment.findings if isinstance(one, MatchFinding)),
        criteria=tuple(one.id for one in assessment.findings if isinstance(one, CriterionFinding)),
        undecided=tuple(one.id for one in assessment.undecided),
        anomalies=tuple(dict.fromkeys(values.get("anomaly", []))),
    )


def find_files(paths: Sequence[Path]) -> list[Item]:
    """Every app file at or below `paths`; very large ones first, the others in the order of their names."""
    items = [item for path in paths for item in (find_apps(path) if path.is_dir() else _single(path))]
    large = [item for item in items if size_of(item) > LARGEST_FIRST]
    return large + [item for item in items if item not in large] if large else items


def _single(path: Path) -> Iterator[Item]:
    from luciole.scale.inputs import AppFile  # noqa: PLC0415 - only for a file named by itself

    yield AppFile(str(path), path.name)


class Tally(msgspec.Struct):
    """How a triage went so far: apps read, apps that deserve to be looked at, files that could not be read."""

    apps: int = 0
    remarkable: int = 0
    unreadable: int = 0

    def count(self, lines: bytes) -> None:
        """Counts finished lines."""
        for line in lines.splitlines():
            row = msgspec.json.decode(line, type=Row)
            self.unreadable += bool(row.problem)
            self.apps += not row.problem
            self.remarkable += row.verdict not in {"", "nothing-seen"}


def triage(
    items: Sequence[Item], engine: Engine, settings: ReadSettings, partial: BinaryIO, *, workers: int
) -> Iterator[int]:
    """Reads all items and appends their lines to `partial`; yields how many are done after each."""
    jobs = (Job(number, msgspec.msgpack.encode(item), size_of(item)) for number, item in enumerate(items))
    handler = triage_handler(engine, settings)
    for count, done in enumerate(run_jobs(jobs, handler, workers=workers, limits=settings.limits), start=1):
        partial.write(_lines(done, items[done.key]))
        partial.flush()
        yield count


def _lines(done: Done[int], item: Item) -> bytes:
    if done.error is None:
        return done.reply
    return canonical_json(Row(item.name, size_of(item), problem=done.error.message)) + b"\n"


def tally(lines: Path) -> Tally:
    """Counts the lines of a triage."""
    counted = Tally()
    with lines.open("rb") as file:
        for line in file:
            counted.count(line)
    return counted


def already_done(partial: Path) -> set[str]:
    """Names that an interrupted run has written; a torn last line is cut off."""
    if not partial.exists():
        return set()
    names, whole = set(), 0
    with partial.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            names.add(str(json.loads(line)["name"]))
            whole += len(line)
    os.truncate(partial, whole)
    return names


def to_parquet(lines: Path, target: Path) -> None:
    """Turns finished JSON lines into a Parquet file; needs the extra "parquet"."""
    import pyarrow as pa  # noqa: PLC0415 - an optional extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    target.touch(mode=0o600)
    schema = pa.schema([(name, _arrow_type(pa, name)) for name in Row.__struct_fields__])
    with lines.open("rb") as file, pq.ParquetWriter(target, schema) as writer:
        while rows := [msgspec.json.decode(line, type=Row) for line in _some(file)]:
            writer.write_table(pa.Table.from_pylist([msgspec.to_builtins(row) for row in rows], schema=schema))


def _some(file: BinaryIO, most: int = 10_000) -> Iterator[bytes]:
    for _ in range(most):
        if not (line := file.readline()):
            return
        yield line


def _arrow_type(pa: object, name: str) -> object:
    kind = msgspec.structs.fields(Row)[Row.__struct_fields__.index(name)].type
    if kind is int:
        return pa.int64()  # type: ignore[attr-defined] # an optional module
    return pa.string() if kind is str else pa.list_(pa.string())  # type: ignore[attr-defined]
