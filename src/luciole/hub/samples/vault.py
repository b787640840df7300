"""The vault: clear bytes in, sealed bytes kept, each file under a key of its own that a hub key wraps."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_noop as mark

from luciole.hub.samples.blobs import BlobStore, Draft, open_store
from luciole.hub.samples.failures import (
    Damaged,
    Erased,
    QuotaReached,
    StorageFailed,
    StorageFull,
    TooLarge,
    in_database,
)
from luciole.hub.samples.models import Blob, Holding, Piece, Upload
from luciole.hub.samples.sealing import KEY_BYTES, Seal, unseal
from luciole.hub.samples.writing import Writing
from luciole.hub.site.keys import HubKeys, KeyProblem
from luciole.hub.site.sentences import sentence
from luciole.hub.site.settings import HUB
from luciole.kernel.errors import ParseError

STORED, DAMAGED, ERASED = "stored", "damaged", "erased"
CONTEXT = b"file"
GIB = 1 << 30
_MARK_BYTES = 8
_BATCH = 500


class Stored(NamedTuple):
    """What was kept. name: in the store; size: of the clear bytes; wrapped_key: sealed with the hub key `hub_key`."""

    name: str
    sha256: bytes
    sha1: bytes
    md5: bytes
    size: int
    wrapped_key: bytes
    hub_key: str


class Scrubbed(NamedTuple):
    """What a scrub read. size: clear bytes; damaged: SHA-256 of the files that are not as they were kept."""

    files: int
    size: int
    damaged: tuple[bytes, ...]


class Rewrapped(NamedTuple):
    """How many keys were wrapped anew, and how many could not be unwrapped."""

    done: int
    failed: int


class Arrival:
    """A file that arrived, sealed, and is not kept yet. Use as a context manager: what is not kept is dropped."""

    def __init__(self, draft: Draft, keys: HubKeys) -> None:
        self._draft = draft
        self._keys = keys
        self._key = secrets.token_bytes(KEY_BYTES)
        self._digests = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
        self._mark = secrets.token_hex(_MARK_BYTES)
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._draft.drop()

    def fill(self, chunks: Iterable[bytes], most: int) -> None:
        """Receives the file. Raises TooLarge, StorageFull, StorageFailed, and whatever `chunks` raises."""
        seal = Seal(self._key, CONTEXT)
        for chunk in chunks:
            self.size += len(chunk)
            if self.size > most:
                raise TooLarge(sentence("The file is larger than {most} bytes.", most=most))
            for digest in self._digests:
                digest.update(chunk)
            self._draft.write(seal.add(chunk))
        self._draft.write(seal.end())

    @property
    def sha256(self) -> bytes:
        """The digest of the clear bytes."""
        return self._digests[0].digest()

    @property
    def name(self) -> str:
        """Its name in the store once it is kept; no other writing of the same file has it."""
        return f"{self.sha256.hex()}-{self._mark}"

    @property
    def digests(self) -> tuple[bytes, bytes, bytes]:
        """SHA-256, SHA-1 and MD5 of the clear bytes."""
        sha256, sha1, md5 = self._digests
        return sha256.digest(), sha1.digest(), md5.digest()

    def keep(self) -> Stored:
        """Keeps the file under `name`; it is durable when this returns. Raises StorageFull, StorageFailed."""
        wrapped, hub_key = _wrapped(self._keys, self._key)
        self._draft.keep(self.name)
        return Stored(self.name, *self.digests, self.size, wrapped, hub_key)


class Vault:
    """Keeps files. Safe to share between threads.

    quota: clear bytes that may be kept; writing: tells the sweep of this computer that something is on its way.
    """

    def __init__(self, store: BlobStore, keys: HubKeys, quota: int, writing: Writing) -> None:
        self.blobs = store
        self.keys = keys
        self.quota = quota
        self.writing = writing

    def receive(self, chunks: Iterable[bytes], most: int) -> Arrival:
        """Reads a file to its end without keeping it, at most `most` bytes. Raises as `Arrival.fill` does."""
        arrival = Arrival(self.blobs.draft(), self.keys)
        try:
            arrival.fill(chunks, most)
        except BaseException:
            arrival.__exit__(None, None, None)
            raise
        return arrival

    def wrap(self, key: bytes) -> tuple[bytes, str]:
        """A key as the database may keep it, and the id of the hub key that wraps it. Raises StorageFailed."""
        return _wrapped(self.keys, key)

    def store(self, chunks: Iterable[bytes], most: int) -> Stored:
        """Keeps a file; it is durable when this returns, and swept one day if no row of `Blob` names it.

        Raises TooLarge, StorageFull, StorageFailed, and whatever `chunks` raises.
        """
        with self.receive(chunks, most) as arrival:
            return arrival.keep()

    def chunks(self, blob: Blob) -> Iterator[bytes]:
        """The clear bytes of a file. All of it is checked before the first byte comes, and again on the way.

        Raises, before the first byte, Erased, Damaged (which is noted in the row) and StorageFailed.
        """
        for _ in self._checked(blob):
            pass
        return self._checked(blob)

    def read(self, blob: Blob, most: int) -> bytes:
        """The clear bytes of a file of at most `most`, read once and whole. Raises TooLarge, and as `chunks` does."""
        if blob.size > most:
            raise TooLarge(sentence("The file is larger than {most} bytes.", most=most))
        return b"".join(self._checked(blob))

    def erase(self, blob: Blob) -> None:
        """Destroys the key of a file, then its bytes once that is committed; what remains can never be read again.

        Raises StorageFull, StorageFailed where the database does not take it; then the file is as it was.
        """
        with in_database(), transaction.atomic():
            row = Blob.objects.select_for_update().get(pk=blob.pk)
            if row.state == ERASED:
                return
            name = row.name
            self.forget(row)
            Blob.objects.filter(pk=row.pk).update(state=ERASED, wrapped_key=b"", hub_key="")
            self.discard_on_commit(name)

    def discard(self, name: str) -> None:
        """Removes sealed bytes that no row names any more; where that fails the sweep removes them later."""
        try:
            self.blobs.delete(name)
        except StorageFailed:
            return

    def discard_on_commit(self, name: str) -> None:
        """Removes them once the transaction, from which on no row names them, is committed."""
        # Robust, because whoever began the transaction must not take it for failed when this is.
        transaction.on_commit(lambda: self.discard(name), robust=True)

    @contextlib.contextmanager
    def undoing(self, name: str) -> Iterator[None]:
        """Discards what was kept under `name` when the transaction inside certainly failed.

        Where only the answer of the database is missing the commit may have arrived: the sweep decides by the rows.
        """
        try:
            yield
        except Exception as error:
            if isinstance(error, StorageFull) or not isinstance(error, StorageFailed):
                self.discard(name)
            raise

    def reserve(self, size: int, *, arriving: bool = False) -> None:
        """Counts bytes as kept, within the transaction that keeps them. Raises QuotaReached where they are too many."""
        rows = Holding.objects.filter(pk=_holding())
        if arriving:
            room = rows.filter(arriving__lte=self.quota - size - F("stored"))
            changed = room.update(arriving=F("arriving") + size)
        else:
            changed = rows.filter(stored__lte=self.quota - size).update(stored=F("stored") + size)
        if not changed:
            raise QuotaReached(
                mark("The hub keeps as many samples as it may."), remedy=mark("Raise quota_gib, or erase some.")
            )

    def release(self, size: int, *, arriving: bool = False) -> None:
        """Counts bytes as gone, within the transaction that lets them go."""
        field = "arriving" if arriving else "stored"
        Holding.objects.filter(pk=_holding()).update(**{field: F(field) - size})

    def forget(self, row: Blob) -> None:
        """Takes a row that is about to change state out of the count, if it is in it."""
        if row.state != ERASED:
            self.release(row.size)

    def recount(self) -> None:
        """Counts everything anew, for the case that a row was changed by hand. Raises StorageFull, StorageFailed."""
        with in_database(), transaction.atomic():
            row = Holding.objects.select_for_update().get(pk=_holding())
            kept = Blob.objects.exclude(state=ERASED).aggregate(total=Sum("size"))["total"]
            pieces = Piece.objects.aggregate(total=Sum("size"))["total"]
            Holding.objects.filter(pk=row.pk).update(stored=kept or 0, arriving=pieces or 0)

    def check(self, blob: Blob) -> None:
        """Reads a whole file to see whether it is what was kept, and changes nothing. Raises as `chunks` does."""
        if blob.state == ERASED:
            raise Erased(mark("This file was erased."))
        for _ in self._clear(blob):
            pass

    def scrub(self, now: dt.datetime, before: dt.datetime, most: int) -> Scrubbed:
        """Reads files again that were not read since `before`, longest ago first, until `most` bytes were read.

        What is not as it was kept is noted as damaged; what is right again, because somebody put it back, as stored.
        Raises StorageFailed where the store or the database does not answer: that is no damage.
        """
        files, size, damaged = 0, 0, []
        while size < most:
            with in_database():
                row = _longest_ago(before)
            if row is None:
                break
            is_right = self._is_right(row)
            with in_database():
                mine = Blob.objects.filter(pk=row.pk, name=row.name).exclude(state=ERASED)
                mine.update(state=STORED if is_right else DAMAGED, scrubbed_at=now)
            files, size = files + 1, size + max(1, row.size)
            damaged += [] if is_right else [bytes(row.digest)]
        return Scrubbed(files, size, tuple(damaged))

    def _is_right(self, row: Blob) -> bool:
        try:
            self.check(row)
        except Damaged:
            return False
        return True

    def rewrap(self) -> Rewrapped:
        """Wraps with the current hub key what an older one wraps; the files stay as they are. May be ended midway.

        Raises KeyProblem, StorageFailed.
        """
        done, failed = 0, 0
        for rows in (Blob.objects.exclude(state=ERASED), Upload.objects.all()):
            with in_database():
                old = list(rows.exclude(hub_key=self.keys.current).order_by("pk").values_list("pk", flat=True))
            for at in range(0, len(old), _BATCH):
                with in_database(), transaction.atomic():
                    locked = rows.select_for_update().filter(Q(pk__in=old[at : at + _BATCH])).order_by("pk")
                    results = [self._rewrapped(row) for row in locked]
                done, failed = done + sum(results), failed + len(results) - sum(results)
        return Rewrapped(done, failed)

    def needed_keys(self) -> frozenset[str]:
        """The ids of the hub keys that wrap the key of a file or an upload. Raises StorageFailed."""
        with in_database():
            kept = Blob.objects.exclude(state=ERASED).values_list("hub_key", flat=True).distinct()
            return frozenset(kept) | frozenset(Upload.objects.values_list("hub_key", flat=True).distinct())

    def _rewrapped(self, row: Blob | Upload) -> bool:
        try:
            key = self.keys.unwrap(bytes(row.wrapped_key), row.hub_key)
        except KeyProblem:
            return False
        row.wrapped_key, row.hub_key = self.keys.wrap(key)
        row.save(update_fields=["wrapped_key", "hub_key"])
        return True

    def _checked(self, blob: Blob) -> Iterator[bytes]:
        if blob.state == ERASED:
            raise Erased(mark("This file was erased."))
        try:
            yield from self._clear(blob)
        except Damaged:
            with in_database():
                Blob.objects.filter(pk=blob.pk, name=blob.name, state=STORED).update(state=DAMAGED)
            raise

    def _clear(self, blob: Blob) -> Iterator[bytes]:
        """The last chunk is held back until size and digest are right, so that a whole file is a right file."""
        key = self._key_of(blob)
        digest, size, held = hashlib.sha256(), 0, b""
        try:
            for chunk in unseal(key, CONTEXT, self.blobs.get(blob.name)):
                if held:
                    yield held
                digest.update(chunk)
                size += len(chunk)
                held = chunk
        except ParseError as error:
            raise Damaged(sentence("A file in the vault is not what was put there: {why}", why=str(error))) from error
        if size != blob.size or digest.digest() != bytes(blob.digest):
            raise Damaged(mark("A file in the vault is not the one its row names."))
        if held:
            yield held

    def _key_of(self, blob: Blob) -> bytes:
        try:
            return self.keys.unwrap(bytes(blob.wrapped_key), blob.hub_key)
        except KeyProblem as error:
            if blob.hub_key in self.keys.ids:
                raise Damaged(mark("The key of a file in the vault was changed.")) from error
            raise StorageFailed(error.message, remedy=error.remedy) from error


def _wrapped(keys: HubKeys, key: bytes) -> tuple[bytes, str]:
    try:
        return keys.wrap(key)
    except KeyProblem as error:
        raise StorageFailed(error.message, remedy=error.remedy) from error


def _longest_ago(before: dt.datetime) -> Blob | None:
    rows = Blob.objects.exclude(state=ERASED).filter(Q(scrubbed_at=None) | Q(scrubbed_at__lt=before))
    return rows.order_by(F("scrubbed_at").asc(nulls_first=True), "pk").first()


def _holding() -> int:
    return Holding.objects.get_or_create(pk=1)[0].pk


def open_vault(folder: Path, store: BlobStore, quota_gib: int) -> Vault:
    """The vault of a data folder. Raises KeyProblem, StorageFull, StorageFailed."""
    return Vault(store, HubKeys.load(folder), quota_gib * GIB, Writing(folder))


@functools.cache
def current() -> Vault:
    """The vault of this hub, as its settings name it. Raises KeyProblem, StorageFull, StorageFailed."""
    return open_vault(HUB.folder, open_store(HUB), HUB.number("quota_gib"))
