"""Makes a backup while the hub runs: a snapshot of the database, every file it names, settings and keys."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyrage
from django.db import connection, transaction

from luciole import __version__
from luciole.hub.audit.services import record
from luciole.hub.members.policy import ANONYMOUS
from luciole.hub.samples.blobs import BlobStore, open_store
from luciole.hub.samples.failures import Damaged
from luciole.hub.samples.models import Blob, Piece
from luciole.hub.site.archive import (
    BLOBS,
    DATABASE,
    FORMAT,
    LOCKED_KEYS,
    READ_BYTES,
    SQLITE,
    About,
    BackupProblem,
    Entry,
    write,
)  # fmt: skip
from luciole.hub.site.keys import FOLDER as KEYS
from luciole.hub.site.migrating import head
from luciole.hub.site.table import HUB_FILE, Settings

ERASED = "erased"


class What(NamedTuple):
    """What goes into a backup. keys: whether the hub's keys come along; passphrase: locks them once more, or empty."""

    keys: bool = True
    passphrase: str = ""
    blobs: bool = True


class Made(NamedTuple):
    """A backup that was made. size: in bytes; blobs: how many files of samples; left_out: erased while it was made."""

    path: Path
    size: int
    blobs: int
    left_out: int


def recipients_of(texts: list[str]) -> list[pyrage.x25519.Recipient]:
    """Public age keys as they are written, age1…. Raises BackupProblem for what is none."""
    if not texts:
        raise BackupProblem(
            "No key was named to which the backup is encrypted.",
            remedy="On another computer run `age-keygen -o backup.key`, keep that file there, and name its public key.",
        )
    try:
        return [pyrage.x25519.Recipient.from_str(one) for one in texts]
    except pyrage.RecipientError:
        raise BackupProblem("That is no public age key.", remedy="It begins with age1.") from None


def make(settings: Settings, path: Path, recipients: list[pyrage.x25519.Recipient], what: What) -> Made:
    """Makes a backup of the hub in `path`. All that was acknowledged before it began is in it.

    Raises BackupProblem, StorageFailed or OSError; then `path` is not there.
    """
    about = About(
        FORMAT, __version__, datetime.now(UTC).isoformat(timespec="seconds"), connection.vendor,
        "no" if not what.keys else "locked" if what.passphrase else "yes", what.blobs, head(),
    )  # fmt: skip
    scratch = settings.folder / f"backing-up-{secrets.token_hex(4)}"
    scratch.mkdir(mode=0o700)
    try:
        names = _snapshot(settings, scratch / DATABASE)
        left_out: list[str] = []
        entries = _entries(settings, scratch / DATABASE, names, what, left_out)
        size = write(path, about, entries, recipients)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    files = len(names) - len(left_out) if what.blobs else 0
    record("hub.backup", ANONYMOUS, "hub", "", files=files, keys=what.keys)
    return Made(path, size, files, len(left_out))


def clear_scratch(settings: Settings) -> None:
    """Removes what a backup left that was killed; for a time when none is made."""
    for one in settings.folder.glob("backing-up-*"):
        shutil.rmtree(one, ignore_errors=True)


def _snapshot(settings: Settings, copy: Path) -> list[str]:
    """Copies the database and returns the names of the files that it names."""
    return _copy_sqlite(copy) if connection.vendor == SQLITE else _dump_postgresql(settings, copy)


def _copy_sqlite(copy: Path) -> list[str]:
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(copy)) as target:
        copy.chmod(0o600)
        # In one step: where others write meanwhile, several steps would begin anew each time.
        connection.connection.backup(target, pages=-1)
        rows = target.execute(
            f"SELECT name FROM {Blob._meta.db_table} WHERE state <> ?"  # noqa: S608, SLF001 - names of our own tables
            f" UNION ALL SELECT name FROM {Piece._meta.db_table}",  # noqa: SLF001 - as above
            [ERASED],
        )
        return [name for (name,) in rows]


def _dump_postgresql(settings: Settings, copy: Path) -> list[str]:
    """The dump and the list see the same moment."""
    del settings
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        (moment,) = cursor.fetchone()
        with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            run_tool(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment}"], file)
        names = list(Blob.objects.exclude(state=ERASED).values_list("name", flat=True))
        return names + list(Piece.objects.values_list("name", flat=True))


def run_tool(command: list[str], out: io.BufferedWriter | None = None) -> None:
    """Runs a program of PostgreSQL on the database of the hub. Raises BackupProblem with what it said."""
    named = connection.settings_dict
    environment = {
        **os.environ,
        "PGHOST": named["HOST"], "PGPORT": named["PORT"], "PGUSER": named["USER"], "PGPASSWORD": named["PASSWORD"],
        "PGDATABASE": named["NAME"], "PGCONNECT_TIMEOUT": "10",
    }  # fmt: skip
    environment = {name: value for name, value in environment.items() if value or not name.startswith("PG")}
    try:
        subprocess.run(command, env=environment, stdout=out, stderr=subprocess.PIPE, check=True)  # noqa: S603 - our words
    except FileNotFoundError:
        raise BackupProblem(f"{command[0]} is not installed.", remedy="Install postgresql-client.") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise BackupProblem(f"{command[0]} failed: {' '.join(said)}") from None


def _entries(settings: Settings, copy: Path, names: list[str], what: What, left_out: list[str]) -> Iterator[Entry]:
    yield _file(DATABASE, copy)
    if (settings.folder / HUB_FILE).exists():
        yield _file(HUB_FILE, settings.folder / HUB_FILE)
    if what.keys:
        yield from _keys(settings.folder / KEYS, what.passphrase)
    if what.blobs:
        yield from _blobs(open_store(settings), names, left_out)


def _file(name: str, path: Path) -> Entry:
    return Entry(name, path.stat().st_size, _read(path))


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk


def _keys(folder: Path, passphrase: str) -> Iterator[Entry]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not passphrase:
        yield from (_file(f"{KEYS}/{path.name}", path) for path in files)
        return
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in files:
            tar.add(path, f"{KEYS}/{path.name}")
    locked = pyrage.passphrase.encrypt(packed.getvalue(), passphrase)
    yield Entry(LOCKED_KEYS, len(locked), [locked])


def _blobs(store: BlobStore, names: list[str], left_out: list[str]) -> Iterator[Entry]:
    sizes = {one.name: one.size for one in store.listed()}
    for name in names:
        if name not in sizes:
            _note_missing(name, left_out)
            continue
        chunks = store.get(name)
        try:
            first = next(chunks, b"")
        except Damaged:
            _note_missing(name, left_out)
            continue
        yield Entry(BLOBS + name, sizes[name], _rejoined(first, chunks))


def _rejoined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _note_missing(name: str, left_out: list[str]) -> None:
    """What was erased since the snapshot is left out. Raises BackupProblem for what is gone though a row names it."""
    if Blob.objects.filter(name=name).exclude(state=ERASED).exists():
        raise BackupProblem(f"{name} is gone from the store.", remedy="Run `luciole hub check-integrity`.")
    left_out.append(name)
