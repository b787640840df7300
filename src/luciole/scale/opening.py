"""What a child process does: finds out what was handed in, opens one item and reads it to facts."""

from __future__ import annotations

import contextlib
import itertools
import mmap
import os
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.end_record import Buffer
from luciole.apps.ipa.members import of_files
from luciole.apps.programs.read import read_folder
from luciole.apps.read import read_app, read_app_set
from luciole.devices.evidence import read_evidence
from luciole.devices.sources import age
from luciole.kernel.errors import CouldNotLook
from luciole.kernel.reading import Reading
from luciole.scale.inputs import find_items
from luciole.scale.items import AppFile, AppFolder, AppSet, DeviceEvidence, Item, bundle_files, shown_name
from luciole.scale.settings import Find, ReadSettings, Request

_request: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)


def answer(request: bytes, settings: ReadSettings) -> bytes:
    """The reply to an encoded request: a list of `Item` for a `Find`, a `Reading` for an item, as MessagePack.

    Raises as `read_item`.
    """
    wanted = _request.decode(request)
    if isinstance(wanted, Find):
        return msgspec.msgpack.encode(list(find_items([Path(os.fsdecode(wanted.path))])))
    return msgspec.msgpack.encode(read_item(wanted, settings))


def read_item(item: Item, settings: ReadSettings) -> Reading:
    """The facts of one item, read in this very process. Raises any `LucioleError`, or OSError."""
    if isinstance(item, DeviceEvidence):
        return read_evidence(
            Path(os.fsdecode(item.path)),
            watch=settings.index(),
            now=settings.now,
            identity=settings.identity,
            password=settings.password,
            limits=settings.limits,
            include=settings.include,
            screen_off=settings.screen_off,
        )
    if isinstance(item, AppFile):
        with _opened(item.path, item.member, settings) as data:
            return read_app(data, item.name, settings.options, settings.limits)
    if isinstance(item, AppSet):
        return _read_set(item, settings)
    if isinstance(item, AppFolder):
        return _read_folder(item, settings)
    raise CouldNotLook(item.why)


def _read_set(item: AppSet, settings: ReadSettings) -> Reading:
    with contextlib.ExitStack() as stack:
        parts = []
        for member in item.members:
            path, inside = (item.path, member) if item.inside else (member, b"")
            name = shown_name(Path(os.fsdecode(member)).name)
            parts.append((name, stack.enter_context(_opened(path, inside, settings))))
        return read_app_set(parts, item.name, settings.options, settings.limits)


def _read_folder(item: AppFolder, settings: ReadSettings) -> Reading:
    files = {
        name: (path.stat().st_size, partial(_mapped, path))
        for name, path in itertools.islice(bundle_files(Path(os.fsdecode(item.path))), settings.limits.archive_entries)
    }
    return read_folder(of_files(files), item.name, settings.limits)


def _mapped(path: Path) -> Buffer:
    """The bytes of a file, which are mapped and not copied."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@contextlib.contextmanager
def _opened(path: bytes, member: bytes, settings: ReadSettings) -> Iterator[Buffer]:
    """The bytes of a file, mapped and not copied, or of one member of the archive it is, encrypted or not."""
    with _file(Path(os.fsdecode(path)), settings, inside=bool(member)) as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise CouldNotLook("the file is empty")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            yield Archive.open(data, settings.limits).read(member) if member else data
        finally:
            # A reader that refused leaves views of the bytes in its traceback; the mapping then ends with them.
            with contextlib.suppress(BufferError):
                data.close()


def _file(path: Path, settings: ReadSettings, *, inside: bool) -> contextlib.AbstractContextManager[BinaryIO]:
    if inside and settings.identity and age.is_encrypted(path):
        return contextlib.nullcontext(_clear_text(path, settings.identity))
    return path.open("rb")


@lru_cache(maxsize=1)
def _clear_text(path: Path, identity: str) -> BinaryIO:
    """Decrypted once for all the app files inside; the file has no name and ends with the process."""
    return age.clear_text(path, identity)
