"""Cuts the text of dumpsys or a bug report into its sections in one pass, a block of whole lines at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.devices.parsers.rows import Account, Line
from luciole.kernel.limits import DEFAULT, Limits

SKIPPED = b"\0 too long"
"""Stands in a text where a line was dropped that is longer than the limit, so that its section can say so."""
HEADER = "head"
"""The name of what stands before the first section."""
_SKIPPED = SKIPPED.decode()
_REPLACED, _NUL = "\ufffd", "\0"
"""What stands for bytes that are no text, and the character that no text of Android holds."""
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
    """Turns chunks into pieces that end with a line; of a longer line than the limit only the mark `SKIPPED` stays."""

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
                rest, dropping, chunk, stop = SKIPPED, False, chunk[start:], stop - start  # noqa: PLW2901 - the rest
            if stop:
                yield rest + chunk[:stop]
                rest = chunk[stop:]
            else:
                rest += chunk
            if len(rest) > self._limit:
                self.skipped += 1
                rest, dropping = b"", True
        if rest or dropping:
            yield SKIPPED if dropping else rest


def whole_words(chunks: Iterable[bytes], limits: Limits = DEFAULT) -> Iterator[bytes]:
    """Pieces that end with a line or else a word, so that names can be looked for in bytes that are no lines at all.

    Nothing is dropped; only a run without any space that is longer than a line may be is cut in its middle.
    """
    rest = b""
    for chunk in chunks:
        rest += chunk
        stop = rest.rfind(b"\n") + 1 or rest.rfind(b" ") + 1 or rest.rfind(b"\0") + 1
        stop = len(rest) if len(rest) > limits.line else stop
        if stop:
            yield rest[:stop]
            rest = rest[stop:]
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


def lines(blocks: Iterable[Block], account: Account) -> Iterator[Line]:
    """The lines of blocks, decoded as UTF-8 with replacement, without their ends.

    Lines that hold bytes of no text are handed on and counted as lost; a dropped line is empty and counts as skipped.
    """
    for block in blocks:
        text = block.data.decode("utf-8", "replace")
        damaged = _REPLACED in text or _NUL in text
        number = block.first
        for line in text.removesuffix("\n").split("\n"):
            if damaged and line.startswith(_SKIPPED):
                account.skip(number)
                yield number, ""
            else:
                if damaged and (_REPLACED in line or _NUL in line):
                    account.lose(number)
                yield number, line.rstrip("\r") if line.endswith("\r") else line
            number += 1
