"""Runs the hub: one parent that loads everything once, and forks of it that answer requests and do jobs."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import multiprocessing
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from luciole.hub.site.table import Settings
from luciole.hub.site.turns import FREE
from luciole.kernel.errors import LucioleError

STOP_WITHIN = 30.0
"""Seconds that answers and jobs under way get when the hub is stopped."""
_KILL_WITHIN = 20
_PAUSE = 0.2
_UPLOAD_THREADS = 24
_RESTARTS = 5
_RECENT = 60
"""A job worker that ends more than so many times within so many seconds ends the hub, so that somebody looks."""
_PARENT_DIED = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
log = logging.getLogger(__name__)


class CannotServe(LucioleError):
    """The hub does not start, or stopped because it could not go on."""


class Place(NamedTuple):
    """Where a server listens, and with what. workers: processes; threads: of each."""

    host: str
    port: int
    workers: int
    threads: int


class Child(NamedTuple):
    """One forked process. work: what it does; may_end: whether the hub goes on when it ends; name: for the log; ended:
    is told the id of the process when it ended, before another takes its place."""  # noqa: D205, D209 - a list of fields follows the sentence

    name: str
    work: Callable[[], int]
    may_end: bool
    ended: Callable[[int], None] | None = None


def serve(settings: Settings) -> None:
    """Runs servers and job workers until SIGTERM or SIGINT, then lets them finish. Raises CannotServe.

    Everything is loaded before the first fork, so that all processes share its memory.
    """
    wanted = places(settings)
    for place in wanted:
        _check_free(place)
    children = [Child(f"The server at port {place.port}", _server(place), may_end=False) for place in wanted]
    children += [JobWorker().child(one + 1) for one in range(settings.number("job_workers"))]
    _tidy(settings)
    _load()
    Family(children).run()


def places(settings: Settings) -> list[Place]:
    """Where the settings want servers: the ordinary one, and one for uploads where that has a place of its own.

    Raises CannotServe.
    """
    at_once = max(1, settings.number("threads"))
    found = [_place(settings.text("listen"), max(1, settings.number("workers")), at_once + FREE)]
    if settings.text("listen_uploads"):
        found.append(_place(settings.text("listen_uploads"), 1, _UPLOAD_THREADS))
    return found


def _place(text: str, workers: int, threads: int) -> Place:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not host:
        raise CannotServe(f"{text} is no place to listen at.", remedy="Write HOST:PORT, such as 127.0.0.1:8000.")
    return Place(host.strip("[]"), int(port), workers, threads)


def _check_free(place: Place) -> None:
    """Says in plain words what the server would say in its own; and refuses to share a port with another hub."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.host, place.port))
        except OSError as error:
            raise CannotServe(
                f"The hub cannot listen at {place.host}:{place.port}: {error.strerror}.",
                remedy="Stop what listens there, or set `listen` to another place.",
            ) from None


def _tidy(settings: Settings) -> None:
    """Removes what a kill or a power cut left. A store that does not answer now is swept another day."""
    from django.utils import timezone  # noqa: PLC0415 - after Django is set up

    from luciole.hub.samples.failures import StorageFailed  # noqa: PLC0415 - as above
    from luciole.hub.samples.sweeping import sweep  # noqa: PLC0415 - as above
    from luciole.hub.samples.vault import current  # noqa: PLC0415 - as above
    from luciole.hub.site.backup import clear_scratch  # noqa: PLC0415 - as above

    clear_scratch(settings)
    try:
        swept = sweep(current(), timezone.now())
    except StorageFailed as error:
        log.warning("the store was not swept: %s", type(error).__name__)
        return
    finally:
        current.cache_clear()  # connections to a bucket must not be shared by forks
    if any(swept):
        log.info("swept %d drafts, %d files without a row, %d uploads", *swept)


def _load() -> None:
    """Loads what answers requests and does jobs. No connection may be open when processes are forked."""
    from django.db import connections  # noqa: PLC0415 - as above
    from django.urls import get_resolver  # noqa: PLC0415 - as above
    from django.utils.module_loading import autodiscover_modules  # noqa: PLC0415 - heavy, and only when serving

    from luciole.hub.site import jobs, worker, wsgi  # noqa: F401, PLC0415 - as above

    autodiscover_modules("jobs")
    _ = get_resolver().url_patterns
    connections.close_all()
    gc.collect()
    gc.freeze()


