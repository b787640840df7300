"""Runs work that needs no interpreter, such as digests, on another core while the rest of an app is read."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_STACK = 256 << 10
"""Bytes of stack of the thread: digests need little, and a child that reads hostile files has a limit of memory."""
_SWITCH = 0.0001
"""Seconds after which the interpreter is handed over to a thread that waits for it; Python's own 5 ms are longer than
a small app takes."""


class Beside(Generic[T]):
    """Work that was begun; `result` waits for it. Where no thread can be had, the work is done when it is asked for.

    apart: whether to use another core at all; where all of them are busy with other files nothing is gained.
    """

    def __init__(self, work: Callable[[], T], *, apart: bool) -> None:
        self._work = work
        self._found: list[T] = []
        self._failed: list[BaseException] = []
        self._thread = self._started() if apart and len(os.sched_getaffinity(0)) > 1 else None

    def _started(self) -> threading.Thread | None:
        before, self._interval = threading.stack_size(_STACK), sys.getswitchinterval()
        thread = threading.Thread(target=self._run, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return None
        finally:
            threading.stack_size(before)
        sys.setswitchinterval(_SWITCH)
        return thread

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:  # noqa: BLE001 - told to whoever asks for the result
            self._failed.append(error)

    def result(self) -> T:
        """What the work gave; raises what it raised."""
        if self._thread is None:
            if not self._found:
                self._found.append(self._work())
            return self._found[0]
        self._thread.join()
        sys.setswitchinterval(self._interval)
        if self._failed:
            raise self._failed[0]
        return self._found[0]
