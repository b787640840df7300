"""`luciole fetch`: fetches samples from a hub, encrypted unless a key may do otherwise."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from luciole.cli import exit_codes, options
from luciole.cli.hub_address import named_hub
from luciole.kernel.errors import LucioleError, UsageError

if TYPE_CHECKING:
    from luciole.client import Hub

_PURPOSES = ("detection", "research", "support", "casework")
_SUFFIX = {"age": ".tar.age", "zip": ".zip", "raw": ".bin"}
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Outcome(msgspec.Struct, frozen=True):
    """What came of one sample. file: where it lies now; problem: why it was not fetched."""

    sha256: str
    file: str = ""
    problem: str = ""


@click.command()
@click.argument("sha256", nargs=-1, required=True)
@click.option("--purpose", required=True, type=click.Choice(_PURPOSES), help="What for. It stands in the hub's log.")
@click.option("--form", default="age", show_default=True, type=click.Choice(sorted(_SUFFIX)), help="How it comes.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file, or a folder to put it in.")
@click.option("--hub", "address", default="", help="Address of the hub, instead of the one in the settings.")
@options.as_json
def command(sha256: tuple[str, ...], purpose: str, form: str, out: Path, address: str, as_json: bool) -> int:
    """Fetch the samples SHA256 from the hub of your coalition.

    age: a tar archive, encrypted to your organisation; open it with `age -d -i KEY FILE | tar x`, in a place made
    for it. zip: under the usual password. raw: as it is, for keys with the scope fetch-raw. Each fetch is
    counted and logged; one that breaks off leaves no file, and is not repeated by itself.
    """
    targets = _targets(sha256, out, _SUFFIX[form])
    with named_hub(address) as hub:
        outcomes = []
        for digest, target in targets.items():
            outcomes.append(_fetched(hub, digest, purpose, form, target))
            if not as_json:
                _tell(outcomes[-1])
    if as_json:
        from luciole.kernel.canon import readable_json

        options.print_json(readable_json(outcomes))
    return exit_codes.COULD_NOT_LOOK if any(one.problem for one in outcomes) else exit_codes.NOTHING_SEEN


def _targets(wanted: tuple[str, ...], out: Path, suffix: str) -> dict[str, Path]:
    """Where each sample goes, before any is asked for. Raises UsageError."""
    digests = list(dict.fromkeys(one.strip().lower() for one in wanted))
    for one in digests:
        if not _DIGEST.fullmatch(one):
            raise UsageError(f"{one} is no SHA-256.", remedy="It has 64 digits from 0 to 9 and a to f.")
    if len(digests) > 1 and not out.is_dir():
        raise UsageError(f"{out} is no folder.", remedy="Name a folder for more than one sample.")
    targets = {one: out / f"{one}{suffix}" if out.is_dir() else out for one in digests}
    for target in targets.values():
        if target.exists():
            raise UsageError(f"{target} is there already.")
        if not target.parent.is_dir():
            raise UsageError(f"{target.parent} is no folder.")
    return targets


def _fetched(hub: Hub, digest: str, purpose: str, form: str, target: Path) -> Outcome:
    try:
        _fetch(hub, digest, purpose, form, target)
    except LucioleError as error:
        return Outcome(digest, problem=" ".join(part for part in (error.message, error.remedy) if part))
    except OSError as error:
        return Outcome(digest, problem=f"{target}: {error.strerror or 'it cannot be written'}")
    return Outcome(digest, str(target))


def _fetch(hub: Hub, digest: str, purpose: str, form: str, target: Path) -> None:
    """Puts a sample into its place when all of it is there, and is what was asked for where that can be told."""
    from luciole.client import CannotReach

    part = target.with_name(target.name + ".part")
    got = hashlib.sha256()
    try:
        with hub.fetch(digest, purpose, form) as stream, part.open("xb") as file:
            for chunk in stream.chunks():
                got.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if form == "raw" and got.hexdigest() != digest:
            raise CannotReach(
                "What came is not the sample that was asked for.", remedy="Nothing was kept. Tell the hub."
            )
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def _tell(outcome: Outcome) -> None:
    if outcome.problem:
        click.echo(f"{outcome.sha256} was not fetched: {outcome.problem}", err=True)
    else:
        click.echo(outcome.file)
