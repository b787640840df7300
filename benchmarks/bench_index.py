"""Measures the compiled index with a million indicators beside a Python set and SQLite, in one run on one core."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path

from luciole.intel.index import Index
from luciole.intel.index_writing import IndexKind
from luciole.intel.model import Family, Indicator, Knowledge, canonical

AMOUNT = 1_000_000
FAMILIES = 500
ROUNDS = 3
_SINGLE = 50_000


def digest_of(number: int) -> str:
    """A file digest, in hexadecimal."""
    return hashlib.sha256(number.to_bytes(8, "little")).hexdigest()


def package_of(number: int) -> str:
    """An app id."""
    return f"com.example{number % 100}.app{number}"


def host_of(number: int) -> str:
    """A host; those not listed lie in other domains, as nearly all hosts do."""
    domain = "example" if number < AMOUNT // 4 else "other"
    return f"h{number}.{domain}{number % 50_000}.com"


def neighbour_of(number: int) -> str:
    """A host; those not listed lie in the domains of the listed ones: the worst case."""
    return f"h{number}.example{number % 50_000}.com"


def knowledge() -> Knowledge:
    """Half file digests, a quarter app ids, a quarter hosts whose lower names match too."""
    dated = {"sources": ("list",), "first_seen": "2026-01-01", "last_seen": "2026-06-21"}
    indicators = []
    for number in range(AMOUNT // 4):
        family = (f"family-{number % FAMILIES}",)
        indicators.append(Indicator("package", package_of(number), "package", family, **dated))
        indicators.append(
            Indicator("host", host_of(number), "command-and-control", family, **dated, subdomains=True)
        )  # fmt: skip
        indicators.append(Indicator("sha256", digest_of(2 * number), "file-hash", family, **dated))
        indicators.append(Indicator("sha256", digest_of(2 * number + 1), "file-hash", family, **dated))
    families = tuple(Family(f"family-{number}", f"Family {number}", "stalkerware") for number in range(FAMILIES))
    return canonical(Knowledge(1, "2026-06-21", families, tuple(indicators)))


def questions(make: Callable[[int], str], listed: int, share: float, chance: random.Random) -> list[str]:
    """A million values of which `share` are listed, in the order in which a reader would meet them."""
    every = (chance.randrange(listed) if chance.random() < share else listed + n for n in range(AMOUNT))
    return [make(number) for number in every]


def best(action: Callable[[], object]) -> float:
    """The least CPU time of a few rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def measure() -> dict[str, float]:
    """Every figure by name: seconds, look-ups a second, bytes."""
    figures: dict[str, float] = {}
    known = knowledge()
    start = time.process_time()
    data = Index.build(known)
    figures["build seconds"] = time.process_time() - start
    figures["size bytes"] = len(data)
    figures["open seconds"] = best(lambda: Index.open(data))
    index = Index.open(data)
    figures["verify all seconds"] = best(index.verify)
    chance = random.Random(1)  # noqa: S311 - the same questions in each run
    rows: tuple[tuple[str, IndexKind, Callable[[int], str], int], ...] = (
        ("digest", "digest", digest_of, AMOUNT // 2),
        ("package", "package", package_of, AMOUNT // 4),
        ("host", "host", host_of, AMOUNT // 4),
        ("host beside listed", "host", neighbour_of, AMOUNT // 4),
    )
    for name, kind, make, listed in rows:
        known_values = {make(number) for number in range(listed)}
        for share in (0.01, 0.8):
            asked = questions(make, listed, share, chance)
            figures |= measure_asking(index, kind, asked, known_values, f"{name}, {share:.0%} hits")
    return figures


def measure_asking(index: Index, kind: IndexKind, asked: list[str], listed: set[str], name: str) -> dict[str, float]:
    """The figures of one row: ours in bulk and one by one, and the peers."""
    assert index.known(kind, asked) == listed.intersection(asked)  # noqa: S101 - the figures are of right answers
    return {
        f"{name}: bulk/s": AMOUNT / best(lambda: index.known(kind, asked)),
        f"{name}: single/s": _SINGLE / best(lambda: [index.look_up(kind, value) for value in asked[:_SINGLE]]),
        f"{name}: Python set/s": AMOUNT / best(lambda: {value for value in asked if value in listed}),
        f"{name}: SQLite/s": sqlite_rate(listed, asked[:_SINGLE]),
    }


def sqlite_rate(listed: Collection[str], asked: list[str]) -> float:
    """Single look-ups a second by primary key in a file."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "listed.db")
        connection.execute("CREATE TABLE listed (value TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany("INSERT INTO listed VALUES (?)", ((value,) for value in sorted(listed)))
        connection.commit()
        find = "SELECT 1 FROM listed WHERE value = ?"
        seconds = best(lambda: [connection.execute(find, (value,)).fetchone() for value in asked])
        connection.close()
    return len(asked) / seconds


if __name__ == "__main__":
    for label, figure in measure().items():
        print(f"{label:46} {figure:>16,.4f}" if figure < 100 else f"{label:46} {figure:>16,.0f}")
