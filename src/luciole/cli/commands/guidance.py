"""`luciole guidance`: what to do next, page by page, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options

if TYPE_CHECKING:
    from luciole.guidance.page import Page
    from luciole.kernel.text import Translator

SYSTEMS = ("android", "ios", "macos", "windows")


@click.group()
def command() -> None:
    """List and show the guidance pages: what to think of first, and what can be done."""


@command.command("list")
@options.as_json
@options.language
def list_(as_json: bool, language: str | None) -> int:
    """List every page with its id and title."""
    from luciole.guidance.pages import all_pages
    from luciole.kernel.canon import readable_json

    translate = options.translator(language)
    if as_json:
        options.print_json(readable_json([in_language(one, translate) for one in all_pages()]))
        return exit_codes.NOTHING_SEEN
    for one in all_pages():
        click.echo(f"{one.id}: {translate(one.title)}")
    return exit_codes.NOTHING_SEEN


@command.command()
@click.argument("identifier", metavar="ID")
@click.option("--system", type=click.Choice(SYSTEMS), default=None, help="Only the steps for this system.")
@click.option(
    "--system-version", type=click.IntRange(min=0), default=0, help="And for this main version of it; 0: all."
)
@options.as_json
@options.language
def show(identifier: str, system: str | None, system_version: int, as_json: bool, language: str | None) -> int:
    """Show one page: its cautions, its steps, where it comes from, and who reviewed it."""
    import msgspec

    from luciole.guidance.pages import page
    from luciole.kernel.canon import readable_json
    from luciole.kernel.errors import UsageError

    translate = options.translator(language)
    found = page(identifier)
    if found is None:
        raise UsageError(f"There is no page {identifier}.", remedy="luciole guidance list")
    if system:
        held = tuple(step for step in found.steps if step.holds(system, system_version))
        found = msgspec.structs.replace(found, steps=held)
    if as_json:
        options.print_json(readable_json(in_language(found, translate)))
    for line in [] if as_json else _lines(found, translate):
        click.echo(line)
    return exit_codes.NOTHING_SEEN


def in_language(page: Page, translate: Translator) -> Page:
    """The page with its texts in the language of `translate`."""
    import msgspec

    steps = tuple(msgspec.structs.replace(step, text=translate(step.text)) for step in page.steps)
    cautions = tuple(map(translate, page.cautions))
    return msgspec.structs.replace(
        page, title=translate(page.title), lead=translate(page.lead), cautions=cautions, steps=steps
    )


def _lines(page: Page, translate: Translator) -> list[str]:
    from luciole.guidance import texts
    from luciole.guidance.page import review_text, step_text
    from luciole.guidance.sources import SOURCES

    steps = [f"  • {step_text(step, translate)}" for step in page.steps]
    sources = [f"  {SOURCES[name].name}: {SOURCES[name].address}" for name in page.sources]
    related = [f"  luciole guidance show {name}" for name in page.related]
    first = [translate(texts.DANGER), translate(texts.OTHER_DEVICE), ""]
    head = [*first, translate(page.title), "", translate(page.lead), *map(translate, page.cautions), ""]
    return [*head, *steps, "", *sources, "", *related, "", review_text(page, translate)]
