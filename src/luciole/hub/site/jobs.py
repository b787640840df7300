"""Jobs: what is done later, outside of a request, kept in the database so that nothing is lost when a process dies.

django-tasks-db keeps them, and its own worker leaves a job running for ever when it is killed. Here a job that is being
done has a lease, which its worker renews; when it ran out, or when the keeper of the workers saw the worker die, the
job is put back. After `TRIES` beginnings it is parked. What a job does to the database happens once: `effect` commits
it together with the end of the job, and refuses when another worker has the job by now.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from luciole.hub.site.models import Lease

logger = logging.getLogger(__name__)
P = ParamSpec("P")
Function = TypeVar("Function", bound=Callable[..., None])

TRIES = 5
"""How often a job is begun before it is parked."""
LEASE = dt.timedelta(seconds=30)
FIRST_PAUSE = dt.timedelta(seconds=2)
"""Before the second try; each pause is four times the one before."""
KEPT = dt.timedelta(days=7)
"""How long the record of a job that went well is kept."""
SECONDS = 3600.0
_SLOTS = uuid.UUID("0b6b4c1c-6d0e-5b0a-9a53-3b1f6a2c9d11")
_PLACES = 8


class SupersededError(Exception):
    """Another worker has this job by now; what this one did is undone."""


class Job(NamedTuple):
    """A function that may be done later. path: its full name; gave_up: told with the same arguments when it is parked;
    seconds: longest time of one try; every: it is asked for by itself so often."""  # noqa: D205, D209 - a list of fields follows the sentence

    path: str
    function: Callable[..., None]
    priority: int
    gave_up: Callable[..., None] | None
    seconds: float
    every: dt.timedelta | None


class Claim(NamedTuple):
    """A job that a worker holds. arguments: as they were handed to `later`; tries: beginnings, this one among them."""

    task: uuid.UUID
    worker: str
    path: str
    arguments: tuple[object, ...]
    tries: int


JOBS: dict[str, Job] = {}
"""Every function that was declared a job, by its full name. No other can be run by what stands in the database."""


class _Try:
    """One try of a job. ended: its end was committed together with what it did."""

    __slots__ = ("claim", "ended")

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.ended = False


_held: ContextVar[_Try | None] = ContextVar("_held", default=None)


def job(
    *,
    priority: int = 0,
    gave_up: Callable[..., None] | None = None,
    seconds: float = SECONDS,
    every: dt.timedelta | None = None,
) -> Callable[[Function], Function]:
    """Declares a module's function a job. It takes what JSON can hold and may be run more than once: see `effect`.

    priority: from -100 to 100, higher ones first; gave_up, seconds, every: as `Job` has them.
    """

    def declare(function: Function) -> Function:
        path = f"{function.__module__}.{function.__qualname__}"
        JOBS[path] = Job(path, function, priority, gave_up, seconds, every)
        return function

    return declare


def later(function: Callable[P, None], *arguments: P.args, **named: P.kwargs) -> uuid.UUID:
    """Asks for a job; in a transaction it is asked for when that is committed, and never otherwise. Returns its id."""
    return _ask(function, arguments, named, timezone.now())


def later_at(when: dt.datetime, function: Callable[P, None], *arguments: P.args, **named: P.kwargs) -> uuid.UUID:
    """The same, not before `when`."""
    return _ask(function, arguments, named, when)


def _ask(function: Callable[..., None], arguments: Iterable[object], named: object, when: dt.datetime) -> uuid.UUID:
    if named:
        raise TypeError("a job takes its arguments in their order")
    declared = JOBS[f"{function.__module__}.{function.__qualname__}"]
    asked = call.using(priority=declared.priority, run_after=when).enqueue(declared.path, list(arguments))
    return uuid.UUID(asked.id)


@task()
def call(path: str, arguments: list[object]) -> None:
    """The one task that django-tasks knows: does the job of this name. Raises LookupError for what is none."""
    declared(path).function(*arguments)


def declared(path: str) -> Job:
    """The job of this full name; its module is loaded where it was not. Raises LookupError for what is no job."""
    if path not in JOBS and path.startswith("luciole.hub."):
        try:
            import_string(path)
        except ImportError:
            raise LookupError(path) from None
    if path not in JOBS:
        raise LookupError(path)
    return JOBS[path]


def _ready(now: dt.datetime) -> QuerySet[DBTaskResult[..., None]]:
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY, run_after__lte=now)


def claim(worker: str, lease: dt.timedelta = LEASE) -> Claim | None:
    """The next job, which is this worker's from now on; None where there is none. Whoever waits is not locked."""
    now = timezone.now()
    if not _ready(now).exists():
        return None
    with transaction.atomic():
        row = _ready(now).select_for_update(skip_locked=True).first()
        if row is None:
            return None
        row.claim(worker)
        Lease.objects.create(task=row, worker=worker, until=now + lease)
    return _claimed(row, worker)


