"""Files of a form while they arrive: sealed as they come, in memory or in a file without a name, readable by nobody.

Django would keep them as clear files. Here each has a key that lives only as long as the request.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from luciole.hub.samples.failures import StorageFailed, TooLarge, on_disk
from luciole.hub.samples.sealing import CHUNK, KEY_BYTES, Seal, unseal
from luciole.hub.site.sentences import sentence
from luciole.hub.site.settings import HUB

IN_MEMORY = 1 << 20
_CONTEXT = b"form"
_NAME = "file"


class SealedFile(UploadedFile):  # type: ignore[type-arg] # generic in its stubs alone
    """A file of a form, sealed. clear: its bytes, chunk by chunk, once or more."""

    def __init__(self, held: IO[bytes], key: bytes, name: str, size: int) -> None:
        super().__init__(held, name, None, size)
        self._held = held
        self._key = key

    def clear(self) -> Iterator[bytes]:
        """The bytes that arrived. Raises ParseError where the file on disk was changed meanwhile."""
        self._held.seek(0)
        return unseal(self._key, _CONTEXT, iter(lambda: self._held.read(CHUNK), b""))


def sealed(chunks: Iterable[bytes], most: int) -> tuple[SealedFile, bytes]:
    """A file that may have to be read more than once, kept sealed until it is closed, and its SHA-256.

    Raises TooLarge beyond `most` bytes, StorageFull, StorageFailed, and what `chunks` raises.
    """
    key = secrets.token_bytes(KEY_BYTES)
    digest = hashlib.sha256()
    held: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(HUB.folder))  # noqa: SIM115 - whoever asked closes it
    try:
        size = _filled(held, Seal(key, _CONTEXT), digest.update, chunks, most)
    except BaseException:
        held.close()
        raise
    return SealedFile(held, key, _NAME, size), digest.digest()


def _filled(held: IO[bytes], seal: Seal, count: Callable[[bytes], object], chunks: Iterable[bytes], most: int) -> int:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooLarge(sentence("The file is larger than {most} bytes.", most=most))
        count(chunk)
        with on_disk():
            held.write(seal.add(chunk))
    with on_disk():
        held.write(seal.end())
    return size


class Sealing(FileUploadHandler):
    """Takes the files of one form. failed: why a file could not be kept; most: bytes of all files together."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most = most
        self.is_too_much = False
        self.failed: StorageFailed | None = None

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Begins the next file."""
        super().new_file(*arguments, **named)
        self._key = secrets.token_bytes(KEY_BYTES)
        self._seal = Seal(self._key, _CONTEXT)
        self._held: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(HUB.folder))  # noqa: SIM115 - ends with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seals what arrived."""
        del start
        self.most -= len(raw_data)
        if self.most < 0:
            self.is_too_much = True
            raise StopUpload(connection_reset=True)
        self._write(self._seal.add(raw_data))

    def file_complete(self, file_size: int) -> SealedFile:
        """The file as the form has it."""
        self._write(self._seal.end())
        return SealedFile(self._held, self._key, self.file_name or "", file_size)

    def _write(self, sealed: bytes) -> None:
        try:
            with on_disk():
                self._held.write(sealed)
        except StorageFailed as error:
            self.failed = error
            raise StopUpload(connection_reset=True) from error
