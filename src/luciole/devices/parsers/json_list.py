"""Opens a list in JSON entry by entry, so that an entry of another shape is lost alone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from luciole.kernel.errors import ParseError

_MOST_COMMAS = 1_500_000
"""Every entry needs memory of its own; a complete list of processes or packages has a few thousand."""
_entries = msgspec.json.Decoder(list[msgspec.Raw])
_texts = msgspec.json.Decoder(list[str] | None)


def entries(data: bytes, what: str) -> list[msgspec.Raw]:
    """The entries, not yet decoded. Raises ParseError where the data is no list or has too many parts."""
    _check(data, what)
    try:
        return _entries.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a list of {what} ({error})") from error


def with_lines(found: list[msgspec.Raw], data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each entry of `entries` with the 1-based line of `data` where it begins; one pass."""
    line, position = 1, 0
    for raw in found:
        entry = bytes(raw)
        at = data.find(entry, position)
        line += data.count(b"\n", position, at)
        yield line, entry
        line += entry.count(b"\n")
        position = at + len(entry)


def texts(data: bytes, what: str) -> list[str]:
    """A list of texts; null is an empty one. Raises as `entries`."""
    _check(data, what)
    try:
        return _texts.decode(data) or []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a list of {what} ({error})") from error


def _check(data: bytes, what: str) -> None:
    if data.count(b",") > _MOST_COMMAS:
        raise ParseError(f"too many {what}", limit=True)
