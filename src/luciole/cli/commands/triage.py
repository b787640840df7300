"""`luciole triage`: many app files, one line each."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options
from luciole.kernel.canon import canonical_json
from luciole.kernel.errors import UsageError

if TYPE_CHECKING:
    from luciole.scale.triage import Tally


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

    from luciole.apps.options import AppOptions
    from luciole.cli.progress import Progress
    from luciole.kernel.canon import digest, readable_json
    from luciole.packs.engine import load_engine
    from luciole.packs.files import cannot_write
    from luciole.scale import triage
    from luciole.scale.settings import ReadSettings

    if out.suffix not in {".jsonl", ".parquet"}:
        raise UsageError(f"{out.name} is of no kind that triage writes.", remedy="Name a .jsonl or .parquet file.")
    partial = out.with_name(out.name + ".partial")
    engine = load_engine()
    settings = ReadSettings(
        now=datetime.now(UTC).isoformat(timespec="seconds"),
        options=AppOptions(texts=True, apart=False),
    )
    with cannot_write(partial):
        partial.parent.mkdir(parents=True, exist_ok=True)
        done = triage.begin(partial, digest(engine.about))
        items = [item for item in triage.find_files(paths) if triage.key_of(item) not in done]
        with partial.open("ab") as file, Progress("luciole", shown=not quiet and not as_json) as progress:
            for count in triage.triage(items, engine, settings, file, workers=workers or os.cpu_count() or 1):
                progress(count, len(items))
            file.flush()
            os.fsync(file.fileno())
        tally = _finish(partial, out)
    if as_json:
        options.print_json(readable_json({"out": str(out), **msgspec.to_builtins(tally)}))
    else:
        if not quiet:
            click.echo(f"{tally.apps} apps, {tally.remarkable} to look at, {tally.unreadable} files could not be read")
        click.echo(out)
    if tally.remarkable:
        return exit_codes.FOUND
    return exit_codes.COULD_NOT_LOOK if tally.unreadable or not tally.apps else exit_codes.NOTHING_SEEN


def _finish(partial: Path, out: Path) -> Tally:
    """Makes the finished rows appear under their name, whole, and counts them."""
    from luciole.packs.files import write_whole
    from luciole.scale.triage import Tally, rows_of, to_parquet

    tally = Tally()
    for row in rows_of(partial):
        tally.count(row)
    if out.suffix == ".jsonl":
        write_whole(out, (canonical_json(row) + b"\n" for row in rows_of(partial)))
    else:
        made = out.with_name(f".{out.name}.making")
        try:
            to_parquet(rows_of(partial), made)
            made.replace(out)
        finally:
            made.unlink(missing_ok=True)
    partial.unlink()
    return tally
