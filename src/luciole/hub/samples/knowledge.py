"""What the hub judges with: criteria, policy and the indicators in its folder, loaded anew when they were changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from luciole.assess.assess import Engine
from luciole.hub.site.settings import HUB
from luciole.intel.warninglists import Gate, WarningList
from luciole.packs.engine import load_engine
from luciole.packs.store import INDEX, Store, warning_lists

KNOWLEDGE = "knowledge"
"""Folder of the hub's data folder with the installed indicators, as `luciole intel import` makes it."""
RULES = "rules"
"""Folder with the coalition's YARA rules, one or more in each *.yar file."""
_LARGEST_RULES = 16 << 20


def engine(folder: Path | None = None) -> Engine:
    """The engine as it is installed now. folder: the data folder. Raises CouldNotLook where indicators are damaged."""
    place = (folder or HUB.folder) / KNOWLEDGE
    return _engine(place, _mark(place / INDEX))


@lru_cache(maxsize=1)
def _engine(place: Path, mark: tuple[int, int]) -> Engine:
    del mark
    return load_engine(Store(place))


def _mark(path: Path) -> tuple[int, int]:
    """What tells one version of a file from another."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1)
def shared_by_many() -> Gate:
    """Answers whether a host or certificate is one that many unrelated apps share."""
    return Gate(_lists())


@lru_cache(maxsize=1)
def _lists() -> tuple[WarningList, ...]:
    return warning_lists()


def rules(folder: Path | None = None) -> tuple[tuple[str, str], ...]:
    """The coalition's YARA rules as (file name without ending, text); files that are too large are left out."""
    found = sorted(((folder or HUB.folder) / RULES).glob("*.yar"))
    return _rules(tuple((path, _mark(path)) for path in found))


@lru_cache(maxsize=1)
def _rules(files: tuple[tuple[Path, tuple[int, int]], ...]) -> tuple[tuple[str, str], ...]:
    texts = []
    for path, (_, size) in files:
        if size <= _LARGEST_RULES:
            texts.append((path.stem, path.read_text("utf-8", "replace")))
    return tuple(texts)
