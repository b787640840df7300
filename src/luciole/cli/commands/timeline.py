"""`luciole timeline`: every date that the evidence tells, in one table."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.cli import exit_codes, options


@click.command()
@click.argument("paths", nargs=-1, required=True, type=options.Existing)
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to this file instead of printing text.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write a table for a spreadsheet to this file.")
@options.identity
@options.password
@options.as_json
@options.quiet
@options.language
def command(
    paths: tuple[Path, ...],
    html: Path | None,
    csv: Path | None,
    identity: Path | None,
    password: bool,
    as_json: bool,
    quiet: bool,
    language: str | None,
) -> int:
    """Put everything that has a date in one table: installed, updated, last used, removed, and the like.

    PATHS may be evidence, or results that were saved with every fact (luciole check PATH --facts --out FOLDER). Times
    stay as they were read, with their time zone or the word that none is stated.
    """
    from luciole.assess.timeline import timeline
    from luciole.cli.sheets import put_out
    from luciole.cli.takings import Reading, results_of
    from luciole.kernel.canon import readable_json
    from luciole.packs.files import write_whole
    from luciole.report import dates

    translate = options.translator(language)
    reading = Reading(
        shown=not quiet and not as_json,
        identity=options.text_of(identity) if identity else None,
        password=options.ask_password(language) if password else None,
    )
    results = results_of(paths, reading)
    found = timeline(results)
    if csv is not None:
        write_whole(csv, [dates.render_csv(found, translate).encode()])
        click.echo(csv, err=as_json)
    if as_json:
        options.print_json(readable_json(found))
    elif html is not None or csv is None:
        put_out(dates.build(found, translate, max(result.created for result in results)), translate, html)
    unread = any(result.unreadable or not result.assessments for result in results)
    return exit_codes.COULD_NOT_LOOK if unread else exit_codes.NOTHING_SEEN
