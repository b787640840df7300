"""Runs readers of hostile files in a child process with limits on memory, processor time and writing.

A child that breaks a limit is stopped and replaced; the file it was reading becomes a `CouldNotLook`, never a silence.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import msgspec

from luciole.kernel.errors import CouldNotLook, LucioleError, NotThisKind, ParseError
from luciole.kernel.limits import DEFAULT, MIB, Limits

Handler = Callable[[bytes], bytes]
"""Takes a request and returns a reply; runs in the child. May raise any `LucioleError`."""

_LENGTH = struct.Struct("<IB")
_REPLY, _REFUSED = 0, 1
DEEPEST = 1000
"""Calls inside calls in a child, whatever the parent allows itself."""
_WALL_FACTOR = 20
"""A busy machine may take this much longer than the processor time allowed before the child is given up."""


class _Refusal(msgspec.Struct):
    """An error on its way from the child to its parent."""

    kind: str
    message: str
    remedy: str = ""
    file: str = ""
    offset: int | None = None
    limit: bool = False


class Worker:
    """One child process that answers requests one after the other. Use as a context manager.

    handler: what the child runs; limits: bounds for each request; writes: the child may write files (a source that
    decrypts to an unlinked file needs it); recycle: the child is replaced after so many requests, to keep memory flat;
    prepare: runs in each child before it is restricted and before it sees anything from outside.
    """

    def __init__(
        self,
        handler: Handler,
        limits: Limits = DEFAULT,
        *,
        writes: bool = False,
        recycle: int = 5000,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self._handler = handler
        self._limits = limits
        self._writes = writes
        self._recycle = recycle
        self._prepare = prepare
        self._pid = 0
        self._requests = self._replies = -1
        self._served = 0
        self.deadline = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ask(self, request: bytes, size: int) -> bytes:
        """The handler's reply. size: bytes of the file the request is about, which sets the time it may take.

        Raises what the handler raised (a `LucioleError`), or `CouldNotLook` when the child was stopped by a limit.
        """
        self.send(request, size)
        return self.receive()

    def send(self, request: bytes, size: int) -> None:
        """Hands a request to the child without waiting; `receive` must follow. A dead child is noticed there."""
        if self._served >= self._recycle:
            self.stop()
        self.start()
        self._served += 1
        seconds = self._limits.time_for(size)
        self.deadline = time.monotonic() + seconds * _WALL_FACTOR
        with contextlib.suppress(BrokenPipeError):
            _write_all(self._requests, struct.pack("<Id", len(request), seconds) + request)

    def receive(self) -> bytes:
        """The reply to the request that was sent; errors as in `ask`."""
        try:
            length, kind = _LENGTH.unpack(self._read(_LENGTH.size))
            reply = self._read(length)
        except (EOFError, TimeoutError):
            raise self._died() from None
        if kind == _REFUSED:
            raise _raise_again(msgspec.msgpack.decode(reply, type=_Refusal))
        return reply

    def fileno(self) -> int:
        """The descriptor that becomes readable when the reply is there, or the child has ended."""
        return self._replies

    def stop(self) -> None:
        """Ends the child; the next request starts a new one."""
        if self._pid:
            os.close(self._requests)
            os.close(self._replies)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = self._served = 0

    def start(self) -> None:
        """Starts the child, if there is none, so that it prepares itself while the caller does something else."""
        if not self._pid:
            self._fork()

    def _fork(self) -> None:
        to_child, self._requests = os.pipe()
        self._replies, from_child = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        # Python swallows an interruption that arrives while it calls the hooks of libraries after a fork
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self._pid = os.fork()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if self._pid == 0:
            os.close(self._requests)
            os.close(self._replies)
            _child(self._handler, to_child, from_child, self._limits, writes=self._writes, prepare=self._prepare)
        os.close(to_child)
        os.close(from_child)

    def _read(self, count: int) -> bytes:
        parts = []
        while count:
            ready, _, _ = select.select([self._replies], [], [], max(0.0, self.deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(self._replies, min(count, MIB))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _died(self) -> CouldNotLook:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL if self._alive() else 0)
        status = os.waitpid(self._pid, 0)[1]
        os.close(self._requests)
        os.close(self._replies)
        self._pid = self._served = 0
        return CouldNotLook(_cause(status), remedy="Ask an expert to look at this file; it may be damaged on purpose.")

    def _alive(self) -> bool:
        ended = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return ended is None


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGPROF, signal.SIGXCPU, signal.SIGKILL}:
        return "reading took longer than allowed and was stopped"
    return "the reader ended unexpectedly and was stopped"


def _child(
    handler: Handler,
    requests: int,
    replies: int,
    limits: Limits,
    *,
    writes: bool,
    prepare: Callable[[], object] | None,
) -> NoReturn:
    """Serves until the parent closes the pipe; leaves without running the parent's clean-up."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if prepare is not None:
            prepare()
        _restrict(limits, writes=writes)
        while header := os.read(requests, 12):
            length, seconds = struct.unpack("<Id", header)
            request = _read_exactly(requests, length)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            kind, reply = _answer(handler, request)
            signal.setitimer(signal.ITIMER_PROF, 0)
            _write_all(replies, _LENGTH.pack(len(reply), kind) + reply)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the border of the child: nothing may run the parent's code after it
        os._exit(70)


def _answer(handler: Handler, request: bytes) -> tuple[int, bytes]:
    try:
        return _REPLY, handler(request)
    except MemoryError:
        refusal = _Refusal("limit", "reading needs more memory than allowed", limit=True)
    except RecursionError:
        refusal = _Refusal("limit", "the file is nested more deeply than allowed", limit=True)
    except ParseError as error:
        refusal = _Refusal("parse", error.message, file=error.file, offset=error.offset, limit=error.limit)
    except NotThisKind as error:
        refusal = _Refusal("kind", error.message, error.remedy)
    except LucioleError as error:
        refusal = _Refusal("look", error.message, error.remedy)
    except OSError as error:
        refusal = _Refusal("look", error.strerror or "the file cannot be read")
    except Exception as error:  # noqa: BLE001 - the border: a mistake of ours must not read as one of the file
        refusal = _own_mistake(error)
    return _REFUSED, msgspec.msgpack.encode(refusal)


def _own_mistake(error: Exception) -> _Refusal:
    """Names the mistake and where in Luciole it is, without anything of the file."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    message = f"Luciole itself failed while reading this ({type(error).__name__}{where})"
    return _Refusal("look", message, "This says nothing about the file. Please report it to the makers of Luciole.")


def _raise_again(refusal: _Refusal) -> LucioleError:
    if refusal.kind == "kind":
        return NotThisKind(refusal.message, remedy=refusal.remedy)
    if refusal.kind == "look":
        return CouldNotLook(refusal.message, remedy=refusal.remedy)
    return ParseError(refusal.message, file=refusal.file, offset=refusal.offset, limit=refusal.limit)


def _restrict(limits: Limits, *, writes: bool) -> None:
    """No core file, no writing, bounded further memory. Processor time is set for each request."""
    sys.setrecursionlimit(DEEPEST)
    for number in (signal.SIGPROF, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _data_in_use() + limits.memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    if not writes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _data_in_use() -> int:
    """Bytes of private memory that were inherited from the parent; what a file may use comes on top of that."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()


def _read_exactly(descriptor: int, count: int) -> bytes:
    return b"".join(_chunks(descriptor, count))


def _chunks(descriptor: int, count: int) -> Iterator[bytes]:
    while count:
        part = os.read(descriptor, min(count, MIB))
        if not part:
            raise EOFError
        count -= len(part)
        yield part


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
