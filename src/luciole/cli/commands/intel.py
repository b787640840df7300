"""`luciole intel`: the list of known apps on this computer: import, show, search, export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from luciole.cli import exit_codes, options


@click.group()
def command() -> None:
    """Import, show, search and export the list of known apps."""


@command.command("import")
@click.argument("where", metavar="PATH-OR-URL")
@click.option("--details", is_flag=True, help="List every value that was held, refused or corrected.")
@click.option("--published", metavar="DATE", default="", help="Date of the list (YYYY-MM-DD), if its files do not say.")
@click.option("--accept-many-missing", is_flag=True, help="Believe a list that lacks much of what it named before.")
@options.as_json
@options.language
def import_(
    where: str,
    details: bool,
    published: str,
    accept_many_missing: bool,
    as_json: bool,
    language: str | None,
) -> int:
    """Take in a list from a file, a folder or an https address, and say what was added, held and refused.

    Known formats: Echap's stalkerware-indicators, and Luciole's own JSON and CSV.
    """
    from luciole.kernel.canon import readable_json
    from luciole.packs.importing import import_list
    from luciole.packs.store import Store

    translate = options.translator(language)
    today = datetime.now(UTC).date().isoformat()
    report = import_list(where, Store(), today, published=published, accept_many_missing=accept_many_missing)
    if as_json:
        options.print_json(readable_json(report))
        return exit_codes.NOTHING_SEEN
    for sentence in report.sentences():
        click.echo(translate.message(sentence))
    for entry in report.entries if details else ():
        place = f"{entry.file}:{entry.line}" if entry.line else entry.file
        values = ", ".join(entry.values)
        parts = (entry.outcome, place, translate.message(entry.message), values)
        click.echo("  " + " · ".join(part for part in parts if part))
    return exit_codes.NOTHING_SEEN


@command.command()
@options.as_json
def show(as_json: bool) -> int:
    """Say what is installed: families by kind, values by role, sources, open questions."""
    from luciole.kernel.canon import readable_json
    from luciole.packs.store import Store
    from luciole.packs.summary import summarise

    summary = summarise(Store().knowledge())
    if as_json:
        options.print_json(readable_json(summary))
        return exit_codes.NOTHING_SEEN
    for title, counts in summary.items():
        click.echo(f"{title}:")
        for name, count in counts.items():
            click.echo(f"  {name}: {count}")
    return exit_codes.NOTHING_SEEN


@command.command()
@click.argument("value")
@options.as_json
def search(value: str, as_json: bool) -> int:
    """Find families and values that are VALUE or contain it: a package, a digest, a host, a name."""
    from luciole.kernel.canon import readable_json
    from luciole.packs.store import Store
    from luciole.packs.summary import find

    found = find(Store().knowledge(), value)
    if as_json:
        options.print_json(readable_json(found))
    for line in [] if as_json else found:
        click.echo(f"{line.family} ({line.kind}) {line.role}: {line.value}")
    return exit_codes.FOUND if found else exit_codes.NOTHING_SEEN


@command.command()
@click.option("--format", "name", default="json", help="A format that can be written: json, csv.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
@options.as_json
def export(name: str, out: Path, as_json: bool) -> int:
    """Write the installed list in another form."""
    from luciole.intel.formats import writable
    from luciole.kernel.canon import readable_json
    from luciole.packs.files import write_whole
    from luciole.packs.store import Store

    written = []
    for file, data in writable(name).write(Store().knowledge()).items():
        write_whole(out / file, [data])
        written.append(str(out / file))
    if as_json:
        options.print_json(readable_json({"written": written}))
    for path in [] if as_json else written:
        click.echo(path)
    return exit_codes.NOTHING_SEEN
