"""Runs work on another core while the rest of an app is read: in a thread, or in a process where it holds the lock."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")

_STACK = 256 << 10
"""Bytes of stack of the thread: digests need little, and a child that reads hostile files has a limit of memory."""
_SWITCH = 0.0001
"""Seconds after which the interpreter is handed over to a thread that waits for it; Python's own 5 ms are longer than
a small app takes."""


class Beside(Generic[T]):
    """Works that were begun, first to last; `results` does what is left of them, last to first, then waits.

    Where no thread can be had, all of them are done when they are asked for. apart: whether to use another core at all;
    where all of them are busy with other files nothing is gained.
    """

    def __init__(self, works: Sequence[Callable[[], T]], *, apart: bool) -> None:
        self._waiting = deque(enumerate(works))
        self._found: dict[int, T] = {}
        self._failed: list[BaseException] = []
        self._thread = self._started() if apart and len(os.sched_getaffinity(0)) > 1 else None

    def _started(self) -> threading.Thread | None:
        before, self._interval = threading.stack_size(_STACK), sys.getswitchinterval()
        thread = threading.Thread(target=self._run, args=(self._waiting.popleft,), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return None
        finally:
            threading.stack_size(before)
        sys.setswitchinterval(_SWITCH)
        return thread

    def _run(self, take: Callable[[], tuple[int, Callable[[], T]]]) -> None:
        """Does one work after the other, until none is left that nobody took."""
        while True:
            try:
                number, work = take()
            except IndexError:
                return
            try:
                self._found[number] = work()
            except BaseException as error:  # noqa: BLE001 - told to whoever asks for the results
                self._failed.append(error)

    def results(self) -> list[T]:
        """What the works gave, in their order; raises what one of them raised."""
        self._run(self._waiting.pop)
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            sys.setswitchinterval(self._interval)
        if self._failed:
            raise self._failed[0]
        return [self._found[number] for number in sorted(self._found)]


class Forked:
    """A short text that is computed in a process of its own, because its library keeps the interpreter to itself.

    Where no process can be had, or it ends badly, the work is done when the text is asked for. apart: as for Beside.
    Use as a context manager: the process ends with it.
    """

    def __init__(self, work: Callable[[], str], *, apart: bool) -> None:
        self._work = work
        self._pid = 0
        if apart and len(os.sched_getaffinity(0)) > 1:
            self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._ended()

    def _begin(self) -> None:
        reply, answer = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(reply)
            os.close(answer)
            return
        if pid == 0:
            try:
                os.write(answer, self._work().encode())
                os._exit(0)
            except BaseException:  # noqa: BLE001 - the border of the process: whatever it was, it is done again
                os._exit(70)
        os.close(answer)
        self._pid, self._reply = pid, reply

    def result(self) -> str:
        """The text; raises what the work raises."""
        if not self._pid:
            return self._work()
        text = os.read(self._reply, select.PIPE_BUF)
        return text.decode() if self._ended() == 0 else self._work()

    def _ended(self) -> int:
        """Waits for the process and forgets it; its status."""
        os.close(self._reply)
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return status