def _claimed(row: DBTaskResult[..., None], worker: str) -> Claim:
    path, arguments = _asked(row)
    return Claim(row.pk, worker, path, arguments, len(row.worker_ids))


def _asked(row: DBTaskResult[..., None]) -> tuple[str, tuple[object, ...]]:
    """The job and its arguments; no job where the row was made by something else."""
    held = row.args_kwargs.get("args") if isinstance(row.args_kwargs, dict) else None
    if isinstance(held, list) and len(held) == 2 and isinstance(held[1], list):  # noqa: PLR2004 - as `call` takes them
        return str(held[0]), tuple(held[1])
    return "", ()


def renew(held: Claim, lease: dt.timedelta = LEASE) -> bool:
    """Says that the worker lives. False where the job is no longer its own."""
    rows = Lease.objects.filter(task_id=held.task, worker=held.worker)
    return rows.update(until=timezone.now() + lease) == 1


@contextmanager
def effect() -> Iterator[None]:
    """A transaction with what a job must do exactly once; it also ends the job. Outside of a job: a transaction.

    Raises SupersededError, and undoes everything, where another worker has the job by now.
    """
    held = _held.get()
    with transaction.atomic():
        yield
        if held is not None:
            _end(held.claim)
    if held is not None:
        held.ended = True


@contextmanager
def step() -> Iterator[None]:
    """A transaction with a part of what a job does, after which it goes on. Raises SupersededError as `effect` does."""
    with transaction.atomic():
        held = _held.get()
        if held is not None and not renew(held.claim):
            raise SupersededError
        yield


def _end(held: Claim) -> None:
    if not Lease.objects.filter(task_id=held.task, worker=held.worker).delete()[0]:
        raise SupersededError
    DBTaskResult.objects.filter(pk=held.task).update(status=TaskResultStatus.SUCCESSFUL, finished_at=timezone.now())


def do(held: Claim) -> bool:
    """Does a job that was claimed. Whether it is done; else it is put back, parked, or another worker's. Never raises
    what the job raised."""  # noqa: D205, D209 - one sentence and one more
    this = _Try(held)
    token = _held.set(this)
    try:
        declared(held.path).function(*held.arguments)
        if not this.ended:
            with transaction.atomic():
                _end(held)
    except SupersededError:
        logger.info("job %s of %s was taken over", held.task, held.path)
        return False
    except Exception as error:  # the border: whatever a job raises is noted, and others go on
        logger.warning("job %s of %s failed in try %d", held.task, held.path, held.tries, exc_info=True)
        _failed(held, error)
        return False
    finally:
        _held.reset(token)
    return True


def _failed(held: Claim, error: Exception) -> None:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    places = "\n".join(f"{one.filename}:{one.lineno} {one.name}" for one in frames)  # no text: it may hold contents
    with transaction.atomic():
        lease = Lease.objects.select_for_update().filter(task_id=held.task, worker=held.worker).first()
        if lease is not None:
            _put_back(lease, kind, places)


