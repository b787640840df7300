"""`luciole evaluate`: how often Luciole is wrong, on evidence of which it is known what it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options
from luciole.kernel.errors import UsageError

if TYPE_CHECKING:
    from luciole.scale.evaluate import Answer

ALL = "all"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--make", is_flag=True, help="First write the labelled set that comes along into FOLDER.")
@click.option(
    "--half",
    type=click.Choice(["development", "test", "afterwards", "later", ALL]),
    default=ALL,
    help="What to evaluate.",
)
@click.option("--names", is_flag=True, help="List the errors one by one, never those of the test half.")
@click.option("--with-indicators", is_flag=True, help="Use the installed list of known apps too.")
@click.option("--markdown", is_flag=True, help="Print the page of the reference.")
@click.option("--out", type=click.Path(path_type=Path), help="Write that page to this file.")
@options.as_json
@options.quiet
def command(
    folder: Path,
    *,
    make: bool,
    half: str,
    names: bool,
    with_indicators: bool,
    markdown: bool,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Check everything in FOLDER, compare with its labels.csv, and print how often the answer was wrong.

    labels.csv has the columns file, label (honest or stalkerware-like), mechanisms, platform, half (development, test,
    afterwards or later), and may have subject: the id of the app that is meant. Every share has its 95 % interval.
    """
    from luciole.cli.evaluation import page, text
    from luciole.cli.progress import Progress
    from luciole.kernel.canon import readable_json
    from luciole.packs.engine import load_engine, without_index
    from luciole.packs.files import write_whole
    from luciole.scale.evaluate import evaluate
    from luciole.scale.labels import HALVES
    from luciole.scale.settings import ReadSettings

    if names and half == "test":
        raise UsageError("Errors of the test half are not listed.", remedy="Use --half development to look at errors.")
    if make:
        _make(folder)
    engine = load_engine() if with_indicators else without_index(load_engine())
    settings = ReadSettings(now=datetime.now(UTC).isoformat(timespec="seconds"))
    with Progress("luciole", shown=not quiet and not as_json) as progress:
        halves = HALVES if half == ALL else (half,)
        evaluation, answers = evaluate(folder, engine, settings, halves=halves, progress=progress)
    if out is not None:
        write_whole(out, [page(evaluation, _history() if make else None).encode()])
    if as_json:
        options.print_json(readable_json(evaluation))
    elif not (quiet and out):
        shown = page(evaluation, _history() if make else None) if markdown else text(evaluation)
        click.echo(shown, nl=False)
    if names:
        _print_names(answers)
    return exit_codes.NOTHING_SEEN if evaluation.met else exit_codes.FOUND


def _make(folder: Path) -> None:
    from luciole.packs.files import cannot_write
    from luciole.simulate.labelled.write import write_labelled

    with cannot_write(folder):
        write_labelled(folder)


def _history() -> tuple[str, ...]:
    from luciole.simulate.labelled.model import history

    return history()


def _print_names(answers: tuple[Answer, ...]) -> None:
    for one in answers:
        if one.row.half != "test" and (one.missed or one.false_alarm or one.asked):
            what = "missed" if one.missed else "false alarm" if one.false_alarm else "asked"
            click.echo(f"{what}\t{one.row.file}\t{one.verdict}\t{one.rule}\t{' '.join(one.row.kinds)}", err=True)
