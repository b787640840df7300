from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from luciole.hub.audit.models import Entry
from luciole.hub.audit.services import record
from luciole.hub.members.policy import Actor
from luciole.hub.site import jobs
from luciole.hub.site.models import Lease

pytestmark = pytest.mark.django_db(transaction=True)
given_up: list[str] = []
ran: list[str] = []


def _note(name: str) -> None:
    given_up.append(name)


@jobs.job()
def note(name: str) -> None:
    ran.append(name)


@jobs.job(priority=50)
def urgent(name: str) -> None:
    ran.append(name)


@jobs.job(gave_up=_note)
def breaks(name: str) -> None:
    raise ValueError(f"a secret of {name}")


@jobs.job()
def writes(name: str) -> None:
    with jobs.effect():
        record("test.done", Actor(), "job", name)


@jobs.job(every=dt.timedelta(hours=1))
def hourly() -> None:
    ran.append("hourly")


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    ran.clear()
    given_up.clear()
    yield
    connections.close_all()


def claimed(worker: str = "one") -> jobs.Claim:
    found = jobs.claim(worker)
    assert found is not None
    return found


def due() -> None:
    """Lets the pause before the next try be over."""
    DBTaskResult.objects.update(run_after=timezone.now())


def expire() -> None:
    Lease.objects.update(until=timezone.now() - dt.timedelta(seconds=1))


def test_a_job_is_done_once_and_its_lease_is_gone() -> None:
    task = jobs.later(note, "a")
    assert jobs.do(claimed())
    assert ran == ["a"]
    assert jobs.claim("one") is None
    assert not Lease.objects.exists()
    assert DBTaskResult.objects.get(pk=task).status == TaskResultStatus.SUCCESSFUL


def test_what_matters_more_is_done_first() -> None:
    jobs.later(note, "slow")
    jobs.later(urgent, "quick")
    jobs.do(claimed())
    assert ran == ["quick"]


def test_a_job_for_later_waits() -> None:
    jobs.later_at(timezone.now() + dt.timedelta(hours=1), note, "a")
    assert jobs.claim("one") is None


def test_only_declared_functions_can_be_asked_for() -> None:
    with pytest.raises(KeyError):
        jobs.later(expire)


def test_a_row_that_names_another_function_does_nothing_and_is_parked_in_the_end() -> None:
    jobs.call.enqueue("os.system", ["true"])
    DBTaskResult.objects.update(run_after=timezone.now())
    for _ in range(jobs.TRIES):
        assert not jobs.do(claimed())
        due()
    assert jobs.parked().count() == 1


def test_no_two_workers_get_one_job() -> None:
    for number in range(40):
        jobs.later(note, str(number))
    got: list[jobs.Claim] = []
    barrier = threading.Barrier(4)

    def take(name: str) -> None:
        barrier.wait()
        while (held := jobs.claim(name)) is not None:
            got.append(held)
        connections.close_all()

    threads = [threading.Thread(target=take, args=(f"worker {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len({one.task for one in got}) == 40


def test_a_job_whose_worker_died_is_done_by_another() -> None:
    jobs.later(note, "a")
    claimed("dead")
    assert jobs.recover() == 0  # its lease still runs
    assert jobs.recover("dead") == 1
    due()
    again = claimed("alive")
    assert again.tries == 2
    assert jobs.do(again)
    assert ran == ["a"]


def test_a_lease_that_ran_out_frees_the_job_and_one_that_is_renewed_does_not() -> None:
    jobs.later(note, "a")
    held = claimed("slow")
    expire()
    assert jobs.renew(held)
    assert jobs.recover() == 0
    expire()
    assert jobs.recover() == 1
    assert not jobs.renew(held)


def test_what_a_worker_does_after_it_lost_the_job_is_undone() -> None:
    jobs.later(writes, "a")
    slow = claimed("slow")
    jobs.recover("slow")
    due()
    assert jobs.do(claimed("quick"))
    assert not jobs.do(slow)  # wakes up and goes on
    assert Entry.objects.filter(action="test.done").count() == 1


def test_a_worker_that_lost_the_job_to_one_still_at_it_cannot_finish_it() -> None:
    task = jobs.later(writes, "a")
    slow = claimed("slow")
    jobs.recover("slow")
    due()
    quick = claimed("quick")
    assert not jobs.do(slow)
    assert not Entry.objects.filter(action="test.done").exists()
    assert DBTaskResult.objects.get(pk=task).status == TaskResultStatus.RUNNING
    assert jobs.do(quick)


def test_the_end_of_a_job_and_what_it_did_are_one_commit() -> None:
    task = jobs.later(writes, "a")
    held = claimed()
    jobs.do(held)
    assert DBTaskResult.objects.get(pk=task).status == TaskResultStatus.SUCCESSFUL
    assert jobs.recover("one") == 0
    assert Entry.objects.filter(action="test.done").count() == 1


def test_a_job_that_fails_is_tried_five_times_with_pauses_and_then_parked() -> None:
    jobs.later(breaks, "poison")
    pauses = []
    for _ in range(jobs.TRIES):
        before = timezone.now()
        assert not jobs.do(claimed())
        pauses.append((DBTaskResult.objects.get().run_after - before).total_seconds())
        due()
    assert jobs.claim("one") is None
    assert given_up == ["poison"]
    assert [round(one) for one in pauses[:4]] == [2, 8, 32, 128]
    row = jobs.parked().get()
    assert row.exception_class_path == "builtins.ValueError"
    assert "secret" not in row.traceback
    assert "test_jobs.py" in row.traceback


def test_a_job_that_kills_its_worker_every_time_is_parked_too() -> None:
    jobs.later(breaks, "killer")
    for _ in range(jobs.TRIES):
        claimed("victim")
        jobs.recover("victim")
        due()
    assert jobs.claim("one") is None
    assert jobs.parked().count() == 1
    assert given_up == ["killer"]


def test_a_poison_job_does_not_hold_up_the_others() -> None:
    jobs.later(breaks, "poison")
    jobs.later(note, "good")
    jobs.do(claimed())
    jobs.do(claimed())
    assert ran == ["good"]


def test_a_parked_job_can_be_begun_anew() -> None:
    task = jobs.later(breaks, "a")
    for _ in range(jobs.TRIES):
        jobs.do(claimed())
        due()
    assert jobs.again(task)
    assert claimed().tries == 1


def test_a_regular_job_is_asked_for_once_in_its_time() -> None:
    moment = dt.datetime(2026, 5, 1, 12, 30, tzinfo=dt.UTC)
    for _ in range(3):
        jobs.ask_for_regular(moment)
    path = hourly.__module__ + ".hourly"

    def asked() -> int:
        return sum(row.args_kwargs["args"][0] == path for row in DBTaskResult.objects.all())

    assert asked() == 1
    jobs.ask_for_regular(moment + dt.timedelta(hours=1))
    assert asked() == 2


def test_old_records_of_what_went_well_are_forgotten_and_parked_ones_kept() -> None:
    jobs.later(note, "a")
    jobs.do(claimed())
    jobs.later(breaks, "b")
    for _ in range(jobs.TRIES):
        jobs.do(claimed())
        due()
    DBTaskResult.objects.update(finished_at=timezone.now() - jobs.KEPT * 2)
    assert jobs.forget_old(timezone.now()) == 1
    assert jobs.parked().count() == 1
