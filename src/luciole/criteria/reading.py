"""Takes typed values out of YAML nodes and notes every problem instead of stopping at the first."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from luciole.criteria.yaml_text import Problems, YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar

LONGEST_TEXT = 2_000
LONGEST_LIST = 2_000

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def suggest(word: str, known: Iterable[str]) -> str:
    """What to do about a word that is not known: the nearest known word, or the way to all of them."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else "see the reference of the criteria language"


class Keys:
    """The entries of one map, each taken once; `finish` reports the keys nobody asked for."""

    def __init__(self, node: YamlMap, problems: Problems) -> None:
        self.line = node.line
        self.problems = problems
        self._entries = {entry.key: entry for entry in reversed(node.entries)}
        self._known: set[str] = set()

    def take(self, key: str) -> YamlEntry | None:
        """The entry of this key, or None when it is absent."""
        self._known.add(key)
        return self._entries.get(key)

    def need(self, key: str) -> YamlEntry | None:
        """The same, and a problem when it is absent."""
        entry = self.take(key)
        if entry is None:
            self.problems.add(self.line, f"{key!r} is missing", f"add `{key}:`")
        return entry

    def finish(self) -> None:
        """Reports every key that was not taken."""
        for key, entry in self._entries.items():
            if key not in self._known:
                self.problems.add(entry.line, f"{key!r} is not a key here", suggest(key, self._known))

    def text(self, key: str, *, needed: bool = True, empty: bool = False) -> str:
        """A text; numbers are taken as they were written only in quotes."""
        entry = self.need(key) if needed else self.take(key)
        return "" if entry is None else text_of(entry.node, key, self.problems, empty=empty)

    def texts(self, key: str, *, needed: bool = True) -> tuple[str, ...]:
        """A list of texts."""
        entry = self.need(key) if needed else self.take(key)
        return () if entry is None else texts_of(entry.node, key, self.problems)

    def whole(self, key: str, *, least: int = 1) -> int:
        """A whole number of at least `least`; `least` when something is wrong."""
        entry = self.need(key)
        return least if entry is None else whole_of(entry.node, key, self.problems, least)

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        entry = self.take(key)
        if entry is None:
            return False
        if isinstance(entry.node, YamlScalar) and isinstance(entry.node.value, bool):
            return entry.node.value
        self.problems.add(entry.line, f"{key!r} is neither true nor false", "write true or false")
        return False

    def choice(self, key: str, known: Collection[str]) -> str:
        """One of the known words; the first of them when something is wrong."""
        entry = self.need(key)
        if entry is None:
            return next(iter(known))
        found = text_of(entry.node, key, self.problems)
        if found in known:
            return found
        if found:
            words = ", ".join(known)
            self.problems.add(entry.line, f"{key!r} cannot be {found!r}", f"use one of: {words}")
        return next(iter(known))

    def items(self, key: str, *, needed: bool = False) -> list[YamlNode]:
        """The nodes of a list."""
        entry = self.need(key) if needed else self.take(key)
        return [] if entry is None else items_of(entry.node, key, self.problems)


def text_of(node: YamlNode, what: str, problems: Problems, *, empty: bool = False, exact: bool = False) -> str:
    """The text of a node, or "" with a problem. empty: whether "" may be meant; exact: white space counts."""
    if not isinstance(node, YamlScalar) or not isinstance(node.value, str):
        problems.add(node.line, f"{what!r} is no text", "write a text; put numbers, true and false in quotes")
        return ""
    text = node.value if exact else node.value.strip()
    if not text and not empty:
        problems.add(node.line, f"{what!r} is empty", "write a text")
    if len(node.value) > LONGEST_TEXT:
        problems.add(node.line, f"{what!r} is longer than {LONGEST_TEXT} characters", "write it shorter")
        return ""
    return text


def whole_of(node: YamlNode, what: str, problems: Problems, least: int) -> int:
    """A whole number of at least `least`."""
    value = node.value if isinstance(node, YamlScalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    problems.add(node.line, f"{what!r} is no whole number of at least {least}", f"write a number such as {least}")
    return least


def items_of(node: YamlNode, what: str, problems: Problems) -> list[YamlNode]:
    """The nodes of a list that has at least one."""
    if not isinstance(node, YamlList):
        problems.add(node.line, f"{what!r} is no list", "write a list: one `- item` a line, or [a, b]")
        return []
    if not node.items:
        problems.add(node.line, f"{what!r} is an empty list", "add an item or remove the key")
    if len(node.items) > LONGEST_LIST:
        problems.add(node.line, f"{what!r} has more than {LONGEST_LIST} items", "split it")
        return []
    return node.items


def texts_of(node: YamlNode, what: str, problems: Problems) -> tuple[str, ...]:
    """The texts of a list; the same text twice is a problem."""
    found: list[str] = []
    for item in items_of(node, what, problems):
        text = text_of(item, what, problems, exact=True)
        if text and text in found:
            problems.add(item.line, f"{text!r} stands twice in {what!r}", "keep one of the two")
        found.append(text)
    return tuple(one for one in found if one)


def map_of(node: YamlNode, what: str, problems: Problems) -> Keys | None:
    """The keys of a map, or None with a problem."""
    if isinstance(node, YamlMap):
        return Keys(node, problems)
    problems.add(node.line, f"{what!r} is no map of keys", "write `key: value` lines under it")
    return None


def plain(node: YamlNode) -> Plain:
    """The node as plain lists, maps and scalars."""
    if isinstance(node, YamlMap):
        return {entry.key: plain(entry.node) for entry in node.entries}
    if isinstance(node, YamlList):
        return [plain(item) for item in node.items]
    return node.value
