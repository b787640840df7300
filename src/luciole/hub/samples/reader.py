"""The process that reads files for a worker: started anew, without network, keys, database or Django.

It forks one process for each file, which reads that one and no other, within the limits of the kit, and is gone
before the next file is there. The file lies in memory that only the worker can write; what is unpacked goes to another
one. Run as `python -I -m … FILE UNPACKED`, the numbers of both.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import mmap
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from luciole.apps.apk.archive import Archive
from luciole.apps.isolation import Handler, Worker
from luciole.apps.options import AppOptions
from luciole.apps.read import read_app
from luciole.hub.samples.confinement import can_confine, confine
from luciole.hub.samples.reading_messages import Answer, Ready, Refusal, Reply, Request, Setup, frame, receive
from luciole.kernel.errors import CouldNotLook, LucioleError, ParseError
from luciole.kernel.limits import DEFAULT, MIB
from luciole.kernel.text import mark

if TYPE_CHECKING:
    import yara_x

LARGEST_SIMILAR = 64 * MIB
"""Larger files get no similarity digest: it needs a copy of the whole file in memory."""
LARGEST_SCANNED = 64 * MIB
"""Inflated bytes of one app that rules of a hunt are applied to."""
_SLOWER = 4
"""The old encryption of ZIP archives is undone byte by byte: unpacking may take so much longer than reading."""
_LEAST_FOR_RULES = 8 * MIB
_SLOWER_RULES = 16
"""Compiling rules gets as much time as reading a file that is so many times as long."""
_TEXT = "https://www.example.org/first"
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_SCANNED = (b".dex", b".so", b".xml", b".arsc", b".js", b".html", b".txt", b".json", b".dll", b".jar", b".apk")


def main() -> int:
    """Serves until the worker closes its end."""
    memory, unpacked, alone = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ["--alone"]
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    without_network = alone or _leave_network() or can_confine()

    def tell(reply: Reply) -> None:
        outbox.write(frame(reply))
        outbox.flush()

    try:
        setup = receive(inbox.read, Setup)
        handler = _handler(memory, unpacked, setup, (inbox.fileno(), outbox.fileno()))
    except LucioleError as error:
        tell(_refusal(error))
        return 0
    if setup.reads:
        _load()
    gc.collect()
    gc.freeze()  # what is there stays, so that the processes for each file share it
    tell(Ready(without_network))
    worker = Worker(handler, DEFAULT)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = receive(inbox.read, Request)
            tell(_reply(worker, request))
    worker.stop()
    return 0


def _reply(worker: Worker, request: Request) -> Reply:
    """What a process of its own makes of one file; that process is gone when this returns."""
    try:
        work = request.size * (_SLOWER if request.what == "unpack" else 1)
        return Answer(worker.ask(msgspec.msgpack.encode(request), work))
    except LucioleError as error:
        return _refusal(error)
    finally:
        worker.stop()


def _refusal(error: LucioleError) -> Refusal:
    parts: tuple[str, ...] = ()
    if isinstance(error, ParseError):
        parts = (error.file, "" if error.offset is None else f"0x{error.offset:x}")
    return Refusal(error.message, error.remedy, " · ".join(part for part in parts if part))


def _leave_network() -> bool:
    """Moves this process to a network of its own, which has no way out. Whether the system let it."""
    library = ctypes.CDLL(None, use_errno=True)
    return not library.unshare(_NEW_NETWORK) or not library.unshare(_NEW_NETWORK | _NEW_USER)


def _load() -> None:
    """Does now what readers do when they first need it, so that it is not done for each file anew."""
    from luciole.simulate.apps.build import build_apk  # noqa: PLC0415 - as the docstring says

    for signing in (["v1"], ["v2", "v3"]):
        app = build_apk({"package": "org.example.first", "label": "First", "signing": signing, "strings": [_TEXT]})
        read_app(app, "first", AppOptions(code_digests=True, tlsh=True, texts=True, apart=False))


def _handler(memory: int, unpacked: int, setup: Setup, pipes: tuple[int, int]) -> Handler:
    rules = _checked(setup.rules) if setup.rules else None

    def handle(message: bytes) -> bytes:
        gc.disable()  # the process reads one file within its limits and is gone
        for pipe in pipes:
            os.close(pipe)
        if can_confine():
            confine()
        request = msgspec.msgpack.decode(message, type=Request)
        with _file(memory, request.size) as data:
            if request.what == "rules":
                return msgspec.msgpack.encode(_fitting(data, rules))
            if request.what in {"contents", "unpack"}:
                return _of_archive(data, request, unpacked)
            options = AppOptions(
                rules=rules, code_digests=True, tlsh=request.size <= LARGEST_SIMILAR, texts=True, apart=False
            )
            return msgspec.msgpack.encode(read_app(data, request.name, options))

    return handle


def _of_archive(data: mmap.mmap, request: Request, unpacked: int) -> bytes:
    """What an archive holds, or what one file of it is, which then lies in the other memory."""
    from luciole.hub.samples.unpacking import contents, unpack  # noqa: PLC0415 - only where archives are opened

    if request.what == "contents":
        return msgspec.msgpack.encode(contents(data))
    if not request.inside:
        raise CouldNotLook(mark("the file is empty"))
    return msgspec.msgpack.encode(unpack(data, request.number, mmap.mmap(unpacked, request.inside)))


@contextlib.contextmanager
def _file(memory: int, size: int) -> Iterator[mmap.mmap]:
    if not size:
        raise CouldNotLook(mark("the file is empty"))
    data = mmap.mmap(memory, size, access=mmap.ACCESS_READ)
    try:
        yield data
    finally:
        with contextlib.suppress(BufferError):  # a reader that refused leaves views of the bytes in its traceback
            data.close()


def _checked(rules: tuple[tuple[str, str], ...]) -> yara_x.Rules:
    """The rules, compiled: first in a process with limits, for rules can be written to use up a computer.

    Raises CouldNotLook with the compiler's own words.
    """

    def compile_once(_: bytes) -> bytes:
        _compiled(rules)
        return b""

    with Worker(compile_once, DEFAULT) as worker:
        worker.ask(b"", _LEAST_FOR_RULES + _SLOWER_RULES * sum(len(text) for _, text in rules))
    return _compiled(rules)


def _compiled(rules: tuple[tuple[str, str], ...]) -> yara_x.Rules:
    import yara_x  # noqa: PLC0415 - only where there are rules

    compiler = yara_x.Compiler()
    compiler.enable_includes(False)  # they read any file of this computer, and messages show what is in it
    try:
        for space, text in rules:
            compiler.new_namespace(space)
            compiler.add_source(text)
        return compiler.build()
    except yara_x.CompileError as error:
        raise CouldNotLook(str(error)) from None


def _fitting(data: mmap.mmap, rules: yara_x.Rules | None) -> list[str]:
    """The names of the rules that the file or one of its members fits, inflated and within a bound."""
    from luciole.apps.apk.rules import RuleScan  # noqa: PLC0415 - only where there are rules

    if rules is None:
        return []
    scan = RuleScan(rules)
    scan.scan(data[:LARGEST_SCANNED], "")
    left = LARGEST_SCANNED
    for name, part in _members(data):
        left -= len(part)
        if left < 0:
            break
        scan.scan(part, name)
    return sorted({one.identifier for one in scan.matches})


def _members(data: mmap.mmap) -> Iterator[tuple[str, bytes]]:
    """What an archive holds that rules are written for; nothing where the file is no archive."""
    with contextlib.suppress(ParseError):
        archive = Archive.open(data)
        for name, entry in archive.entries.items():
            if name.endswith(_SCANNED) and entry.size <= LARGEST_SCANNED:
                with contextlib.suppress(ParseError):
                    yield name.decode("utf-8", "replace"), bytes(archive.read(name))


if __name__ == "__main__":
    os._exit(main())  # libraries that complain when they are unloaded are not unloaded
