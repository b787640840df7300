"""`luciole hub`: the server of a coalition: make it, run it, look after it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from luciole.hub.site.doctor import Check
    from luciole.hub.site.integrity import Finding
    from luciole.hub.site.table import Settings

_hub = click.option(
    "--hub", "folder", type=click.Path(path_type=Path, file_okay=False), envvar="LUCIOLE_HUB",
    help="The data folder; default: LUCIOLE_HUB.",
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Run the server with which organisations share samples.

    It needs the extra `hub`: pip install 'luciole[hub]'. Settings come from the environment or from hub.toml in the
    data folder; `luciole hub settings` lists them.
    """


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--email", prompt="E-mail address of the first coordinator", help="Who begins: their e-mail address.")
@click.option("--name", prompt="Their name", help="Who begins: their name.")
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="Where people will reach it.")
@click.option("--listen", default="127.0.0.1:8000", show_default=True, help="Where it listens.")
@options.as_json
def init(folder: Path, email: str, name: str, address: str, listen: str, as_json: bool) -> None:
    """Make a hub in FOLDER: settings, keys, database, and a one-time link for its first coordinator."""
    _need_the_extra()
    from luciole.hub.site.making import Wanted, make

    made = make(folder, Wanted(address, listen, email, name))
    if as_json:
        _print_json({"folder": str(made.folder), "link": made.link})
        return
    click.echo(f"The hub is in {made.folder}. Keep a copy of {made.folder / 'keys'} where nobody else finds it:")
    click.echo("without these keys nothing in the hub can ever be read again, and no backup either.")
    click.echo(f"\nStart it: luciole hub serve --hub {made.folder}")
    if made.link:
        click.echo(f"Then open this link, once, within seven days:\n{made.link}")
    else:
        click.echo("Somebody leads this hub already, so there is no link.")


@command.command()
@_hub
def serve(folder: Path | None) -> None:
    """Run the hub until it is stopped (Ctrl-C or SIGTERM), with its job workers.

    It does not start where something is unsafe, and says what.
    """
    settings = _start(folder)
    _refuse(settings)
    from luciole.hub.site.serve import serve as run

    click.echo(f"Luciole is at {settings.text('address')}; it listens at {settings.text('listen')}.", err=True)
    run(settings)


@command.command()
@_hub
@click.option("--count", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes.")
@click.option("--drain", is_flag=True, help="End when no job is left.")
def worker(folder: Path | None, count: int, drain: bool) -> None:
    """Do jobs (analysis, mails, sweeping) until stopped, beside a hub that runs with job_workers = 0."""
    _refuse(_start(folder))
    from luciole.hub.site.worker import keep

    keep(count, drain=drain)


@command.command()
@_hub
@options.as_json
@options.language
def doctor(folder: Path | None, as_json: bool, language: str | None) -> int:
    """Say what is wrong with the hub and how to mend it. Changes nothing."""
    checks = _examine(folder)
    from luciole.hub.site.catalogues import translator
    from luciole.hub.site.sentences import said_by

    translate = translator(options.translator(language).language)
    if as_json:
        _print_json([type(one)(one.name, one.state, str(one.detail), str(one.remedy)) for one in checks])
    for one in [] if as_json else checks:
        click.echo(f"[{one.state}] {one.name}: {said_by(translate, one.detail)}")
        if one.remedy and one.state != "ok":
            click.echo(f"    {said_by(translate, one.remedy)}")
    is_well = all(one.state in {"ok", "warning"} for one in checks)
    return exit_codes.NOTHING_SEEN if is_well else exit_codes.COULD_NOT_LOOK


@command.command()
@_hub
@options.as_json
def migrate(folder: Path | None, as_json: bool) -> None:
    """Bring the database to the state this version needs. Make a backup first; doing it again does nothing."""
    _start(folder)
    from luciole.hub.site import migrating

    applied = migrating.migrate()
    if as_json:
        _print_json(applied)
    else:
        click.echo("\n".join(applied) or "The database is the newest already.")


@command.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@_hub
@click.option(
    "--to", "recipients", multiple=True, metavar="AGE1…", help="Public age key it is encrypted to; repeatable."
)
@click.option("--without-keys", is_flag=True, help="Leave the hub's keys out; keep them elsewhere, or all is lost.")
@click.option("--lock-keys", is_flag=True, help="Ask for a passphrase that locks the keys once more.")
@click.option("--without-blobs", is_flag=True, help="Leave the files out, where the bucket has a backup of its own.")
@options.as_json
def backup(
    path: Path, folder: Path | None, recipients: tuple[str, ...], without_keys: bool, lock_keys: bool,
    without_blobs: bool, as_json: bool,
) -> None:  # fmt: skip
    """Back the hub up into PATH while it runs: database, files, settings and keys, encrypted with age."""
    settings = _start(folder)
    from luciole.hub.site.backup import What, make, recipients_of

    passphrase = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True) if lock_keys else ""
    what = What(keys=not without_keys, passphrase=passphrase, blobs=not without_blobs)
    made = make(settings, path.absolute(), recipients_of(list(recipients)), what)
    if as_json:
        _print_json({"path": str(made.path), "size": made.size, "files": made.blobs, "left_out": made.left_out})
    else:
        click.echo(f"{made.size:,} bytes, {made.blobs:,} files of samples.\n{made.path}")


