"""YAML of foreign lists as texts, lists and maps with line numbers: no other types, no references, bounded depth."""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True):
    """A scalar, always as text. line: 1-based."""

    value: str
    line: int


class Sequence(msgspec.Struct):
    """A list."""

    line: int
    items: list[Node] = []


class Mapping(msgspec.Struct):
    """A map in the order of the file; a key that stands twice is there twice."""

    line: int
    pairs: list[tuple[Text, Node]] = []

    def get(self, key: str) -> Node | None:
        """The value of the first pair with this key."""
        return next((value for name, value in self.pairs if name.value == key), None)


Node = Text | Sequence | Mapping


def read(data: bytes, file: str) -> Node:
    """The one document of `data` (UTF-8). ParseError with the line when it is not YAML, has references, or is deep."""
    from luciole.intel import yaml_events  # noqa: PLC0415 - its library is loaded only when a list is read

    return yaml_events.read(data, file)
