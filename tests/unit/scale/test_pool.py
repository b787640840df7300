"""Many requests over several children: all are answered, each once, whatever some of them do."""

import os
from pathlib import Path

from luciole.kernel.errors import CouldNotLook
from luciole.kernel.limits import Limits
from luciole.scale.pool import Job, Pool


def handler(request: bytes) -> bytes:
    if request == b"crash":
        os._exit(3)
    return request + str(os.getpid()).encode()


def test_every_job_is_answered_once_and_a_crash_stops_nothing() -> None:
    jobs = [Job(number, b"crash" if number == 5 else b"job", 10) for number in range(40)]
    with Pool(handler, 3, Limits(seconds=5)) as pool:
        done = list(pool.run(jobs))
    assert sorted(one.key for one in done) == list(range(40))
    failed = [one for one in done if one.error is not None]
    assert [one.key for one in failed] == [5]
    assert isinstance(failed[0].error, CouldNotLook)


def test_the_work_is_spread_over_children() -> None:
    with Pool(handler, 2) as pool:
        done = list(pool.run(Job(n, b"", 10) for n in range(40)))
    assert len({one.reply for one in done}) == 2


def test_children_are_kept_from_one_run_to_the_next() -> None:
    with Pool(handler, 1) as pool:
        pool.start()
        first, second = (next(iter(pool.run([Job(0, b"", 10)]))).reply for _ in range(2))
    assert first == second


def test_closing_early_ends_the_children_that_were_at_work() -> None:
    with Pool(handler, 2) as pool:
        run = pool.run([Job(n, b"", 10) for n in range(10)])
        next(run)
        run.close()
        assert len(list(pool.run(Job(n, b"", 10) for n in range(4)))) == 4


def test_no_child_outlives_the_pool() -> None:
    with Pool(handler, 2) as pool:
        pids = {int(one.reply) for one in pool.run([Job(n, b"", 10) for n in range(10)])}
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_child_prepares_itself_before_it_is_restricted(tmp_path: Path) -> None:
    made = tmp_path / "prepared"
    with Pool(handler, 1, prepare=lambda: made.write_text("a child may still write here")) as pool:
        list(pool.run([Job(0, b"", 10)]))
    assert made.exists()
