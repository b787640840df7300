"""Triage over many app files: does it use all cores, and does memory stay flat."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import processes


def make(corpus: Path, folder: Path, copies: int) -> int:
    """Copies the ordinary apps of the corpus so often that there is something to spread; returns how many."""
    files = [path for path in sorted(corpus.glob("*.apk")) if path.stat().st_size > 100_000]
    folder.mkdir(parents=True)
    for number in range(copies):
        for path in files:
            shutil.copyfile(path, folder / f"{number}-{path.name}")
    return copies * len(files)


def measure(corpus: Path, folder: Path, copies: int = 12) -> dict[str, float]:
    """Wall time with one and with all workers, their ratio, and the largest worker."""
    count = make(corpus, folder / "apps", copies)
    cores = os.cpu_count() or 1
    walls = {}
    peak = 0.0
    for workers in (1, cores):
        out = folder / f"{workers}.jsonl"
        command = [sys.executable, "-m", "luciole", "triage", "-q", str(folder / "apps"), "--out", str(out)]
        cost = processes.run([*command, "--workers", str(workers)])
        walls[workers] = cost.wall
        peak = max(peak, cost.peak_mb)
    return {
        "files": count,
        "cores": cores,
        "one_worker_seconds": walls[1],
        "all_workers_seconds": walls[cores],
        "scaling": walls[1] / walls[cores],
        "files_per_second": count / walls[cores],
        "peak_mb": peak,
    }
