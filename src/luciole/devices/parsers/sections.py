"""Cuts the text of dumpsys or a bug report into its sections in one pass, a block of whole lines at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.devices.parsers.rows import Line
from luciole.kernel.limits import DEFAULT, Limits

HEADER = "head"
"""The name of what stands before the first section."""
_SERVICE = b"DUMP OF SERVICE "
_TITLE = b"------ "
_LONGEST_TITLE = 200
_PRIORITIES = (b"CRITICAL ", b"HIGH ", b"NORMAL ")


class Block(NamedTuple):
    """Whole lines of one section. number: of the section, from 0; first: the 1-based number of the first line."""

    number: int
    section: str
    first: int
    data: bytes


class WholeLines:
    """Turns chunks into pieces that end with a line; longer lines than `limit` are dropped and counted in `skipped`."""

    def __init__(self, chunks: Iterable[bytes], limits: Limits = DEFAULT) -> None:
        self._chunks = chunks
        self._limit = limits.line
        self.skipped = 0

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        dropping = False
        for chunk in self._chunks:
            stop = chunk.rfind(b"\n") + 1
            if dropping:
                start = chunk.find(b"\n")
                if start < 0:
                    continue
                rest, dropping, chunk, stop = b"", False, chunk[start:], stop - start  # noqa: PLW2901 - the rest of it
            if stop:
                yield rest + chunk[:stop]
                rest = chunk[stop:]
            else:
                rest += chunk
            if len(rest) > self._limit:
                self.skipped += 1
                rest, dropping = b"", True
        if rest:
            yield rest


def cut(pieces: Iterable[bytes]) -> Iterator[Block]:
    """Blocks in the order of the text. Sections: a service by its name, a titled block as `title NAME`.

    pieces: whole lines, as `WholeLines` gives them. Both the plain dumpsys and the bug report shapes are known; a
    duration line at the end of a section belongs to it.
    """
    number, section, line = 0, HEADER, 1
    for piece in pieces:
        start = 0
        for at, name in _openings(piece):
            if at > start:
                yield Block(number, section, line, piece[start:at])
                line += piece.count(b"\n", start, at)
            number, section, start = number + 1, name, at
        if start < len(piece):
            yield Block(number, section, line, piece[start:])
            line += piece.count(b"\n", start)


def _openings(piece: bytes) -> list[tuple[int, str]]:
    """Where sections open in `piece`, as byte offset and name."""
    found = []
    for mark, name_of in ((_SERVICE, _service_name), (_TITLE, _title_name)):
        for at in _line_starts(piece, mark):
            stop = piece.find(b"\n", at, at + _LONGEST_TITLE)
            name = name_of(piece[at:stop].rstrip(b"\r")) if stop >= 0 else ""
            if name:
                found.append((at, name))
    return sorted(found)


def _line_starts(piece: bytes, mark: bytes) -> Iterator[int]:
    if piece.startswith(mark):
        yield 0
    at = piece.find(b"\n" + mark)
    while at >= 0:
        yield at + 1
        at = piece.find(b"\n" + mark, at + 1)


def _service_name(line: bytes) -> str:
    name = line.removeprefix(_SERVICE)
    for priority in _PRIORITIES:
        name = name.removeprefix(priority)
    name, colon, _ = name.partition(b":")
    return name.strip().decode("utf-8", "replace") if colon else ""


def _title_name(line: bytes) -> str:
    if not line.endswith(b" ------") or b"was the duration of" in line:
        return ""
    name = line[len(_TITLE) : -len(b" ------")].split(b" (", 1)[0].strip()
    return "title " + name.decode("utf-8", "replace") if name else ""


def lines(blocks: Iterable[Block]) -> Iterator[Line]:
    """The lines of blocks, decoded as UTF-8 with replacement, without their ends."""
    for block in blocks:
        text = block.data.decode("utf-8", "replace")
        number = block.first
        for line in text.removesuffix("\n").split("\n"):
            yield number, line.rstrip("\r") if line.endswith("\r") else line
            number += 1
