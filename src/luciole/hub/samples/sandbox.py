"""Hands files to the reader's process through memory that has no name, and takes what it answers.

Nothing is written to disk: the clear bytes lie in an anonymous memory file (memfd_create) that this process writes and
the reader may only read, and that is emptied after each file. What a reader unpacks from an archive it writes to
another one, which this process makes as large as it may be.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

import luciole
from luciole.hub.samples.reading_messages import Answer, Ready, Refusal, Reply, Request, Setup, frame, receive
from luciole.kernel.errors import CouldNotLook
from luciole.kernel.limits import DEFAULT
from luciole.kernel.text import mark

logger = logging.getLogger(__name__)
STARTS_WITHIN = 60.0
_ENDS_WITHIN = 0.5
_WALL_FACTOR = 25
"""A busy machine may take this much longer than the processor time allowed; the reader itself gives up before."""
_CHUNK = 1 << 18
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives")


class Unreadable(CouldNotLook):
    """The reader refused a file, or was stopped by a limit. place: where reading ended, if that is known."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.problem, remedy=refusal.remedy)
        self.place = refusal.place


class RulesRefused(CouldNotLook):
    """The reader could not compile its YARA rules; the message holds the compiler's words."""


class Sandbox:
    """One reader's process, started when it is first needed. For one thread. Use as a context manager, or `stop` it.

    rules: YARA rules as (name space, text); hidden: folders that no reader may see, such as the hub's own; reads:
    whether it is to read apps.
    """

    def __init__(
        self, rules: tuple[tuple[str, str], ...] = (), hidden: Sequence[Path] = (), *, reads: bool = True
    ) -> None:
        self._setup = Setup(rules, reads)
        self._hidden = tuple(hidden)
        self._process: subprocess.Popen[bytes] | None = None
        self._memory = self._unpacked = -1
        self.is_wrapped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The id of the reader's process, or of what wraps it; 0 where none runs."""
        return self._process.pid if self._process else 0

    def ask(self, request: Request, chunks: Iterable[bytes]) -> bytes:
        """What the reader made of one file. chunks: its bytes, exactly as many as the request says.

        Raises Unreadable where the reader refused or was stopped, RulesRefused, CouldNotLook where no reader can be
        started, and what `chunks` raises.
        """
        try:
            self.hold(chunks)
            return self.ask_held(request)
        finally:
            if self._memory >= 0:
                os.ftruncate(self._memory, 0)

    def hold(self, chunks: Iterable[bytes]) -> None:
        """Takes a file to ask about more than once. Raises Unreadable, RulesRefused, CouldNotLook, as `ask` does."""
        self._started()
        try:
            os.ftruncate(self._memory, 0)
            self._fill(chunks)
        except OSError:
            self.stop()
            raise Unreadable(Refusal(mark("there is no room to read this file"))) from None

    def ask_held(self, request: Request) -> bytes:
        """What the reader made of the file that is held. Raises Unreadable."""
        if self._process is None:
            raise Unreadable(Refusal(mark("the reader ended unexpectedly and was stopped")))
        try:
            os.ftruncate(self._unpacked, request.inside)
            seconds = DEFAULT.time_for(request.size) * _WALL_FACTOR
            reply = self._exchange(self._process, frame(request), seconds)
        except (OSError, EOFError, TimeoutError, msgspec.MsgspecError):
            self.stop()
            raise Unreadable(Refusal(mark("the reader ended unexpectedly and was stopped"))) from None
        if isinstance(reply, Answer):
            return reply.body
        raise Unreadable(reply if isinstance(reply, Refusal) else Refusal(mark("the reader did not answer")))

    def unpacked(self) -> Iterator[bytes]:
        """The file of an archive that was unpacked last, until the next one is asked for."""
        at = 0
        while part := os.pread(self._unpacked, _CHUNK, at):
            at += len(part)
            yield part

    def stop(self) -> None:
        """Ends the reader's process; the next file starts another."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr] # both were asked for
            try:
                process.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for memory in (self._memory, self._unpacked):
            if memory >= 0:
                os.close(memory)
        self._memory = self._unpacked = -1

    def _fill(self, chunks: Iterable[bytes]) -> None:
        os.lseek(self._memory, 0, os.SEEK_SET)
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                view = view[os.write(self._memory, view) :]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        self._memory = os.memfd_create("sample", os.MFD_CLOEXEC)
        self._unpacked = os.memfd_create("unpacked", os.MFD_CLOEXEC)
        wrapper = shutil.which("bwrap")
        for wrapped in (True, False) if wrapper else (False,):
            if self._start(wrapped=wrapped) is not None:
                self.is_wrapped = wrapped
                break
            logger.warning("the reader could not be started %s", "in bubblewrap" if wrapped else "")
        if self._process is None:
            raise CouldNotLook("The process that reads files cannot be started.", remedy="Run `luciole hub doctor`.")
        return self._process

    def _start(self, *, wrapped: bool) -> subprocess.Popen[bytes] | None:
        """The process, once it has said that it is ready. Raises RulesRefused."""
        descriptor = os.open(f"/proc/self/fd/{self._memory}", os.O_RDONLY)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                _command((descriptor, self._unpacked), self._hidden, wrapped=wrapped),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(descriptor, self._unpacked), env={}, cwd="/",
            )  # fmt: skip
        finally:
            os.close(descriptor)
        try:
            reply = self._exchange(self._process, frame(self._setup), STARTS_WITHIN)
        except (OSError, EOFError, TimeoutError, msgspec.MsgspecError):
            reply = None
        if isinstance(reply, Ready) and reply.without_network:
            return self._process
        kept, self._memory, self._unpacked = (self._memory, self._unpacked), -1, -1
        self.stop()
        self._memory, self._unpacked = kept
        if isinstance(reply, Refusal):
            raise RulesRefused(reply.problem)
        return None

    def _exchange(self, process: subprocess.Popen[bytes], message: bytes, seconds: float) -> Reply:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(message)
        process.stdin.flush()
        deadline = time.monotonic() + seconds
        pipe = process.stdout.fileno()

        def read(count: int) -> bytes:
            return b"".join(_pieces(pipe, count, deadline))

        return receive(read, Reply)  # type: ignore[arg-type] # a union is as good as a type


def _pieces(pipe: int, count: int, deadline: float) -> Iterator[bytes]:
    while count:
        if not select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        part = os.read(pipe, min(count, 1 << 20))
        if not part:
            return
        count -= len(part)
        yield part


def _command(memories: tuple[int, int], hidden: Sequence[Path], *, wrapped: bool) -> list[str]:
    reader = [sys.executable, "-I", "-m", "luciole.hub.samples.reader", *map(str, memories)]
    if not wrapped:
        return reader
    shown = _shown()
    options = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for path in shown:
        options += ["--ro-bind", path, path]
    options += ["--proc", "/proc", "--dev", "/dev", "--chdir", "/"]
    for folder in hidden:
        if any(folder.resolve().is_relative_to(path) for path in shown):
            options += ["--tmpfs", str(folder.resolve())]
    return ["bwrap", *options, "--remount-ro", "/", *reader, "--alone"]


def _shown() -> list[str]:
    """What a reader sees of this computer: programs and libraries, Python, and Luciole; no data and no settings."""
    paths = sysconfig.get_paths()
    python = {sys.prefix, sys.base_prefix, *(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))}
    ours = str(Path(luciole.__file__).parent)
    return [path for path in dict.fromkeys((*_SYSTEM, *sorted(python), ours)) if Path(path).exists()]
