"""What an expert reads on paper, put closer together: trees of reasons in few lines, each criterion explained once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from luciole.report.reasons import Step
from luciole.report.view import FindingView, Page

INDENT = "\u00a0\u00a0"
DEEPEST = 12
"""Levels that are indented; those below stand as far from the edge as the last of them."""
BESIDE = "; "


def explained(page: Page) -> tuple[FindingView, ...]:
    """Findings that have something to say beyond what was observed, those that say the same once, by reference.

    Why a finding matters and its ordinary reasons belong to the criterion, not to the app that met it.
    """
    findings = (one for subject in page.subjects for group in subject.groups for one in group.findings)
    once = {(one.id, one.title, one.why, one.ordinary, one.details): one for one in findings if has_more(one)}
    return tuple(sorted(once.values(), key=lambda one: one.id))


def has_more(finding: FindingView) -> bool:
    """Whether a finding has an explanation; a match with a list has none, the list speaks for it."""
    return bool(finding.why or finding.ordinary)


def outline(steps: Sequence[Step]) -> str:
    """A tree of reasons as text: a line for each node that has nodes below it, its leaves beside each other."""
    return "\n".join(INDENT * min(depth, DEEPEST) + BESIDE.join(parts) for depth, parts in _rows(steps))


def _rows(steps: Sequence[Step]) -> Iterator[tuple[int, list[str]]]:
    """Depth and texts of each line. Steps in a row of the same depth hang on the same node."""
    below = iter([step.depth for step in steps[1:]])
    kinds = [(step, next(below, 0) <= step.depth) for step in steps]
    for (depth, leaves), row in groupby(kinds, key=lambda kind: (kind[0].depth, kind[1])):
        texts = [_text(step) for step, _ in row]
        yield from [(depth, texts)] if leaves else [(depth, [text]) for text in texts]


def _text(step: Step) -> str:
    return " ".join(part for part in (f"[{step.truth}]", step.text, step.missing) if part)
