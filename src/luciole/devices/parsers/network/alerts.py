"""Alerts that TinyCheck or SpyGuard wrote beside a capture, as those tools said them; Luciole does not adopt them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from luciole.kernel.errors import ParseError

_MOST = 2_000
_LONGEST = 500
_ALERT_KEYS = frozenset({"id", "title", "host"})


class Alert(NamedTuple):
    """One alert. host: as the tool wrote it, perhaps empty."""

    id: str
    title: str
    level: str
    host: str
    text: str


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

    return Alert(text("id"), text("title"), text("level") or level[:_LONGEST], text("host"), text("description"))
