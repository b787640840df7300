"""All facts of app files beside the physical floor and beside androguard, in one run over the same files."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from isal import isal_zlib

from luciole.apps.apk.archive import Archive
from luciole.apps.read import read_app as read_apk
from luciole.assess.assess import Engine, assess_subject

FLOOR_ENTRY = re.compile(rb"AndroidManifest\.xml|resources\.arsc|classes\d*\.dex")
LEAST = 250_000
"""Only files of this size and more: below, fixed costs of the interpreter are all one measures."""


def files(corpus: Path) -> list[Path]:
    """The ordinary apps of the corpus that are large enough to measure."""
    return [path for path in sorted(corpus.glob("*.apk")) if path.stat().st_size >= LEAST]


def floor(path: Path, spans: Sequence[tuple[int, int, int]]) -> None:
    """What no reader can avoid: read the file, three digests, inflate manifest, resources and code."""
    data = path.read_bytes()
    hashlib.sha256(data).digest()
    hashlib.sha1(data, usedforsecurity=False).digest()
    hashlib.md5(data, usedforsecurity=False).digest()
    view = memoryview(data)
    for start, length, size in spans:
        isal_zlib.decompressobj(-15).decompress(view[start : start + length], size)


def spans(path: Path) -> list[tuple[int, int, int]]:
    """Where the deflated entries lie that the floor inflates: start, deflated length, inflated size."""
    data = path.read_bytes()
    archive = Archive.open(data)
    found = []
    for entry in archive.entries.values():
        if FLOOR_ENTRY.fullmatch(entry.name) and entry.method == 8:
            name = int.from_bytes(data[entry.header + 26 : entry.header + 28], "little")
            extra = int.from_bytes(data[entry.header + 28 : entry.header + 30], "little")
            found.append((entry.header + 30 + name + extra, entry.compressed, entry.size))
    return found


def everything(path: Path, engine: Engine) -> None:
    """All facts, criteria and matching, as `check` does in its child."""
    for facts in read_apk(path.read_bytes(), path.name).subjects:
        assess_subject(facts, path.name, engine)


def peer(path: Path) -> None:
    """androguard: the APK and the analysis of every DEX, without cross references."""
    from androguard.core.apk import APK
    from androguard.core.dex import DEX

    apk = APK(str(path))
    for code in apk.get_all_dex():
        DEX(code)


class Taken(NamedTuple):
    """Seconds of a work: as the person waits, and of both cores together."""

    elapsed: float
    processor: float


def least(work: Callable[[], object], rounds: int) -> Taken:
    """The least of many rounds: what the work takes when the machine does nothing else. One before is not counted."""
    work()
    found = []
    for _ in range(rounds):
        elapsed, processor = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - elapsed, time.process_time() - processor))
    return Taken(min(one for one, _ in found), min(one for _, one in found))


def measure(corpus: Path, engine: Engine, rounds: int = 20) -> dict[str, float]:
    """Seconds for the whole set, and the ratios of the speed table, elapsed and of the processor."""
    logging.disable(logging.CRITICAL)
    chosen = files(corpus)
    places = {path: spans(path) for path in chosen}
    base = least(lambda: [floor(path, places[path]) for path in chosen], rounds)
    ours = least(lambda: [everything(path, engine) for path in chosen], rounds)
    facts = least(lambda: [read_apk(path.read_bytes(), path.name) for path in chosen], rounds)
    start = time.process_time()
    for path in chosen:
        peer(path)
    androguard = time.process_time() - start
    return {
        "files": len(chosen),
        "megabytes": round(sum(path.stat().st_size for path in chosen) / 1e6, 1),
        "floor_seconds": base.elapsed,
        "facts_seconds": facts.elapsed,
        "everything_seconds": ours.elapsed,
        "everything_processor_seconds": ours.processor,
        "androguard_seconds": androguard,
        "everything_to_floor": ours.elapsed / base.elapsed,
        "everything_to_floor_processor": ours.processor / base.processor,
        "facts_to_floor": facts.elapsed / base.elapsed,
        "facts_to_floor_processor": facts.processor / base.processor,
        "androguard_to_everything": androguard / ours.elapsed,
        "androguard_to_everything_processor": androguard / ours.processor,
    }
