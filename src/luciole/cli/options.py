"""Options and output that several commands share."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.kernel.text import mark

if TYPE_CHECKING:
    from luciole.kernel.text import Translator

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
quiet = click.option("--quiet", "-q", is_flag=True, help="Print no progress, and of a check only the verdicts.")


language = click.option(
    "--language", "-l", metavar="CODE", help="Language of the result; default: the system's, else English."
)
depth = click.option(
    "--depth", type=click.Choice(["person", "expert"]), default="person", show_default=True,
    help="How much to show: short for a person, or everything for an expert. JSON always holds everything.",
)  # fmt: skip
paper = click.option(
    "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Size of the pages of a PDF."
)
country = click.option(
    "--country", "-c", metavar="CODE", help="Name help in this country (ISO 3166, such as FR); default: the setting."
)


def translator(wanted: str | None) -> Translator:
    """The translator of `--language`, else of the environment, else English. Raises UsageError for one not offered."""
    from luciole.guidance import languages

    if wanted:
        return languages.translator(wanted)
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return languages.translator(languages.preferred(system))


def colour() -> bool:
    """Whether to set off headings: only on a terminal, and never with NO_COLOR (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """Columns of the terminal; 80 where there is none."""
    return shutil.get_terminal_size().columns


def print_json(data: bytes) -> None:
    """Writes bytes of JSON to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


Existing = click.Path(exists=True, path_type=Path)


def text_of(path: Path) -> str:
    """The text of a file that a person named. Raises UsageError where it holds none."""
    from luciole.kernel.errors import UsageError

    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path.name} is not a text file.", remedy="Name the file that was meant.") from None


PASSWORD = mark("Password")


def ask_password(language: str | None) -> str:
    """A password, typed without being shown."""
    typed: str = click.prompt(translator(language)(PASSWORD), hide_input=True, err=True)
    return typed


identity = click.option("--identity", type=Existing, help="File with the age key of an encrypted acquisition.")
password = click.option("--password", is_flag=True, help="Ask for the password of an encrypted backup; it is not kept.")
