"""A progress bar on standard error, only where a person looks at it."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

import click


class Progress:
    """Shows how many files are done. Use as a context manager and call with (done, all)."""

    def __init__(self, label: str, *, shown: bool) -> None:
        self._shown = shown and sys.stderr.isatty()
        self._label = label
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            click.echo("", err=True)

    def __call__(self, done: int, total: int) -> None:
        """Draws the bar again."""
        if not self._shown or not total:
            return
        self._drawn = True
        filled = 30 * done // total
        click.echo(f"\r{self._label} [{'#' * filled}{'-' * (30 - filled)}] {done}/{total}", nl=False, err=True)
