"""The form of a backup: one tar stream encrypted with age (https://age-encryption.org/v1), whole or refused.

The last entry names how many entries there are and a digest over all of them, so that one that ends early is noticed
even where it was cut between two chunks.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tarfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, Self

import msgspec
import pyrage

from luciole.hub.site.durable import sync_folder
from luciole.kernel.errors import LucioleError

FORMAT = 1
FIRST, LAST = "about.json", "end.json"
DATABASE, BLOBS, LOCKED_KEYS = "database", "blobs/", "keys.age"
"""Names of what lies between: the snapshot, the folder of files of samples, the keys where a passphrase locks them."""
SQLITE, POSTGRESQL = "sqlite", "postgresql"
_BLOCK = tarfile.BLOCKSIZE
_MOST_JSON = 1 << 20
READ_BYTES = 1 << 18


class BackupProblem(LucioleError):
    """A backup cannot be made, or is not what it should be."""


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup is. database: sqlite or postgresql; keys: yes, locked (with a passphrase) or no; head: newest
    migration of each app."""  # noqa: D205, D209 - a list of fields follows the sentence

    format: int
    version: str
    made_at: str
    database: str
    keys: str
    blobs: bool
    head: dict[str, str]


class End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last entry. entries: before it; digest: SHA-256 over name, size and digest of each, in their order."""

    entries: int
    digest: str


class Entry(NamedTuple):
    """One file on its way into a backup. size: in bytes; exactly so many must come."""

    name: str
    size: int
    chunks: Iterable[bytes]


class Tally:
    """Counts entries and keeps the digest over them; the same when writing and when reading."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._entries = 0

    def add(self, name: str, size: int, digest: bytes) -> None:
        """One entry went by."""
        self._entries += 1
        self._digest.update(f"{name}\0{size}\0".encode() + digest)

    def end(self) -> End:
        """What the last entry says."""
        return End(self._entries, self._digest.hexdigest())


def write(path: Path, about: About, entries: Iterable[Entry], recipients: list[pyrage.x25519.Recipient]) -> int:
    """Writes a backup, whole and on disk when this returns, or nothing. Returns its size.

    Raises BackupProblem, OSError, and what the entries raise.
    """
    temporary = path.with_name(f".{path.name}.part")
    if path.exists():
        raise BackupProblem(f"{path} exists already.", remedy="Name a file that does not exist yet.")
    source = _Source(_stream(about, entries))
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            _encrypt(source, file, recipients)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        source.close()
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return path.stat().st_size


def _encrypt(source: _Source, file: IO[bytes], recipients: list[pyrage.x25519.Recipient]) -> None:
    try:
        pyrage.encrypt_io(source, file, recipients)
    except Exception as error:  # noqa: BLE001 - pyrage hides what the source raised in an error of its own
        raise (source.failure or BackupProblem(f"The backup cannot be written: {error}")) from None


class _Source:
    """Pieces of bytes as a file that is read once. failure: what went wrong while they were made."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""
        self.failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end."""
        try:
            while not self._held:
                self._held = next(self._pieces)
        except StopIteration:
            return b""
        except Exception as error:
            self.failure = error
            raise
        taken = self._held if size < 0 else self._held[:size]
        self._held = self._held[len(taken) :]
        return taken

    def close(self) -> None:
        """Ends whatever made the pieces."""
        if isinstance(self._pieces, contextlib.AbstractContextManager) or hasattr(self._pieces, "close"):
            self._pieces.close()


def _stream(about: About, entries: Iterable[Entry]) -> Iterator[bytes]:
    tally = Tally()
    first = msgspec.json.encode(about)
    yield from _member(Entry(FIRST, len(first), [first]), tally)
    for entry in entries:
        yield from _member(entry, tally)
    last = msgspec.json.encode(tally.end())
    yield from _member(Entry(LAST, len(last), [last]), Tally())
    yield bytes(2 * _BLOCK)


def _member(entry: Entry, tally: Tally) -> Iterator[bytes]:
    info = tarfile.TarInfo(entry.name)
    info.size, info.mode = entry.size, 0o600
    yield info.tobuf(tarfile.PAX_FORMAT)
    digest, size = hashlib.sha256(), 0
    for chunk in entry.chunks:
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    if size != entry.size:
        raise BackupProblem(f"{entry.name} changed while it was read.", remedy="Try again.")
    yield bytes(-size % _BLOCK)
    tally.add(entry.name, size, digest.digest())


class Reading:
    """A backup that is read from its beginning to its end. Use as a context manager.

    Raises BackupProblem where the key does not fit, or a byte was changed, or the end is missing.
    """

    def __init__(self, path: Path, identity: pyrage.x25519.Identity) -> None:
        self._path = path
        self._identity = identity
        self._tally = Tally()
        self._failure: Exception | None = None
        self._out, self._in = os.pipe()
        self._thread = threading.Thread(target=self._decrypt, daemon=True)

    def __enter__(self) -> Self:
        """Begins to decrypt."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops decrypting, wherever it was."""
        with contextlib.suppress(OSError):
            os.close(self._out)
        self._thread.join()

    def _decrypt(self) -> None:
        try:
            with self._path.open("rb") as file, os.fdopen(self._in, "wb", buffering=0) as into:
                pyrage.decrypt_io(file, into, [self._identity])
        except Exception as error:  # noqa: BLE001 - handed to the thread that reads
            self._failure = error

    def entries(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Name, size and bytes of each entry, the first with what it all is. Nothing counts before the last came."""
        ended: End | None = None
        try:
            with os.fdopen(self._out, "rb", closefd=False) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
                for info in tar:
                    file = tar.extractfile(info)
                    if ended is not None or file is None or not info.isreg():
                        raise BackupProblem("This is no backup of a hub.")
                    if info.name == LAST:
                        ended = msgspec.json.decode(file.read(_MOST_JSON), type=End)
                    else:
                        yield info.name, info.size, self._counted(info, file)
        except (tarfile.TarError, msgspec.ValidationError, msgspec.DecodeError, EOFError) as error:
            raise self._problem(error) from None
        if ended is None or ended != self._tally.end():
            raise self._problem(None)

    def _counted(self, info: tarfile.TarInfo, file: IO[bytes]) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        while chunk := self._part(file):
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        self._tally.add(info.name, size, digest.digest())

    def _part(self, file: IO[bytes]) -> bytes:
        try:
            return file.read(READ_BYTES)
        except (tarfile.TarError, EOFError) as error:
            raise self._problem(error) from None

    def _problem(self, error: Exception | None) -> BackupProblem:
        """Why it cannot be read on: what decrypting says is nearer to the cause than what the tar says."""
        with contextlib.suppress(OSError):
            os.close(self._out)
            self._out = -1
        self._thread.join()
        if isinstance(self._failure, pyrage.DecryptError) and "matching" in str(self._failure).lower():
            return BackupProblem("This key does not open this backup.", remedy="Name the key it was made for.")
        if self._failure is not None or error is None:
            return BackupProblem("This backup was changed or cut, and is not used.", remedy="Take another one.")
        return BackupProblem(f"This is no backup of a hub: {error}")
