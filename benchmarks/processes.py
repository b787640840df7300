"""Runs a command or a function in a process of its own and tells its processor time and peak memory."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """wall, cpu: seconds (cpu with all children); peak_mb: largest resident set of any one process, in megabytes."""

    wall: float
    cpu: float
    peak_mb: float


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """Runs `command` with its output thrown away; its exit code is its own business."""

    def work() -> None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execve(command[0], list(command), {**os.environ, **(environment or {})})  # noqa: S606 - our own command

    return call(work)


def call(work: Callable[[], object]) -> Cost:
    """Runs `work` in a forked child. Peak memory is that of the largest process below it."""
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            work()
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, _, usage = os.wait4(pid, 0)
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def peak_of_children() -> float:
    """Largest resident set of any ended child of this process, in megabytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
