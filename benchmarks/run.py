"""Measures everything beside its peer in one run; writes benchmarks/results.json and the table in the reference.

Every figure that has a bar is a ratio to a peer or to the physical floor taken in the same run, or a size in memory;
seconds are written too, but they speak only of the machine they were measured on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import bench_acquisition
import bench_apps
import bench_capture
import bench_hub
import bench_hub_analysis
import bench_index
import bench_ios
import bench_live
import bench_programs
import bench_report
import bench_start
import bench_triage
from luciole.packs.engine import load_engine
from luciole.packs.importing import import_list
from luciole.packs.store import Store

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "reference" / "performance.md"
NOW = "2026-01-01T00:00:00Z"


class Bar(NamedTuple):
    """One line of the table. key: "part.figure"; at_most: whether smaller is better; beside: the peer's figure of the
    same run, and what it is."""  # noqa: D205, D209 - a list of fields follows the sentence

    key: str
    what: str
    bar: float
    unit: str
    at_most: bool = True
    beside: str = ""
    peer: str = ""


def _bulk(kind: str, what: str) -> Bar:
    key = f"index.{kind}: bulk/s"
    return Bar(key, what, 1_000_000, "/s", at_most=False, beside=f"index.{kind}: SQLite/s", peer="SQLite")


BARS = (
    Bar("apps.everything_to_floor", "All facts of an app, criteria and matching, to the floor", 1.5, "×"),
    Bar("apps.facts_to_floor", "The facts alone, to the floor", 1.5, "×"),
    Bar("apps.androguard_to_everything", "The same, faster than androguard's APK and DEX", 40, "×", at_most=False),
    Bar("triage.scaling", "Triage on all cores to one", 1.8, "×", at_most=False),
    Bar("triage.peak_mb", "Triage, largest worker", 150, "MB"),
    Bar("acquisition.cpu_seconds", "Acquisition of 300,000 files, 450 apps, 60 MB", 6, "s",
        beside="acquisition.json_whole_cpu_seconds", peer="only decoding files.json whole"),
    Bar("acquisition.peak_mb", "The same, memory", 200, "MB", beside="acquisition.json_whole_peak_mb",
        peer="only decoding files.json whole"),
    Bar("start.help_ms", "luciole --help, cold", 150, "ms", beside="start.python_ms", peer="an empty interpreter"),
    Bar("start.check_ms", "luciole check of a 6 MB app, cold", 500, "ms", beside="start.python_ms",
        peer="an empty interpreter"),
    Bar("index.open seconds", "Index of 1,000,000 indicators opens in", 0.05, "s", beside="index.build seconds",
        peer="building it"),
    _bulk("digest, 1% hits", "Look-ups of digests in bulk, 1 % known"),
    _bulk("digest, 80% hits", "Look-ups of digests in bulk, 80 % known"),
    _bulk("package, 1% hits", "Look-ups of packages in bulk, 1 % known"),
    _bulk("host, 1% hits", "Look-ups of hosts in bulk, 1 % known"),
    _bulk("host beside listed, 1% hits", "The same, all in domains of known hosts (worst case)"),
    Bar("capture.to_tshark", "Capture of 100 MB to findings, to tshark printing the same names", 1.5, "×"),
    Bar("capture.peak_mb", "The same, memory", 150, "MB", beside="capture.tshark_peak_mb", peer="tshark"),
    Bar("ios.cpu_seconds", "iPhone backup of 100,000 files", 5, "s"),
    Bar("ios.peak_mb", "The same, memory", 200, "MB"),
    Bar("ios.encrypted_ratio", "Encrypted backup, to reading it plain, deriving the key and AES", 1.5, "×"),
    Bar("programs.pe_ratio", "PE of 20 MB, all facts, to the floor", 3, "×"),
    Bar("programs.macho_ratio", "Mach-O of 20 MB, the same", 3, "×"),
    Bar("report.html_seconds", "Report as HTML", 0.2, "s"),
    Bar("report.pdf_person_seconds", "Report as PDF, for a person (19 pages)", 3, "s"),
    Bar("report.pdf_expert_seconds", "Report as PDF, for an expert (34 pages)", 3, "s"),
    Bar("hub.single/s", "Hub: single look-ups with a key, 1,000,000 records", 15_000, "/s", at_most=False,
        beside="hub.single through the ORM/s", peer="the ORM"),
    Bar("hub.single p99 ms", "The same, 99 of 100 within", 15, "ms"),
    Bar("hub.single to the ORM", "The same, to asking through the ORM", 10, "×", at_most=False),
    Bar("hub.bulk hashes/s", "Hub: look-ups in bulk, hashes", 100_000, "/s", at_most=False),
    Bar("hub.hand-ins/s", "Hub: hand-ins of 5 MB from 16 senders, on disk", 20, "/s", at_most=False),
    Bar("hub.hand-ins refused", "The same, errors", 0, ""),
    Bar("hub.single p99 ms meanwhile", "Look-ups beside them, 99 of 100 within", 50, "ms"),
    Bar("hub_analysis.per_second", "Hub: apps read and judged by two workers", 30, "/s", at_most=False),
    Bar("hub.list 100000 p95 ms", "Hub: list of 100,000 samples, 20 readers, 95 of 100 within", 150, "ms"),
    Bar("hub.search 100000 p95 ms", "Hub: search among 100,000 samples, the same", 150, "ms"),
    Bar("hub.list 1000000 to 10000", "Hub: list of 1,000,000 samples, to 10,000", 1.5, "×"),
    Bar("hub.search 1000000 to 10000", "Hub: search among 1,000,000 samples, to 10,000", 1.5, "×"),
    Bar("hub.idle memory MB", "Hub in small mode, memory of all processes, idle", 200, "MB"),
)  # fmt: skip


PARTS = ("apps", "index", "start", "triage", "acquisition", "capture", "ios", "programs", "report", "live", "hub",
         "hub_analysis")  # fmt: skip


def main() -> None:
    """Runs the parts that were asked for and writes both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS)
    shared = Path(os.environ.get("LUCIOLE_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--corpus", type=Path, default=shared / "corpus-apk")
    options = parser.parse_args()
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    found = {name: part for name, part in known.items() if isinstance(part, dict)}
    for part in options.parts if len(options.parts) > 1 else ():
        # a process for each part: what one leaves in memory is not counted for the next
        subprocess.run([sys.executable, __file__, part, "--corpus", str(options.corpus)], check=True)
    if len(options.parts) > 1:
        return
    (part,) = options.parts
    found[part] = _measure(part, options.corpus)
    print(part, json.dumps(found[part], indent=2))
    found["machine"] = _machine()
    RESULTS.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", "utf-8")
    PAGE.write_text(_page(found), "utf-8")
    print(_page(found))


def _measure(part: str, corpus: Path) -> dict[str, float]:
    """One part, with the real list of known apps installed for it in a folder of its own."""
    alone = {
        "index": bench_index,
        "ios": bench_ios,
        "programs": bench_programs,
        "report": bench_report,
        "live": bench_live,
        "hub": bench_hub,
        "hub_analysis": bench_hub_analysis,
    }
    if part in alone:
        return alone[part].measure()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LUCIOLE_DATA"] = str(folder / "data")
        import_list(str(corpus.parent / "data" / "stalkerware-indicators"), Store(), NOW[:10])
        if part == "apps":
            return bench_apps.measure(corpus, load_engine())
        if part == "start":
            return bench_start.measure(corpus)
        if part == "triage":
            return bench_triage.measure(corpus, folder)
        if part == "capture":
            return bench_capture.measure(folder, load_engine(), NOW)
        return bench_acquisition.measure(folder, load_engine(), NOW)


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
        "| what | must | is | | beside |",
        "|---|---:|---:|---|---|",
        *rows,
        "",
        "The floor of an app is reading the file, SHA-256, SHA-1 and MD5, and inflating manifest, resources and code",
        "with ISA-L. The apps are the ordinary apps of the corpus of 250 kB and more. androguard runs once, the others",
        "twenty times, and the least counts. An app is read on two cores (decision 0015): the ratios are of the",
        "time a person waits.",
        _processor(found.get("apps", {})),
        "",
    ])  # fmt: skip


