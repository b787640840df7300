"""`luciole search`: asks a hub which samples answer a search."""

from __future__ import annotations

import click

from luciole.cli import exit_codes, options
from luciole.cli.hub_address import named_hub


@click.command()
@click.argument("query", nargs=-1)
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Show at most so many.")
@click.option("--hub", "address", default="", help="Address of the hub, instead of the one in the settings.")
@options.as_json
def command(query: tuple[str, ...], most: int, address: str, as_json: bool) -> int:
    """Search the samples of the hub of your coalition, newest first.

    The search goes to the hub that the settings name. Its language: package:com.example.* cert:3f… host:*.example.org
    permission:… criterion:… verdict:… handed-in:>2026-01, words, AND, OR, - for NOT, brackets.
    """
    from luciole.kernel.canon import readable_json
    from luciole.kernel.text import show_controls

    found = list(named_hub(address).search(" ".join(query), most))
    if as_json:
        options.print_json(readable_json(found))
        return exit_codes.NOTHING_SEEN
    if not found:
        click.echo("Nothing was found that you may see.", err=True)
    for one in found:
        told = "  ".join(filter(None, (one.sha256, one.verdict or one.state, one.package, one.label)))
        click.echo(show_controls(told))
    return exit_codes.NOTHING_SEEN
