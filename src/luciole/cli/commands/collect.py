"""`luciole collect`: takes what a check needs from a connected phone, or from this computer, into one file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options
from luciole.cli.consent import agreed, may_ask_device

if TYPE_CHECKING:
    from luciole.devices.live.record import Asked
    from luciole.kernel.text import Translator

_FAILED = frozenset({"dropped", "time-limit", "size-limit", "bad-reply", "not-asked", "incomplete"})
"""Kinds of failure of the connection; other questions simply have no answer on some devices."""
_MOST_SHOWN = 20

out = click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask before starting; for scripts.")
serial = click.option("--serial", metavar="SERIAL", help="Which device, where several are connected.")


@click.group()
def command() -> None:
    """Take what a check needs from a connected phone, or from this computer, into one file. Reads only."""


@command.command()
@out
@serial
@click.option("--adb-server", metavar="HOST:PORT", default="127.0.0.1:5037", show_default=True, help="The adb server.")
@click.option(
    "--apks",
    type=click.Choice(["none", "user", "all"]),
    default="none",
    show_default=True,
    help="Copy app files: none, those that a person installed, or all.",
)
@click.option("--log/--no-log", default=True, help="Take the log of the system too.")
@yes
@options.quiet
@options.language
def android(
    out: Path,
    serial: str | None,
    adb_server: str,
    apks: str,
    log: bool,
    yes: bool,
    quiet: bool,
    language: str | None,
) -> int:
    """Take lists and settings of a connected Android phone through a running adb server, and write OUT (a zip).

    Sends only what is on a fixed list of commands that read, and writes down each of them. Needs debugging to be
    switched on at the phone, and switches on nothing itself. Check the file with: luciole check OUT
    """
    from luciole.devices.live import adb
    from luciole.devices.live.android import Options, acquire
    from luciole.guidance import collecting

    translate = options.translator(language)
    _free(out)
    where = adb.address(adb_server)
    if not agreed(collecting.ANDROID_BEFORE, out.name, translate, yes=yes):
        return exit_codes.NOTHING_SEEN
    device = adb.Server(where).device(serial)
    noted: list[Asked] = []
    chosen = Options(
        apks="user" if apks == "user" else "all" if apks == "all" else "none",
        log=log,
        said=_said(quiet=quiet),
        noted=noted.extend,
    )
    _write(out, acquire(device, chosen))
    return _told(out, noted, translate, (collecting.KEEP, collecting.AFTERWARDS_ANDROID), quiet=quiet)


@command.command()
@out
@serial
@click.option("--usbmux", metavar="HOST:PORT-OR-PATH", help="The service for iPhones, where it is not the usual one.")
@yes
@options.quiet
@options.language
def ios(out: Path, serial: str | None, usbmux: str | None, yes: bool, quiet: bool, language: str | None) -> int:
    """Take lists and settings of a connected iPhone or iPad, and write OUT (a zip).

    Needs the optional extra `ios`. If the device does not trust this computer yet, you are asked first; a question then
    appears on the screen of the device. Check the file with: luciole check OUT
    """
    from luciole.devices.live.ios import Options, acquire
    from luciole.devices.live.problems import Unauthorised
    from luciole.guidance import collecting

    translate = options.translator(language)
    _free(out)
    if not agreed(collecting.IOS_BEFORE, out.name, translate, yes=yes):
        return exit_codes.NOTHING_SEEN
    noted: list[Asked] = []
    chosen = Options(serial=serial, usbmux=usbmux, said=_said(quiet=quiet), noted=noted.extend)
    try:
        _write(out, acquire(chosen))
    except Unauthorised:
        if not yes and not (sys.stdin.isatty() and may_ask_device(translate)):
            raise
        _write(out, acquire(chosen.asking()))
    return _told(out, noted, translate, (collecting.KEEP,), quiet=quiet)


@command.command()
@out
@yes
@options.quiet
@options.language
def computer(out: Path, yes: bool, quiet: bool, language: str | None) -> int:
    """Take what starts by itself, what may watch and what was changed on this computer, and write OUT (a zip).

    The same as running luciole/devices/collector/computer.py alone. Reads only. Check the file with: luciole check OUT
    """
    from luciole.devices.collector import computer as collector
    from luciole.packs.files import cannot_write

    translate = options.translator(language)
    _free(out)
    before = collector.words_for(translate.language)["before"].format(out=out)
    if not agreed((before,), out.name, translate, yes=yes):
        return exit_codes.NOTHING_SEEN
    with cannot_write(out):
        collector.run(str(out), (lambda _line: None) if quiet else click.echo, translate.language)
    return exit_codes.NOTHING_SEEN


# ---------------------------------------------------------------------- what they share


def _free(path: Path) -> None:
    """Nothing that lies there is written over. Raises UsageError."""
    from luciole.kernel.errors import UsageError

    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} exists already.", remedy="Name a file that does not exist yet.")


def _said(*, quiet: bool) -> Callable[[str], None]:
    shown = not quiet and sys.stderr.isatty()
    return (lambda words: click.echo(f"  {words}", err=True)) if shown else (lambda _words: None)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    """Whole or not at all, readable by its owner."""
    from luciole.packs.files import write_whole

    write_whole(path, chunks)


def _told(path: Path, noted: Sequence[Asked], translate: Translator, after: Sequence[str], *, quiet: bool) -> int:
    """Says what was written and what was not answered, and chooses the exit code."""
    from luciole.guidance import collecting
    from luciole.kernel.text import show_controls

    click.echo(translate(collecting.WRITTEN, path=str(path)))
    missed = [one for one in noted if one.problem and one.kind != "absent" and (one.areas or one.kind in _FAILED)]
    if missed and not quiet:
        click.echo(translate(collecting.NOT_ANSWERED), err=True)
        for one in missed[:_MOST_SHOWN]:
            click.echo(f"  {show_controls(one.command)}: {show_controls(one.problem)}", err=True)
        if len(missed) > _MOST_SHOWN:
            click.echo(f"  … {len(missed) - _MOST_SHOWN}", err=True)
    for line in () if quiet else after:
        click.echo(translate(line), err=True)
    broken = any(one.kind in _FAILED for one in missed)
    return exit_codes.COULD_NOT_LOOK if broken else exit_codes.NOTHING_SEEN
