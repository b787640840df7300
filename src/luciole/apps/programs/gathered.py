"""Gathers the facts about one program, and accounts for each area that could not be read whole."""

from __future__ import annotations

from collections.abc import Mapping

from luciole.apps.apk.end_record import Buffer
from luciole.apps.programs.texts import search
from luciole.apps.programs.watched import WatchedName
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact, FactSet, Place, Scalar, Subject, Value
from luciole.kernel.limits import DEFAULT, MIB, Limits
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.vocabulary import Platform

MOST_TEXT = 4096
"""Characters of one value; the rest is cut."""


_TEXTS = 32 * MIB
"""Bytes of texts beside programs that are searched for addresses."""
_PROGRAMS_LEAST, _PROGRAMS_EACH = 6 * MIB, 3
"""Bytes of programs inside an installer that are read, and more for each byte of it: what the time for it allows."""
_PLIST_TYPE = ("http://www.apple.com/DTDs/", "www.apple.com")
"""Named by every property list, and so by nearly every program of Apple's systems."""


class Allowance:
    """What may still be unpacked from inside one thing that was handed in: files, bytes, bytes of programs that are
    read, and installers inside installers. size: bytes of what was handed in."""  # noqa: D205, D209 - a list of fields

    __slots__ = ("bytes", "files", "levels", "programs", "texts")

    def __init__(self, size: int, limits: Limits) -> None:
        self.files = limits.archive_entries
        self.bytes = min(limits.archive_total, max(limits.ratio_from, limits.ratio * size))
        self.programs = _PROGRAMS_LEAST + _PROGRAMS_EACH * size
        self.texts = _TEXTS
        self.levels = limits.nesting


class Gathered:
    """The facts of one app so far. file: what was handed in, of `size` bytes; areas not spoken of have no line."""

    def __init__(self, file: str, limits: Limits = DEFAULT, size: int = 0) -> None:
        self.file = file
        self.limits = limits
        self.allowance = Allowance(size, limits)
        self.facts: list[Fact] = []
        self._seen: set[tuple[str, Scalar, str]] = set()
        self._amounts: dict[str, int] = {}
        self._losses: dict[str, list[tuple[Reason, str, int | None]]] = {}
        self._closed: dict[str, tuple[Reason, str]] = {}

    def add(
        self,
        name: str,
        value: Scalar,
        attributes: Mapping[str, Value] | None = None,
        *,
        member: str = "",
        offset: int | None = None,
        section: str = "",
    ) -> None:
        """Adds one fact; the same name, value and key again is passed over. member: path inside what was handed in."""
        held = {
            key: one[:MOST_TEXT] if isinstance(one, str) and key != "data" else one
            for key, one in (attributes or {}).items()
        }
        value = value[:MOST_TEXT] if isinstance(value, str) else value
        key = (
            name,
            value,
            "|".join(str(held.get(part, "")) for part in ("key", "locale", "part", "state", "architecture", "values")),
        )
        if key in self._seen or len(self.facts) >= self.limits.facts:
            return
        self._seen.add(key)
        self.facts.append(Fact(name, value, Place(self.file, member, offset, None, section), held))

    def examined(self, area: str, amount: int = 1) -> None:
        """`amount` things more of the area were read."""
        self._amounts[area] = self._amounts.get(area, 0) + amount

    def lost(self, area: str, reason: Reason, detail: str, offset: int | None = None) -> None:
        """A part of the area could not be read; the area is then partly examined."""
        self._amounts.setdefault(area, 0)
        self._losses.setdefault(area, []).append((reason, detail, offset))

    def lost_to(self, area: str, error: ParseError, member: str = "") -> None:
        """The same, for an error of a parser."""
        where = error.file or member
        reason = Reason.LIMIT if error.limit else Reason.DAMAGED
        self.lost(area, reason, f"{where}: {error.message}" if where else error.message, error.offset)

    def not_looked_at(self, area: str, reason: Reason, detail: str) -> None:
        """The area was not looked at at all."""
        self._closed[area] = (reason, detail)

    def is_signed_around(self) -> bool:
        """Whether what is read lies in an installer of whose signature something was said: its maker answers for it."""
        return self.allowance.levels < self.limits.nesting and self.has("signature.scheme")

    def coverage(self) -> tuple[Coverage, ...]:
        """One line for each area that was spoken of."""
        lines = [self._line(area, amount) for area, amount in self._amounts.items()]
        return (*lines, *(
            Coverage(area, State.NOT_LOOKED_AT, reason, 0, detail)
            for area, (reason, detail) in self._closed.items() if area not in self._amounts
        ))  # fmt: skip

    def _line(self, area: str, amount: int) -> Coverage:
        losses = self._losses.get(area)
        if not losses:
            return Coverage(area, State.EXAMINED, amount=amount)
        reason, _, offset = losses[0]
        told = [detail for _, detail, _ in losses]
        more = f" and {len(told) - 3} more" if len(told) > 3 else ""  # noqa: PLR2004 - the first few are told
        return Coverage(area, State.PARTIAL, reason, amount, "; ".join(told[:3]) + more, offset)

    def fact_set(self, platform: Platform, identity: str) -> FactSet:
        """The app with all its facts. identity: used where no package was found."""
        package = self._first("app.package") or identity
        # a program that bears no name is called by its file
        label = self._first("app.label") or ("" if self.has("app.package") else self.file)
        subject = Subject("app", package, label, platform=platform)
        return FactSet(subject, tuple(self.facts), self.coverage())

    def _first(self, name: str) -> str:
        return next((str(fact.value) for fact in self.facts if fact.name == name), "")

    def has(self, name: str, value: Scalar | None = None) -> bool:
        """Whether such a fact was added."""
        return any(fact.name == name and value in {None, fact.value} for fact in self.facts)


def add_texts(gathered: Gathered, data: Buffer, member: str, watched: Mapping[str, WatchedName]) -> None:
    """Adds what stands in the texts of one program."""
    found = search(data, watched)
    for one in found.finds:
        if one.value.startswith(_PLIST_TYPE):
            continue
        held: dict[str, Value] = {"group": one.group} if one.group else {"where": "native"}
        gathered.add(one.name, one.value, held, member=member, offset=one.offset)
    for name, offset in found.names.items():
        add_name(gathered, watched[name], "name", member, offset)
    if not found.complete:
        gathered.lost("code", Reason.LIMIT, f"{member or gathered.file}: not every text was searched")


def add_name(gathered: Gathered, watched: WatchedName, how: str, member: str, offset: int | None = None) -> None:
    """Adds one watched function or class of the system. how: import or name."""
    held: dict[str, Value] = {"group": watched.group, "behaviours": list(watched.behaviours), "how": how}
    section = "imports" if how == "import" else ""
    gathered.add("program.api", watched.value, held, member=member, offset=offset, section=section)
