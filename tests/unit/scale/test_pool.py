"""Many requests over several children: all are answered, each once, whatever some of them do."""

import os
from pathlib import Path

from luciole.kernel.errors import CouldNotLook
from luciole.kernel.limits import Limits
from luciole.scale.pool import Job, run_jobs


def handler(request: bytes) -> bytes:
    if request == b"crash":
        os._exit(3)
    return request + str(os.getpid()).encode()


def test_every_job_is_answered_once_and_a_crash_stops_nothing() -> None:
    jobs = [Job(number, b"crash" if number == 5 else b"job", 10) for number in range(40)]
    done = list(run_jobs(jobs, handler, workers=3, limits=Limits(seconds=5)))
    assert sorted(one.key for one in done) == list(range(40))
    failed = [one for one in done if one.error is not None]
    assert [one.key for one in failed] == [5]
    assert isinstance(failed[0].error, CouldNotLook)


def test_the_work_is_spread_over_children() -> None:
    done = run_jobs([Job(n, b"", 10) for n in range(40)], handler, workers=2)
    assert len({one.reply for one in done}) == 2


def test_closing_early_ends_the_children() -> None:
    jobs = run_jobs([Job(n, b"", 10) for n in range(10)], handler, workers=2)
    pid = int(next(jobs).reply)
    jobs.close()
    assert not Path(f"/proc/{pid}").exists()
