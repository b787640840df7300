"""Hands in whatever arrives: a file as it is, or every app file of an archive under the usual password.

An archive is opened in the reader's process, one file after the other, and each app file in it becomes a sample with a
hand-in of its own; all have the marking, the embargo and the note of the archive, and one `bundle`. They are handed in
all together or not at all. The archive itself is not kept.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

import msgspec

from luciole.hub.members.policy import Actor
from luciole.hub.samples.about import About, tidied
from luciole.hub.samples.failures import NotTaken, StorageFailed
from luciole.hub.samples.handin import LARGEST, Arrived, Within, hand_in, keep_all, may_hand_in
from luciole.hub.samples.models import HandIn
from luciole.hub.samples.reading_messages import Request
from luciole.hub.samples.sandbox import Sandbox, Unreadable
from luciole.hub.samples.unpacking import (
    HOW,
    TOO_MANY,
    Contents,
    Inside,
    Unpacked,
    is_encrypted_archive,
    is_other_archive,
)
from luciole.hub.samples.uploaded import SealedFile, sealed
from luciole.hub.samples.vault import Vault, current
from luciole.hub.site.settings import HUB
from luciole.kernel.errors import CouldNotLook, ParseError
from luciole.kernel.limits import MIB
from luciole.kernel.text import mark

LARGEST_ARCHIVE = 256 * MIB
MOST_APPS = 50
"""App files of one archive."""
_START = 1 << 16
_PATIENCE = 2.0
"""Seconds that somebody waits while another archive is opened; then they try again."""
_turn = threading.BoundedSemaphore(1)
"""One archive at a time in each server process: it lies in memory while it is opened."""
Document = TypeVar("Document", Contents, Unpacked)


class Taken(NamedTuple):
    """What was handed in, in the order of the archive. left_out: files of the archive that are no app files."""

    hand_ins: list[HandIn]
    left_out: int = 0

    @property
    def first(self) -> HandIn:
        """The only hand-in, or that of the first app file in the archive."""
        return self.hand_ins[0]


Settle = Callable[[Taken], None]
"""Runs in the transaction that makes the hand-ins; what it raises undoes them."""


def take(
    actor: Actor,
    chunks: Iterable[bytes],
    about: About,
    *,
    expect: bytes = b"",
    within: Settle | None = None,
    into: Vault | None = None,
) -> Taken:
    """Hands a file in, or the app files of an archive. When this returns, all of them are as durable as `hand_in` says.

    The arguments are those of `hand_in`; expect: of the archive. Raises as `hand_in` does; NotTaken also for an archive
    with another password, without an app file, or beyond the limits: then nothing of it was handed in.
    """
    start, rest = _begun(chunks)
    if is_other_archive(start):
        raise NotTaken(mark("The hub does not open archives of this kind."), remedy=HOW)
    if not is_encrypted_archive(start):
        return _as_it_is(actor, rest, about, expect, within, into)
    may_hand_in(actor)
    said = tidied(about)
    archive, digest = sealed(rest, LARGEST_ARCHIVE)
    with contextlib.closing(archive):
        if expect and digest != expect:
            raise NotTaken(mark("The file that arrived is not the one that was announced."))
        with _waiting_for_a_turn(), Sandbox(hidden=(HUB.folder,), reads=False) as reader:
            opened = _Opened(reader, archive, digest)
            if not opened.is_app:
                return opened.handed_in(actor, said, into or current(), within)
        return _as_it_is(actor, archive.clear(), about, b"", within, into)


def _begun(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """How a file begins, and all of it."""
    rest, held, size = iter(chunks), [], 0
    for chunk in rest:
        held.append(chunk)
        size += len(chunk)
        if size >= _START:
            break
    return b"".join(held)[:_START], itertools.chain(held, rest)


def _as_it_is(
    actor: Actor, chunks: Iterable[bytes], about: About, expect: bytes, within: Settle | None, into: Vault | None
) -> Taken:
    settle: Within | None = (lambda rows: within(Taken(list(rows)))) if within else None
    return Taken([hand_in(actor, chunks, about, expect=expect, within=settle, into=into)])


@contextlib.contextmanager
def _waiting_for_a_turn() -> Iterator[None]:
    if not _turn.acquire(timeout=_PATIENCE):
        raise StorageFailed(mark("Other archives are being opened at this moment. Try again in a few seconds."))
    try:
        yield
    finally:
        _turn.release()


class _Opened:
    """An archive that the reader holds."""

    def __init__(self, reader: Sandbox, archive: SealedFile, digest: bytes) -> None:
        self._reader = reader
        self._size = archive.size or 0
        self._digest = digest
        with _refused():
            reader.hold(archive.clear())
        self._contents = self._asked(Request(digest.hex(), self._size, "contents"), Contents)

    @property
    def is_app(self) -> bool:
        """Whether the file is an app itself, in which encryption bits only deceive."""
        return self._contents.is_app

    def handed_in(self, actor: Actor, said: About, vault: Vault, within: Settle | None) -> Taken:
        """Hands in every app file."""
        files: dict[bytes, Arrived] = {}
        left_out, archives = 0, 0
        with vault.writing.part(), contextlib.ExitStack() as stack:
            for inside in self._contents.files:
                found = self._unpacked(inside)
                archives += found.is_archive
                left_out += not found.is_app
                if found.is_app:
                    arrival = vault.receive(self._reader.unpacked(), LARGEST)
                    with contextlib.ExitStack() as dropping:
                        dropping.enter_context(arrival)
                        if arrival.sha256 not in files:
                            named = tidied(msgspec.structs.replace(said, file_name=inside.name))
                            files[arrival.sha256] = Arrived(arrival, named)
                            stack.push(dropping.pop_all())
                if len(files) > MOST_APPS:
                    raise NotTaken(TOO_MANY, remedy=HOW)
            if not files:
                raise NotTaken(_empty(archives), remedy=HOW)
            settle: Within | None = (lambda rows: within(Taken(list(rows), left_out))) if within else None
            return Taken(keep_all(vault, actor, list(files.values()), settle, self._digest), left_out)

    def _unpacked(self, inside: Inside) -> Unpacked:
        if not inside.size:
            return Unpacked(is_app=False)
        request = Request(self._digest.hex(), self._size, "unpack", inside.number, inside.size)
        return self._asked(request, Unpacked)

    def _asked(self, request: Request, kind: type[Document]) -> Document:
        with _refused():
            return msgspec.msgpack.decode(self._reader.ask_held(request), type=kind)


def _empty(archives: int) -> str:
    if archives:
        return mark("This archive holds other archives, which are not opened, and no app file.")
    return mark("This archive holds no app file.")


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    """Turns what the reader says into what is answered."""
    try:
        yield
    except Unreadable as error:
        raise NotTaken(error.message, remedy=error.remedy or HOW) from None
    except CouldNotLook as error:
        raise StorageFailed(error.message, remedy=error.remedy) from error
    except ParseError as error:
        raise StorageFailed(mark("What was being received was changed on disk. Send it again.")) from error
    except msgspec.MsgspecError:
        raise NotTaken(mark("This archive could not be opened."), remedy=HOW) from None
