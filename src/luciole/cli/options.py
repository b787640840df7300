"""Options and output that several commands share."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from luciole.kernel.text import Translator

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
quiet = click.option("--quiet", "-q", is_flag=True, help="Print no progress, and of a check only the verdicts.")


language = click.option(
    "--language", "-l", metavar="CODE", help="Language of the result; default: the system's, else English."
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
