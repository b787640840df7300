"""Reads the text of dumpsys or a bug report: cuts it into sections and hands each to its parser."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.devices.collect import Collector, Origin, Parser
from luciole.devices.opened import Opened
from luciole.devices.parsers import (
    accessibility,
    adb,
    appops,
    batterystats,
    device_policy,
    deviceidle,
    input_method,
    jobs,
    mentions,
    netpolicy,
    notification,
    package,
    processes,
    properties,
    role,
    settings,
    usagestats,
    user,
)
from luciole.devices.parsers.rows import FEW, Account, Line
from luciole.devices.parsers.sections import HEADER, Block, WholeLines, cut, lines
from luciole.devices.parsers.times import iso
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State


class Section(NamedTuple):
    """A section that is parsed. areas: what it says something about; expected: whether its absence is worth saying."""

    parse: Parser
    areas: tuple[str, ...] = ()
    expected: bool = True


SECTIONS: dict[str, Section] = {
    "accessibility": Section(accessibility.parse, accessibility.AREAS),
    "account": Section(mentions.authenticators, expected=False),
    "activity": Section(mentions.activity, processes.AREAS, expected=False),
    "adb": Section(adb.parse, adb.AREAS),
    "alarm": Section(jobs.parse, jobs.AREAS, expected=False),
    "appops": Section(appops.parse, appops.AREAS),
    "batterystats": Section(batterystats.parse, batterystats.AREAS),
    "connectivity": Section(mentions.connectivity, expected=False),
    "content": Section(mentions.authenticators, expected=False),
    "dbinfo": Section(mentions.databases, expected=False),
    "device_policy": Section(device_policy.parse, device_policy.AREAS),
    "deviceidle": Section(deviceidle.parse, deviceidle.AREAS),
    "input_method": Section(input_method.parse, input_method.AREAS),
    "jobscheduler": Section(jobs.parse, jobs.AREAS),
    "netpolicy": Section(netpolicy.parse, netpolicy.AREAS),
    "notification": Section(notification.parse, notification.AREAS),
    "package": Section(package.parse, package.AREAS),
    "role": Section(role.parse, role.AREAS),
    "settings": Section(settings.parse, settings.AREAS),
    "usagestats": Section(usagestats.parse, usagestats.AREAS),
    "user": Section(user.parse, user.AREAS),
    "vpn_management": Section(mentions.vpn, expected=False),
    "title SYSTEM PROPERTIES": Section(properties.parse, properties.AREAS, expected=False),
    "title PROCESSES AND THREADS": Section(processes.parse_ps, processes.AREAS, expected=False),
    "title PROCESSES": Section(processes.parse_ps, processes.AREAS, expected=False),
}
"""Every section that is parsed; all others are searched for names."""

AREAS = (*dict.fromkeys(area for section in SECTIONS.values() for area in section.areas), "device.logs", "device.names")
_REFUSALS = (
    "Can't find service",
    "Permission Denial",
    "Error dumping service info",
    "Failure while dumping the service",
)
_END = b"was the duration of"
_TAKEN = "== dumpstate: "
_TITLED = "title "
_FEW = 8
"""Lines of a section that holds only the device's refusal."""


class _Read(NamedTuple):
    """A parsed section: what came of it. refused: the words of the device where it printed an error instead."""

    name: str
    origin: Origin
    account: Account
    rows: int
    closed: bool
    refused: str
    empty: bool


class _Tail:
    """Whether a section came to the line that says how long it took."""

    def __init__(self) -> None:
        self.closed = False


