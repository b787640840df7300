"""One view of a folder or of an archive: names that are never paths, and contents in bounded chunks."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from isal import isal_zlib

from luciole.apps.apk.archive import DIRECTORY_DAMAGE, Archive, Entry, show
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits

CHUNK = 1 << 16
_INPUT = 1 << 16
_DEFLATED = 8
_STORED = 0
_LOCAL = struct.Struct("<26xHH").unpack_from
_DEEPEST = 32
_UNKNOWN = -1
_InflateError: type[Exception] = isal_zlib.error  # type: ignore[assignment] # its stub names an instance
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class Tree(Protocol):
    """Files by name. `skipped`: names that are there and are not read, with the reason."""

    skipped: list[str]

    def names(self) -> list[str]:
        """All names, with slashes, sorted."""
        ...

    def size(self, name: str) -> int:
        """The declared size of a file in bytes."""
        ...

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content in pieces of at most 64 KiB; raises ParseError where it is damaged or exceeds a limit."""
        ...


def read(tree: Tree, name: str, limit: int) -> bytes:
    """A whole file of at most `limit` bytes. Raises ParseError where it is longer or damaged."""
    parts: list[bytes] = []
    total = 0
    for chunk in tree.chunks(name):
        total += len(chunk)
        if total > limit:
            raise ParseError(f"longer than {limit} bytes", file=name, limit=True)
        parts.append(chunk)
    return b"".join(parts)


def head(tree: Tree, name: str, size: int = 4096) -> bytes:
    """The first bytes of a file; empty where it cannot be read."""
    try:
        return next(iter(tree.chunks(name)), b"")[:size]
    except ParseError:
        return b""


class Folder:
    """The regular files below a folder; links are never followed, neither to files nor to folders."""

    def __init__(self, root: Path, limits: Limits = DEFAULT) -> None:
        self.root = root
        self._base = os.fspath(root)
        self.skipped: list[str] = []
        self._sizes: dict[str, int] = {}
        self._written: dict[str, str] = {}
        self._limits = limits
        self._walk(root, "", "", 0)

    def _walk(self, folder: Path, prefix: str, written: str, depth: int) -> None:
        """prefix: of the names as they are shown; written: the same as the folders are called on the disk."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.skipped.append(f"{prefix or '.'}: {error.strerror}")
            return
        for entry in entries:
            name = prefix + _readable(entry.name)
            if len(self._sizes) >= self._limits.folder_files:
                self.skipped.append(f"{name}: more files than the limit")
                return
            if entry.is_dir(follow_symlinks=False) and depth < _DEEPEST:
                self._walk(Path(entry.path), name + "/", f"{written}{entry.name}/", depth + 1)
            elif name in self._sizes:
                self.skipped.append(f"{name}: a second file of this name")
            elif entry.is_file(follow_symlinks=False):
                self._sizes[name] = _UNKNOWN
                if name != written + entry.name:
                    self._written[name] = written + entry.name
            else:
                self.skipped.append(f"{name}: a link or no ordinary file")

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._sizes)

    def size(self, name: str) -> int:
        """The size on disk in bytes; looked up when it is first asked for, because most are never asked for."""
        size = self._sizes[name]
        if size == _UNKNOWN:
            size = self._sizes[name] = self._look_up(name)
        return size

    def _look_up(self, name: str) -> int:
        try:
            # a path object for each of 100,000 files would cost more than the call itself
            return os.stat(f"{self._base}/{self._written.get(name, name)}", follow_symlinks=False).st_size  # noqa: PTH116
        except OSError:
            return 0

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content; raises ParseError where it cannot be opened."""
        if name not in self._sizes:
            raise ParseError("no such file", file=name)
        try:
            handle = os.open(self.root / self._written.get(name, name), os.O_RDONLY | _NO_FOLLOW)
        except OSError as error:
            raise ParseError(f"could not be opened ({error.strerror})", file=name) from error
        with os.fdopen(handle, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ParseError("no ordinary file", file=name)
            while chunk := file.read(CHUNK):
                yield chunk


def _readable(name: str) -> str:
    """A file name with bytes that are no UTF-8 shown as their numbers, so that it can stand in a result."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name


class Zip:
    """The entries of an archive; entry names are shown, never used as paths."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._entries = {show(name): entry for name, entry in archive.entries.items() if not name.endswith(b"/")}
        self._produced = 0
        self.skipped: list[str] = [f"{show(entry.name)}: a second entry of this name" for entry in archive.duplicates]

    @property
    def list_damaged(self) -> bool:
        """Whether the list of the files contradicts itself, so that some may be missing from it."""
        return any(one.id in DIRECTORY_DAMAGE for one in self._archive.anomalies)

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._entries)

    def size(self, name: str) -> int:
        """The declared inflated size in bytes."""
        return self._entries[name].size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The inflated content; raises ParseError where it is damaged, encrypted or inflates beyond the limits."""
        entry = self._entries.get(name)
        if entry is None:
            raise ParseError("no such entry", file=name)
        if entry.flags & 1:
            raise ParseError("the entry is encrypted", file=name, offset=entry.header)
        check = size = 0
        for chunk in self._pieces(entry, name):
            check = isal_zlib.crc32(chunk, check)
            size += len(chunk)
            self._produced += len(chunk)
            if self._produced > self._archive.limits.archive_total:
                raise ParseError("the entries read together exceed the limit", file=name, limit=True)
            yield chunk
        if check != entry.crc or size != entry.size:
            raise ParseError("the content does not fit its checksum or size", file=name, offset=entry.header)

    def _pieces(self, entry: Entry, name: str) -> Iterator[bytes]:
        data = self._archive.data
        if entry.header + 30 > len(data):
            raise ParseError("the local header lies outside the file", file=name, offset=entry.header)
        name_length, extra = _LOCAL(data, entry.header)
        start = entry.header + 30 + name_length + extra
        stop = start + entry.compressed
        if stop > len(data):
            raise ParseError("the data reaches beyond the file", file=name, offset=start)
        if entry.method == _STORED:
            return (bytes(data[at : min(at + CHUNK, stop)]) for at in range(start, stop, CHUNK))
        if entry.method != _DEFLATED:
            raise ParseError(f"compression method {entry.method} is not known", file=name, offset=entry.header)
        limits = self._archive.limits
        fed = (bytes(data[at : min(at + _INPUT, stop)]) for at in range(start, stop, _INPUT))
        return inflate(fed, isal_zlib.decompressobj(-15), limits, name)


class Inflater(Protocol):
    """What a decompression object of isal offers."""

    eof: bool
    unconsumed_tail: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes; the rest of the input stays in `unconsumed_tail`."""
        ...


def inflate(fed: Iterator[bytes], inflater: Inflater, limits: Limits, name: str) -> Iterator[bytes]:
    """Inflates a stream in chunks. Raises ParseError where it is damaged, cut off, or grows beyond `limits.ratio`."""
    taken = given = 0
    for piece in fed:
        taken += len(piece)
        rest = piece
        while not inflater.eof:
            try:
                chunk = inflater.decompress(rest, CHUNK)
            except _InflateError as error:
                raise ParseError(f"the compressed data is damaged ({error})", file=name, offset=taken) from error
            given += len(chunk)
            if given > limits.ratio_from and given > limits.ratio * taken:
                raise ParseError("would inflate more than the ratio allowed", file=name, limit=True)
            if chunk:
                yield chunk
            rest = inflater.unconsumed_tail
            if not rest and len(chunk) < CHUNK:
                break
    if not inflater.eof:
        raise ParseError("the compressed data is cut off", file=name, offset=taken)
