"""Looks for inputs that break a parser: each module of targets/ is run with mutated seeds until the time is over.

Coverage-guided with atheris; `--plain` mutates without it, which needs no instrumentation and is the same every time.
A parser may answer any bytes with ParseError. Everything else that comes out is written to the folder of crashes.
"""

# ruff: noqa: T201 - a search prints what it did

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

HERE = Path(__file__).parent
MEMORY = 256 << 20
"""Bytes of data that a target may take beyond what is there before it runs."""
SECONDS_FOR_ONE = 20
"""Processor time after which one input counts as a hang."""
FOUND = 77
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Target = Callable[[bytes], None]


class HangError(Exception):
    """One input took too long."""


def names() -> list[str]:
    """Names of all targets."""
    return sorted(path.stem for path in (HERE / "targets").glob("*.py") if path.stem != "__init__")


def load(name: str) -> Target:
    """The function of a target."""
    spec = importlib.util.spec_from_file_location(f"fuzz_target_{name}", HERE / "targets" / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"there is no target {name}; there are: {', '.join(names())}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Target = module.target
    return found


def checked(target: Target) -> Target:
    """The target as the search calls it: a ParseError is a fitting answer."""
    from luciole.kernel.errors import ParseError

    def run(data: bytes) -> None:
        try:
            target(data)
        except ParseError:
            return

    return run


def limit_memory() -> None:
    """Bounds the data of this process by what it has now and MEMORY more."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(name: str, runs: int, crashes: Path) -> int:
    """Runs the target over its seeds and `runs` mutations of them, the same at every call. Returns the exit code."""
    from seeds import seeds_for

    chance = random.Random(name)  # noqa: S311 - not for secrets, and repeatable
    seeds = seeds_for(name)
    target = checked(load(name))
    limit_memory()
    signal.signal(signal.SIGVTALRM, _hangs)
    for data in [*seeds, b"", *(mutated(chance, seeds) for _ in range(runs))]:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_FOR_ONE)
        try:
            target(data)
        except BaseException:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            print(f"{name}: {keep(crashes, name, data)}", file=sys.stderr, flush=True)
            raise
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(f"{name}: {len(seeds)} seeds, {runs} mutations, nothing found")
    return 0


def _hangs(_: int, __: FrameType | None) -> NoReturn:
    raise HangError(f"one input took more than {SECONDS_FOR_ONE} s")


def keep(crashes: Path, name: str, data: bytes) -> Path:
    """Writes an input that broke something, named by its digest."""
    crashes.mkdir(parents=True, exist_ok=True)
    path = crashes / f"{name}-crash-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    return path


def mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    """A seed with a few changes of the kinds that readers trip over."""
    data = bytearray(chance.choice(seeds) if seeds else b"")
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[at - 1] ^= 1 << chance.randrange(8)
        elif kind == 1:
            size = chance.choice((1, 2, 4))
            data[at : at + size] = (chance.choice(INTERESTING) % (1 << 8 * size)).to_bytes(size, "little")
        elif kind == 2:
            del data[at : at + chance.randrange(1, 64)]
        elif kind == 3:
            data[at:at] = chance.randbytes(chance.randrange(1, 16))
        elif kind == 4:
            del data[at:]
        else:
            other = chance.choice(seeds) if seeds else b""
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + chance.randrange(1, 512)]
    return bytes(data)


def guided(name: str, seconds: int, crashes: Path, corpus: Path | None) -> int:
    """Runs atheris in this process for `seconds`; it ends the process by itself."""
    try:
        import atheris
    except ImportError:
        print(f"atheris is not installed for Python {sys.version.split()[0]}; use --plain", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["luciole"]):
        target = checked(load(name))
    from seeds import seeds_for

    crashes.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for data in seeds_for(name):
            (folder / hashlib.sha256(data).hexdigest()).write_bytes(data)
        kept = [str(corpus / name)] if corpus else []
        for path in kept:
            Path(path).mkdir(parents=True, exist_ok=True)
        options = [f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/{name}-", "-rss_limit_mb=1024"]
        options += [f"-timeout={SECONDS_FOR_ONE}", "-print_final_stats=1", "-verbosity=0", "-max_len=200000"]
        atheris.Setup([sys.argv[0], *options, *kept, made], target)
        atheris.Fuzz()
    return 0


def each(options: argparse.Namespace) -> int:
    """Runs every wanted target in a process of its own, one after the other; a crash of one stops only that one."""
    failed = []
    for name in options.target or names():
        print(f"== {name}", flush=True)
        command = [sys.executable, __file__, "--inside", "--target", name, "--crashes", str(options.crashes)]
        command += ["--seconds", str(options.seconds), "--runs", str(options.runs)]
        command += ["--plain"] if options.plain else []
        command += ["--corpus", str(options.corpus)] if options.corpus else []
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(name)
    print(f"broken or not run: {', '.join(failed)}; see {options.crashes}" if failed else "nothing found")
    return FOUND if failed else 0


def main(arguments: list[str] | None = None) -> int:
    """Reads the command line and runs."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--seconds", type=int, default=60, help="time for each target, with atheris")
    reader.add_argument("--runs", type=int, default=2_000, help="mutations for each target, with --plain")
    reader.add_argument("--target", action="append", help="only this target; may be given several times")
    reader.add_argument("--plain", action="store_true", help="without atheris: fixed mutations of the seeds")
    reader.add_argument("--crashes", type=Path, default=Path(tempfile.gettempdir()) / "luciole-crashes")
    reader.add_argument("--corpus", type=Path, help="folder that keeps what the search finds, for the next search")
    reader.add_argument("--list", action="store_true", help="print the names of the targets")
    reader.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = reader.parse_args(arguments)
    if options.list:
        print("\n".join(names()))
        return 0
    if not options.inside:
        return each(options)
    sys.path.insert(0, str(HERE))
    name = options.target[0]
    if options.plain:
        return plain(name, options.runs, options.crashes)
    return guided(name, options.seconds, options.crashes, options.corpus)


if __name__ == "__main__":
    sys.exit(main())
