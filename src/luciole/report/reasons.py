"""The tree of reasons as lines that people can follow: what was asked, whether it was met, how far it is indented."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from luciole.assess.document import Reason
from luciole.kernel.outcome import Truth
from luciole.kernel.text import Translator, mark
from luciole.report.lines import isolate

TRUTHS = {Truth.MET: mark("met"), Truth.NOT_MET: mark("not met"), Truth.UNKNOWN: mark("not known")}
NODES = {
    "all": mark("all of these"),
    "any": mark("at least one of these"),
    "not": mark("not this"),
    "at_least": mark("a number of these"),
}
MISSING = mark("not looked at: {areas}")
DEEPEST = 40
"""Levels of a tree that are shown; a saved result may lie about them."""


class Step(msgspec.Struct, frozen=True):
    """One node of a tree. depth: 0 for the root; truth: in words; missing: areas that would be needed, in words."""

    depth: int
    truth: str
    text: str
    missing: str = ""


def step(reason: Reason, translate: Translator, depth: int) -> Step:
    """One node without what hangs below it."""
    asked = " ".join(part for part in (translate(NODES.get(reason.node, "")), isolate(reason.text)) if part)
    missing = translate(MISSING, areas=translate.listed(map(isolate, reason.missing))) if reason.missing else ""
    return Step(depth, translate(TRUTHS[reason.truth]), asked, missing)


def steps(reason: Reason, translate: Translator, depth: int = 0) -> Iterator[Step]:
    """The nodes of a tree from the root down, in reading order."""
    yield step(reason, translate, depth)
    if depth < DEEPEST:
        for child in reason.children:
            yield from steps(child, translate, depth + 1)