def _processor(apps: dict[str, float]) -> str:
    """What both cores together spend; empty where apps were not measured."""
    if "everything_to_floor_processor" not in apps:
        return ""
    everything, facts = apps["everything_to_floor_processor"], apps["facts_to_floor_processor"]
    faster = apps["androguard_to_everything_processor"]
    return (
        f"In processor time of both cores together, which is what triage pays, it is {everything:.2f} × the floor\n"
        f"({facts:.2f} × for the facts alone), and {faster:.0f} × androguard's speed."
    )


def _row(bar: Bar, found: dict[str, dict[str, float]]) -> str:
    value = _figure(bar.key, found)
    sign = "≤" if bar.at_most else "≥"
    if value is None:
        return f"| {bar.what} | {sign} {bar.bar:,} {bar.unit} | not measured | | |"
    met = value <= bar.bar if bar.at_most else value >= bar.bar
    cells = (f"{sign} {bar.bar:,} {bar.unit}", f"{_shown(value)} {bar.unit}", "met" if met else "**missed**")
    return f"| {bar.what} | {' | '.join(cells)} | {_beside(bar, value, found)} |"


def _beside(bar: Bar, value: float, found: dict[str, dict[str, float]]) -> str:
    """The ratio to the peer of the same run."""
    peer = _figure(bar.beside, found) if bar.beside else None
    return f"{_shown(value / peer)} × {bar.peer}" if peer else ""


def _figure(key: str, found: dict[str, dict[str, float]]) -> float | None:
    part, _, name = key.partition(".")
    return found.get(part, {}).get(name)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.2f}"


if __name__ == "__main__":
    main()
