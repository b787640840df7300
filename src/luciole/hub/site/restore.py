"""Makes a hub from a backup in an empty place, and looks whether it is whole before it says so."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyrage

from luciole.hub.samples.blobs import BlobStore, open_store, put_through
from luciole.hub.site.archive import (
    BLOBS,
    DATABASE,
    FIRST,
    FORMAT,
    LOCKED_KEYS,
    POSTGRESQL,
    SQLITE,
    About,
    BackupProblem,
    Reading,
)  # fmt: skip
from luciole.hub.site.durable import make_folder, sync_folder, write_new
from luciole.hub.site.keys import FOLDER as KEYS
from luciole.hub.site.table import HUB_FILE, Settings, load

_KEY_NAME = re.compile(r"[a-z0-9-]{1,64}")
_BLOB_NAME = re.compile(r"[0-9a-f]{2}[0-9a-f-]{1,94}")
_MOST_SMALL = 1 << 20
SQLITE_FILE = "hub.db"
DUMP_FILE = "database.dump"


class Restored(NamedTuple):
    """A hub that was made from a backup. blobs: files of samples."""

    folder: Path
    about: About
    blobs: int


class Source(NamedTuple):
    """A backup and what opens it.

    passphrase: asked for only where its keys are locked; keys: folder with the keys, for a backup without them.
    """

    path: Path
    identity: pyrage.x25519.Identity
    passphrase: Callable[[], str]
    keys: Path | None = None


def identity_of(path: Path) -> pyrage.x25519.Identity:
    """The age identity in a file as age-keygen writes it. Raises BackupProblem."""
    lines = [line.strip() for line in path.read_text("utf-8", "replace").splitlines()]
    found = [line for line in lines if line.startswith("AGE-SECRET-KEY-1")]
    try:
        return pyrage.x25519.Identity.from_str(found[0])
    except (IndexError, pyrage.IdentityError):
        raise BackupProblem(f"{path} holds no age identity.", remedy="age-keygen makes such files.") from None


def restore(source: Source, folder: Path, environment: Mapping[str, str]) -> Restored:
    """Makes the hub in `folder`, which must be empty or absent.

    environment: settings that go before those of the backup.
    Raises BackupProblem, StorageFailed or OSError; then `folder` is as it was, and so are database and bucket.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupProblem(f"{folder} is not empty.", remedy="Name a folder that does not exist yet.")
    make_folder(folder.parent)
    making = folder.with_name(f".{folder.name}.restoring")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    undo: list[Callable[[], object]] = []
    try:
        about, blobs = _unpack(source, making, environment, undo)
        _bring_keys(making, source.keys)
        _bring_up(making, about, environment, undo)
        if folder.exists():
            folder.rmdir()
        making.rename(folder)
    except BaseException:
        for one in reversed(undo):
            one()
        raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    sync_folder(folder.parent)
    return Restored(folder, about, blobs)


class _Unpacking:
    """Puts each entry of a backup where it belongs. Names other than ours are refused, so that no name is a path."""

    def __init__(self, source: Source, folder: Path, environment: Mapping[str, str]) -> None:
        self._source = source
        self._folder = folder
        self._environment = environment
        self._store: BlobStore | None = None
        self.kept: list[str] = []

    def take(self, name: str, chunks: Iterator[bytes], about: About) -> None:
        """One entry. Raises BackupProblem."""
        if name == DATABASE:
            _write(self._folder / (SQLITE_FILE if about.database == SQLITE else DUMP_FILE), chunks)
        elif name == HUB_FILE:
            write_new(self._folder / HUB_FILE, _small(chunks))
        elif name == LOCKED_KEYS:
            self._unlock(_small(chunks))
        elif name.startswith(f"{KEYS}/") and _KEY_NAME.fullmatch(name.removeprefix(f"{KEYS}/")):
            self._key(name.removeprefix(f"{KEYS}/"), _small(chunks))
        elif name.startswith(BLOBS) and _BLOB_NAME.fullmatch(name.removeprefix(BLOBS)):
            self._blob(name.removeprefix(BLOBS), chunks)
        else:
            raise BackupProblem("This is no backup of a hub: it holds something else.")

    def _key(self, name: str, data: bytes) -> None:
        make_folder(self._folder / KEYS)
        write_new(self._folder / KEYS / name, data)

    def _unlock(self, locked: bytes) -> None:
        try:
            packed = pyrage.passphrase.decrypt(locked, self._source.passphrase())
        except (pyrage.DecryptError, OSError):
            raise BackupProblem("This passphrase does not open the keys.") from None
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            for info in tar:
                file, name = tar.extractfile(info), info.name.removeprefix(f"{KEYS}/")
                if file is None or not _KEY_NAME.fullmatch(name):
                    raise BackupProblem("The locked keys hold something else.")
                self._key(name, file.read(_MOST_SMALL))

    def _blob(self, name: str, chunks: Iterator[bytes]) -> None:
        if self._store is None:
            self._store = open_store(settings_in(self._folder, self._environment))
            if self._store.is_shared and next(self._store.names(), None) is not None:
                raise BackupProblem("The bucket of the setting `blobs` is not empty.", remedy="Name an empty one.")
        self.kept.append(name)
        put_through(self._store, name, chunks)

    def undo(self) -> None:
        """Takes out of a bucket what was put there; a folder is removed as a whole."""
        if self._store is not None and self._store.is_shared:
            for name in self.kept:
                self._store.delete(name)


