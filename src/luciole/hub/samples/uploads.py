"""Hand-ins that arrive in pieces, so that a broken connection costs one piece; each piece is sealed when it is kept."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable, Iterator

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.members.policy import Actor
from luciole.hub.samples.about import About, tidied
from luciole.hub.samples.archives import Taken, take
from luciole.hub.samples.failures import (
    Damaged,
    NoSuchUpload,
    NotTaken,
    QuotaReached,
    StorageFailed,
    TooLarge,
    WrongOffset,
    in_database,
)
from luciole.hub.samples.handin import LARGEST, may_hand_in
from luciole.hub.samples.models import HandIn, Piece, Upload
from luciole.hub.samples.sealing import KEY_BYTES, Seal, unseal
from luciole.hub.samples.vault import Vault, current
from luciole.hub.site.keys import KeyProblem
from luciole.hub.site.sentences import sentence
from luciole.kernel.errors import ParseError

PIECE_LEAST = 1 << 16
"""Bytes of the smallest piece, the last one aside."""
PIECE_MOST = 64 << 20
LIFE = dt.timedelta(days=3)
"""How long an upload waits for its next piece."""
MOST_OPEN = 64
"""Uploads that one organisation may have open."""
_MARK_BYTES = 8


class _Finished(Exception):
    """Somebody else finished this upload first."""

    def __init__(self, made: Upload) -> None:
        self.made = made


def begin(actor: Actor, size: int, about: About, *, into: Vault | None = None) -> Upload:
    """Announces a file of `size` bytes. What is said about it is checked, and scrubbed, now.

    Raises NotAllowed, NotTaken, TooLarge, QuotaReached, StorageFull, StorageFailed.
    """
    may_hand_in(actor)
    said, vault = tidied(about), into or current()
    if size < 0:
        raise NotTaken(mark("A file cannot be smaller than nothing."))
    if size > LARGEST:
        raise TooLarge(sentence("The file is larger than {most} bytes.", most=LARGEST))
    with in_database(), transaction.atomic(durable=True):
        vault.reserve(size, arriving=True)
        vault.release(size, arriving=True)  # only asked whether there would be room
        if Upload.objects.filter(organisation_id=actor.organisation, hand_in=None).count() >= MOST_OPEN:
            raise QuotaReached(
                sentence("Your organisation has {most} uploads open.", most=MOST_OPEN),
                remedy=mark("Finish or give up some."),
            )
        wrapped, hub_key = vault.wrap(secrets.token_bytes(KEY_BYTES))
        return Upload.objects.create(
            organisation_id=actor.organisation,
            person_id=actor.person or None,
            key_id=actor.key or None,
            file_name=said.file_name,
            size=size,
            wrapped_key=wrapped,
            hub_key=hub_key,
            about=msgspec.to_builtins(said),
            expires_at=timezone.now() + LIFE,
        )


def find(actor: Actor, upload: uuid.UUID) -> Upload:
    """An upload of this very person or key, with `received` saying where it stands. Raises NoSuchUpload, NotAllowed."""
    may_hand_in(actor)
    with in_database():
        mine = Q(person_id=actor.person or None, key_id=actor.key or None)
        found = Upload.objects.filter(
            mine, pk=upload, organisation_id=actor.organisation, expires_at__gt=timezone.now()
        ).first()
    if found is None:
        raise NoSuchUpload(mark("There is no such upload, or its time is over."))
    return found


def append(actor: Actor, upload: uuid.UUID, offset: int, chunks: Iterable[bytes], *, into: Vault | None = None) -> int:
    """Keeps one piece that begins at `offset`; it is durable when this returns. Returns where the next one begins.

    A piece that breaks off is not kept. Raises NoSuchUpload, WrongOffset (which says where it stands), NotTaken,
    TooLarge, StorageFull, StorageFailed, and what `chunks` raises.
    """
    vault = into or current()
    row = find(actor, upload)
    if row.hand_in_id or offset != row.received:
        raise WrongOffset(row.received)
    with vault.writing.part():
        name, size = _keep_piece(vault, row, chunks)
        with vault.undoing(name):
            _enter(vault, Piece(upload=row, offset=offset, size=size, name=name))
    return offset + size


def finish(actor: Actor, upload: uuid.UUID, *, expect: bytes = b"", into: Vault | None = None) -> Taken:
    """Hands in what arrived, as `take` does. Finished twice, or by two at once, it is handed in once.

    expect: the SHA-256 that the file must have, if known. Raises NoSuchUpload, WrongOffset where pieces are missing,
    and as `take` does.
    """
    vault = into or current()
    row = find(actor, upload)
    if row.hand_in:
        return _taken(row)
    if row.received != row.size:
        raise WrongOffset(row.received)

    def settle(made: Taken) -> None:
        vault.release(row.size, arriving=True)
        locked = Upload.objects.select_for_update().filter(pk=row.pk).first()
        if locked is None:
            raise NoSuchUpload(mark("There is no such upload, or its time is over."))
        if locked.hand_in:
            raise _Finished(locked)
        Upload.objects.filter(pk=row.pk).update(hand_in=made.first, left_out=made.left_out)
        _remove_pieces(vault, locked)

    about = msgspec.convert(row.about, About)
    try:
        return take(actor, _clear(vault, row), about, expect=expect, within=settle, into=vault)
    except _Finished as other:
        return _taken(other.made)
    except Damaged:
        again = find(actor, upload)
        if again.hand_in:  # whoever finished it first has removed the pieces meanwhile
            return _taken(again)
        raise


def _taken(row: Upload) -> Taken:
    """What came of an upload that was finished."""
    first = row.hand_in
    if first is None or first.bundle is None:
        return Taken([first] if first else [])
    others = HandIn.objects.filter(bundle=first.bundle).exclude(pk=first.pk).select_related("sample", "organisation")
    return Taken([first, *others.order_by("at", "pk")], row.left_out)


def give_up(actor: Actor, upload: uuid.UUID, *, into: Vault | None = None) -> None:
    """Forgets an upload and its pieces. Raises NoSuchUpload, StorageFailed."""
    remove(into or current(), find(actor, upload))


def remove(vault: Vault, row: Upload) -> None:
    """Forgets an upload, whoever's it is. Its hand-in, if it came to one, stays. Raises StorageFailed."""
    with in_database(), transaction.atomic():
        vault.release(0, arriving=True)  # takes the lock of the count first, as every other transaction does
        locked = Upload.objects.select_for_update().filter(pk=row.pk).first()
        if locked is None:
            return
        if not locked.hand_in_id:
            vault.release(locked.received, arriving=True)
        _remove_pieces(vault, locked)
        locked.delete()


