"""A sample and what it shares as a picture: the sample in the middle, what it has before it, other samples after it.

Pure geometry: boxes and lines in units of the picture; a template draws them, and a table says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from luciole.kernel.text import show_controls

WIDTH = 960
BOX = 280
HEIGHT_OF_BOX = 44
STEP = 56
MOST = 12
"""Boxes on either side; the table has all."""
LONGEST = 34
_LEFT, _MIDDLE, _RIGHT = 0, (WIDTH - BOX) // 2, WIDTH - BOX


class Item(NamedTuple):
    """Something beside the sample. kind: in words; text: what it is; address: of its page, or empty."""

    kind: str
    text: str
    address: str = ""


class Box(NamedTuple):
    """A rectangle with two lines of text. x, y: its corner; role: own, thing or other."""

    x: int
    y: int
    kind: str
    text: str
    address: str
    role: str


class Edge(NamedTuple):
    """A line from one box to another."""

    x1: int
    y1: int
    x2: int
    y2: int


class Picture(NamedTuple):
    """Boxes and lines. left_out: how many things and others only the table has."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    left_out: int


def picture(own: Item, things: Sequence[Item], others: Sequence[Item]) -> Picture:
    """Lays everything out. things: what the sample has; others: samples that are related to it, closest first."""
    left, right = things[:MOST], others[:MOST]
    rows = max(len(left), len(right), 1)
    height = rows * STEP
    middle = _box(own, _MIDDLE, (height - HEIGHT_OF_BOX) // 2, "own")
    before = [_box(one, _LEFT, y, "thing") for one, y in zip(left, _places(len(left), height), strict=True)]
    after = [_box(one, _RIGHT, y, "other") for one, y in zip(right, _places(len(right), height), strict=True)]
    edges = [Edge(one.x + BOX, _centre(one), middle.x, _centre(middle)) for one in before]
    edges += [Edge(middle.x + BOX, _centre(middle), one.x, _centre(one)) for one in after]
    left_out = len(things) + len(others) - len(left) - len(right)
    return Picture(WIDTH, height, (*before, middle, *after), tuple(edges), left_out)


def _places(count: int, height: int) -> list[int]:
    start = (height - count * STEP) // 2 + (STEP - HEIGHT_OF_BOX) // 2
    return [start + number * STEP for number in range(count)]


def _centre(box: Box) -> int:
    return box.y + HEIGHT_OF_BOX // 2


def _box(item: Item, x: int, y: int, role: str) -> Box:
    text = show_controls(item.text)
    shown = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return Box(x, y, item.kind, shown, item.address, role)
