"""The reference page on guidance: its pages, steps that wait for somebody who tries them, sources, help, languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from luciole.guidance.languages import LANGUAGES
from luciole.guidance.page import Page, step_text
from luciole.guidance.pages import all_pages
from luciole.guidance.sources import SOURCES
from luciole.kernel.text import Translator
from luciole.packs.directory import built_in

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]


def guidance(table: Table) -> str:
    """The page as Markdown. table: writes headings and rows."""
    pages = all_pages()
    text = f"# Guidance\n\nThe {len(pages)} pages of guidance, in the order in which they are best read. "
    text += (
        "`luciole guidance show ID` prints one. A page is chosen by what was found, where, and in which situation.\n\n"
    )
    text += table(
        ("page", "title", "for", "platforms", "belongs to", "version", "reviewed"),
        (_row(one) for one in pages),
    )
    text += "\n## Steps that wait for somebody who tries them\n\nTheir way through the menus is general knowledge.\n\n"
    english = Translator()
    waiting = [(one, step) for one in pages for step in one.steps if step.verify]
    text += table(("page", "step"), ((f"`{one.id}`", step_text(step, english)) for one, step in waiting))
    text += "\n## Sources\n\n" + table(
        ("source", "named by"),
        (
            (f"[{source.name}](<{source.address}>)", ", ".join(f"`{one.id}`" for one in pages if name in one.sources))
            for name, source in SOURCES.items()
        ),
    )
    return text + _directory(table) + _languages(table)


def _row(page: Page) -> tuple[object, ...]:
    belongs = ", ".join(f"`{name}`" for name in (*page.verdicts, *page.criteria, *page.situations))
    reviewed = f"{page.review.date}, {page.review.role}" if page.review else "not yet"
    return f"`{page.id}`", page.title, page.audience, ", ".join(page.platforms), belongs, page.version, reviewed


def _directory(table: Table) -> str:
    text = (
        "\n## Directory of help\n\nThe entries of the package. `001` stands for every country. A coalition loads its "
    )
    text += "own with `luciole directory load FILE`.\n\n"
    rows = (
        (one.country, one.name, ", ".join(one.languages), ", ".join(one.services), one.link, one.source,
         one.last_verified or "to be verified")
        for one in built_in()
    )  # fmt: skip
    return text + table(("country", "name", "languages", "services", "link", "source", "last verified"), rows)


def _languages(table: Table) -> str:
    text = "\n## Languages\n\nOne is offered as soon as its catalogue is complete.\n\n"
    rows = ((f"`{code}`", one.name, one.direction, f"`{one.plural}`") for code, one in LANGUAGES.items())
    return text + table(("code", "name", "direction", "plural forms"), rows)
