"""The command `luciole`: finds its commands by walking a folder and turns errors into plain words and exit codes."""

from __future__ import annotations

import gc
import importlib
import os
import sys

# NumPy's thread pool would cost memory and start-up time and is never used.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click

from luciole import __version__
from luciole.cli import commands, exit_codes
from luciole.kernel.errors import LucioleError, UsageError

# Loading modules makes many objects and hardly any garbage. Looking for it every 700 objects, as is usual, took an
# eighth of a cold check. A command ends soon, and its children are replaced.
gc.set_threshold(50_000, 50, 50)


class Commands(click.Group):
    """Loads a command's module only when it is asked for, so that `--help` and start stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, from the files of the folder."""
        files = os.listdir(commands.__path__[0])  # noqa: PTH208 - for names alone
        names = [name.removesuffix(".py") for name in files if name.endswith(".py") and not name.startswith("_")]
        return sorted(name.replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None when there is no such file."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="luciole")
def cli() -> None:
    """Check apps and devices for software that lets somebody secretly watch another person.

    Works without a network. Sends nothing anywhere. Before you act on a result, read what stands on top of it.
    """


def main() -> None:
    """The console script. Ends the process with a code of `luciole.cli.exit_codes`."""
    try:
        code = run(sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - the shell: whatever goes wrong in Luciole is said in plain words
        click.echo(f"Luciole itself failed ({type(error).__name__}: {error}).", err=True)
        click.echo("This says nothing about what you handed in. Please report it.", err=True)
        code = exit_codes.INTERNAL
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; errors go to standard error in plain words."""
    try:
        code = cli.main(arguments, prog_name="luciole", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("\nStopped. No partial file was left.", err=True)
        return exit_codes.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return exit_codes.USAGE
    except LucioleError as error:
        click.echo(f"Error: {error}" + (f"\n{error.remedy}" if error.remedy else ""), err=True)
        return exit_codes.USAGE if isinstance(error, UsageError) else exit_codes.COULD_NOT_LOOK
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.NOTHING_SEEN
    except OSError as error:
        click.echo(f"Error: {error.filename or 'a file'}: {error.strerror}", err=True)
        return exit_codes.COULD_NOT_LOOK
    return code if isinstance(code, int) else exit_codes.NOTHING_SEEN
