"""Workers: processes that do jobs one after the other, and the keeper that replaces those that die."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NamedTuple

PAUSE = 0.5
"""Seconds between two looks into an empty queue."""
HOUSEKEEPING = 10.0
IDLE = 30.0
"""Seconds without a job after which helpers such as the reader's process are let go."""
STOP_WITHIN = 30.0
OVERTIME = 75
"""Exit status of a worker whose job took longer than it may."""
logger = logging.getLogger(__name__)


class Options(NamedTuple):
    """How a worker works. name: told apart from all others; lease: seconds; drain: it ends when the queue is empty;
    replaces: the worker that died at its place, whose jobs are put back first."""  # noqa: D205, D209 - a list of fields follows the sentence

    name: str
    lease: float = 30.0
    drain: bool = False
    replaces: str = ""


def new_name() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"


when_idle: list[Callable[[], None]] = []
"""Called in a worker that had nothing to do for a while."""


class Worker:
    """One process that does jobs. Made and run in the main thread of a process in which Django is set up."""

    def __init__(self, options: Options) -> None:
        from luciole.hub.site import jobs  # noqa: PLC0415 - after Django is set up

        self._jobs = jobs
        self._options = options
        self._lease = dt.timedelta(seconds=options.lease)
        self._running = True
        self._held: tuple[jobs.Claim, float] | None = None
        self._parent = os.getppid()
        self._cleaned = self._busy = time.monotonic()
        self._is_idle = False
        self._replaces = options.replaces

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Lets the worker end after the job that it is doing. May be used as the handler of a signal."""
        del number, frame
        self._running = False

    def run(self) -> int:
        """Does jobs until it is stopped, its keeper is gone, or (drain) nothing is left. Returns how many were done."""
        from django.utils.module_loading import autodiscover_modules  # noqa: PLC0415 - after Django is set up

        autodiscover_modules("jobs")
        threading.Thread(target=self._beat, daemon=True).start()
        done = 0
        while self._running and os.getppid() == self._parent:
            try:
                did = self._next()
            except self._database_errors():
                logger.warning("the database does not answer; trying again")
                self._forget_connection()
                did = None
                time.sleep(PAUSE)
            done += bool(did)
            if did is None and self._rest():
                break
        self._let_go()
        return done

    def _next(self) -> bool | None:
        """Whether the next job is done; None where there is none."""
        if self._replaces:
            self._jobs.recover(self._replaces)
            self._replaces = ""
        self._keep_house()
        held = self._jobs.claim(self._options.name, self._lease)
        if held is None:
            return None
        self._held = held, time.monotonic() + self._seconds(held.path)
        try:
            return self._jobs.do(held)
        finally:
            self._held = None
            self._busy, self._is_idle = time.monotonic(), False

    def _seconds(self, path: str) -> float:
        try:
            return self._jobs.declared(path).seconds
        except LookupError:
            return self._jobs.SECONDS

    def _rest(self) -> bool:
        """Waits a little. Whether there is nothing left to wait for."""
        if self._options.drain and not self._jobs.waiting():
            return True
        if not self._is_idle and time.monotonic() - self._busy > IDLE:
            self._let_go()
        if self._running:
            time.sleep(PAUSE)
        return False

    def _let_go(self) -> None:
        self._is_idle = True
        for one in when_idle:
            one()

    def _keep_house(self) -> None:
        if time.monotonic() - self._cleaned < min(HOUSEKEEPING, self._options.lease / 2):
            return
        from django.utils import timezone  # noqa: PLC0415 - after Django is set up

        self._cleaned = time.monotonic()
        self._forget_connection(only_old=True)
        self._jobs.recover()
        self._jobs.ask_for_regular(timezone.now())
        self._jobs.forget_old(timezone.now())

    def _beat(self) -> None:
        """Renews the lease of the job that is being done; ends the process when the job takes longer than it may."""
        while True:
            time.sleep(self._options.lease / 3)
            held = self._held
            if held is None:
                continue
            if time.monotonic() > held[1]:
                logger.error("job %s took longer than it may", held[0].task)
                os._exit(OVERTIME)
            with contextlib.suppress(*self._database_errors()):
                self._jobs.renew(held[0], self._lease)
            self._forget_connection()

    @staticmethod
    def _database_errors() -> tuple[type[Exception], ...]:
        from django.db import InterfaceError, OperationalError  # noqa: PLC0415 - after Django is set up

        return OperationalError, InterfaceError

    @staticmethod
    def _forget_connection(*, only_old: bool = False) -> None:
        from django.db import close_old_connections, connections  # noqa: PLC0415 - after Django is set up

        if only_old:
            close_old_connections()
        else:
            connections.close_all()


class Keeper:
    """Starts workers as processes of their own, puts back what a worker leaves when it dies, and replaces it.

    count: how many; lease: seconds; drain: as in `Options`.
    """

    def __init__(self, count: int, *, lease: float = 30.0, drain: bool = False) -> None:
        self._count = count
        self._lease = lease
        self._drain = drain
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._started = 0

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the workers' processes."""
        return tuple(process.pid for process in self._workers.values())

    def start(self) -> None:
        """Starts the workers that are missing."""
        while len(self._workers) < self._count:
            self._started += 1
            name = f"{new_name()}-{self._started}"[-64:]
            command = [sys.executable, "-m", "luciole.hub.site.worker", "--name", name, "--lease", str(self._lease)]
            # what is run is this very module
            self._workers[name] = subprocess.Popen([*command, *(["--drain"] if self._drain else [])])  # noqa: S603

    def look(self) -> bool:
        """Puts back the jobs of workers that died, and replaces them. Whether any worker is left."""
        from luciole.hub.site import jobs  # noqa: PLC0415 - after Django is set up

        for name, process in list(self._workers.items()):
            status = process.poll()
            if status is None:
                continue
            del self._workers[name]
            jobs.recover(name)
            if status == 0 and self._drain:
                self._count -= 1
        self.start()
        return bool(self._workers)

    def stop(self) -> None:
        """Lets every worker finish what it is doing; one that takes too long is ended, and its job is done again."""
        for process in self._workers.values():
            process.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for process in self._workers.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def keep(count: int, *, lease: float = 30.0, drain: bool = False) -> None:
    """Runs workers until this process is told to end (SIGTERM, SIGINT) or, with drain, until no job is left."""
    keeper = Keeper(count, lease=lease, drain=drain)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    keeper.start()
    try:
        while not ended.wait(PAUSE):
            if not keeper.look():
                break
    finally:
        keeper.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """One worker, as the keeper starts it."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("--name", default="")
    parser.add_argument("--lease", type=float, default=30.0)
    parser.add_argument("--drain", action="store_true")
    given = parser.parse_args(arguments)
    from luciole.hub.site.starting import set_up  # noqa: PLC0415 - Django is set up here and no sooner

    set_up()
    worker = Worker(Options(given.name or new_name(), given.lease, given.drain))
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN if given.name else worker.stop)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
