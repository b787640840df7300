"""`luciole fetch`: fetches a sample from a hub, encrypted unless a key may do otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import click

from luciole.cli import exit_codes
from luciole.cli.hub_address import named_hub

_PURPOSES = ("detection", "research", "support", "casework")
_SUFFIX = {"age": ".tar.age", "zip": ".zip", "raw": ".bin"}


@click.command()
@click.argument("sha256")
@click.option("--purpose", required=True, type=click.Choice(_PURPOSES), help="What for. It stands in the hub's log.")
@click.option("--form", default="age", show_default=True, type=click.Choice(sorted(_SUFFIX)), help="How it comes.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file, or a folder to put it in.")
@click.option("--hub", "address", default="", help="Address of the hub, instead of the one in the settings.")
def command(sha256: str, purpose: str, form: str, out: Path, address: str) -> int:
    """Fetch the sample SHA256 from the hub of your coalition.

    age: a tar archive, encrypted to your organisation; open it with `age -d -i KEY FILE | tar x`, in a place made
    for it. zip: under the usual password. raw: as it is, for keys with the scope fetch-raw. Each fetch is
    counted and logged.
    """
    target = out / f"{sha256.strip().lower()}{_SUFFIX[form]}" if out.is_dir() else out
    if target.exists():
        raise click.UsageError(f"{target} is there already.")
    part = target.with_name(target.name + ".part")
    try:
        with named_hub(address).fetch(sha256, purpose, form) as stream, part.open("xb") as file:
            for chunk in stream.chunks():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    click.echo(str(target))
    return exit_codes.NOTHING_SEEN
