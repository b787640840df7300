"""What is handed in: a file on disk, or something that was read and can be read again."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

_CHUNK = 1 << 16
_IN_MEMORY = 64 << 20


class Source(NamedTuple):
    """Bytes that can be read more than once. digest: SHA-256; read: the bytes from an offset on, so many of them."""

    name: str
    size: int
    digest: bytes
    read: Callable[[int, int], Iterator[bytes]]


def of_path(path: Path) -> Source:
    """A file on disk. Raises OSError where it cannot be read, also later."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        size = os.fstat(file.fileno()).st_size

    def read(start: int, length: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from _from(file, start, length, str(path))

    return Source(path.name, size, digest, read)


@contextlib.contextmanager
def of_stream(stream: IO[bytes], name: str) -> Iterator[Source]:
    """Everything that a stream still gives, kept in memory, or in a file without a name where it is long."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as held:
        digest, size = hashlib.sha256(), 0
        while chunk := stream.read(_CHUNK):
            held.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        yield Source(name, size, digest.digest(), lambda start, length: _from(held, start, length, name))


def _from(file: IO[bytes], start: int, length: int, name: str) -> Iterator[bytes]:
    file.seek(start)
    while length > 0 and (chunk := file.read(min(_CHUNK, length))):
        length -= len(chunk)
        yield chunk
    if length > 0:
        raise OSError(errno.EIO, "the file became shorter while it was read", name)
