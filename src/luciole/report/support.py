"""Where to turn to and which pages of guidance fit a result, in one language, ready to be shown beside it."""

from __future__ import annotations

from collections.abc import Iterable

from luciole.assess.document import ATTENTION, Assessment, CriterionFinding, Result
from luciole.guidance import directory
from luciole.guidance.choosing import MOST, pages_for
from luciole.guidance.languages import name_of
from luciole.guidance.page import Page, review_text, step_text
from luciole.guidance.sources import SOURCES
from luciole.kernel.text import Translator
from luciole.report.lines import isolate
from luciole.report.view import GuidanceView, HelpView


def guidance_for(result: Result, translate: Translator, situation: str = "") -> tuple[GuidanceView, ...]:
    """The pages that fit what was found, those of the weightiest verdicts first, not more than a person reads.

    situation: one of `guidance.page.SITUATIONS`, or empty.
    """
    chosen: dict[str, Page] = {}
    weighty = sorted(result.assessments, key=lambda one: ATTENTION.index(one.verdict.code))
    for code in dict.fromkeys(one.verdict.code for one in weighty):
        same = [one for one in weighty if one.verdict.code == code]
        if code == "nothing-seen" and chosen:
            break
        for page in pages_for(code, same[0].subject.platform, _criteria(same), situation):
            chosen.setdefault(page.id, page)
    pages = list(chosen.values())[:MOST]
    return tuple(guidance_view(page, translate) for page in pages)


def _criteria(assessments: Iterable[Assessment]) -> set[str]:
    """Ids and groups of everything that is met."""
    met = [one for each in assessments for one in each.findings if isinstance(one, CriterionFinding)]
    return {one.id for one in met} | {one.group for one in met}


def guidance_view(page: Page, translate: Translator) -> GuidanceView:
    """One page in words: its lead and cautions, its steps, its sources, and who reviewed it."""
    paragraphs = (page.lead, *page.cautions)
    return GuidanceView(
        id=page.id,
        title=translate(page.title),
        paragraphs=(*(translate(text) for text in paragraphs), review_text(page, translate)),
        steps=tuple(step_text(step, translate) for step in page.steps),
        sources=tuple(isolate(SOURCES[one].name) for one in page.sources if one in SOURCES),
    )


def help_for(
    listed: Iterable[directory.Listed], country: str, translate: Translator
) -> tuple[tuple[HelpView, ...], str]:
    """The entries of the directory of help in words, and what must be said first when the country has none.

    listed: what `packs.directory.for_report` names; country: ISO 3166-1 alpha-2, empty for no country: then only
    entries for every country are there, and nothing is said of it.
    """
    shown = list(listed)
    elsewhere = country and all(one.entry.country == directory.WORLD for one in shown)
    note = translate(directory.NOT_YOUR_COUNTRY) if elsewhere else ""
    return tuple(_help(one, translate) for one in shown), note


def _help(listed: directory.Listed, translate: Translator) -> HelpView:
    entry = listed.entry
    named = (
        (directory.SERVICES, translate.listed(translate(one) for one in entry.services)),
        (directory.PHONE, isolate(entry.phone)), (directory.HOURS, isolate(entry.hours)),
        (directory.LANGUAGES, translate.listed(isolate(name_of(one)) for one in entry.languages)),
        (directory.LINK, isolate(entry.link)),
    )  # fmt: skip
    rows = tuple((translate(title), value) for title, value in named if value)
    note = " ".join(text for text in (translate(entry.note), listed.caution(translate)) if text)
    return HelpView(isolate(entry.name), rows, note)
