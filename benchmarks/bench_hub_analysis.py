"""How many apps a second go through the hub's queue: handed in, sealed, read in the sandbox, judged, kept.

Real workers (processes of their own) take jobs from a real database. Run alone, with the address of a PostgreSQL or
without: `python benchmarks/bench_hub_analysis.py`; the corpus is what LUCIOLE_CORPUS names.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

CORPUS = Path(os.environ.get("LUCIOLE_CORPUS", Path(__file__).parents[2] / "shared" / "corpus-apk"))
ROUNDS = 4
WORKERS = 2
BAR = 30.0
LONGEST = 600.0


def measure(database: str = "", workers: int = WORKERS) -> dict[str, float]:
    """apps: read in the measured part; per_second: through the whole queue; processor_ms_per_app: of workers, readers
    together, which other work on the machine changes little; hand_in_per_second: of the same files;
    judged_per_second: records judged anew on all cores, while every conclusion stays."""  # noqa: D205, D209 - a list
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    try:
        _set_up(folder, database)
        return _measured(workers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _set_up(folder: Path, database: str) -> None:
    os.environ |= {"LUCIOLE_HUB": str(folder), "DJANGO_SETTINGS_MODULE": "luciole.hub.site.settings"}
    if database:
        os.environ["LUCIOLE_DATABASE"] = database
    import django

    from luciole.hub.site.keys import HubKeys
    from luciole.hub.site.settings import HUB  # puts the current SQLite in place first

    HubKeys.make(HUB.folder)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)


def _measured(workers: int) -> dict[str, float]:
    from luciole.hub.samples import analysis
    from luciole.hub.samples.judging import judge_all
    from luciole.hub.site import jobs
    from luciole.hub.site.worker import Keeper

    keeper = Keeper(workers)
    keeper.start()
    try:
        samples, seconds = _hand_in()
        _wait()
        before, busy = time.perf_counter(), _processor_seconds(keeper.processes)
        asked = [sample for _ in range(ROUNDS) for sample in samples]
        for sample in asked:
            analysis.ask_again(sample)
        _wait()
        took = time.perf_counter() - before
        busy = _processor_seconds(keeper.processes) - busy
    finally:
        keeper.stop()
    before = time.perf_counter()
    tally = judge_all(everything=True)
    judging = time.perf_counter() - before
    if jobs.parked().exists() or tally.failed:
        raise RuntimeError("a job was parked, or a record could not be judged")
    return {
        "apps": float(len(asked)), "per_second": len(asked) / took, "processor_ms_per_app": 1000 * busy / len(asked),
        "hand_in_per_second": len(samples) / seconds,
        "judged_per_second": tally.looked_at / judging,
    }  # fmt: skip


def _processor_seconds(processes: tuple[int, ...]) -> float:
    """Processor time of the workers, their readers, and what those forked: what a busy machine does not change much."""
    import psutil

    total = 0.0
    for pid in processes:
        worker = psutil.Process(pid)
        for one in (worker, *worker.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
            if one is not worker:
                total += times.children_user + times.children_system
    return total


def _hand_in() -> tuple[list[object], float]:
    from luciole.hub.members.models import Organisation
    from luciole.hub.members.policy import Actor
    from luciole.hub.members.words import Scope
    from luciole.hub.samples.handin import About, hand_in

    owner, _ = Organisation.objects.get_or_create(
        slug="bench", defaults={"name": "B", "kind": "security", "country": "FR"}
    )
    actor = Actor(person="", key="", organisation=str(owner.pk), kind=None, scopes=frozenset(Scope))
    actor = actor._replace(key=_key(owner))
    files = sorted(CORPUS.glob("*.apk"))
    before = time.perf_counter()
    samples = [hand_in(actor, [path.read_bytes()], About()).sample for path in files]
    return samples, time.perf_counter() - before


def _key(owner: object) -> str:
    from datetime import timedelta

    from django.utils import timezone

    from luciole.hub.members.models import ApiKey

    made = ApiKey.objects.create(
        organisation=owner, name="bench", prefix="benchkey", digest=os.urandom(32), scopes=["submit"],
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    return str(made.pk)


def _wait() -> None:
    from luciole.hub.site import jobs

    deadline = time.monotonic() + LONGEST
    while jobs.waiting():
        if time.monotonic() > deadline:
            raise RuntimeError("the queue does not become empty")
        time.sleep(0.05)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("database", nargs="?", default="")
    parser.add_argument("--workers", type=int, default=WORKERS)
    given = parser.parse_args()
    figures = measure(given.database, given.workers)
    print(figures)
    sys.exit(figures["per_second"] < BAR)
