"""Measures everything beside its peer in one run; writes benchmarks/results.json and the table in the reference.

Every figure that has a bar is a ratio to a peer or to the physical floor taken in the same run, or a size in memory;
seconds are written too, but they speak only of the machine they were measured on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import NamedTuple

import bench_acquisition
import bench_apps
import bench_index
import bench_start
import bench_triage
from luciole.cli.engine import load_engine

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "reference" / "performance.md"
NOW = "2026-01-01T00:00:00Z"


class Bar(NamedTuple):
    """One line of the table. key: "part.figure"; at_most: whether smaller is better."""

    key: str
    what: str
    bar: float
    unit: str
    at_most: bool = True


BARS = (
    Bar("apps.everything_to_floor", "All facts of an app, criteria and matching, to the floor", 1.5, "×"),
    Bar("apps.androguard_to_everything", "The same, faster than androguard's APK and DEX", 40, "×", at_most=False),
    Bar("triage.scaling", "Triage on two cores to one", 1.8, "×", at_most=False),
    Bar("triage.peak_mb", "Triage, largest worker", 150, "MB"),
    Bar("acquisition.cpu_seconds", "Acquisition of 300,000 files, 450 apps, 60 MB", 6, "s"),
    Bar("acquisition.peak_mb", "The same, memory", 200, "MB"),
    Bar("start.help_ms", "luciole --help, cold", 150, "ms"),
    Bar("start.check_ms", "luciole check of an app, cold", 500, "ms"),
    Bar("index.open_ms", "Index of 1,000,000 indicators opens in", 50, "ms"),
    Bar("index.bulk_per_second", "Look-ups a second on one core, in bulk", 1_000_000, "/s", at_most=False),
)


def main() -> None:
    """Runs the parts that were asked for and writes both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["apps", "index", "start", "triage", "acquisition"])
    shared = Path(os.environ.get("LUCIOLE_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--corpus", type=Path, default=shared / "corpus-apk")
    options = parser.parse_args()
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    found = {name: part for name, part in known.items() if isinstance(part, dict)}
    for part in options.parts:
        found[part] = _measure(part, options.corpus)
        print(part, json.dumps(found[part], indent=2))
    found["machine"] = _machine()
    RESULTS.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", "utf-8")
    PAGE.write_text(_page(found), "utf-8")
    print(_page(found))


def _measure(part: str, corpus: Path) -> dict[str, float]:
    if part == "apps":
        return bench_apps.measure(corpus, load_engine())
    if part == "index":
        return bench_index.measure()
    if part == "start":
        return bench_start.measure(corpus)
    with tempfile.TemporaryDirectory() as folder:
        if part == "triage":
            return bench_triage.measure(corpus, Path(folder))
        return bench_acquisition.measure(Path(folder), load_engine(), NOW)


def _machine() -> dict[str, str | int]:
    return {"cores": os.cpu_count() or 1, "python": platform.python_version(), "system": platform.platform()}


def _page(found: dict[str, dict[str, float]]) -> str:
    rows = [_row(bar, found) for bar in BARS]
    machine = found["machine"]
    return "\n".join([
        "# Performance",
        "",
        f"Measured by `make bench` on {machine['cores']} cores, Python {machine['python']}, with its peers in one run.",
        "All figures, with seconds, are in `benchmarks/results.json`. A missed bar stays in the table with its number.",
        "",
        "| what | must | is | |",
        "|---|---:|---:|---|",
        *rows,
        "",
        "The floor of an app is reading the file, SHA-256, SHA-1 and MD5, and inflating manifest, resources and code",
        "with ISA-L. The apps are the ordinary apps of the corpus of 250 kB and more. androguard runs once, the others",
        "five times.",
        "",
    ])  # fmt: skip


def _row(bar: Bar, found: dict[str, dict[str, float]]) -> str:
    part, _, name = bar.key.partition(".")
    value = found.get(part, {}).get(name)
    sign = "≤" if bar.at_most else "≥"
    if value is None:
        return f"| {bar.what} | {sign} {bar.bar:,} {bar.unit} | not measured | |"
    met = value <= bar.bar if bar.at_most else value >= bar.bar
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
    return f"| {bar.what} | {sign} {bar.bar:,} {bar.unit} | {shown} {bar.unit} | {'met' if met else '**missed**'} |"


if __name__ == "__main__":
    main()