def recover(worker: str = "") -> int:
    """Puts back the jobs whose lease ran out, and those of a worker that is known to be dead. Returns how many."""
    now = timezone.now()
    if not _lost(now, worker).exists():
        return 0
    with transaction.atomic():
        lost = list(_lost(now, worker).select_for_update(skip_locked=True))
        for lease in lost:
            _put_back(lease, "", "the worker ended without a word")
    logger.warning("%d jobs of workers that are gone were put back", len(lost))
    return len(lost)


def _lost(now: dt.datetime, worker: str) -> QuerySet[Lease]:
    return Lease.objects.filter(worker=worker) if worker else Lease.objects.filter(until__lt=now)


def _put_back(lease: Lease, kind: str, places: str) -> None:
    row = DBTaskResult.objects.get(pk=lease.task_id)
    lease.delete()
    row.exception_class_path, row.traceback = kind, places
    if len(row.worker_ids) < TRIES:
        row.status = TaskResultStatus.READY
        row.run_after = timezone.now() + FIRST_PAUSE * 4 ** (len(row.worker_ids) - 1)
    else:
        row.status, row.finished_at = TaskResultStatus.FAILED, timezone.now()
        _tell(row)
    row.save(update_fields=["status", "run_after", "finished_at", "exception_class_path", "traceback"])


def _tell(row: DBTaskResult[..., None]) -> None:
    """Tells whoever asked for a job that it is parked; what goes wrong there does not stop the parking."""
    path, arguments = _asked(row)
    logger.error("job %s of %s was begun %d times and is parked", row.pk, path, TRIES)
    try:
        gave_up = declared(path).gave_up
        if gave_up is not None:
            with transaction.atomic():
                gave_up(*arguments)
    except Exception:
        logger.exception("nobody could be told that job %s is parked", row.pk)


def parked() -> QuerySet[DBTaskResult[..., None]]:
    """The jobs that were given up, newest first."""
    return DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).order_by("-finished_at")


def again(task_id: uuid.UUID) -> bool:
    """Begins a parked job anew, with all its tries. Whether it was parked."""
    rows = DBTaskResult.objects.filter(pk=task_id, status=TaskResultStatus.FAILED)
    changed = rows.update(
        status=TaskResultStatus.READY, run_after=timezone.now(), worker_ids=[], finished_at=None, traceback=""
    )
    return changed == 1


def waiting() -> int:
    """How many jobs wait or are being done."""
    return DBTaskResult.objects.filter(status__in=(TaskResultStatus.READY, TaskResultStatus.RUNNING)).count()


def ask_for_regular(now: dt.datetime) -> int:
    """Asks for the jobs that are to be done every so often, each once for its hour, day or whatever it has."""
    return sum(_ask_once(one, now, one.every) for one in list(JOBS.values()) if one.every is not None)


def _ask_once(one: Job, now: dt.datetime, every: dt.timedelta) -> bool:
    slot = uuid.uuid5(_SLOTS, f"{one.path} {int(now.timestamp() // every.total_seconds())}")
    if DBTaskResult.objects.filter(pk=slot).exists():
        return False
    try:
        with transaction.atomic():
            DBTaskResult.objects.create(
                id=slot, args_kwargs={"args": [one.path, []], "kwargs": {}}, priority=one.priority,
                task_path=call.module_path, queue_name=call.queue_name, backend_name=call.backend, run_after=now,
            )  # fmt: skip
    except IntegrityError:  # another worker asked in the same moment
        return False
    return True


def forget_old(now: dt.datetime) -> int:
    """Removes the records of jobs that went well long ago. Returns how many."""
    old = DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - KEPT)
    return DBTaskResult.objects.filter(pk__in=list(old.order_by().values_list("pk", flat=True)[:1000])).delete()[0]
