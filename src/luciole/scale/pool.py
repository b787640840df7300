"""Many files over many child processes, one thread: order of completion, flat memory, one bad file stops nothing."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

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


class Pool:
    """Child processes that are kept from one run to the next. Use as a context manager, which stops them at its end.

    handler, limits, writes, prepare: as for a Worker; most: how many children there may be.
    """

    def __init__(
        self,
        handler: Handler,
        most: int,
        limits: Limits = DEFAULT,
        *,
        writes: bool = False,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self._made = [Worker(handler, limits, writes=writes, prepare=prepare) for _ in range(max(1, most))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._made:
            worker.stop()

    def start(self) -> None:
        """Lets one child prepare itself now, beside what this process does next."""
        self._made[0].start()

    def run(self, jobs: Iterable[Job[Key]]) -> Iterator[Done[Key]]:
        """Yields a `Done` for each job as soon as it is ready. What was not finished is stopped with the iterator."""
        idle = self._made[::-1]
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
            for worker in busy:
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
