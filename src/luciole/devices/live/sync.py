"""The sync service of adb, reading only: what a file is, what lies in a folder, and the bytes of a file.

Format: SYNC.TXT and file_sync_protocol.h of the Android Debug Bridge. Numbers are little-endian.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple

from luciole.devices.live import problems
from luciole.devices.live.wire import Stream, exactly

LONGEST_PATH = 1024
_LARGEST_DATA = 64 * 1024
_LONGEST_NAME = 4096
_LONGEST_WORDS = 4096
_REQUEST = struct.Struct("<4sI")
_STAT_1 = struct.Struct("<III")
_STAT_2 = struct.Struct("<IQQIIIIQqqq")
_DENT_1 = struct.Struct("<IIII")
_DENT_2 = struct.Struct("<IQQIIIIQqqqI")
READS = frozenset({b"STAT", b"STA2", b"LST2", b"LIST", b"LIS2", b"RECV", b"QUIT"})
"""Every request that is ever sent; the protocol has others, which write."""


class FileState(NamedTuple):
    """What a path is. error: number of the error (0: none); times: seconds; uid: -1 where it is not told."""

    mode: int
    size: int
    modified: int
    uid: int = -1
    gid: int = -1
    error: int = 0

    @property
    def is_folder(self) -> bool:
        """Whether it holds other files."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_file(self) -> bool:
        """Whether it is an ordinary file."""
        return stat.S_ISREG(self.mode)


class Entry(NamedTuple):
    """One name in a folder. name: bytes as the device has them."""

    name: bytes
    state: FileState


def _ask(stream: Stream, word: bytes, path: bytes) -> None:
    if word not in READS:
        raise problems.NotListed(f"the sync request {word!r} is not on the list of what may be sent")
    if len(path) > LONGEST_PATH:
        raise problems.TooLarge(f"a path of {len(path)} bytes; the protocol allows {LONGEST_PATH}")
    stream.send(_REQUEST.pack(word, len(path)) + path)


def _failed(stream: Stream, what: str) -> problems.Refused:
    (size,) = struct.unpack("<I", exactly(stream, 4, what))
    if size > _LONGEST_WORDS:
        raise problems.bad_reply(f"an error of {size} bytes")
    words = exactly(stream, size, what).decode("utf-8", "replace")
    return problems.Refused(f"{what}: {words[:300]}")


def state_of(stream: Stream, path: bytes, *, second: bool) -> FileState:
    """What `path` is, links not followed. second: the device offers stat_v2. A path that is not there has mode 0."""
    what = f"the state of {_shown(path)}"
    _ask(stream, b"LST2" if second else b"STAT", path)
    word = exactly(stream, 4, what)
    if word == b"FAIL":
        raise _failed(stream, what)
    if word != (b"LST2" if second else b"STAT"):
        raise problems.bad_reply(f"{word!r} in answer to a question for a state")
    if not second:
        mode, size, modified = _STAT_1.unpack(exactly(stream, _STAT_1.size, what))
        return FileState(mode, size, modified)
    error, _, _, mode, _, uid, gid, size, _, modified, _ = _STAT_2.unpack(exactly(stream, _STAT_2.size, what))
    return FileState(mode, size, modified, uid, gid, error)


def listing(stream: Stream, path: bytes, *, second: bool) -> Iterator[Entry]:
    """What lies in the folder `path`, with the names . and .., which a folder that may not be read lacks."""
    what = f"the list of {_shown(path)}"
    _ask(stream, b"LIS2" if second else b"LIST", path)
    shape, wanted = (_DENT_2, b"DNT2") if second else (_DENT_1, b"DENT")
    while True:
        word = exactly(stream, 4, what)
        if word == b"FAIL":
            raise _failed(stream, what)
        if word not in {wanted, b"DONE"}:
            raise problems.bad_reply(f"{word!r} in a list of files")
        values = shape.unpack(exactly(stream, shape.size, what))
        if word == b"DONE":
            return
        if values[-1] > _LONGEST_NAME:
            raise problems.bad_reply(f"a file name of {values[-1]} bytes")
        name = exactly(stream, values[-1], what)
        if second:
            error, _, _, mode, _, uid, gid, size, _, modified, _, _ = values
            yield Entry(name, FileState(mode, size, modified, uid, gid, error))
        else:
            yield Entry(name, FileState(values[0], values[1], values[2]))


def content(stream: Stream, path: bytes, most: int) -> Iterator[bytes]:
    """The bytes of a file. Raises Refused with the device's words, TooLarge above `most`, Dropped where it is cut."""
    what = f"the file {_shown(path)}"
    _ask(stream, b"RECV", path)
    received = 0
    while True:
        try:
            word, size = _REQUEST.unpack(exactly(stream, _REQUEST.size, what))
        except problems.Dropped:
            raise problems.dropped(what, received) from None
        if word == b"DONE":
            return
        if word == b"FAIL":
            raise problems.Refused(f"{what}: {_words(stream, size, what)}")
        if word != b"DATA" or size > _LARGEST_DATA:
            raise problems.bad_reply(f"{word!r} with {size} bytes in a file")
        received += size
        if received > most:
            raise problems.TooLarge(f"{what} is longer than {most} bytes")
        yield exactly(stream, size, what)


def _words(stream: Stream, size: int, what: str) -> str:
    if size > _LONGEST_WORDS:
        raise problems.bad_reply(f"an error of {size} bytes")
    return exactly(stream, size, what).decode("utf-8", "replace")[:300]


def end(stream: Stream) -> None:
    """Says goodbye; the other side hangs up."""
    _ask(stream, b"QUIT", b"")


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")
