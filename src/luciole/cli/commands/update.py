"""`luciole update`: fetches the lists named in the settings, because a person asks for it now."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from luciole.cli import exit_codes, options


@click.command()
@click.option("--list", "only_list", is_flag=True, help="Only say which addresses would be asked.")
@options.as_json
@options.language
def command(only_list: bool, as_json: bool, language: str | None) -> int:
    """Fetch the lists of known apps that the settings name, and take them in.

    This is the one command that opens connections by itself. The servers that are asked learn that somebody at your
    address fetched the list; nothing about you or a device is sent.
    """
    from luciole.kernel.canon import readable_json
    from luciole.packs.importing import update_from
    from luciole.packs.settings import load_settings
    from luciole.packs.store import Store

    translate = options.translator(language)
    reports = []
    for source in load_settings().sources:
        if not as_json:
            click.echo("\n".join([source.name, *(f"  {address}" for address in source.addresses)]))
        if only_list:
            continue
        report = update_from(source.addresses, Store(), datetime.now(UTC).date().isoformat())
        reports.append(report)
        for sentence in [] if as_json else report.sentences():
            click.echo("  " + translate.message(sentence))
    if as_json:
        options.print_json(readable_json(reports if not only_list else load_settings().sources))
    return exit_codes.NOTHING_SEEN
