"""Holds an acquisition for the time of one check, without a copy that has a name on the disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from luciole.devices.live import adb, android

_OPEN_FILES = Path("/proc/self/fd")


@contextlib.contextmanager
def connected_android(
    server: str = adb.DEFAULT_SERVER,
    serial: str | None = None,
    options: android.Options = android.Options(),  # noqa: B008 - frozen
) -> Iterator[Path]:
    """The connected phone as evidence that can be checked like a file, and of which no copy stays. Raises LiveError.

    server: HOST:PORT of the adb server; serial: which device, where several are connected.
    """
    device = adb.Server(adb.address(server)).device(serial)
    with held(android.acquire(device, options)) as path:
        yield path


@contextlib.contextmanager
def held(chunks: Iterable[bytes], name: str = "device.zip") -> Iterator[Path]:
    """A path under which this process and its children read `chunks`; gone afterwards, whatever happens.

    Where the system has files without a name (Linux) the bytes never have one: the path is a link, in a private
    folder, to an open file in memory. Elsewhere they lie in that folder, readable by this account only, until the end.
    """
    with tempfile.TemporaryDirectory(prefix="held-") as folder:
        path = Path(folder) / name
        with _file(path) as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            yield path


@contextlib.contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    if not hasattr(os, "memfd_create") or not _OPEN_FILES.is_dir():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file
        return
    with os.fdopen(os.memfd_create(path.name), "w+b") as memory:
        path.symlink_to(_OPEN_FILES / str(memory.fileno()))
        yield memory
