"""Jobs survive `kill -9` of their workers: none is lost, none takes effect twice. Long: `fault_job_kills.py 100`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fault_job_kills import killed
from real_hub import RealHub, a_database

KILLS = 20


def test_no_job_of_killed_workers_is_lost_and_none_takes_effect_twice(tmp_path: Path) -> None:
    server = os.environ.get("LUCIOLE_DATABASE", "")
    environment = {"LUCIOLE_DATABASE": a_database(server)} if server else {}
    outcome = killed(RealHub(tmp_path, environment), KILLS)
    assert outcome.kills == KILLS
    assert outcome.begun_again >= KILLS // 2, "too few kills fell into a job: the test shows nothing"
    assert outcome.is_whole, outcome
