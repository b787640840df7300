"""`luciole completion`: the script that completes commands in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from luciole.kernel.errors import UsageError

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    For bash, for example: eval "$(luciole completion bash)"
    """
    from luciole.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"There is no completion for {shell}.", remedy=f"Choose one of: {', '.join(SHELLS)}")
    click.echo(kind(cli, {}, "luciole", "_LUCIOLE_COMPLETE").source())
