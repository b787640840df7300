"""Looks whether everything that the hub keeps is what it was: database, files, log, and that nothing lies about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
from django.db import DatabaseError, connection
from django.db.models import F, Q

from luciole.hub.audit import services as audit
from luciole.hub.samples import vault as vaults
from luciole.hub.samples.failures import SampleError
from luciole.hub.samples.models import Blob, HandIn, Piece, Sample
from luciole.hub.samples.vault import ERASED, Vault
from luciole.hub.site import migrating
from luciole.kernel.errors import LucioleError

Told = Callable[[int, int], None]
"""How far it is: files looked at, and of how many."""
_FEW = 20


class Finding(msgspec.Struct, frozen=True):
    """One part that was looked at. count: of things; broken: what is not right, the first few; more: beyond them."""

    name: str
    state: Literal["ok", "broken", "not looked at"]
    count: int
    detail: str = ""
    broken: tuple[str, ...] = ()
    more: int = 0


def check(told: Told = lambda _done, _most: None, *, files: bool = True) -> list[Finding]:
    """Every finding. files: whether every file in the vault is read to its end."""
    return [
        _alone("database", _database),
        _alone("rows", _rows),
        _alone("log", _log),
        _alone("files", lambda: _files(told) if files else Finding("files", "not looked at", 0, "as asked")),
        _alone("store", _store),
    ]


def is_whole(findings: list[Finding]) -> bool:
    """Whether nothing is broken."""
    return all(one.state != "broken" for one in findings)


def _alone(name: str, look: Callable[[], Finding]) -> Finding:
    """What one look finds; a look that fails is itself a finding, and the others go on."""
    try:
        return look()
    except (LucioleError, DatabaseError, OSError) as error:
        return Finding(name, "broken", 0, f"could not be looked at: {error}")


def _found(name: str, count: int, broken: Iterator[str], detail: str = "") -> Finding:
    wrong = list(broken)
    return Finding(name, "broken" if wrong else "ok", count, detail, tuple(wrong[:_FEW]), max(0, len(wrong) - _FEW))


def _database() -> Finding:
    """SQLite looks at every page itself; of PostgreSQL every table is read to its end."""
    if connection.vendor == "sqlite":
        return _found("database", 1, _sqlite_faults(), "every page of the file")
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {quoted} AS one WHERE one IS NULL")  # noqa: S608 - names of tables
    schema = (f"the migration {one} is missing" for one in migrating.missing())
    return _found("database", len(tables), schema, "every row of every table")


def _sqlite_faults() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(20)")
        yield from (text for (text,) in cursor.fetchall() if text != "ok")
        cursor.execute("PRAGMA foreign_key_check")
        yield from (
            f"a row of {table} names one of {parent} that is not there" for table, _, parent, _ in cursor.fetchall()
        )
    yield from (f"the migration {one} is missing" for one in migrating.missing())


def _rows() -> Finding:
    """What the schema cannot say: a sample is the file it names, and each has somebody who handed it in."""
    other = Sample.objects.exclude(Q(sha256=F("blob__digest")) & Q(size=F("blob__size")))
    alone = Sample.objects.exclude(pk__in=HandIn.objects.values("sample_id"))
    wrong = [
        f"sample {bytes(one).hex()} is not the file it names" for one in other.values_list("sha256", flat=True)[:100]
    ]
    wrong += [
        f"sample {bytes(one).hex()} was handed in by nobody" for one in alone.values_list("sha256", flat=True)[:100]
    ]
    return _found("rows", Sample.objects.count(), iter(wrong), "samples")


def _log() -> Finding:
    keys = vaults.current().keys
    fault = audit.verify(keys.is_ours)
    wrong = [f"entry {fault.sequence}: {fault.why}"] if fault else []
    return _found("log", audit.length(), iter(wrong), "entries, each following from the one before")


def _files(told: Told) -> Finding:
    vault, rows = vaults.current(), Blob.objects.exclude(state=ERASED)
    most = rows.count()
    return _found("files", most, _damaged(vault, told, most), "each decrypted to its end and compared with its digest")


def _damaged(vault: Vault, told: Told, most: int) -> Iterator[str]:
    for done, blob in enumerate(Blob.objects.exclude(state=ERASED).order_by("pk").iterator(500), start=1):
        try:
            vault.check(blob)
        except SampleError as error:
            if Blob.objects.filter(pk=blob.pk, name=blob.name).exclude(state=ERASED).exists():
                yield f"{bytes(blob.digest).hex()}: {error}"
        told(done, most)


def _store() -> Finding:
    """Names without a row are what an interruption left: the sweep removes them, so they are told but are no fault."""
    vault = vaults.current()
    named = set(Blob.objects.exclude(state=ERASED).values_list("name", flat=True))
    named |= set(Piece.objects.values_list("name", flat=True))
    kept = set(vault.blobs.names())
    nameless = len(kept - named)
    pieces = set(Piece.objects.values_list("name", flat=True)) - kept
    detail = f"{nameless} without a row, which the sweep removes" if nameless else "each named by a row"
    return _found("store", len(kept), (f"a piece of an upload is gone: {one}" for one in sorted(pieces)), detail)
