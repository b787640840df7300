"""All facts of app files beside the physical floor and beside androguard, in one run over the same files."""

from __future__ import annotations

import hashlib
import logging
import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

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


def seconds(work: Callable[[], None], rounds: int) -> float:
    """Median processor seconds of `work`, after one round that is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def measure(corpus: Path, engine: Engine, rounds: int = 5) -> dict[str, float]:
    """Processor seconds for the whole set, and the two ratios of the speed table."""
    logging.disable(logging.CRITICAL)
    chosen = files(corpus)
    places = {path: spans(path) for path in chosen}
    base = seconds(lambda: [floor(path, places[path]) for path in chosen] and None, rounds)
    ours = seconds(lambda: [everything(path, engine) for path in chosen] and None, rounds)
    facts = seconds(lambda: [read_apk(path.read_bytes(), path.name) for path in chosen] and None, rounds)
    start = time.process_time()
    for path in chosen:
        peer(path)
    androguard = time.process_time() - start
    megabytes = sum(path.stat().st_size for path in chosen) / 1e6
    return {
        "files": len(chosen),
        "megabytes": round(megabytes, 1),
        "floor_seconds": base,
        "facts_seconds": facts,
        "everything_seconds": ours,
        "androguard_seconds": androguard,
        "everything_to_floor": ours / base,
        "facts_to_floor": facts / base,
        "androguard_to_everything": androguard / ours,
    }
