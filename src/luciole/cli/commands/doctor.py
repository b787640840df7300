"""`luciole doctor`: what this installation has, what is missing, and how to mend it."""

from __future__ import annotations

import click

from luciole.cli import exit_codes, options


@click.command()
@options.as_json
def command(as_json: bool) -> int:
    """Say what is there, what is missing on this computer, and how to mend it."""
    from luciole.cli.diagnosis import diagnose
    from luciole.kernel.canon import readable_json

    lines = diagnose()
    if as_json:
        options.print_json(readable_json(lines))
    for line in [] if as_json else lines:
        click.echo(f"[{line.state}] {line.name}: {line.detail}")
        if line.remedy:
            click.echo(f"    {line.remedy}")
    return exit_codes.COULD_NOT_LOOK if any(line.state == "broken" for line in lines) else exit_codes.NOTHING_SEEN
