"""Evidence as it was handed in, opened once: a folder, an archive or a plain file; its first bytes say what it is."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from luciole.apps.apk.archive import Archive
from luciole.devices.tree import CHUNK, Folder, Tree, Zip
from luciole.kernel.errors import CouldNotLook, ParseError
from luciole.kernel.limits import DEFAULT, Limits

HEAD = 1 << 16
_RELEASED = 8 << 20
_ZIP = b"PK\x03\x04"
Content = bytes | mmap.mmap


class Opened:
    """One piece of evidence. name: for reports; member: its place inside other evidence, archives joined by "!".

    tree: the files of a folder or archive, None for a plain file; content: the bytes of a plain file or archive.
    """

    def __init__(self, name: str, content: Content, tree: Tree | None, member: str = "") -> None:
        self.name = name
        self.member = member
        self.content = content
        self.tree = tree
        self.head = bytes(content[:HEAD])

    @classmethod
    def path(cls, path: Path, limits: Limits = DEFAULT) -> Opened:
        """Opens a folder or a file. Raises CouldNotLook where the system does not let us."""
        try:
            name = path.name or path.resolve().name
            if path.is_dir():
                return cls(name, b"", Folder(path, limits))
            with path.open("rb") as file:
                return cls.file(file, name, limits)
        except OSError as error:
            message = f"{path.name} could not be opened: {error.strerror}"
            raise CouldNotLook(message, remedy="Check that the file exists and that you may read it.") from error

    @classmethod
    def file(cls, file: BinaryIO, name: str, limits: Limits = DEFAULT) -> Opened:
        """Opens a file that is already open; it is mapped, not read."""
        size = file.seek(0, 2)
        content: Content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        return cls.data(content, name, limits)

    @classmethod
    def data(cls, content: Content, name: str, limits: Limits = DEFAULT, member: str = "") -> Opened:
        """Bytes, perhaps of a member of other evidence."""
        return cls(name, content, _archive(content, limits), member)

    @property
    def size(self) -> int:
        """Bytes of a file; for a folder the sum of its files."""
        if self.tree is not None and not self.content:
            return sum(self.tree.size(name) for name in self.tree.names())
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        """The bytes of a plain file."""
        for at in range(0, len(self.content), CHUNK):
            yield bytes(self.content[at : at + CHUNK])
            if at % _RELEASED == 0 and at:
                self._release(at - _RELEASED)

    def _release(self, at: int) -> None:
        """Pages of a mapped file that were read are given back, so that a large file takes little memory."""
        if isinstance(self.content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self.content.madvise(mmap.MADV_DONTNEED, at, _RELEASED)

    def sha256(self) -> str:
        """The digest of a file; empty for a folder."""
        if not self.content:
            return "" if self.tree is not None else hashlib.sha256(b"").hexdigest()
        digest = hashlib.sha256()
        for chunk in self.chunks():
            digest.update(chunk)
        return digest.hexdigest()

    def where(self, name: str) -> tuple[str, str]:
        """File and member of `name` for the address of a fact."""
        if not self.content:
            return name, ""
        return self.name, f"{self.member}!{name}" if self.member else name


def _archive(content: Content, limits: Limits) -> Tree | None:
    if bytes(content[:4]) != _ZIP:
        return None
    try:
        return Zip(Archive.open(content, limits))
    except ParseError:
        return None
