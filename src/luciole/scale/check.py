"""From what a person handed in to the result document: finds the items, reads them in children, joins, assesses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from luciole.assess.assess import Engine, assess
from luciole.assess.document import Result, Unreadable
from luciole.assess.merge import attach
from luciole.kernel.errors import LucioleError, ParseError
from luciole.kernel.facts import FactSet
from luciole.kernel.reading import Evidence, NestedFile, Reading
from luciole.scale.handler import ReadSettings, decode_reading, reader
from luciole.scale.inputs import AppFile, AppSet, DeviceEvidence, Item, find_items, shown_name, size_of
from luciole.scale.pool import Job, run_jobs

Progress = Callable[[int, int], None]
"""Called with how many items are done, and how many there are so far."""


class Outcome(NamedTuple):
    """What became of one item: a reading, or why there is none."""

    item: Item
    reading: Reading | None
    unreadable: Unreadable | None


def check(
    paths: Sequence[Path],
    engine: Engine,
    settings: ReadSettings,
    *,
    progress: Progress = lambda _done, _all: None,
    all_facts: bool = False,
) -> Result:
    """The result for everything at `paths`. Nothing is written; one unreadable file stops nothing."""
    return _result(
        _read_all(list(find_items(paths)), settings, progress), engine, settings, progress, all_facts=all_facts
    )


def check_each(
    paths: Sequence[Path],
    engine: Engine,
    settings: ReadSettings,
    *,
    progress: Progress = lambda _done, _all: None,
) -> Iterator[Result]:
    """One result for each of `paths`, in their order: what `check` says of it alone, but all are read together."""
    groups = [list(find_items([path])) for path in paths]
    outcomes = iter(_read_all([item for group in groups for item in group], settings, progress))
    for group in groups:
        yield _result([next(outcomes) for _ in group], engine, settings, lambda _done, _all: None)


def _result(
    first: list[Outcome], engine: Engine, settings: ReadSettings, progress: Progress, *, all_facts: bool = False
) -> Result:
    """The result for items that were read; what lies inside evidence is read now."""
    outcomes = _regrouped_splits(first, settings, progress)
    readings = [_with_nested(one, settings, progress) for one in outcomes if one.reading]
    return assess(
        [reading for reading, _ in readings],
        engine,
        created=settings.now,
        unreadable=[
            *(outcome.unreadable for outcome in outcomes if outcome.unreadable),
            *(problem for _, problems in readings for problem in problems),
        ],
        all_facts=all_facts,
    )


def _read_all(
    items: Sequence[Item], settings: ReadSettings, progress: Progress, *, writes: bool = False
) -> list[Outcome]:
    """All items, read in children on all cores; outcomes in the order of the items.

    writes: a child may write, as it must to decrypt into a file without a name.
    """
    workers = min(len(items), os.cpu_count() or 1)
    writes = writes or any(isinstance(item, DeviceEvidence) for item in items)
    jobs = (Job(number, msgspec.msgpack.encode(item), size_of(item)) for number, item in enumerate(items))
    outcomes: dict[int, Outcome] = {}
    progress(0, len(items))
    for done in run_jobs(jobs, reader(settings), workers=workers, limits=settings.limits, writes=writes):
        item = items[done.key]
        if done.error is None:
            outcomes[done.key] = Outcome(item, decode_reading(done.reply), None)
        else:
            outcomes[done.key] = Outcome(item, None, _unreadable(item.name, done.error))
        progress(len(outcomes), len(items))
    return [outcomes[number] for number in range(len(items))]


def _unreadable(name: str, error: LucioleError) -> Unreadable:
    place = ""
    if isinstance(error, ParseError):
        parts = (error.file, "" if error.offset is None else f"0x{error.offset:x}")
        place = " · ".join(part for part in parts if part)
    return Unreadable(name, error.message, error.remedy, place)


def _with_nested(outcome: Outcome, settings: ReadSettings, progress: Progress) -> tuple[Reading, list[Unreadable]]:
    """The reading with the app files inside the evidence joined to their apps, and those that could not be read."""
    if outcome.reading is None or not outcome.reading.nested:
        return outcome.reading or Reading(Evidence(outcome.item.name, "unknown")), []
    items = _nested_items(Path(os.fsdecode(outcome.item.path)), outcome.reading.nested)
    inner = _read_all(items, settings, progress, writes=isinstance(outcome.item, DeviceEvidence))
    joined = attach(outcome.reading, [one.reading for one in inner if one.reading is not None])
    return msgspec.structs.replace(joined, nested=()), [one.unreadable for one in inner if one.unreadable]


def _nested_items(evidence: Path, files: Iterable[NestedFile]) -> list[Item]:
    """Files of one package together, so that a split app is read as one. evidence: the folder or archive."""
    groups: dict[tuple[str, str], list[NestedFile]] = {}
    for number, file in enumerate(files):
        groups.setdefault((file.path if file.member else "", file.package or str(number)), []).append(file)
    return [_nested_item(evidence, group) for group in groups.values()]


def _nested_item(evidence: Path, group: Sequence[NestedFile]) -> Item:
    inside = not evidence.is_dir()
    names = tuple(_address(evidence, one, inside=inside) for one in group)
    shown = shown_name(group[0].member or group[0].path)
    if len(names) > 1:
        return AppSet(os.fsencode(evidence) if inside else names[0], shown, names, inside=inside)
    return AppFile(os.fsencode(evidence), shown, names[0]) if inside else AppFile(names[0], shown)


def _address(evidence: Path, file: NestedFile, *, inside: bool) -> bytes:
    """The member inside the archive, or the path of the file."""
    return file.member.encode("utf-8", "surrogateescape") if inside else os.fsencode(evidence / file.path)


def _regrouped_splits(outcomes: list[Outcome], settings: ReadSettings, progress: Progress) -> list[Outcome]:
    """Loose files of one folder and package of which one is a split are read again, together."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        if isinstance(outcome.item, AppFile) and outcome.reading is not None and len(outcome.reading.subjects) == 1:
            package = outcome.reading.subjects[0].subject.identity
            groups.setdefault((str(Path(os.fsdecode(outcome.item.path)).parent), package), []).append(outcome)
    sets = [group for group in groups.values() if len(group) > 1 and any(map(_is_split, group))]
    if not sets:
        return outcomes
    taken = {id(outcome) for group in sets for outcome in group}
    items = [_set_of(group) for group in sets]
    return [one for one in outcomes if id(one) not in taken] + _read_all(items, settings, progress)


def _set_of(group: Sequence[Outcome]) -> AppSet:
    ordered = sorted(group, key=lambda one: (_is_split(one), one.item.path))
    return AppSet(ordered[0].item.path, ordered[0].item.name, tuple(one.item.path for one in ordered))


def _is_split(outcome: Outcome) -> bool:
    facts: tuple[FactSet, ...] = outcome.reading.subjects if outcome.reading else ()
    return any(fact.name == "app.split" for one in facts for fact in one.facts)