def _unpack(
    source: Source, making: Path, environment: Mapping[str, str], undo: list[Callable[[], object]]
) -> tuple[About, int]:
    about: About | None = None
    unpacking = _Unpacking(source, making, environment)
    undo.append(unpacking.undo)
    with Reading(source.path, source.identity) as reading:
        for name, _size, chunks in reading.entries():
            if about is None:
                about = _about(name, chunks)
            else:
                unpacking.take(name, chunks, about)
    if about is None:
        raise BackupProblem("This is no backup of a hub.")
    return about, len(unpacking.kept)


def _about(name: str, chunks: Iterator[bytes]) -> About:
    try:
        about = msgspec.json.decode(_small(chunks), type=About) if name == FIRST else None
    except (msgspec.DecodeError, msgspec.ValidationError):
        about = None
    if about is None or about.database not in {SQLITE, POSTGRESQL}:
        raise BackupProblem("This is no backup of a hub.")
    if about.format != FORMAT:
        raise BackupProblem(f"This backup has form {about.format}, and this program reads {FORMAT}.", remedy="Update.")
    return about


def settings_in(folder: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the hub in a folder; those of the environment go before those of its file."""
    path = folder / HUB_FILE
    values = {**environment, "LUCIOLE_HUB": str(folder)}
    return load(values, path.read_text("utf-8") if path.exists() else "")


def _bring_up(making: Path, about: About, environment: Mapping[str, str], undo: list[Callable[[], object]]) -> None:
    """Fills PostgreSQL where that is the database, and looks at everything in a process of the restored hub."""
    settings = settings_in(making, environment)
    if (about.database == POSTGRESQL) != bool(settings.text("database")):
        raise BackupProblem(
            f"The backup is of a hub on {about.database}, and the setting `database` says otherwise.",
            remedy="Set LUCIOLE_DATABASE to an empty PostgreSQL database, or take it away.",
        )
    if about.database == POSTGRESQL:
        _in_restored(making, environment, "fill")
        undo.append(lambda: _in_restored(making, environment, "empty"))
        (making / DUMP_FILE).unlink()
    _in_restored(making, environment, "check")


def _bring_keys(making: Path, keys: Path | None) -> None:
    """A hub without its keys can read nothing. Raises BackupProblem."""
    for path in sorted(keys.iterdir()) if keys else []:
        if _KEY_NAME.fullmatch(path.name) and not (making / KEYS / path.name).exists():
            make_folder(making / KEYS)
            write_new(making / KEYS / path.name, path.read_bytes())
    if not (making / KEYS).is_dir():
        raise BackupProblem(
            "This backup was made without the keys of the hub, and nothing can be read without them.",
            remedy="Name the folder with the keys with --keys.",
        )


def _in_restored(making: Path, environment: Mapping[str, str], what: str) -> None:
    """Runs a step in a process of its own, because Django's settings are those of one hub for a whole process."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "luciole.hub.site.restored", what],
        env={**environment, "LUCIOLE_HUB": str(making)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = (done.stdout.strip() or done.stderr.strip()).splitlines()
        raise BackupProblem(f"The restored hub is not whole: {said[0] if said else 'no reason given'}")


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _small(chunks: Iterator[bytes]) -> bytes:
    data = b""
    for chunk in chunks:
        data += chunk
        if len(data) > _MOST_SMALL:
            raise BackupProblem("This is no backup of a hub: an entry is too large.")
    return data