@command.command()
@click.argument("path", type=options.Existing)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--identity", type=options.Existing, required=True, help="File with the age key it was encrypted to.")
@click.option("--keys", type=options.Existing, help="Folder with the hub's keys, for a backup without them.")
@options.as_json
def restore(path: Path, folder: Path, identity: Path, keys: Path | None, as_json: bool) -> None:
    """Make the hub that was backed up in PATH anew in FOLDER, which must be empty, and look at every byte of it."""
    _need_the_extra()
    from luciole.hub.site.restore import Source, identity_of
    from luciole.hub.site.restore import restore as make_anew

    source = Source(
        path, identity_of(identity),
        lambda: str(click.prompt("Passphrase of the keys", hide_input=True, err=True)), keys,
    )  # fmt: skip
    restored = make_anew(source, folder.absolute(), dict(os.environ))
    if as_json:
        _print_json({"folder": str(restored.folder), "made_at": restored.about.made_at, "files": restored.blobs})
        return
    click.echo(f"Made of the backup of {restored.about.made_at}: {restored.blobs:,} files, all whole.")
    click.echo(restored.folder)


@command.command()
@_hub
@click.option("--without-files", is_flag=True, help="Do not read every file in the vault.")
@options.as_json
@options.quiet
def check_integrity(folder: Path | None, without_files: bool, as_json: bool, quiet: bool) -> int:
    """Look whether all that the hub keeps is what it was: database, every file, the log. Changes nothing."""
    _start(folder)
    from luciole.hub.site.integrity import check, is_whole

    findings = check(_teller(shown=not (as_json or quiet)), files=not without_files)
    if as_json:
        _print_json(findings)
    for one in [] if as_json else findings:
        _show(one)
    return exit_codes.NOTHING_SEEN if is_whole(findings) else exit_codes.COULD_NOT_LOOK


