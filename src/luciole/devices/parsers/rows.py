"""What every parser hands on: rows about apps or the device, with their lines, and an account of what was lost."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from luciole.kernel.facts import Scalar, Value

Line = tuple[int, str]
"""The 1-based number of a line in its text, and the line without its end."""

NAMED = "app.named"
LOOK = "text"
"""Name of a row that is no fact: a text put together from wrapped lines, to be searched for names."""
NOTHING: Mapping[str, Value] = {}
FEW = 10
"""Lines below a title that may well say nothing at all."""

_PACKAGE = re.compile(r"[A-Za-z]\w*(?:\.\w+)+", re.ASCII)
_PIECE = re.compile(r"[\w.$/]+", re.ASCII)
_LONGEST_NAME = 255


class Row(NamedTuple):
    """One thing that a text says about an app, or about the device where neither package nor uid is set.

    name: a fact of the vocabulary (`app.named` where the text only names the app); user: None means every user that
    has the app; uid: where only the user id number is printed, or who runs a process, whose name may be any; when: as
    in Fact; offset: byte of a binary file where it stands, -1 where there is none.
    """

    name: str
    value: Scalar
    line: int = 0
    package: str = ""
    user: int | None = None
    attributes: Mapping[str, Value] = NOTHING
    when: str = ""
    uid: int = -1
    offset: int = -1


class Account:
    """What a parser says about its own work: whether it knew the shape, and which lines it lost.

    taken: ISO 8601 time the text was made, for times printed as "3 days ago"; empty where unknown; lines: how many of
    the text are not empty, counted up to a few more than `FEW`.
    """

    def __init__(self, taken: str = "") -> None:
        self.taken = taken
        self.anchors = 0
        self.headings = 0
        self.lines = 0
        self.lost = 0
        self.first_lost = 0
        self._last_lost = 0
        self.skipped = 0
        self.first_skipped = 0
        self.notes: dict[str, str] = {}
        self.remarks: list[str] = []

    def anchor(self) -> None:
        """Something was read, or the text says in words that the parser knows that there is nothing to read."""
        self.anchors += 1

    def heading(self) -> None:
        """A title was seen: what stands below it may still have a shape that the parser does not know."""
        self.headings += 1

    @property
    def understood(self) -> bool:
        """Whether the text has a shape that the parser knows; a title with much below it that says nothing is none."""
        return self.anchors > 0 or (self.headings > 0 and self.lines <= FEW)

    def lose(self, line: int) -> None:
        """A line contradicts the shape or is no text; only this line is lost, and it counts once."""
        if line and line == self._last_lost:
            return
        self._last_lost = line
        self.first_lost = self.first_lost if self.lost else line
        self.lost += 1

    def skip(self, line: int) -> None:
        """A line, or what it says, is left out because of a limit."""
        self.first_skipped = self.first_skipped if self.skipped else line
        self.skipped += 1

    def note(self, text: str, area: str = "") -> None:
        """A limitation because of which facts of an area (empty: of every area of the parser) may be missing."""
        self.notes[text] = area

    def remark(self, text: str) -> None:
        """Something worth saying that takes nothing away."""
        if text not in self.remarks:
            self.remarks.append(text)


class Component(NamedTuple):
    """A component as Android prints it. name: the full class name."""

    package: str
    name: str


def is_package(text: str) -> bool:
    """Whether `text` has the form of an application id (at least one dot), or is the system itself."""
    return len(text) <= _LONGEST_NAME and _is_package(text)


@functools.lru_cache(maxsize=1 << 14)
def _is_package(text: str) -> bool:
    """Asked again and again for the same few hundred names."""
    return text == "android" or _PACKAGE.fullmatch(text) is not None


def component(text: str) -> Component | None:
    """`package/.Class` or `package/full.Class`; None where the text is no component."""
    package, slash, name = text.partition("/")
    if not slash or not name or "/" in name or not is_package(package):
        return None
    return Component(package, package + name if name.startswith(".") else name)


def components(text: str) -> list[Component]:
    """Every component in a line, in order; one pass, whatever the line holds."""
    if "/" not in text:
        return []
    found = (component(piece.rstrip(".")) for piece in _PIECE.findall(text) if "/" in piece)
    return [each for each in found if each is not None]


def packages(text: str) -> list[str]:
    """Every token of a line that has the form of an application id, in order."""
    return [piece for piece in _PIECE.findall(text) if "." in piece and is_package(piece)]


def indent(text: str) -> int:
    """The number of leading spaces; a tab counts as one."""
    return len(text) - len(text.lstrip())


def between(text: str, before: str, after: str = " ") -> str:
    """What stands between `before` and the next `after` (or the end); empty where `before` is missing."""
    start = text.find(before)
    if start < 0:
        return ""
    start += len(before)
    stop = text.find(after, start)
    return text[start:] if stop < 0 else text[start:stop]


def number(text: str) -> int | None:
    """A decimal number of at most 19 digits, perhaps negative; None for anything else."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 19 else None  # noqa: PLR2004 - 64 bits


def uid_number(text: str) -> int | None:
    """A user id as printed: 10123, u0a123 (app 123 of user 0) or u10s1000 (system id of user 10)."""
    plain = number(text)
    if plain is not None:
        return plain
    if not text.startswith("u"):
        return None
    for mark, base in (("a", 10_000), ("s", 0), ("i", 99_000)):
        user, found, rest = text[1:].partition(mark)
        first, second = number(user), number(rest)
        if found and first is not None and second is not None and 0 <= first < 1000:  # noqa: PLR2004 - users
            return first * 100_000 + base + second
    return None


def plain_lines(text: str) -> Iterator[Line]:
    """The lines of a whole text with their numbers."""
    return enumerate(text.splitlines(), 1)


def first_rows(found: Mapping[str, int]) -> Iterable[Row]:
    """Rows that only name apps: package → the line that names it first."""
    return (Row(NAMED, "", line, package) for package, line in found.items())
