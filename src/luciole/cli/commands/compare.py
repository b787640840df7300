"""`luciole compare`: two takings of one device or app; what appeared, vanished or changed."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.cli import exit_codes, options


@click.command()
@click.argument("old", type=options.Existing)
@click.argument("new", type=options.Existing)
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to this file instead of printing text.")
@options.identity
@options.password
@options.as_json
@options.quiet
@options.language
def command(
    old: Path,
    new: Path,
    html: Path | None,
    identity: Path | None,
    password: bool,
    as_json: bool,
    quiet: bool,
    language: str | None,
) -> int:
    """Say what is different between OLD and NEW.

    Each may be evidence, or a result that was saved with every fact (luciole check PATH --facts --out FOLDER). What one
    of the two did not look at is never called a change. Ends with 10 where something differs, with 11 where nothing
    differs and something could not be compared.
    """
    from luciole.assess.compare import compare
    from luciole.assess.comparison import differs, has_open
    from luciole.cli.sheets import put_out
    from luciole.cli.takings import Reading, results_of
    from luciole.kernel.canon import readable_json
    from luciole.report import changes

    translate = options.translator(language)
    reading = Reading(
        shown=not quiet and not as_json,
        identity=options.text_of(identity) if identity else None,
        password=options.ask_password(language) if password else None,
    )
    before, after = results_of([old, new], reading)
    comparison = compare(before, after)
    if as_json:
        options.print_json(readable_json(comparison))
    else:
        put_out(changes.build(comparison, translate), translate, html)
    if differs(comparison):
        return exit_codes.FOUND
    lacking = has_open(comparison) or before.unreadable or after.unreadable
    return exit_codes.COULD_NOT_LOOK if lacking else exit_codes.NOTHING_SEEN
