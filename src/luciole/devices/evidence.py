"""The way in: recognises evidence of an Android device by its content, and reads it into one Reading."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from luciole.devices.collect import Collector, Request
from luciole.devices.inventory import Inventory
from luciole.devices.names import NoWatch, Watch
from luciole.devices.opened import Opened
from luciole.devices.parsers.times import utc
from luciole.devices.source import Source, find, need
from luciole.devices.tree import Zip
from luciole.devices.zone import zone_of
from luciole.kernel.errors import CouldNotLook
from luciole.kernel.facts import FactSet
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import Evidence, Reading

_MOST_LISTED = 40
"""Sections without a parser that the coverage names."""


def recognise(path: Path) -> str | None:
    """The kind of evidence at `path` (such as `androidqf`), by content and never by name alone; None for others."""
    try:
        source = find(Opened.path(path))
    except CouldNotLook:
        return None
    return source.KIND if source is not None else None


def read_evidence(  # noqa: PLR0913 - each is one thing that only some kinds of evidence need
    path: Path,
    *,
    watch: Watch | None = None,
    now: str = "",
    identity: str | None = None,
    password: str | None = None,
    limits: Limits = DEFAULT,
    include: frozenset[str] = frozenset(),
    screen_off: tuple[tuple[str, str], ...] = (),
) -> Reading:
    """Everything that evidence of one device says, as facts about the device and every app of every user.

    watch: names to be found anywhere; now: ISO 8601, used where the evidence does not say when it was taken; identity:
    text of the age key of an encrypted acquisition; password: of an encrypted backup; include, screen_off: as in
    Request. What could not be read is in the coverage. Raises NotThisKind for other evidence, CouldNotLook where the
    file cannot be opened. Writes nothing.
    """
    opened = Opened.path(path, limits)
    source = need(opened)
    collector = Collector(Request(watch or NoWatch(), now, identity, password, limits, include, screen_off))
    source.read(opened, collector)
    return _reading(opened, source, collector)


def _reading(opened: Opened, source: Source, collector: Collector) -> Reading:
    areas = collector.areas or source.AREAS
    _list_covered(opened, collector, areas)
    _names_covered(opened, collector)
    coverage = collector.coverage(areas)
    zone = zone_of(row for row, _ in collector.rows)
    subjects: tuple[FactSet, ...] = ()
    if collector.subjects:
        subjects = tuple(collector.subjects)
    elif not collector.problem:
        collector.details.setdefault(
            "times", "in UTC" if zone else "as printed; where they name no zone, the device's own"
        )
        inventory = Inventory(collector, coverage, zone)
        found = list(inventory.subjects())
        if inventory.full:
            _limit_reached(collector, coverage)
            coverage = collector.coverage(areas)
        subjects = tuple(FactSet(subject, facts, coverage) for subject, facts in found)
    taken = utc(collector.taken, zone)
    evidence = Evidence(opened.name, source.KIND, opened.size, opened.sha256(), taken, {**collector.details})
    return Reading(evidence, subjects, coverage, tuple(collector.nested), collector.problem)


def _limit_reached(collector: Collector, coverage: tuple[Coverage, ...]) -> None:
    """Facts of any area may be among those that were left out."""
    for each in coverage:
        if each.state is not State.NOT_LOOKED_AT:
            collector.mark(each.area, State.PARTIAL, Reason.LIMIT, detail="more facts than are kept")


def _list_covered(opened: Opened, collector: Collector, areas: Iterable[str]) -> None:
    """Files of any area may be among those that a damaged list of the files in an archive no longer names."""
    for area in areas if isinstance(opened.tree, Zip) and opened.tree.list_damaged else ():
        detail = f"{opened.name}: the list of its files is damaged"
        collector.mark(area, State.PARTIAL, Reason.DAMAGED, detail=detail)


def _names_covered(opened: Opened, collector: Collector) -> None:
    if collector.names.full:
        collector.mark("device.names", State.PARTIAL, Reason.LIMIT, detail="more names than are kept")
    for name in opened.tree.skipped[:8] if opened.tree is not None else ():
        collector.mark("device.names", State.PARTIAL, Reason.LIMIT, detail=f"not read: {name}")
    if isinstance(collector.request.watch, NoWatch):
        collector.mark("device.names", State.NOT_LOOKED_AT, Reason.NOT_ASKED, detail="no indicators were given")
    elif not collector.problem:
        collector.examined("device.names", collector.names.bytes, _searched_only(list(collector.searched)))


def _searched_only(sections: list[str]) -> str:
    """Names the sections that no parser knows; empty where there are none."""
    if not sections:
        return ""
    more = " …" if len(sections) > _MOST_LISTED else ""
    return f"{len(sections)} sections were only searched for names: " + ", ".join(sections[:_MOST_LISTED]) + more
