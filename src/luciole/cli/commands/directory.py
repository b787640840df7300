"""`luciole directory`: who helps, by country; and for a coalition, loading its own list."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options
from luciole.kernel.text import mark

if TYPE_CHECKING:
    from luciole.guidance.directory import Listed

NOTHING_LOADED = mark("No directory was loaded. The one of the package stays in use.")
BACK = mark("The directory of the package is in use again.")


@click.group()
def command() -> None:
    """Show who helps in a country; load a coalition's own directory."""


@command.command()
@click.option("--country", "-c", metavar="CODE", default="", help="Two letters of ISO 3166, such as FR; default: all.")
@options.as_json
@options.language
def show(country: str, as_json: bool, language: str | None) -> int:
    """Show the entries for a country, and how fresh each one is."""
    from luciole.guidance.directory import NOT_YOUR_COUNTRY, WORLD, entry_lines
    from luciole.kernel.canon import readable_json

    translate = options.translator(language)
    listed = _listed(country)
    if as_json:
        options.print_json(readable_json(listed))
        return exit_codes.NOTHING_SEEN
    if country and all(one.entry.country == WORLD for one in listed):
        click.echo(translate(NOT_YOUR_COUNTRY) + "\n")
    for one in listed:
        name, *rest = entry_lines(one, translate)
        shown = "" if one.entry.country == WORLD else f" ({one.entry.country})"
        click.echo(f"{name}{shown}\n" + "".join(f"  {line}\n" for line in rest if line))
    return exit_codes.NOTHING_SEEN


def _listed(country: str) -> tuple[Listed, ...]:
    from luciole.guidance.directory import Listed, freshness
    from luciole.kernel.errors import UsageError
    from luciole.packs import directory

    today = datetime.now(UTC).date().isoformat()
    if not country:
        return tuple(Listed(one, freshness(one, today)) for one in directory.installed())
    if not directory.is_country(country):
        raise UsageError(f"{country} is no country code.", remedy="Write two letters of ISO 3166, such as FR.")
    return directory.for_report(country, today)


@command.command()
@click.argument("path", metavar="FILE", type=options.Existing)
def load(path: Path) -> int:
    """Check a directory file and use it in place of the one of the package.

    Nothing is changed when something in the file is wrong; every problem is listed with its line.
    """
    from luciole.packs import directory

    entries = directory.load(path)
    click.echo(f"Entries in use: {len(entries)}. They are kept in {directory.directory_file()}")
    return exit_codes.NOTHING_SEEN


@command.command()
@options.language
def reset(language: str | None) -> int:
    """Use the directory of the package again."""
    from luciole.packs import directory

    translate = options.translator(language)
    click.echo(translate(BACK if directory.reset() else NOTHING_LOADED))
    return exit_codes.NOTHING_SEEN
