"""Thousands of app files to one line each: in parallel, resumable, with flat memory; a bad file never stops it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from luciole.apps.isolation import Handler
from luciole.assess.assess import Engine, assess_subject
from luciole.assess.document import Assessment, CriterionFinding, MatchFinding
from luciole.kernel.canon import canonical_json, digest
from luciole.scale.inputs import NO_FILE, find_apps
from luciole.scale.items import AppFile, AppSet, Item, Skipped, shown_name, size_of
from luciole.scale.opening import read_item
from luciole.scale.pool import Done, Job, Pool
from luciole.scale.settings import ReadSettings

Decoded = TypeVar("Decoded")
ROWS_AT_ONCE = 10_000
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
    """A handler that reads one item, assesses it and answers with one `Row` for each app in it, as MessagePack."""

    def handle(request: bytes) -> bytes:
        item = msgspec.msgpack.decode(request, type=Item)
        reading = read_item(item, settings)
        rows = [
            row_of(item.name, reading.evidence.size, assess_subject(facts, item.name, engine))
            for facts in reading.subjects
        ]
        return msgspec.msgpack.encode(rows)

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
    if path.is_file():
        yield AppFile(os.fsencode(path), shown_name(path.name))
    else:
        yield Skipped(os.fsencode(path), shown_name(path.name), NO_FILE)


class Tally(msgspec.Struct):
    """How a triage went: apps read, apps that deserve to be looked at, files that could not be read."""

    apps: int = 0
    remarkable: int = 0
    unreadable: int = 0

    def count(self, row: Row) -> None:
        """Counts one finished line."""
        self.unreadable += bool(row.problem)
        self.apps += not row.problem
        self.remarkable += row.verdict not in {"", "nothing-seen"}


class Finished(msgspec.Struct, frozen=True):
    """One line of the partial file: an item with all its rows, so that an item is done whole or not at all."""

    key: str
    rows: tuple[Row, ...]


class Start(msgspec.Struct, frozen=True):
    """First line of the partial file: with which knowledge it was made. Another knowledge starts anew."""

    knowledge: str


def key_of(item: Item) -> str:
    """What makes a file this file: where it lies, its size and when it was changed."""
    paths = item.members if isinstance(item, AppSet) and not item.inside else (item.path,)
    marks = []
    for name in paths:
        try:
            found = Path(os.fsdecode(name)).stat()
            marks.append((name.hex(), found.st_size, found.st_mtime_ns))
        except OSError:
            marks.append((name.hex(), -1, -1))
    return digest(marks)


def triage(
    items: Sequence[Item], engine: Engine, settings: ReadSettings, partial: BinaryIO, *, workers: int
) -> Iterator[int]:
    """Reads all items and appends a `Finished` line for each to `partial`; yields how many are done after each."""
    jobs = (Job(number, msgspec.msgpack.encode(item), size_of(item)) for number, item in enumerate(items))
    handler = triage_handler(engine, settings)
    with Pool(handler, min(workers, len(items)), settings.limits) as pool:
        for count, done in enumerate(pool.run(jobs), start=1):
            item = items[done.key]
            partial.write(canonical_json(Finished(key_of(item), _rows(done, item))) + b"\n")
            partial.flush()
            yield count


def _rows(done: Done[int], item: Item) -> tuple[Row, ...]:
    if done.error is not None:
        return (Row(item.name, size_of(item), problem=done.error.message),)
    return tuple(msgspec.msgpack.decode(done.reply, type=list[Row]))


def begin(partial: Path, knowledge: str) -> set[str]:
    """Prepares the partial file and returns the keys of items that an interrupted run has finished with it.

    A torn or damaged line and everything behind it is cut off; lines made with another knowledge are dropped.
    """
    keys: set[str] = set()
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        start = _decoded(file.readline(), Start)
        if start is None or start.knowledge != knowledge:
            file.seek(0)
            file.write(canonical_json(Start(knowledge)) + b"\n")
        else:
            while (finished := _decoded(line := file.readline(), Finished)) is not None:
                keys.add(finished.key)
            file.seek(-len(line), os.SEEK_CUR)
        file.truncate()
    return keys


def _decoded(line: bytes, kind: type[Decoded]) -> Decoded | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def rows_of(partial: Path) -> Iterator[Row]:
    """The rows of a partial file in which everything is finished, item by item."""
    with partial.open("rb") as file:
        next(file, b"")
        for line in file:
            yield from msgspec.json.decode(line, type=Finished).rows


def to_parquet(rows: Iterator[Row], target: Path) -> None:
    """Writes rows as a Parquet file; needs the extra "parquet"."""
    import pyarrow as pa  # noqa: PLC0415 - an optional extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - loaded only where it is needed

    target.touch(mode=0o600)
    schema = pa.schema([(name, _arrow_type(pa, name)) for name in Row.__struct_fields__])
    with pq.ParquetWriter(target, schema) as writer:
        while some := [msgspec.to_builtins(row) for row in islice(rows, ROWS_AT_ONCE)]:
            writer.write_table(pa.Table.from_pylist(some, schema=schema))


def _arrow_type(pa: object, name: str) -> object:
    kind = msgspec.structs.fields(Row)[Row.__struct_fields__.index(name)].type
    if kind is int:
        return pa.int64()  # type: ignore[attr-defined] # an optional module
    return pa.string() if kind is str else pa.list_(pa.string())  # type: ignore[attr-defined] # checked at run time
