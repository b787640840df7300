"""Reads the names of columns from the text that created a table; the text is only cut up, never run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

_LONGEST = 1 << 18
_MOST_COLUMNS = 2_000
_CONSTRAINTS = frozenset({"constraint", "primary", "unique", "check", "foreign"})
_QUOTES = {'"': '"', "'": "'", "`": "`", "[": "]"}
_PUNCTUATION = frozenset("(),;")


class Table(NamedTuple):
    """A table. columns: names in the order of the definition; alias: the column that is the row id itself, or empty.

    stored: column → its position in a stored row.
    """

    name: str
    columns: tuple[str, ...]
    root: int
    alias: str = ""
    without_rowid: bool = False
    order: tuple[str, ...] = ()

    @property
    def stored(self) -> dict[str, int]:
        """Column → position in a stored row."""
        return {name: index for index, name in enumerate(self.order or self.columns)}


class _Word(NamedTuple):
    text: str
    quoted: bool


def table_of(name: str, root: int, sql: str) -> Table | None:
    """The table that a `CREATE TABLE` describes; None where the text has another shape, also for virtual tables."""
    if len(sql) > _LONGEST:
        return None
    words = list(_words(sql))
    opening = next((at for at, word in enumerate(words) if word == _Word("(", quoted=False)), len(words))
    head = [word.text.lower() for word in words[:opening]]
    if opening == len(words) or head[:1] != ["create"] or "virtual" in head[:3]:
        return None
    definitions, rest = _definitions(words, opening + 1)
    columns = [each for each in definitions if each and (each[0].quoted or each[0].text.lower() not in _CONSTRAINTS)]
    if not columns or len(columns) > _MOST_COLUMNS:
        return None
    without = "without" in rest and "rowid" in rest
    names = tuple(each[0].text for each in columns if not _is_computed(each))
    alias = "" if without else _alias(columns, definitions)
    order = _key_first(names, columns, definitions) if without else ()
    return Table(name, names, root, alias, without, order)


def _definitions(words: list[_Word], at: int) -> tuple[list[list[_Word]], list[str]]:
    """The parts between the outermost brackets, cut at their commas, and the words after them."""
    parts: list[list[_Word]] = [[]]
    depth = 1
    for place in range(at, len(words)):
        word = words[place]
        mark = "" if word.quoted else word.text
        depth += (mark == "(") - (mark == ")")
        if depth == 0:
            return parts, [each.text.lower() for each in words[place + 1 :]]
        if mark == "," and depth == 1:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts, []


def _is_computed(definition: list[_Word]) -> bool:
    """A generated column that is not stored."""
    plain = [word.text.lower() for word in definition if not word.quoted]
    return "as" in plain and "(" in plain[plain.index("as") :] and "stored" not in plain and "default" not in plain


def _alias(columns: list[list[_Word]], definitions: list[list[_Word]]) -> str:
    """The column declared INTEGER PRIMARY KEY, in its own definition or at the end."""
    keys = _key_names(columns, definitions)
    if len(keys) != 1:
        return ""
    for each in columns:
        plain = [word.text.lower() for word in each]
        if plain[0] == keys[0].lower() and plain[1:2] == ["integer"] and "desc" not in plain:
            return each[0].text
    return ""


def _key_names(columns: list[list[_Word]], definitions: list[list[_Word]]) -> list[str]:
    for each in columns:
        plain = [word.text.lower() for word in each if not word.quoted]
        if ("primary", "key") in itertools.pairwise(plain):
            return [each[0].text]
    for each in definitions:
        plain = [word.text.lower() for word in each]
        if each and not each[0].quoted and "primary" in plain[:3] and plain[0] in {"primary", "constraint"}:
            start = plain.index("(") + 1 if "(" in plain else len(plain)
            names: list[str] = []
            fresh = True
            for word in each[start:]:
                if not word.quoted and word.text in {",", ")"}:
                    fresh = True
                elif fresh:
                    names.append(word.text)
                    fresh = False
            return names
    return []


def _key_first(names: tuple[str, ...], columns: list[list[_Word]], definitions: list[list[_Word]]) -> tuple[str, ...]:
    """Tables without row ids store the columns of their key first."""
    lower = {name.lower(): name for name in names}
    keys = list(dict.fromkeys(lower[key.lower()] for key in _key_names(columns, definitions) if key.lower() in lower))
    return (*keys, *(name for name in names if name not in keys))


def _words(sql: str) -> Iterator[_Word]:
    """Names, quoted names and punctuation; comments are passed over. One pass."""
    at, length = 0, len(sql)
    while at < length:
        character = sql[at]
        if character.isspace():
            at += 1
        elif sql.startswith("--", at):
            stop = sql.find("\n", at)
            at = length if stop < 0 else stop + 1
        elif sql.startswith("/*", at):
            stop = sql.find("*/", at + 2)
            at = length if stop < 0 else stop + 2
        elif character in _QUOTES:
            text, at = _quoted(sql, at)
            yield _Word(text, quoted=True)
        elif character in _PUNCTUATION:
            yield _Word(character, quoted=False)
            at += 1
        else:
            start = at
            while at < length and not sql[at].isspace() and sql[at] not in _PUNCTUATION and sql[at] not in _QUOTES:
                at += 1
            yield _Word(sql[start:at], quoted=False)


def _quoted(sql: str, at: int) -> tuple[str, int]:
    """The text of a quoted name, its doubled quotes undone, and where it ends."""
    close = _QUOTES[sql[at]]
    parts: list[str] = []
    at += 1
    while True:
        stop = sql.find(close, at)
        if stop < 0:
            return "".join(parts) + sql[at:], len(sql)
        parts.append(sql[at:stop])
        if close != "]" and sql.startswith(close, stop + 1):
            parts.append(close)
            at = stop + 2
            continue
        return "".join(parts), stop + 1