class _Lines:
    """The lines of one section on their way to the parser; notices how it ends and whether the device refused."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self.closed = False
        self.refused = ""
        self.full = 0

    def __iter__(self) -> Iterator[Line]:
        for at, text in self._source:
            first = text[:1]
            if first in {" ", ""} and self.full > FEW:
                yield at, text
                continue
            if first == "-" and text.startswith("---"):
                self.closed = self.closed or "was the duration of" in text
                continue
            if text.startswith("*** SERVICE") or (self.full < 2 and text.startswith(_REFUSALS)):  # noqa: PLR2004 - the number is the format's
                self.refused = text.strip()[:200]
            if text.startswith("DUMP OF SERVICE"):
                continue
            self.full += bool(text)
            yield at, text


def looks_like(head: bytes) -> bool:
    """Whether a text begins like dumpsys or a bug report."""
    return b"DUMP OF SERVICE " in head or b"== dumpstate: " in head or b"Currently running services:" in head


def read(opened: Opened, name: str, collector: Collector) -> None:
    """Reads one text: `name` of the tree of `opened`, or the evidence itself where `name` is empty."""
    found: list[_Read] = []
    tail, closings = _Tail(), False
    whole = WholeLines(collector.chunks(opened, name), collector.limits)
    label = collector.origin(opened, name).label
    try:
        for key, blocks in itertools.groupby(cut(whole), key=lambda block: (block.number, block.section)):
            closings = closings or tail.closed
            tail = _Tail()
            each = _section(key[1], _searched(blocks, label, tail, collector), opened, name, collector)
            found += [each] if each is not None else []
    except ParseError as error:
        for area in AREAS:  # also what was read before: damage that shows late may have changed what came early
            collector.damaged(area, error, label)
    if whole.skipped:
        collector.mark("device.names", State.PARTIAL, Reason.LIMIT, detail=f"{label}: {whole.skipped} lines too long")
    if closings and not tail.closed:
        collector.mark("device.names", State.PARTIAL, Reason.DAMAGED, detail=f"{label}: cut off in its last section")
    _account_for(found, label, collector, closings=closings)


def _searched(blocks: Iterable[Block], label: str, tail: _Tail, collector: Collector) -> Iterator[Block]:
    for block in blocks:
        tail.closed = tail.closed or _END in block.data
        collector.names.scan(block.data, label, _section_label(block.section), block.first)
        yield block


def _section_label(section: str) -> str:
    if section == HEADER:
        return ""
    return section.removeprefix(_TITLED) if section.startswith(_TITLED) else f"dumpsys {section}"


def _section(section: str, blocks: Iterator[Block], opened: Opened, name: str, collector: Collector) -> _Read | None:
    """Parses one section where Luciole knows it; otherwise its blocks are only searched."""
    if section == HEADER:
        _head(blocks, collector)
        return None
    known = SECTIONS.get(section)
    if known is None:
        first, titled, broken = 0, section.startswith(_TITLED), 0
        for block in blocks:
            first = first or block.first
            # the logs of a bug report hold any bytes; what a service prints is text
            broken = broken or (block.first if not titled and _is_no_text(block.data) else 0)
        if broken:
            detail = f"{_section_label(section)}: bytes that are no text, from line {broken}"
            collector.mark("device.names", State.PARTIAL, Reason.DAMAGED, detail=detail)
        collector.no_parser(collector.origin(opened, name, _section_label(section)), first)
        if titled and section.endswith(" LOG"):
            no_contacts(collector, _section_label(section))
        return None
    origin = collector.origin(opened, name, _section_label(section))
    account = Account(collector.taken)
    source = _Lines(lines(blocks, account))
    titled = section.startswith(_TITLED)
    count = collector.take(known.parse(_without_title(source) if titled else source, account), origin)
    for _ in source:
        pass
    account.lines = source.full
    refused = source.refused if source.full < _FEW or "***" in source.refused else ""
    return _Read(section, origin, account, count, source.closed or titled, refused, not source.full)


def _is_no_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"\0" in data


def _without_title(source: Iterable[Line]) -> Iterator[Line]:
    return (line for line in source if not line[1].startswith("------"))


def no_contacts(collector: Collector, label: str) -> None:
    """A log was searched for names; which hosts were contacted is only in intrusion logs."""
    detail = f"{label} was searched for names; it is no log of contacts"
    collector.mark("device.logs", State.PARTIAL, Reason.NOT_IN_THIS_EVIDENCE, 1, detail)


def _head(blocks: Iterator[Block], collector: Collector) -> None:
    """The first lines of a bug report say when it was taken."""
    for _, text in lines(blocks, Account()):
        if text.startswith(_TAKEN) and not collector.taken:
            collector.taken = iso(text.removeprefix(_TAKEN))


def _account_for(found: list[_Read], label: str, collector: Collector, *, closings: bool) -> None:
    """Marks the areas of every section: read, cut off, refused, of an unknown shape, or missing.

    closings: the text ends its sections with a line that says how long they took, so one without was cut off.
    """
    for each in found:
        areas = SECTIONS[each.name].areas
        if each.refused:
            _refused(each, areas, collector)
            continue
        if each.empty:
            for area in areas:
                collector.missing(area, f"{each.origin.label} is empty in {label}")
            continue
        if each.account.lost and not areas:
            detail = f"{each.origin.label}: {each.account.lost} malformed, first at line {each.account.first_lost}"
            collector.mark("device.names", State.PARTIAL, Reason.DAMAGED, detail=detail)
        collector.finish(areas, each.origin, each.account, each.rows)
        if closings and not each.closed and each.account.understood:
            for area in areas:
                collector.mark(
                    area, State.PARTIAL, Reason.DAMAGED, detail=f"{each.origin.label}: cut off before its end"
                )
    names = {each.name for each in found}
    for name, section in SECTIONS.items():
        for area in section.areas if section.expected and name not in names else ():
            collector.missing(area, f"{_section_label(name)} is not in {label}")


def _refused(each: _Read, areas: tuple[str, ...], collector: Collector) -> None:
    reason = Reason.PERMISSION if "Permission" in each.refused else Reason.MISSING
    state = State.PARTIAL if each.rows else State.NOT_LOOKED_AT
    reason = Reason.DAMAGED if each.rows else reason
    for area in areas:
        collector.mark(area, state, reason, each.rows, f"{each.origin.label}: {each.refused}")
    collector.unreadable(each.origin, each.refused)
