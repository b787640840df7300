"""The children that find and read what was handed in; they load what reads while their parent loads what it knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from luciole.kernel.errors import LucioleError
from luciole.kernel.limits import MIB
from luciole.kernel.reading import Reading
from luciole.scale.items import DeviceEvidence, Item, shown_name, size_of
from luciole.scale.pool import Done, Job, Pool
from luciole.scale.settings import Find, ReadSettings

Progress = Callable[[int, int], None]
"""Called with how many items are done, and how many there are so far."""
_SMALLEST_SEARCH = 64 * MIB
"""Finding files in a folder takes time by their number, not by their size."""
_OPENING_KEYS = 60 * MIB
"""A password costs a small backup as much time as a large one: iOS has ten million rounds of key derivation."""
_items: msgspec.msgpack.Decoder[list[Item]] = msgspec.msgpack.Decoder(list[Item])
_reading = msgspec.msgpack.Decoder(Reading)


class Outcome(NamedTuple):
    """What became of one item: a reading, or why there is none."""

    item: Item
    reading: Reading | None
    error: LucioleError | None


class Found(NamedTuple):
    """What lies at one path; error: why that could not be told."""

    name: str
    items: list[Item]
    error: LucioleError | None


class Readers:
    """Finds and reads items in children on all cores. Use as a context manager; one child is started at once.

    settings: how to read; they reach a child when it is started, so everything in them must be there by then.
    """

    def __init__(self, settings: ReadSettings) -> None:
        self.settings = settings
        self._pools: dict[bool, Pool] = {}

    def __enter__(self) -> Self:
        self._pool(writes=False).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            pool.__exit__(kind, error, trace)

    def find(self, paths: Sequence[Path]) -> list[Found]:
        """What lies at each path, in a stable order."""
        requests = [Find(os.fsencode(path)) for path in paths]
        jobs = (
            Job(number, msgspec.msgpack.encode(one), _SMALLEST_SEARCH + path.stat().st_size if path.exists() else 0)
            for number, (one, path) in enumerate(zip(requests, paths, strict=True))
        )
        done = {one.key: one for one in self._pool(writes=False).run(jobs)}
        return [_found(path, done[number]) for number, path in enumerate(paths)]

    def read(self, items: Sequence[Item], progress: Progress, *, writes: bool = False) -> list[Outcome]:
        """All items, in their order. writes: a child may write, as it must to decrypt into a file without a name."""
        outcomes: dict[int, Outcome] = {}
        progress(0, len(items))
        for done in self._pool(writes=writes).run(_jobs(items, with_password=bool(self.settings.password))):
            reading = None if done.error else _reading.decode(done.reply)
            outcomes[done.key] = Outcome(items[done.key], reading, done.error)
            progress(len(outcomes), len(items))
        return [outcomes[number] for number in range(len(items))]

    def _pool(self, *, writes: bool) -> Pool:
        if writes not in self._pools:
            self._pools[writes] = Pool(
                self._handle, os.cpu_count() or 1, self.settings.limits, writes=writes, prepare=_prepare
            )
        return self._pools[writes]

    def _handle(self, request: bytes) -> bytes:
        from luciole.scale.opening import answer  # noqa: PLC0415 - loaded in the child alone

        return answer(request, self.settings)


def _prepare() -> None:
    """Loads what reads before the child is restricted."""
    import luciole.scale.opening  # noqa: F401, PLC0415 - loaded in the child alone


def _jobs(items: Sequence[Item], *, with_password: bool) -> Iterable[Job[int]]:
    for number, item in enumerate(items):
        more = _OPENING_KEYS if with_password and isinstance(item, DeviceEvidence) else 0
        yield Job(number, msgspec.msgpack.encode(item), size_of(item) + more)


def _found(path: Path, done: Done[int]) -> Found:
    return Found(shown_name(path.name), [] if done.error else _items.decode(done.reply), done.error)
