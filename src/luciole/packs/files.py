"""Writes files whole or not at all, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from luciole.kernel.errors import CouldNotLook


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Writes `parts` to `path` through a temporary neighbour, so that an interruption leaves the old file or none.

    Raises CouldNotLook naming the file where it cannot be written: no room, no right, no such folder.
    """
    with cannot_write(path):
        _write(path, parts)


@contextlib.contextmanager
def cannot_write(path: Path) -> Iterator[None]:
    """Turns what the system says about writing `path` into a CouldNotLook that names it."""
    try:
        yield
    except OSError as error:
        raise CouldNotLook(f"{path} cannot be written: {error.strerror}", remedy="Name another place.") from None


def _write(path: Path, parts: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