def _remove_pieces(vault: Vault, row: Upload) -> None:
    for name in Piece.objects.filter(upload=row).values_list("name", flat=True):
        vault.discard_on_commit(name)
    Piece.objects.filter(upload=row).delete()


def _enter(vault: Vault, piece: Piece) -> None:
    end = piece.offset + piece.size
    with in_database(), transaction.atomic(durable=True):
        vault.reserve(piece.size, arriving=True)
        row = Upload.objects.select_for_update().filter(pk=piece.upload_id).first()
        if row is None:
            raise NoSuchUpload(mark("There is no such upload, or its time is over."))
        if row.hand_in_id or row.received != piece.offset:
            raise WrongOffset(row.received)
        piece.save(force_insert=True)
        Upload.objects.filter(pk=row.pk).update(received=end, expires_at=timezone.now() + LIFE)


def _keep_piece(vault: Vault, row: Upload, chunks: Iterable[bytes]) -> tuple[str, int]:
    most = min(PIECE_MOST, row.size - row.received)
    seal = Seal(_key(vault, row), _context(row, row.received))
    draft = vault.blobs.draft()
    try:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge(sentence("The piece is larger than the {most} bytes that may follow.", most=most))
            draft.write(seal.add(chunk))
        if size < min(PIECE_LEAST, row.size - row.received) or not size:
            raise NotTaken(sentence("A piece that is not the last has at least {least} bytes.", least=PIECE_LEAST))
        draft.write(seal.end())
        name = f"{row.pk.hex}-{row.received:x}-{secrets.token_hex(_MARK_BYTES)}"
        draft.keep(name)
    finally:
        draft.drop()
    return name, size


def _clear(vault: Vault, row: Upload) -> Iterator[bytes]:
    """The file that arrived, piece after piece; a piece in another's place is noticed, for its place is in its key."""
    key, offset = _key(vault, row), 0
    for piece in Piece.objects.filter(upload=row):
        try:
            for chunk in unseal(key, _context(row, offset), vault.blobs.get(piece.name)):
                offset += len(chunk)
                yield chunk
        except ParseError as error:
            raise Damaged(
                mark("A piece of this upload is not what was sent."), remedy=mark("Begin the upload again.")
            ) from error
    if offset != row.size:
        raise Damaged(mark("Pieces of this upload are gone."), remedy=mark("Begin the upload again."))


def _context(row: Upload, offset: int) -> bytes:
    return b"piece " + row.pk.bytes + offset.to_bytes(8, "big")


def _key(vault: Vault, row: Upload) -> bytes:
    try:
        return vault.keys.unwrap(bytes(row.wrapped_key), row.hub_key)
    except KeyProblem as error:
        raise StorageFailed(error.message, remedy=error.remedy) from error
