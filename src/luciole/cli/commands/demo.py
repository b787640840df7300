"""`luciole demo`: makes inert apps and a simulated phone, checks them, and shows the result."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import click

from luciole.cli import options
from luciole.kernel.errors import UsageError

MARKER = ".luciole-demonstration"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@options.as_json
@options.quiet
@options.language
def command(folder: Path, as_json: bool, quiet: bool, language: str | None) -> None:
    """Make inert demonstration apps and a simulated phone in FOLDER, check them and show the result.

    Nothing in it can run. The list of known apps used here is made up for the demonstration.
    """
    from luciole.cli import output
    from luciole.cli.demonstration import demonstration_engine, make_inputs
    from luciole.cli.progress import Progress
    from luciole.report import json
    from luciole.scale.check import check
    from luciole.scale.settings import ReadSettings

    translate = options.translator(language)
    _prepare(folder)
    paths = make_inputs(folder)
    engine = demonstration_engine()
    settings = ReadSettings(now=datetime.now(UTC).isoformat(timespec="seconds"))
    with Progress("luciole", shown=not quiet and not as_json) as progress:
        result = check(paths, engine, settings, progress=progress)
    written = output.write_folder(result, translate, folder)
    if as_json:
        options.print_json(json.render(result))
        return
    if quiet:
        output.print_verdicts(result, translate)
    else:
        output.print_text(result, translate)
    click.echo()
    for path in written:
        click.echo(path)


def _prepare(folder: Path) -> None:
    """Empties a folder that an earlier demonstration made; never touches any other folder that holds something."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise UsageError(f"{folder} is not empty.", remedy="Name a folder that does not exist yet.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
