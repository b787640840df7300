"""All facts of a large Windows program and of a large program of macOS beside the floor: three digests and one read."""

from __future__ import annotations

import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from luciole.apps.read import read_app
from luciole.simulate.programs.apple import build_macho
from luciole.simulate.programs.demonstration import APPLE_FORMS, WATCHING
from luciole.simulate.programs.windows import build_program

SIZE = 20_000_000
"""Bytes of one program."""
BAR = 3.0
"""At most so many times the floor."""
_TEXT = 0.08
"""The part of real programs of this size that is text, as measured on the programs of public packages: 3 to 15 %."""


def filler(size: int = SIZE) -> bytes:
    """Bytes as machine code has them (small numbers are frequent), with blocks of texts between."""
    chance = random.Random(7)  # noqa: S311 - a repeatable file, no secret
    code = bytes(min(255, int(chance.expovariate(1 / 60))) for _ in range(1 << 16))
    words = [("".join(chance.choices("abcdefghijklmnopqrstuvwxyz_.", k=chance.randint(4, 14)))) for _ in range(4000)]
    texts = "\0".join(" ".join(chance.choices(words, k=6)) for _ in range(2000)).encode()
    parts: list[bytes] = []
    length = 0
    while length < size:
        part = texts if chance.random() < _TEXT else code[chance.randint(0, 4000) :]
        parts.append(part)
        length += len(part)
    return b"".join(parts)[:size]


def floor(path: Path) -> None:
    """What no reader can avoid: one read, three digests."""
    data = path.read_bytes()
    hashlib.sha256(data).digest()
    hashlib.sha1(data, usedforsecurity=False).digest()
    hashlib.md5(data, usedforsecurity=False).digest()


def everything(path: Path) -> None:
    """All facts of one file."""
    read_app(path.read_bytes(), path.name)


def seconds(work: Callable[[], None], rounds: int) -> float:
    """Median processor seconds of `work`, after one round that is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def measure(rounds: int = 7) -> dict[str, float]:
    """Seconds of the floor and of all facts, and how many times the floor that is, for both kinds of programs."""
    body = filler()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        made = {
            "pe": build_program(msgspec.structs.replace(WATCHING, filler=body, signer="own")),
            "macho": build_macho(msgspec.structs.replace(APPLE_FORMS[0], filler=body)),
        }
        for kind, data in made.items():
            path = Path(folder) / kind
            path.write_bytes(data)
            least = seconds(lambda path=path: floor(path), rounds)
            whole = seconds(lambda path=path: everything(path), rounds)
            figures |= {f"{kind}_floor": least, f"{kind}_seconds": whole, f"{kind}_ratio": whole / least}
    return figures


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:14} {value:.3f}")
