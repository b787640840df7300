"""Chooses the few guidance pages that fit what was found, where it was found, and the situation of the person."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from luciole.guidance.page import Page
from luciole.guidance.pages import all_pages
from luciole.kernel.vocabulary import PLATFORMS

MOST = 6
"""How many pages are offered with one finding: a worried person reads few."""
ALWAYS = 20
"""Pages of the verdict with an order below this are never left out."""
BEGINS = (".", "-")
"""How the beginning of an id ends where a page names all criteria that begin so."""


def pages_for(verdict: str, platform: str, criteria: Collection[str] = (), situation: str = "") -> tuple[Page, ...]:
    """At most `MOST` pages in the order in which they are best read.

    verdict: a code of `guidance.texts.VERDICTS`; platform: of the subject, such as android or network;
    criteria: ids and groups of what is met; situation: one of `guidance.page.SITUATIONS`, or empty.
    """
    ranked = sorted(
        (rank, page.order, page.id, page)
        for page in all_pages()
        if reaches(page, platform) and (rank := _rank(page, verdict, criteria, situation)) is not None
    )
    return tuple(sorted((page for *_, page in ranked[:MOST]), key=lambda page: page.order))


def reaches(page: Page, platform: str) -> bool:
    """Whether a page can speak of this platform."""
    return any(platform in PLATFORMS[name] for name in page.platforms)


def _rank(page: Page, verdict: str, criteria: Collection[str], situation: str) -> int | None:
    """How near a page is, 0 the nearest; None for one that does not belong."""
    if verdict in page.verdicts and page.order < ALWAYS:
        return 0
    if situation and situation in page.situations:
        return 1
    near = [_nearness(criterion, page.criteria) for criterion in criteria]
    if any(near):
        return 4 - max(near)
    return 4 if verdict in page.verdicts else None


def _nearness(criterion: str, wanted: Iterable[str]) -> int:
    """2 where a page names this id or the beginning of it, 1 where it names a whole group, 0 where it names neither."""
    if any(criterion == one or (one.endswith(BEGINS) and criterion.startswith(one)) for one in wanted):
        return 2 if "." in criterion else 1
    return 0
