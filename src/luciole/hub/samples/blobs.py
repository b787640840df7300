"""Where sealed bytes lie: a folder, or a bucket of an S3 server. What is kept is durable before it is said to be."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple, Protocol

from django.utils.translation import gettext_noop as mark

from luciole.hub.samples.failures import Damaged, on_disk
from luciole.hub.site.durable import make_folder, sync_folder
from luciole.hub.site.table import Settings

FOLDER = "blobs"
ARRIVING = "arriving"
READ_BYTES = 1 << 20
_NAME = re.compile(r"[0-9a-f]{2}[0-9a-f-]{1,94}")
_SHARDS = tuple(f"{number:02x}" for number in range(256))


class Listed(NamedTuple):
    """One object of a store. changed_at: when it was put there, in UTC."""

    name: str
    size: int
    changed_at: dt.datetime


class Draft(Protocol):
    """Bytes on their way into a store; nobody finds them before they have a name."""

    def write(self, data: bytes) -> None:
        """Adds bytes. Raises StorageFull or StorageFailed."""

    def keep(self, name: str) -> None:
        """Gives them a name; they are durable when this returns. Raises StorageFull or StorageFailed."""

    def drop(self) -> None:
        """Forgets them, as far as that can be done; does nothing once they are kept. Raises nothing."""


class BlobStore(Protocol):
    """A place for sealed bytes under names of hexadecimal digits and hyphens. Safe to share between threads.

    is_shared: whether other computers may write into it too.
    """

    is_shared: bool

    def draft(self) -> Draft:
        """Begins to write something whose name is not known yet. Raises StorageFull or StorageFailed."""

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """Keeps `chunks` under `name`, instead of what was there. Raises StorageFull or StorageFailed."""

    def get(self, name: str) -> Iterator[bytes]:
        """The bytes under a name. Raises Damaged where there are none, StorageFailed where they cannot be read."""

    def delete(self, name: str) -> None:
        """Removes a name, if it is there. Raises StorageFailed."""

    def exists(self, name: str) -> bool:
        """Whether something has that name. Raises StorageFailed."""

    def names(self) -> Iterator[str]:
        """Every name, in no order. Raises StorageFailed."""

    def listed(self) -> Iterator[Listed]:
        """Every object with its size and time, in no order. Raises StorageFailed."""

    def clear_drafts(self, before: dt.datetime | None) -> int:
        """Removes what never got a name and was last written before a moment (None: all); returns how many.

        Only for a time when nobody writes what would be removed. Raises StorageFailed.
        """


def open_store(settings: Settings) -> BlobStore:
    """The store that the settings name: `blobs` = s3://…, else a folder in the data folder. Raises StorageFailed."""
    address = settings.text("blobs")
    if not address:
        return Folder(settings.folder / FOLDER)
    from luciole.hub.samples.blobs_s3 import S3, place  # noqa: PLC0415 - boto3 is heavy and only some need it

    return S3(place(address), settings.folder / ARRIVING)


def put_through(store: BlobStore, name: str, chunks: Iterable[bytes]) -> None:
    """Keeps `chunks` under `name` by way of a draft; nothing stays behind when a chunk or the store fails."""
    draft = store.draft()
    try:
        for chunk in chunks:
            draft.write(chunk)
        draft.keep(name)
    finally:
        draft.drop()


def checked_name(name: str) -> str:
    """The name itself. Raises ValueError for one that no store takes, so that a name is never a path."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"no name of a blob: {name!r}")
    return name


class Folder:
    """A store in a folder: 256 folders by the first two digits of the name, readable by their owner alone."""

    is_shared = False

    def __init__(self, root: Path) -> None:
        """Makes the folders that are missing. Raises StorageFull or StorageFailed."""
        self._root = root
        self._arriving = root / ARRIVING
        with on_disk():
            make_folder(self._arriving)
            missing = [root / shard for shard in _SHARDS if not (root / shard).is_dir()]
            for folder in missing:
                folder.mkdir(mode=0o700, exist_ok=True)
            if missing:
                sync_folder(root)

    def draft(self) -> _FolderDraft:
        """See `BlobStore`."""
        return _FolderDraft(self._arriving / secrets.token_hex(16), self._root)

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """See `BlobStore`."""
        put_through(self, name, chunks)

    def get(self, name: str) -> Iterator[bytes]:
        """See `BlobStore`."""
        with on_disk(), self._open(name) as file:
            while data := file.read(READ_BYTES):
                yield data

    def delete(self, name: str) -> None:
        """See `BlobStore`."""
        with on_disk():
            self._path(name).unlink(missing_ok=True)

    def exists(self, name: str) -> bool:
        """See `BlobStore`."""
        with on_disk():
            return self._path(name).is_file()

    def names(self) -> Iterator[str]:
        """See `BlobStore`."""
        with on_disk():
            for shard in _SHARDS:
                yield from (path.name for path in (self._root / shard).iterdir())

    def listed(self) -> Iterator[Listed]:
        """See `BlobStore`."""
        with on_disk():
            for shard in _SHARDS:
                yield from _entries(self._root / shard)

    def clear_drafts(self, before: dt.datetime | None) -> int:
        """See `BlobStore`."""
        removed = 0
        with on_disk():
            for one in _entries(self._arriving):
                if before is None or one.changed_at < before:
                    (self._arriving / one.name).unlink(missing_ok=True)
                    removed += 1
        return removed

    def _open(self, name: str) -> FileIO:
        try:
            return FileIO(self._path(name))
        except FileNotFoundError:
            raise Damaged(mark("Bytes that should be in the vault are gone.")) from None

    def _path(self, name: str) -> Path:
        return self._root / checked_name(name)[:2] / name


def _entries(folder: Path) -> Iterator[Listed]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # it was kept or removed meanwhile
                stat = entry.stat(follow_symlinks=False)
                yield Listed(entry.name, stat.st_size, dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC))


class _FolderDraft:
    """A temporary file. The order is what makes it durable: file on disk, name, folder on disk."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._root = root
        with on_disk():
            self._file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        with on_disk():
            while view:
                view = view[self._file.write(view) :]

    def keep(self, name: str) -> None:
        target = self._root / checked_name(name)[:2] / name
        with on_disk():
            # A file whose fsync failed is never tried again: the kernel may count its pages as written.
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.rename(target)
            sync_folder(target.parent)

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink()