@command.command()
@_hub
@click.option("--remove-old", is_flag=True, help="The older keys are removed instead; backups that need them are lost.")
@options.as_json
def rotate_keys(folder: Path | None, remove_old: bool, as_json: bool) -> None:
    """Make a new hub key and wrap everything anew with it, while the hub runs. Make a backup afterwards."""
    _start(folder)
    from django.utils import timezone

    from luciole.hub.samples.vault import current
    from luciole.hub.site import rotating

    if remove_old:
        removed = rotating.retire(current(), timezone.now())
        if as_json:
            _print_json({"removed": removed})
        else:
            click.echo(f"Removed: {', '.join(removed) or 'none, there is one key alone'}.")
        return
    done = rotating.rotate(current())
    if as_json:
        _print_json(done._asdict())
        return
    click.echo(f"The hub key is now {done.hub_key}; it wraps {done.files:,} keys of files, {done.secrets:,} secrets.")
    if done.failed:
        click.echo(f"{done.failed:,} keys of files could not be unwrapped; `luciole hub check-integrity` says which.")


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-hub"))
@click.option("--port", type=click.IntRange(1024, 65000), default=8000, show_default=True, help="The next free one.")
@click.option("--prepare-only", is_flag=True, help="Make everything and print the tour, but do not serve.")
def demo(folder: Path, port: int, prepare_only: bool) -> None:
    """Make a hub to try things in, in FOLDER, print a tour of it, and serve it on this computer alone.

    Four made-up members, people with one-time links, keys, and inert samples. Doing it again goes on with the same hub.
    Nothing leaves this computer; mails are printed instead of sent.
    """
    _need_the_extra()
    from luciole.cli import hub_demonstration as demonstration

    click.echo("Making the hub and reading its samples; this takes some seconds.", err=True)
    tour = demonstration.prepare(folder, demonstration.free_port(port))
    demonstration.analyse()
    click.echo(demonstration.written(tour))
    if not prepare_only:
        settings = _start(None)
        _refuse(settings)
        from luciole.hub.site.serve import serve as run

        demonstration.tell_of_mails(tour.folder / "hub" / "mails")
        run(settings)


@command.command()
@options.as_json
def settings(as_json: bool) -> None:
    """List every setting with its help and default."""
    from luciole.hub.site.table import TABLE

    rows = [{"name": one.name, "variable": one.variable, "default": one.default, "help": one.help} for one in TABLE]
    if as_json:
        _print_json(rows)
    for one in [] if as_json else rows:
        click.echo(f"{one['name']} ({one['variable']}), default: {one['default'] or 'empty'}\n    {one['help']}")


def _need_the_extra() -> None:
    import importlib.util

    from luciole.kernel.errors import UsageError

    if importlib.util.find_spec("django") is None or importlib.util.find_spec("granian") is None:
        raise UsageError("The hub is not installed.", remedy="pip install 'luciole[hub]'")


def _start(folder: Path | None) -> Settings:
    """Django, set up for the hub in this folder. Raises UnsafeSettings."""
    _need_the_extra()
    if folder is not None:
        os.environ["LUCIOLE_HUB"] = str(folder.absolute())
    from luciole.hub.site.starting import set_up

    return set_up()


def _examine(folder: Path | None) -> list[Check]:
    from luciole.hub.site.doctor import Check, examine
    from luciole.hub.site.starting import UnsafeSettings

    try:
        settings = _start(folder)
    except UnsafeSettings as error:
        return [Check("settings", "broken", error.message, error.remedy)]
    return examine(settings)


def _refuse(settings: Settings) -> None:
    """Raises CannotServe, with every reason, where the hub must not start."""
    from luciole.hub.site.doctor import examine, refusals
    from luciole.hub.site.serve import CannotServe

    reasons = refusals(examine(settings, thorough=False))
    if reasons:
        lines = [f"{one.name}: {one.detail}. {one.remedy}".rstrip() for one in reasons]
        raise CannotServe("The hub does not start.\n" + "\n".join(lines), remedy="`luciole hub doctor` says more.")


def _teller(*, shown: bool) -> Callable[[int, int], None]:
    def tell(done: int, most: int) -> None:
        if shown and (done % 1000 == 0 or done == most):
            click.echo(f"{done:,} of {most:,} files", err=True)

    return tell


def _show(one: Finding) -> None:
    click.echo(f"[{one.state}] {one.name}: {one.count:,} {one.detail}".rstrip())
    for line in one.broken:
        click.echo(f"    {line}")
    if one.more:
        click.echo(f"    and {one.more:,} more")


def _print_json(value: object) -> None:
    from luciole.kernel.canon import readable_json

    options.print_json(readable_json(value))
