"""Alerts that TinyCheck or SpyGuard wrote beside a capture, as those tools said them; Luciole does not adopt them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from luciole.kernel.errors import ParseError

_MOST = 2_000
_LONGEST = 500
_MOST_NAMED = 32
_NAMED = re.compile(r"[0-9A-Za-z_-]+(?:[.:][0-9A-Za-z_-]+)+|\b[0-9A-Fa-f]{40}(?:[0-9A-Fa-f]{24})?\b")
_ALERT_KEYS = frozenset({"id", "title", "host"})


class Alert(NamedTuple):
    """One alert. host: as the tool wrote it, perhaps empty; named: dotted words and digests in its title and text."""

    id: str
    title: str
    level: str
    host: str
    text: str
    named: tuple[str, ...] = ()


def parse(data: bytes) -> Iterator[Alert]:
    """The alerts in a JSON document: lists of objects with id, title, host, description, at any of two levels.

    Raises ParseError where the data is no JSON.
    """
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"no list of alerts ({error})") from error
    count = 0
    for level, entries in _lists(document):
        for entry in entries:
            if isinstance(entry, dict) and not _ALERT_KEYS.isdisjoint(entry):
                count += 1
                if count > _MOST:
                    raise ParseError("more alerts than are read", limit=True)
                yield _alert(entry, level)


def _lists(document: object) -> Iterator[tuple[str, list[object]]]:
    if isinstance(document, list):
        yield "", document
    elif isinstance(document, dict):
        for level, entries in document.items():
            if isinstance(entries, list):
                yield str(level), entries
            elif isinstance(entries, dict) and level == "alerts":
                yield from _lists(entries)


def _alert(entry: dict[object, object], level: str) -> Alert:
    def text(key: str) -> str:
        value = entry.get(key)
        return value[:_LONGEST] if isinstance(value, str) else ""

    title, said = text("title"), text("description")
    named = dict.fromkeys(each.strip(".-").lower() for each in _NAMED.findall(f"{title} {said}"))
    level = text("level") or level[:_LONGEST]
    return Alert(text("id"), title, level, text("host"), said, tuple(named)[:_MOST_NAMED])
