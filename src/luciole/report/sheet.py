"""A comparison or a timeline as titled parts with sentences and tables; renderers only lay it out."""

from __future__ import annotations

import msgspec

from luciole.report.lines import Line


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One section. rows: cells under `columns`, each row as long as they are; dated: the first cell is a date."""

    title: str
    paragraphs: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    dated: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a renderer lays out, in reading order; before and limits are the same as on every page."""

    language: str
    direction: str
    title: str
    before: tuple[str, ...]
    parts: tuple[Part, ...]
    limits: tuple[str, ...]
    created: str = ""
