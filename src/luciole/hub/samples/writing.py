"""Tells the processes of one computer apart that are writing from the one that wants to sweep what nobody writes."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from luciole.hub.samples.failures import on_disk

LOCK_FILE = "writing.lock"


class Writing:
    """A lock that writers hold together, or one sweep alone; the system frees it when a process is killed."""

    def __init__(self, folder: Path) -> None:
        """folder: the data folder."""
        self._path = folder / LOCK_FILE

    @contextlib.contextmanager
    def part(self) -> Iterator[None]:
        """Held from the first byte that is written to the commit of the row that names it. Waits for a sweep to end."""
        with self._open() as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody is writing; while it is held nobody begins to. Never waits."""
        with self._open() as descriptor:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    @contextlib.contextmanager
    def _open(self) -> Iterator[int]:
        with on_disk():
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
