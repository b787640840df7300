"""Evidence: an acquisition that was encrypted with age; its clear text never has a name on disk."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from luciole.devices import source
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.kernel.errors import CouldNotLook
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import AREAS as ALL_AREAS
from luciole.kernel.vocabulary import CLOSED

if TYPE_CHECKING:
    import pyrage

KIND = "age-encrypted"
TITLE = "acquisitions encrypted with age"
ORDER = 5
AREAS = tuple(name for name, area in ALL_AREAS.items() if area.of == "device")
_MAGIC = b"age-encryption.org/v1\n"
_IN_MEMORY = 16 << 20


def recognise(opened: Opened) -> bool:
    """The first line of the age format, version 1."""
    return opened.tree is None and opened.head.startswith(_MAGIC)


def read(opened: Opened, collector: Collector) -> None:
    """Decrypts into memory (small ones) or a temporary file without a name, then reads what is inside."""
    identities = _identities(collector)
    if not identities:
        _refuse(collector, "It is encrypted. Hand in the age key that belongs to it.")
        return
    with _decrypted(opened, identities, collector) as clear:
        if clear.seek(0, 2) == 0:
            _refuse(collector, "It could not be decrypted: the key does not fit, or the file is damaged.")
            return
        inner = _open(clear, opened.name.removesuffix(".age"), collector)
        found = source.find(inner)
        if found is None or found.KIND == KIND:
            _refuse(
                collector, "What was encrypted is not evidence of a device that Luciole knows.", Reason.UNKNOWN_FORMAT
            )
            return
        collector.details["encrypted"] = found.KIND
        collector.areas = found.AREAS
        found.read(inner, collector)


def _identities(collector: Collector) -> list[pyrage.x25519.Identity]:
    return keys_of(collector.request.identity or "")


def keys_of(text: str) -> list[pyrage.x25519.Identity]:
    """The age keys in a text of one a line; comments and blank lines are skipped."""
    import pyrage  # noqa: PLC0415 - only encrypted evidence needs it

    keys = []
    for line in text.splitlines():
        if line.strip().startswith("AGE-SECRET-KEY-"):
            try:
                keys.append(pyrage.x25519.Identity.from_str(line.strip()))
            except pyrage.IdentityError:
                continue
    return keys


def _decrypted(opened: Opened, identities: list[pyrage.x25519.Identity], collector: Collector) -> BinaryIO:
    import pyrage  # noqa: PLC0415 - only encrypted evidence needs it

    small = opened.size <= _IN_MEMORY
    clear: BinaryIO = io.BytesIO() if small else tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    if opened.size > collector.limits.archive_total:
        return clear
    try:
        pyrage.decrypt_io(_Reader(opened), clear, identities)
    except (pyrage.DecryptError, OSError):
        clear.seek(0)
        clear.truncate()
    return clear


def is_encrypted(path: Path) -> bool:
    """Whether the file begins as age files do."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def clear_text(path: Path, identity: str) -> BinaryIO:
    """The clear text of an encrypted file, in a temporary file without a name. CouldNotLook without a fitting key.

    For the app files inside an acquisition, which are read after it.
    """
    import pyrage  # noqa: PLC0415 - only encrypted evidence needs it

    clear = tempfile.TemporaryFile()  # noqa: SIM115 - the caller keeps it open as long as it reads
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, clear, keys_of(identity))
    except (pyrage.DecryptError, OSError):
        clear.close()
        raise CouldNotLook("it could not be decrypted", remedy="Hand in the age key that belongs to it.") from None
    clear.flush()
    return clear


class _Reader(io.RawIOBase):
    """The encrypted bytes as a stream."""

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self._content = opened.content
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        stop = len(self._content) if size < 0 else min(len(self._content), self._at + size)
        data = bytes(self._content[self._at : stop])
        self._at = stop
        return data


def _open(clear: BinaryIO, name: str, collector: Collector) -> Opened:
    if isinstance(clear, io.BytesIO):
        return Opened.data(clear.getvalue(), name, collector.limits)
    return Opened.file(clear, name, collector.limits)


def _refuse(collector: Collector, problem: str, reason: Reason = Reason.ENCRYPTED) -> None:
    collector.problem = problem
    collector.mark(CLOSED, State.NOT_LOOKED_AT, reason)
