"""Lists an app's native libraries and reads the exported functions of those worth the time.

Every library is listed with its size. Digest and exports are read from the libraries of one ABI only (the others are
the same code for other processors), and only up to `LARGEST_READ`: inflating every large engine of an app would cost
more than everything else together. `thorough` lifts both bounds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.carried import Entry, Read, is_library
from luciole.apps.apk.native import MAGIC, exported_functions
from luciole.kernel.errors import ParseError

LARGEST_READ = 16 << 20
MOST_LIBRARIES = 4096
MOST_EXPORTS = 500
"""Exported names kept of one library (JNI functions first)."""
_PREFERRED = (b"arm64-v8a", b"armeabi-v7a", b"x86_64", b"x86", b"armeabi", b"riscv64")


class NativeLibrary(NamedTuple):
    """One library. exports: how many functions it offers (None: not read); names: the first of them."""

    name: bytes
    abi: str
    size: int
    sha256: str = ""
    exports: int | None = None
    names: tuple[str, ...] = ()


class Libraries(NamedTuple):
    """All libraries. unread: those that could not be read, with the reason; others: how many were only listed because
    they are for another ABI; large: how many because of their size."""  # noqa: D209, D205 - one sentence

    found: list[NativeLibrary]
    unread: list[str]
    others: int
    large: int


def read_libraries(
    entries: Iterable[Entry], read: Read, anomalies: list[Anomaly], *, thorough: bool = False
) -> Libraries:
    """The native libraries among `entries`; one that is damaged is listed without exports and named in `unread`."""
    in_folder = [entry for entry in entries if entry.name.startswith(b"lib/")]
    present = [entry for entry in in_folder if is_library(entry.name)][:MOST_LIBRARIES]
    abi = chosen_abi(present)
    found: list[NativeLibrary] = []
    unread: list[str] = []
    others = large = 0
    for entry in present:
        other = abi_of(entry.name) != abi and not thorough
        too_large = max(entry.size, entry.compressed) > LARGEST_READ and not thorough
        others += other
        large += too_large and not other
        found.append(_listed(entry) if other or too_large else _read_one(entry, read, unread, anomalies))
    return Libraries(found, unread, others, large)


def chosen_abi(entries: Sequence[Entry]) -> bytes:
    """The ABI whose libraries are read: the most usual of those present."""
    present = {abi_of(entry.name) for entry in entries}
    return next((abi for abi in _PREFERRED if abi in present), min(present, default=b""))


def abi_of(name: bytes) -> bytes:
    """The ABI in the name of a library's entry."""
    return name.split(b"/", 2)[1]


def _listed(entry: Entry) -> NativeLibrary:
    return NativeLibrary(entry.name, abi_of(entry.name).decode("utf-8", "replace"), entry.size)


def _read_one(entry: Entry, read: Read, unread: list[str], anomalies: list[Anomaly]) -> NativeLibrary:
    listed = _listed(entry)
    try:
        content = read(entry.name)
    except ParseError as error:
        unread.append(str(error))
        return listed
    listed = listed._replace(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    if not content.startswith(MAGIC):
        member = entry.name.decode("utf-8", "replace")
        anomalies.append(Anomaly("native.not-elf", "a file in a library's place is no ELF file", 0, member))
        return listed._replace(exports=0)
    try:
        names = exported_functions(content, entry.name.decode("utf-8", "replace"))
    except ParseError as error:
        unread.append(str(error))
        return listed
    ordered = sorted(names, key=lambda name: (not name.startswith(("Java_", "JNI_")), name))
    return listed._replace(exports=len(names), names=tuple(ordered[:MOST_EXPORTS]))
