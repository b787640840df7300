"""Collects what the parsers read: rows with their places, names found anywhere, and what was looked at."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from luciole.devices.names import Names, NoWatch, Watch
from luciole.devices.opened import Opened
from luciole.devices.parsers.rows import LOOK, Account, Line, Row
from luciole.devices.parsers.sections import HEADER, Block, WholeLines, lines, whole_words
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import FactSet
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import NestedFile
from luciole.kernel.vocabulary import AREAS, CLOSED, Platform

Parser = Callable[[Iterable[Line], Account], Iterator[Row]]
_MOST_DETAILS = 12
_MOST_SEARCHED = 400
"""Sections without a parser of which each gets a fact; all of them are counted."""


class Request(msgspec.Struct, frozen=True):
    """What the caller asks for. now: ISO 8601; identity: text of an age key; password: of a backup.

    include: what is only read when a person asks for it: messages, calls, contacts, photos, browsing; screen_off: from
    and to, ISO 8601, when the screen of the device is known to have been off.
    """

    watch: Watch = NoWatch()
    now: str = ""
    identity: str | None = None
    password: str | None = None
    limits: Limits = DEFAULT
    include: frozenset[str] = frozenset()
    screen_off: tuple[tuple[str, str], ...] = ()


class Origin(NamedTuple):
    """Where rows come from.

    file, member, section: as in Place; label: the section, else the source: for `app.named`; source: short file name.
    """

    file: str
    member: str
    section: str
    label: str
    source: str = ""


class Mark(NamedTuple):
    """One thing that was, or was not, looked at in an area."""

    state: State
    reason: Reason
    amount: int
    detail: str


class Collector:
    """Filled by the sources.

    rows: everything about apps and the device, in the order of reading; files: short name of a text → file and member;
    areas: what the evidence can speak of, where that is only known after opening it; problem: why nothing was read;
    platform: what the device runs; times: text and app → the latest time that the text tells of the app;
    searched: sections without a parser; subjects: of a source that knows itself what its rows are about; where there
    are any, they stand for all rows.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.limits = request.limits
        self.names = Names(request.watch)
        self.rows: list[tuple[Row, Origin]] = []
        self.files: dict[str, tuple[str, str]] = {}
        self.areas: tuple[str, ...] = ()
        self.platform: Platform = "android"
        self.marks: dict[str, list[Mark]] = {}
        self.nested: list[NestedFile] = []
        self.details: dict[str, str] = {}
        self.taken = ""
        self.problem = ""
        self.subjects: list[FactSet] = []
        self._full: set[Origin] = set()
        self.digests: dict[str, str] = {}
        self.times: dict[tuple[str, str], str] = {}
        self.searched: dict[str, None] = {}

    # ------------------------------------------------------------------ what was looked at

    def mark(self, area: str, state: State, reason: Reason = Reason.NONE, amount: int = 0, detail: str = "") -> None:
        """Notes how far an area was looked at in one place."""
        self.marks.setdefault(area, []).append(Mark(state, reason, amount, detail))

    def examined(self, area: str, amount: int, detail: str = "") -> None:
        """Notes that an area was looked at completely in one place."""
        self.mark(area, State.EXAMINED, amount=amount, detail=detail)

    def missing(self, area: str, detail: str) -> None:
        """Notes that a place that should say something about the area is not there."""
        self.mark(area, State.NOT_LOOKED_AT, Reason.MISSING, detail=detail)

    def damaged(self, area: str, error: ParseError, detail: str) -> None:
        """Notes that a place broke off, or was refused by a limit."""
        reason = Reason.LIMIT if error.limit else Reason.DAMAGED
        self.mark(area, State.PARTIAL, reason, detail=f"{detail}: {error.message}")

    def coverage(self, areas: Iterable[str]) -> tuple[Coverage, ...]:
        """One line for each area of this platform's devices. areas: those that this kind of evidence can speak of.

        Where the evidence could not be opened there is one line, which says so: its platform is not known.
        """
        if CLOSED in self.marks:
            return (self._covered(CLOSED, set()),)
        possible = set(areas)
        return tuple(
            self._covered(name, possible)
            for name, area in AREAS.items()
            if area.of == "device" and self.platform in area.platforms
        )

    def _covered(self, area: str, possible: set[str]) -> Coverage:
        marks = self.marks.get(area, [])
        if not marks:
            reason = Reason.MISSING if area in possible else Reason.NOT_IN_THIS_EVIDENCE
            return Coverage(area, State.NOT_LOOKED_AT, reason)
        amount = sum(mark.amount for mark in marks)
        state, reason = _together(marks)
        last = [mark for mark in marks if mark.state is State.EXAMINED]
        first = [mark for mark in marks if mark.state is not State.EXAMINED]
        details = list(dict.fromkeys(mark.detail for mark in (*first, *last) if mark.detail))
        more = f"; and {len(details) - _MOST_DETAILS} more" if len(details) > _MOST_DETAILS else ""
        return Coverage(area, state, reason, amount, "; ".join(details[:_MOST_DETAILS]) + more)

    # ------------------------------------------------------------------ rows

    def origin(self, opened: Opened, name: str, section: str = "") -> Origin:
        """The origin of what is read from `name` inside `opened` (or from it itself where `name` is empty)."""
        file, member = opened.where(name) if name else (opened.name, opened.member)
        short = name.rpartition("/")[2] or opened.name
        self.files.setdefault(short, (file, member))
        return Origin(file, member, section, section or short, short)

    def take(self, rows: Iterable[Row], origin: Origin) -> int:
        """Keeps rows and searches texts; returns how many rows. A ParseError of the parser passes through."""
        count = 0
        for row in rows:
            if row.name == LOOK:
                self.names.scan(str(row.value).encode("utf-8", "replace"), origin.source, origin.section, row.line)
            else:
                count += self.add(row, origin)
        return count

    def add(self, row: Row, origin: Origin) -> bool:
        """Keeps one row; False where there are more than the limit, which the areas of its origin then say."""
        if len(self.rows) >= self.limits.facts * 4:
            self._full.add(origin)
            return False
        self.rows.append((row, origin))
        return True

    def unreadable(self, origin: Origin, why: str) -> None:
        """A section or file whose shape is not known."""
        self.rows.append((Row("unreadable.section", origin.label, attributes={"why": why}), origin))

    def no_parser(self, origin: Origin, line: int) -> None:
        """A section that no parser knows: it is only searched for names, and that is said of each, once."""
        if origin.label in self.searched:
            return
        if len(self.searched) < _MOST_SEARCHED:
            why = "no parser" if isinstance(self.request.watch, NoWatch) else "no parser; searched for names only"
            attributes = {"why": why}
            self.rows.append((Row("unreadable.section", origin.label, line, attributes=attributes), origin))
        self.searched[origin.label] = None

    def tell(self, label: str, package: str, when: str) -> None:
        """Notes a time that a text tells of an app; the latest is kept."""
        if when > self.times.get((label, package), ""):
            self.times[label, package] = when

    def finish(self, areas: Iterable[str], origin: Origin, account: Account, count: int) -> None:
        """Marks `areas` after a parser came to its end, by what its account says."""
        areas = tuple(areas)
        limited = self._limited(origin, account)
        for area in areas if limited else ():
            self.mark(area, State.PARTIAL, Reason.LIMIT, detail=f"{origin.label}: {limited}")
        if account.understood:
            for area in areas:
                self._finish(area, origin, account, count)
            return
        for area in areas:
            detail = f"{origin.label}: of a shape not known"
            self.mark(area, State.NOT_LOOKED_AT, Reason.UNKNOWN_FORMAT, detail=detail)
        self.unreadable(origin, "shape not known")

    def _limited(self, origin: Origin, account: Account) -> str:
        """What a limit took away; empty where nothing."""
        if account.skipped:
            return f"{account.skipped} lines left out by a limit, first at line {account.first_skipped}"
        return "more rows than are kept" if origin in self._full else ""

    def _finish(self, area: str, origin: Origin, account: Account, count: int) -> None:
        if account.lost:
            lost = f"{origin.label}: {account.lost} malformed, first at line {account.first_lost}"
            self.mark(area, State.PARTIAL, Reason.DAMAGED, count, lost)
        elif limits := [text for text, of in account.notes.items() if of in {"", area}]:
            detail = f"{origin.label}: {limits[0]}"
            self.mark(area, State.PARTIAL, Reason.NOT_IN_THIS_EVIDENCE, count, detail)
        else:
            said = f"{origin.label}: {account.remarks[0]}" if account.remarks else ""
            self.examined(area, count, said)

    # ------------------------------------------------------------------ whole files

    def text(self, opened: Opened, name: str, parse: Parser, areas: tuple[str, ...]) -> None:
        """Parses one text file of a folder or archive line by line, and searches it for names."""
        origin, account = self.origin(opened, name), Account(self.taken)
        count = 0
        try:
            count = self.take(parse(self.lines(opened, name, account), account), origin)
        except ParseError as error:
            self._broken(areas, origin, error)
            return
        self.finish(areas, origin, account, count)

    def lines(self, opened: Opened, name: str, account: Account) -> Iterator[Line]:
        """The lines of a text file, decoded; every piece is searched for names on the way."""
        whole = WholeLines(self.chunks(opened, name), self.limits)
        label = self.origin(opened, name).label
        yield from lines(self._searched(whole, label), account)
        if whole.skipped:
            self.mark("device.names", State.PARTIAL, Reason.LIMIT, detail=f"{label}: {whole.skipped} lines too long")

    def _searched(self, pieces: Iterable[bytes], label: str) -> Iterator[Block]:
        first = 1
        for piece in pieces:
            self.names.scan(piece, label, "", first)
            yield Block(0, HEADER, first, piece)
            first += piece.count(b"\n")

    def chunks(self, opened: Opened, name: str) -> Iterator[bytes]:
        """The content of a file of the tree, or of the evidence itself where `name` is empty.

        The digest of a file of the outermost tree is noted on the way, to be compared with what the evidence says.
        """
        if opened.tree is None or not name:
            return opened.chunks()
        return self._hashed(opened.tree.chunks(name), name) if not opened.member else opened.tree.chunks(name)

    def _hashed(self, chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        self.digests[name] = digest.hexdigest()

    def whole(self, opened: Opened, name: str, limit: int) -> bytes:
        """A whole file. Raises ParseError where it is longer than `limit` bytes or damaged."""
        content = io.BytesIO()  # grows in place, and gives its bytes away without a second copy
        for chunk in self.chunks(opened, name):
            content.write(chunk)
            if content.tell() > limit:
                raise ParseError(f"longer than {limit} bytes", file=name, limit=True)
        return content.getvalue()

    def search(self, opened: Opened, name: str) -> bool:
        """Searches any file for names only. Returns whether it came to its end."""
        label = self.origin(opened, name).label
        first = 1
        try:
            for piece in whole_words(self.chunks(opened, name), self.limits):
                self.names.scan(piece, label, "", first)
                first += piece.count(b"\n")
        except ParseError as error:
            self.damaged("device.names", error, label)
            return False
        return True

    def search_names(self, opened: Opened) -> None:
        """Searches the names of the files themselves."""
        if opened.tree is not None:
            names = "\n".join(name.replace("\n", " ") for name in opened.tree.names())
            self.files["file names"] = (opened.name, opened.member)
            self.names.scan(names.encode("utf-8", "replace"), "file names")

    def document(
        self,
        opened: Opened,
        name: str,
        data: bytes,
        parse: Callable[[bytes, Account], Iterator[Row]],
        areas: tuple[str, ...],
    ) -> None:
        """Parses one file that is read as a whole, such as a list in JSON, and searches it for names."""
        origin, account = self.origin(opened, name), Account(self.taken)
        self.names.scan(data, origin.label)
        try:
            count = self.take(parse(data, account), origin)
        except ParseError as error:
            self._broken(areas, origin, error)
            return
        self.finish(areas, origin, account, count)

    def _broken(self, areas: tuple[str, ...], origin: Origin, error: ParseError) -> None:
        for area in areas:
            self.damaged(area, error, origin.label)
        self.damaged("device.names", error, origin.label)
        self.unreadable(origin, "limit reached" if error.limit else "damaged")


_BROKEN = frozenset({Reason.DAMAGED, Reason.LIMIT, Reason.MISSING, Reason.NOT_ASKED})
"""Reasons for which a place that was looked at does not make up for one that was only partly."""
_UNREAD = frozenset({Reason.UNKNOWN_FORMAT, Reason.DAMAGED, Reason.LIMIT, Reason.PERMISSION})
"""Reasons for which a place that was looked at does not make up for one that is there and could not be read."""


def _together(marks: list[Mark]) -> tuple[State, Reason]:
    """Looked at somewhere is looked at, unless another place of the area could not be read or lacks one of its own."""
    broken = [mark for mark in marks if mark.state is State.PARTIAL and mark.reason in _BROKEN]
    unread = [mark for mark in marks if mark.state is State.NOT_LOOKED_AT and mark.reason in _UNREAD]
    if broken:
        return State.PARTIAL, broken[0].reason
    if unread and any(mark.state is not State.NOT_LOOKED_AT for mark in marks):
        return State.PARTIAL, unread[0].reason
    if any(mark.state is State.EXAMINED for mark in marks):
        return State.EXAMINED, Reason.NONE
    partial = [mark for mark in marks if mark.state is State.PARTIAL]
    first = partial[0] if partial else marks[0]
    return first.state, first.reason
