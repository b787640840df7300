"""From what a person handed in to the result document: finds the items, reads them in children, joins, assesses."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from luciole.assess.assess import Engine, assess
from luciole.assess.document import Result, Unreadable
from luciole.assess.merge import attach
from luciole.kernel.errors import LucioleError, ParseError
from luciole.kernel.facts import FactSet
from luciole.kernel.reading import NestedFile, Reading
from luciole.scale.items import AppFile, AppSet, DeviceEvidence, Item, shown_name
from luciole.scale.readers import Found, Outcome, Progress, Readers
from luciole.scale.settings import ReadSettings


def silent(_done: int, _all: int) -> None:
    """Shows no progress."""


def check(
    paths: Sequence[Path],
    engine: Engine,
    settings: ReadSettings,
    *,
    progress: Progress = silent,
    all_facts: bool = False,
) -> Result:
    """The result for everything at `paths`. Nothing is written; one unreadable file stops nothing."""
    with Readers(with_index(settings, engine)) as readers:
        return check_with(readers, paths, engine, progress=progress, all_facts=all_facts)


def check_with(
    readers: Readers, paths: Sequence[Path], engine: Engine, *, progress: Progress = silent, all_facts: bool = False
) -> Result:
    """As `check`, with children that were started before; their settings must open the index of `engine`."""
    found = readers.find(paths)
    outcomes = _read(readers, [item for one in found for item in one.items], progress)
    return _result(readers, engine, found, outcomes, progress, all_facts=all_facts)


def check_each(
    paths: Sequence[Path], engine: Engine, settings: ReadSettings, *, progress: Progress = silent
) -> Iterator[Result]:
    """One result for each of `paths`, in their order: what `check` says of it alone, but all are read together."""
    with Readers(with_index(settings, engine)) as readers:
        groups = readers.find(paths)
        outcomes = iter(_read(readers, [item for group in groups for item in group.items], progress))
        for group in groups:
            yield _result(readers, engine, [group], [next(outcomes) for _ in group.items])


def with_index(settings: ReadSettings, engine: Engine) -> ReadSettings:
    """Settings that look for what this engine knows."""
    return msgspec.structs.replace(settings, index=lambda: engine.index)


def _result(
    readers: Readers,
    engine: Engine,
    found: Iterable[Found],
    first: list[Outcome],
    progress: Progress = silent,
    *,
    all_facts: bool = False,
) -> Result:
    """The result for items that were read; what lies inside evidence is read now."""
    outcomes = _regrouped_splits(readers, first, progress)
    readings = [_with_nested(readers, one, one.reading, progress) for one in outcomes if one.reading]
    return assess(
        [reading for reading, _ in readings],
        engine,
        created=readers.settings.now,
        unreadable=[
            *(_unreadable(one.name, one.error) for one in found if one.error),
            *_problems(outcomes),
            *(problem for _, problems in readings for problem in problems),
        ],
        all_facts=all_facts,
    )


def _read(readers: Readers, items: Sequence[Item], progress: Progress) -> list[Outcome]:
    """The outcomes in the order of the items. Only what must be decrypted into a file has a child that may write."""
    return readers.read(items, progress, writes=any(_is_decrypted(item) for item in items))


def _is_decrypted(item: Item) -> bool:
    return isinstance(item, DeviceEvidence) and item.decrypted


def _problems(outcomes: Iterable[Outcome]) -> list[Unreadable]:
    return [_unreadable(one.item.name, one.error) for one in outcomes if one.error]


def _unreadable(name: str, error: LucioleError) -> Unreadable:
    place = ""
    if isinstance(error, ParseError):
        parts = (error.file, "" if error.offset is None else f"0x{error.offset:x}")
        place = " · ".join(part for part in parts if part)
    return Unreadable(name, error.message, error.remedy, place)


def _with_nested(
    readers: Readers, outcome: Outcome, reading: Reading, progress: Progress
) -> tuple[Reading, list[Unreadable]]:
    """The reading with the app files inside the evidence joined to their apps, and those that could not be read."""
    if not reading.nested:
        return reading, []
    items = _nested_items(Path(os.fsdecode(outcome.item.path)), reading.nested)
    inner = readers.read(items, progress, writes=_is_decrypted(outcome.item))
    joined = attach(reading, [one.reading for one in inner if one.reading is not None])
    return msgspec.structs.replace(joined, nested=()), _problems(inner)


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


def _regrouped_splits(readers: Readers, outcomes: list[Outcome], progress: Progress) -> list[Outcome]:
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
    return [one for one in outcomes if id(one) not in taken] + _read(readers, items, progress)


def _set_of(group: Sequence[Outcome]) -> AppSet:
    ordered = sorted(group, key=lambda one: (_is_split(one), one.item.path))
    return AppSet(ordered[0].item.path, ordered[0].item.name, tuple(one.item.path for one in ordered))


def _is_split(outcome: Outcome) -> bool:
    facts: tuple[FactSet, ...] = outcome.reading.subjects if outcome.reading else ()
    return any(fact.name == "app.split" for one in facts for fact in one.facts)