def _server(place: Place) -> Callable[[], int]:
    return lambda: _serve_at(place)


def _serve_at(place: Place) -> int:
    """One server with its workers; returns when it was told to end."""
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 - only in the process that serves
    from granian.http import HTTP1Settings  # noqa: PLC0415 - as above
    from granian.log import LogLevels  # noqa: PLC0415 - as above
    from granian.server import Server  # noqa: PLC0415 - as above

    multiprocessing.set_start_method("fork", force=True)  # the default of Python 3.14 would load everything anew
    server = Server(
        "luciole.hub.site.wsgi:application",
        address=place.host,
        port=place.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, pipeline_flush=False),
        workers=place.workers,
        blocking_threads=place.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_WITHIN,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=lambda: _loaded(place.threads), wrap_loader=False)
    return 0


def _loaded(threads: int) -> Callable[..., Any]:
    """The application, in a worker that was just forked."""
    _end_with_parent()
    from luciole.hub.site.wsgi import make  # noqa: PLC0415 - was loaded before the fork

    return make(threads)


class JobWorker:
    """One process after another that does jobs at one place; each puts back at once what the one before left."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(4)
        self._before = 0

    def child(self, number: int) -> Child:
        """As the family runs it. number: for the log."""
        return Child(f"Job worker {number}", self._work, may_end=True, ended=self._note_ended)

    def _note_ended(self, process: int) -> None:
        self._before = process

    def _name(self, process: int) -> str:
        """The name of the worker in this process, which the family can tell without having spoken to it."""
        return f"{socket.gethostname()[:32]}-{process}-{self._mark}"

    def _work(self) -> int:
        """Does jobs in this process until it is told to end."""
        from luciole.hub.site.worker import Options, Worker  # noqa: PLC0415 - after Django is set up

        before = self._name(self._before) if self._before else ""
        worker = Worker(Options(self._name(os.getpid()), replaces=before))
        signal.signal(signal.SIGTERM, worker.stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        worker.run()
        return 0


class Family:
    """Forks children, replaces those that may end, and ends all together."""

    def __init__(self, children: list[Child]) -> None:
        self._waiting = list(children)
        self._running: dict[int, Child] = {}
        self._restarts: dict[str, list[float]] = {}
        self._stopping = False

    def run(self) -> None:
        """Returns when it was told to stop and all children have ended. Raises CannotServe where a server ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        failed = ""
        while not self._stopping:
            for child in self._waiting:
                self._fork(child)
            self._waiting = []
            failed = failed or self._look()
            self._stopping = self._stopping or bool(failed)
        self._end_all()
        if failed:
            raise CannotServe(f"{failed} ended by itself, so the hub stopped.", remedy="Its own message stands above.")

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _fork(self, child: Child) -> None:
        process = os.fork()
        if process:
            self._running[process] = child
            return
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            _end_with_parent()
            code = child.work()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            log.exception("%s failed", child.name)
        finally:
            os._exit(code)

    def _look(self) -> str:
        """Waits a moment for a child to end. The name of one without which the hub cannot go on; else nothing."""
        process = self._ended()
        child = self._running.pop(process, None)
        if child is None or self._stopping:
            return ""
        if not child.may_end:
            return child.name
        log.warning("%s ended and is started again", child.name)
        now = time.monotonic()
        recent = [one for one in self._restarts.get(child.name, []) if now - one < _RECENT] + [now]
        self._restarts[child.name] = recent
        if len(recent) > _RESTARTS:
            return child.name
        if child.ended is not None:
            child.ended(process)
        self._waiting.append(child)
        return ""

    def _ended(self) -> int:
        try:
            process, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            process = 0
        if not process:
            time.sleep(_PAUSE)
        return process

    def _end_all(self) -> None:
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        while self._running and time.monotonic() < deadline:
            self._running.pop(self._ended(), None)
        self._signal(signal.SIGKILL)
        for process in self._running:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)

    def _signal(self, number: int) -> None:
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)


def _end_with_parent() -> None:
    """Has the system end this process when its parent is killed, so that nothing goes on answering alone."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PARENT_DIED, signal.SIGTERM)
