"""`luciole update`: fetches the lists named in the settings, because a person asks for it now."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from luciole.cli import exit_codes, options


@click.command()
@click.option("--list", "only_list", is_flag=True, help="Only say which addresses would be asked.")
@options.language
def command(only_list: bool, language: str | None) -> int:  # noqa: FBT001 - click passes flags by name
    """Fetch the lists of known apps that the settings name, and take them in.

    This is the one command that opens connections by itself. The servers that are asked learn that somebody at your
    address fetched the list; nothing about you or a device is sent.
    """
    from luciole.packs.importing import update_from  # noqa: PLC0415 - keeps `--help` quick
    from luciole.packs.settings import load_settings  # noqa: PLC0415
    from luciole.packs.store import Store  # noqa: PLC0415

    translate = options.translator(language)
    for source in load_settings().sources:
        click.echo(source.name)
        for address in source.addresses:
            click.echo(f"  {address}")
        if not only_list:
            report = update_from(source.addresses, Store(), datetime.now(UTC).date().isoformat())
            for sentence in report.sentences():
                click.echo("  " + translate.message(sentence))
    return exit_codes.NOTHING_SEEN
