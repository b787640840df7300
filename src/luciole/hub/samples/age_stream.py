"""Encrypts to an age recipient while bytes arrive, with memory for a few chunks."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator

import pyrage
from django.db import connections
from django.utils.translation import gettext_noop as mark

from luciole.hub.samples.failures import NotTaken, StorageFailed

_CHUNK = 1 << 16
_WAITING = 8
_SECONDS = 60.0


class _Stopped(Exception):
    """Nobody reads any more."""


def checked(recipient: str) -> str:
    """The recipient, when it is one (`age1…`). Raises NotTaken."""
    try:
        pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise NotTaken(
            mark("The age recipient of your organisation is none. An owner corrects it in its profile.")
        ) from None
    return recipient


def encrypted(clear: Iterable[bytes], recipient: str) -> Iterator[bytes]:
    """The age file (https://age-encryption.org/v1) of what `clear` yields. Raises what `clear` raises, on the way.

    The library pushes and an answer pulls, so it runs in a thread of its own that waits for whoever reads.
    """
    pipe = _Pipe(clear)
    thread = threading.Thread(target=pipe.run, args=(pyrage.x25519.Recipient.from_str(recipient),), daemon=True)
    thread.start()
    try:
        yield from pipe.chunks()
    finally:
        pipe.stop()
        thread.join(_SECONDS)


class _Pipe:
    """A file to read clear bytes from, and one to write sealed bytes to, with a short queue behind it."""

    def __init__(self, clear: Iterable[bytes]) -> None:
        self._source = iter(clear)
        self._left = b""
        self._out = bytearray()
        self._queue: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._error: Exception | None = None

    def run(self, recipient: object) -> None:
        """Encrypts everything; whatever goes wrong is raised where the chunks are read."""
        try:
            pyrage.encrypt_io(self, self, [recipient])
            self._put(bytes(self._out))
        except Exception as error:  # noqa: BLE001 - raised again in the thread that answers
            self._error = self._error or error
        finally:
            connections.close_all()
            with contextlib.suppress(_Stopped):
                self._put(None)

    def read(self, size: int = -1) -> bytes:
        """Clear bytes, at most `size`; none at the end."""
        while not self._left:
            try:
                self._left = next(self._source)
            except StopIteration:
                return b""
            except Exception as error:
                self._error = error
                raise
        taken, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return taken

    def write(self, data: bytes) -> int:
        """Takes sealed bytes."""
        self._out += data
        if len(self._out) >= _CHUNK:
            self._put(bytes(self._out))
            self._out.clear()
        return len(data)

    def flush(self) -> None:
        """Nothing: the end is put when everything is encrypted."""

    def chunks(self) -> Iterator[bytes]:
        """The sealed bytes. Raises what went wrong."""
        while (chunk := self._queue.get()) is not None:
            yield chunk
        if self._error is not None:
            if isinstance(self._error, pyrage.EncryptError):
                raise StorageFailed(mark("The sample could not be encrypted.")) from self._error
            raise self._error

    def stop(self) -> None:
        """Ends the thread, whatever it does."""
        self._stopped.set()

    def _put(self, chunk: bytes | None) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(chunk, timeout=0.2)
                return
        raise _Stopped
