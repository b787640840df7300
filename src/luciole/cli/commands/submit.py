"""`luciole submit`: hands files in to a hub, because a person asks for it now."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from luciole.cli import exit_codes, options
from luciole.cli.hub_address import named_hub
from luciole.kernel.errors import LucioleError, UsageError
from luciole.kernel.text import show_controls

if TYPE_CHECKING:
    from luciole.client import About, HandedIn, HandIn, Hub
    from luciole.client.sources import Source

_TLP = ("clear", "green", "amber", "amber+strict", "red")
_PURPOSES = ("detection", "research", "support", "casework")
_STDIN = Path("-")
_HUNDRED = 100


class Outcome(msgspec.Struct, frozen=True):
    """What came of one file. hand_ins: more than one for an archive; left_out: its files that are no app files."""

    file: str
    hand_ins: tuple[HandIn, ...] = ()
    left_out: int = 0
    problem: str = ""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, allow_dash=True))
@click.option("--tlp", required=True, type=click.Choice(_TLP), help="How far the files may travel (TLP 2.0).")
@click.option("--purpose", "purposes", multiple=True, type=click.Choice(_PURPOSES), help="What for; again for more.")
@click.option("--source", default="other", help="One word on where they come from.")
@click.option("--note", default="", help="For the members who may see them.")
@click.option("--embargo-until", default=None, help="Nobody else sees them before, such as 2026-03-01.")
@click.option("--from-survivor", is_flag=True, help="They come from a survivor's device; file names are not sent.")
@click.option("--consent", default="", help="Id of the consent statement that the survivor agreed to.")
@click.option("--name", default="", help="The file name of what comes from standard input.")
@click.option("--hub", "address", default="", help="Address of the hub, instead of the one in the settings.")
@options.quiet
@options.as_json
def command(
    files: tuple[Path, ...], tlp: str, purposes: tuple[str, ...], source: str, note: str, embargo_until: str | None,
    from_survivor: bool, consent: str, name: str, address: str, quiet: bool, as_json: bool,
) -> int:  # fmt: skip
    """Hand FILES in to the hub of your coalition; of a folder every file in it, and - is standard input.

    Sends the files, and what you say of them here, to the hub that the settings name, and nothing else. Who may see
    them is what --tlp says. The same file twice is one sample with two hand-ins. Of a ZIP archive under the password
    "infected" every app file is handed in, all of them or none.

    What could not be handed in is said, and the others are handed in all the same.
    """
    if from_survivor and not consent:
        raise UsageError(
            "A file from a survivor's device needs their consent.",
            remedy="Name the consent statement that they agreed to with --consent.",
        )
    from luciole.client import About

    about = About(
        source=source, tlp=tlp, purposes=purposes, note=note, embargo_until=_moment(embargo_until),
        from_survivor=from_survivor, consent=consent,
    )  # fmt: skip
    with named_hub(address) as hub:
        shown = _shown(hub, list(_found(files)), about, name, quiet=quiet or as_json)
        outcomes = [_told(one, as_json=as_json) for one in shown]
    if as_json:
        from luciole.kernel.canon import readable_json

        options.print_json(readable_json(outcomes))
    return exit_codes.COULD_NOT_LOOK if any(one.problem for one in outcomes) else exit_codes.NOTHING_SEEN


def _moment(text: str | None) -> str | None:
    """A moment as the hub wants it; a day is its first moment in UTC. Raises UsageError."""
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is no date.", remedy="Write it as 2026-03-01 or 2026-03-01T00:00:00Z.") from None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).isoformat()


def _found(files: Sequence[Path]) -> Iterator[Path]:
    """The files, and those in folders, in their order; links in folders are not followed. Raises UsageError."""
    for path in files:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        if not inside:
            raise UsageError(f"There is no file in {path}.")
        yield from inside


def _shown(hub: Hub, files: list[Path], about: About, name: str, *, quiet: bool) -> Iterator[Outcome]:
    """Hands in one file after the other, and shows how far each is where somebody looks."""
    for number, path in enumerate(files, 1):
        line = _Line(f"[{number}/{len(files)}] {path}" if len(files) > 1 else str(path), quiet=quiet)
        try:
            yield _handed_in(hub, path, about, name, line)
        finally:
            line.clear()


def _handed_in(hub: Hub, path: Path, about: About, name: str, line: _Line) -> Outcome:
    from luciole.client.sources import of_path, of_stream

    try:
        is_stream = path == _STDIN
        with (
            of_stream(sys.stdin.buffer, name or "standard-input") if is_stream else nullcontext(of_path(path)) as source
        ):
            made = hub.submit(source, _named(about, source), line.show)
    except LucioleError as error:
        return Outcome(str(path), problem=" ".join(part for part in (error.message, error.remedy) if part))
    except OSError as error:
        return Outcome(str(path), problem=error.strerror or "it cannot be read")
    return Outcome(str(path), _every(made), made.left_out)


def _named(about: About, source: Source) -> About:
    """With the name of the file; of a file from a survivor's device only its ending leaves this computer."""
    name = f"file{Path(source.name).suffix}" if about.from_survivor else source.name
    return msgspec.structs.replace(about, file_name=name)


def _every(made: HandedIn) -> tuple[HandIn, ...]:
    from luciole.client import HandIn

    first = HandIn(**{one: getattr(made, one) for one in HandIn.__struct_fields__})
    return (first, *made.also)


def _told(outcome: Outcome, *, as_json: bool) -> Outcome:
    """Prints what came of a file, unless it is told with all others at the end."""
    if as_json:
        return outcome
    file = show_controls(outcome.file)
    for one in outcome.hand_ins:
        inside = f": {one.file_name}" if len(outcome.hand_ins) > 1 or outcome.left_out else ""
        click.echo(f"{one.sha256}  {show_controls(Path(outcome.file).name + inside)}")
    if outcome.left_out:
        click.echo(f"{file}: files in it that are no app files and were left out: {outcome.left_out}", err=True)
    if outcome.problem:
        click.echo(f"{file} was not handed in: {show_controls(outcome.problem)}", err=True)
    return outcome


class _Line:
    """One line on a terminal that says how far a file is."""

    def __init__(self, what: str, *, quiet: bool) -> None:
        self._what = show_controls(what)
        self._is_shown = not quiet and sys.stderr.isatty()
        self._last = -1

    def show(self, done: int, whole: int) -> None:
        """Shows hundredths, each once."""
        part = _HUNDRED * done // whole if whole else _HUNDRED
        if self._is_shown and part != self._last:
            self._last = part
            click.echo(f"\r\x1b[K{self._what} {part} %", err=True, nl=False)

    def clear(self) -> None:
        """Makes room for what comes next."""
        if self._is_shown and self._last >= 0:
            click.echo("\r\x1b[K", err=True, nl=False)
