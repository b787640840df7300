"""Kills job workers, and their keeper, with SIGKILL while apps are analysed; a long run: KILLS as argument."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from real_hub import RealHub

APPS_EACH = 3
"""Apps for each kill, so that the work lasts."""
LEASE = 2.0
EVERY = 5
"""Each so many kills take the keeper too, so that only the lease can tell."""
LONGEST = 900.0
_LEFT = "SELECT count(*) FROM samples_sample WHERE state = 'waiting'"
_KEEPER = """
import sys
from luciole.hub.site.starting import set_up
set_up()
from luciole.hub.site.worker import keep
keep(2, lease=%s)
"""
_HAND_IN = """
from luciole.hub.site.keys import HubKeys
from luciole.simulate.apps.build import build_apk
HubKeys.make(settings.folder)
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
actor = an_analyst()
for number in range(%d):
    hand_in(actor, [build_apk({"package": f"org.example.inert.n{number}", "label": "Inert"})], About())
"""
_LOOK = """
import json
from collections import Counter
from luciole.hub.audit.models import Entry
from luciole.hub.samples.models import Analysis, Sample, Term
from luciole.hub.site.models import Lease
from django_tasks_db.models import DBTaskResult
told = Counter(Entry.objects.filter(action="sample.analysed").values_list("object_id", flat=True))
terms = Counter(Term.objects.values_list("sample", "field", "value"))
mine = [row for row in DBTaskResult.objects.all() if "analysis" in row.args_kwargs["args"][0]]
print(json.dumps({
    "samples": Sample.objects.count(),
    "analysed": Analysis.objects.filter(sample__state="analysed", problem="").count(),
    "told_once": sum(count == 1 for count in told.values()),
    "told": sum(told.values()),
    "doubled_terms": sum(count > 1 for count in terms.values()),
    "begun_again": sum(len(row.worker_ids) > 1 for row in mine),
    "waiting": sum(row.status in ("READY", "RUNNING") for row in mine),
    "parked": sum(row.status == "FAILED" for row in mine),
    "leases": Lease.objects.filter(task__in=mine).count(),
}))
"""


class Outcome(NamedTuple):
    """What came of it. told_once: samples of which the log tells one analysis; begun_again: jobs that a kill hit."""

    kills: int
    samples: int
    analysed: int
    told_once: int
    told: int
    doubled_terms: int
    begun_again: int
    waiting: int
    parked: int
    leases: int

    @property
    def is_whole(self) -> bool:
        """No job was lost and none took effect twice."""
        done = self.samples == self.analysed == self.told_once == self.told
        return done and not (self.doubled_terms or self.waiting or self.parked or self.leases)


def killed(hub: RealHub, kills: int) -> Outcome:
    """Hands apps in, kills while they are analysed, lets the rest be done, and looks."""
    import json

    hub.script(_HAND_IN % (kills * APPS_EACH))
    chance, done = random.Random(7), 0  # noqa: S311 - chance of a test
    keeper = _keeper(hub)
    try:
        until = time.monotonic() + LONGEST
        while done < kills and time.monotonic() < until:
            if not _is_at_work(hub):
                time.sleep(0.01)
                continue
            time.sleep(chance.uniform(0, 0.1))
            with_keeper = done % EVERY == EVERY - 1
            if with_keeper:
                keeper.kill()
            for pid in _workers(hub):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if with_keeper:
                keeper.wait()
                keeper = _keeper(hub)
            done += 1
        while _rows(
            hub, "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status IN ('READY', 'RUNNING')"
        )[0]:
            if time.monotonic() > until:
                break
            time.sleep(0.2)
    finally:
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(60)
    return Outcome(done, **json.loads(hub.script(_LOOK)))


def _keeper(hub: RealHub) -> subprocess.Popen[bytes]:
    with (hub.folder / "workers.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-c", _KEEPER % LEASE], env=hub.variables(None), stderr=log)


def _is_at_work(hub: RealHub) -> bool:
    """Whether a worker that lives is doing a job just now; a dead one's lease says nothing."""
    names = set(_workers(hub).values())
    return any(name in names for name in _rows(hub, "SELECT worker FROM hub_site_lease"))


def _workers(hub: RealHub) -> dict[int, str]:
    """Processes of workers of this very hub, with their names."""
    mine = f"LUCIOLE_HUB={hub.folder}".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if b"luciole.hub.site.worker" in words and mine in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = words[words.index(b"--name") + 1].decode()
    return found


def _rows(hub: RealHub, query: str) -> list[object]:
    """The first column of an answer, asked from outside."""
    address = hub.environment.get("LUCIOLE_DATABASE", "")
    if address:
        import psycopg

        with psycopg.connect(address) as connection:
            return [row[0] for row in connection.execute(query).fetchall()]  # type: ignore[arg-type] # our own text
    import sqlite3

    with contextlib.closing(sqlite3.connect(hub.folder / "hub.db", timeout=20)) as file:
        return [row[0] for row in file.execute(query).fetchall()]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        outcome = killed(RealHub(Path(name), {}), int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    print(outcome)  # noqa: T201 - the figures
    sys.exit(not outcome.is_whole)
