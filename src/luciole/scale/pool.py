"""Many files over many child processes, one thread: order of completion, flat memory, one bad file stops nothing."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from luciole.apps.isolation import Handler, Worker
from luciole.kernel.errors import LucioleError
from luciole.kernel.limits import DEFAULT, Limits

Key = TypeVar("Key")


class Job(NamedTuple, Generic[Key]):
    """A request for a worker. size: bytes of the file it is about."""

    key: Key
    request: bytes
    size: int


class Done(NamedTuple, Generic[Key]):
    """What became of a job: the reply, or the error with which the reader refused or was stopped."""

    key: Key
    reply: bytes
    error: LucioleError | None


def run_jobs(
    jobs: Iterable[Job[Key]], handler: Handler, *, workers: int, limits: Limits = DEFAULT, writes: bool = False
) -> Iterator[Done[Key]]:
    """Yields a `Done` for each job as soon as it is ready. Children are stopped when the iterator is closed."""
    idle = [Worker(handler, limits, writes=writes) for _ in range(max(1, workers))]
    everyone = list(idle)
    busy: dict[Worker, Key] = {}
    waiting = iter(jobs)
    try:
        while True:
            while idle and (job := next(waiting, None)) is not None:
                worker = idle.pop()
                worker.send(job.request, job.size)
                busy[worker] = job.key
            if not busy:
                return
            for worker in _ready(busy):
                idle.append(worker)
                yield _collect(worker, busy.pop(worker))
    finally:
        for worker in everyone:
            worker.stop()


def _ready(busy: dict[Worker, Key]) -> list[Worker]:
    """The workers that have answered, ended, or used up their time."""
    now = time.monotonic()
    wait = max(0.0, min(worker.deadline for worker in busy) - now)
    readable, _, _ = select.select(list(busy), [], [], wait)
    return readable or [worker for worker in busy if worker.deadline <= time.monotonic()]


def _collect(worker: Worker, key: Key) -> Done[Key]:
    try:
        return Done(key, worker.receive(), None)
    except LucioleError as error:
        return Done(key, b"", error)
