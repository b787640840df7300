"""Reads YAML text into nodes that know their lines, and nothing more: no tags, anchors, merges or duplicate keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from luciole.criteria.model import MAX_DEPTH
from luciole.kernel.errors import ContentError

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
MAX_NUMBER_LENGTH = 15

_INTEGER = re.compile(r"-?[0-9]+\Z")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+\Z")


class YamlScalar(NamedTuple):
    """A text, number or truth value; None where nothing was written."""

    value: str | int | float | bool | None
    line: int


class YamlList(NamedTuple):
    """A list of nodes."""

    items: list[YamlNode]
    line: int


class YamlEntry(NamedTuple):
    """One key of a map with what stands under it."""

    key: str
    line: int
    node: YamlNode


class YamlMap(NamedTuple):
    """A map, in the order it was written."""

    entries: list[YamlEntry]
    line: int


YamlNode = YamlScalar | YamlList | YamlMap


class Problems:
    """Collects every problem of one file as `file:line: message — what to do`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[str] = []

    def add(self, line: int, message: str, remedy: str) -> None:
        """Notes one problem. line: 1-based."""
        self.found.append(f"{self.file}:{line}: {message} — {remedy}")


def read_yaml(text: str, problems: Problems) -> YamlNode | None:
    """The one document of `text`, or None when it is not YAML; adds what is wrong to `problems`.

    Bounded by MAX_BYTES, MAX_DEPTH and MAX_NODES, so that no text of any shape costs more than its size.
    """
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_BYTES:
        problems.add(1, f"the file has {len(data)} bytes", f"keep it under {MAX_BYTES}")
        return None
    try:
        return _Builder(problems).build(yaml.parse(data, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.add(line, f"this is not YAML: {error.problem}", "check indentation, quotes and brackets near here")
    except yaml.YAMLError as error:
        problems.add(1, f"this is not YAML text: {error}".replace("\n", " "), "save the file as plain UTF-8 text")
    return None


def read_map(file: str, text: str) -> tuple[YamlMap, Problems]:
    """The document as a map; raises ContentError when it is none, for then nothing else can be said about it."""
    problems = Problems(file)
    node = read_yaml(text, problems)
    if isinstance(node, YamlMap):
        return node, problems
    if node is not None or not problems.found:
        problems.add(getattr(node, "line", 1), "the file holds no map of keys", "begin with `id:` or `version:`")
    raise ContentError(problems.found)


class _Frame:
    """A list or map that is still open."""

    __slots__ = ("key", "key_line", "keys", "node")

    def __init__(self, node: YamlList | YamlMap) -> None:
        self.node = node
        self.key: str | None = None
        self.key_line = 0
        self.keys: set[str] = set()


class _Refused(yaml.YAMLError):
    """The rest of the text is not read."""


class _Builder:
    """Builds nodes from parser events without recursion, so that depth costs nothing before it is refused."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.stack: list[_Frame] = []
        self.root: YamlNode | None = None
        self.nodes = 0
        self.documents = 0

    def build(self, events: Iterator[yaml.Event]) -> YamlNode | None:
        try:
            for event in events:
                self.take(event, _line(event))
        except _Refused:
            return None
        return self.root

    def take(self, event: yaml.Event, line: int) -> None:
        if isinstance(event, yaml.NodeEvent):
            self.count(line)
            self.refuse_marks(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self.scalar(event, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.open(YamlList([], line), line)
        elif isinstance(event, yaml.MappingStartEvent):
            self.open(YamlMap([], line), line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.document(line)

    def document(self, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            self.refuse(line, "a second document begins here", "write one document in each file")

    def count(self, line: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(line, f"more than {MAX_NODES} values", "split the file")

    def refuse(self, line: int, message: str, remedy: str) -> None:
        self.problems.add(line, message, remedy)
        raise _Refused

    def refuse_marks(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None:
            self.refuse(line, f"anchor or alias {event.anchor[:40]!r}", "write the value out, or use a $list")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.refuse(line, f"tag {str(tag)[:40]!r}", "remove it; plain texts, numbers and lists are enough")

    def open(self, node: YamlList | YamlMap, line: int) -> None:
        self.place(node, line)
        self.stack.append(_Frame(node))
        if len(self.stack) > MAX_DEPTH:
            self.refuse(line, f"more than {MAX_DEPTH} levels of nesting", "write the rule flatter")

    def scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.node, YamlMap) and frame.key is None:
            self.key(frame, event.value, line)
        else:
            plain = event.style in {None, ""}
            self.place(YamlScalar(_plain(event.value) if plain else event.value, line), line)

    def key(self, frame: _Frame, key: str, line: int) -> None:
        if key == "<<":
            self.refuse(line, "merge key <<", "write the keys out")
        if key in frame.keys:
            self.problems.add(line, f"{key!r} is written twice", "keep one of the two")
        frame.keys.add(key)
        frame.key, frame.key_line = key, line

    def place(self, node: YamlNode, line: int) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if isinstance(frame.node, YamlList):
            frame.node.items.append(node)
        elif frame.key is None:
            self.refuse(line, "a key that is a list or a map", "use a plain word as the key")
        else:
            frame.node.entries.append(YamlEntry(frame.key, frame.key_line, node))
            frame.key = None


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark is not None else 1


def _plain(text: str) -> str | int | float | bool | None:
    """The meaning of an unquoted scalar: only true, false, whole and decimal numbers are special; "no" is a word."""
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if len(text) <= MAX_NUMBER_LENGTH:
        if _INTEGER.match(text):
            return int(text)
        if _DECIMAL.match(text):
            return float(text)
    return text
