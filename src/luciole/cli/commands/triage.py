"""`luciole triage`: many app files, one line each."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from luciole.cli import exit_codes, options
from luciole.kernel.errors import UsageError


@click.command()
@click.argument("paths", nargs=-1, required=True, type=options.Existing)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .jsonl or .parquet.")
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Processes; default: one for each core.")
@options.as_json
@options.quiet
def command(paths: tuple[Path, ...], out: Path, workers: int | None, as_json: bool, quiet: bool) -> int:
    """Read every app file below PATHS and write one line for each, with verdict, families and criteria.

    An interrupted run goes on where it stopped: its lines wait in OUT.partial, and OUT appears when all are read.
    """
    import msgspec

    from luciole.cli.engine import load_engine
    from luciole.cli.progress import Progress
    from luciole.kernel.canon import readable_json
    from luciole.scale import triage
    from luciole.scale.handler import ReadSettings

    if out.suffix not in {".jsonl", ".parquet"}:
        raise UsageError(f"{out.name} is of no kind that triage writes.", remedy="Name a .jsonl or .parquet file.")
    partial = out.with_name(out.name + ".partial")
    done = triage.already_done(partial)
    items = [item for item in triage.find_files(paths) if item.name not in done]
    engine = load_engine()
    settings = ReadSettings(now=datetime.now(UTC).isoformat(timespec="seconds"), index=engine.index)
    partial.parent.mkdir(parents=True, exist_ok=True)
    with (
        os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file,
        Progress("luciole", shown=not quiet and not as_json) as progress,
    ):
        for count in triage.triage(items, engine, settings, file, workers=workers or os.cpu_count() or 1):
            progress(count, len(items))
        file.flush()
        os.fsync(file.fileno())
    tally = triage.tally(partial)
    _finish(partial, out)
    if as_json:
        options.print_json(readable_json({"out": str(out), **msgspec.to_builtins(tally)}))
    else:
        if not quiet:
            click.echo(f"{tally.apps} apps, {tally.remarkable} to look at, {tally.unreadable} files could not be read")
        click.echo(out)
    if tally.remarkable:
        return exit_codes.FOUND
    return exit_codes.COULD_NOT_LOOK if tally.unreadable or not tally.apps else exit_codes.NOTHING_SEEN


def _finish(partial: Path, out: Path) -> None:
    """Makes the finished lines appear under their name, whole."""
    if out.suffix == ".jsonl":
        partial.replace(out)
        return
    from luciole.scale.triage import to_parquet

    made = out.with_name(out.name + ".making")
    to_parquet(partial, made)
    made.replace(out)
    partial.unlink()
