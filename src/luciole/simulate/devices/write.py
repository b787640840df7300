"""Puts simulated evidence on a disk: a folder, an archive, or an archive encrypted for an age key."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyrage

from luciole.kernel.errors import UsageError
from luciole.simulate.devices import androidqf, bugreport
from luciole.simulate.devices.description import DeviceDescription
from luciole.simulate.devices.member import Member, sealed, zipped
from luciole.simulate.devices.phone import Phone

_READ_ONLY = 0o400


def write_folder(description: DeviceDescription, target: Path) -> Path:
    """Writes an acquisition into a new folder under `target`, named by its UUID, and returns that folder."""
    phone = Phone(description)
    folder = target / androidqf.acquisition_id(phone)
    folder.mkdir(parents=True)
    for member in _sealed(phone):
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, member.chunks)
        path.chmod(_READ_ONLY)
    return folder


def write_zip(description: DeviceDescription, target: Path, *, inside_folder: bool = False) -> Path:
    """Writes an acquisition as one archive; inside_folder: its files lie in a folder named by the UUID."""
    _write(target, zip_chunks(description, inside_folder=inside_folder))
    return target


def write_age(description: DeviceDescription, target: Path, public_key: str) -> Path:
    """Writes an acquisition as an archive encrypted for an age public key (age1…). Raises UsageError else."""
    try:
        recipient = pyrage.x25519.Recipient.from_str(public_key)
    except pyrage.RecipientError as error:
        raise UsageError(f"not an age public key: {error}", remedy="give a key that begins with age1") from error
    with target.open("wb") as file:
        pyrage.encrypt_io(_Reader(zip_chunks(description)), file, [recipient])
    return target


def write_bugreport(description: DeviceDescription, target: Path, *, text: bool = False) -> Path:
    """Writes a bug report at `target`: the archive, or only the dumpstate text."""
    phone = Phone(description)
    chunks = (
        (part.encode("utf-8", "surrogateescape") for part in bugreport.text(phone))
        if text
        else bugreport.bugreport(phone)
    )
    _write(target, chunks)
    return target


def zip_chunks(description: DeviceDescription, *, inside_folder: bool = False) -> Iterator[bytes]:
    """The archive of an acquisition as a stream."""
    phone = Phone(description)
    folder = androidqf.acquisition_id(phone) + "/" if inside_folder else ""
    members = (Member(folder + member.name, member.chunks) for member in _sealed(phone))
    return zipped(members, phone.local(description.taken))


def _sealed(phone: Phone) -> Iterator[Member]:
    members = androidqf.members(phone)
    if phone.leaves_out("hashes.csv"):
        return members
    return sealed(members, androidqf.storage_path(phone) + "/" if phone.description.absolute_hash_paths else "")


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(chunks)


class _Reader(io.RawIOBase):
    """A stream of chunks as a file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._held) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._held += chunk
        data, self._held = (self._held, b"") if size < 0 else (self._held[:size], self._held[size:])
        return data
