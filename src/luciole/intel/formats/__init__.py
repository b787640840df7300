"""One module per import or export format, found by walking this folder.

Each module has NAME (text), recognises(files) -> bool and read(files, now, source) -> ImportResult, where `files`
maps names to bytes; those that can be written have write(knowledge) -> dict of file name to bytes.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from typing import Protocol, cast

from luciole.intel.claims import ImportResult
from luciole.intel.model import Knowledge, Source
from luciole.kernel.errors import NotThisKind, UsageError


class Format(Protocol):
    """What every module of this folder offers."""

    NAME: str

    def recognises(self, files: Mapping[str, bytes]) -> bool:
        """Whether the files are of this format, by names and first bytes."""

    def read(self, files: Mapping[str, bytes], now: str, source: Source) -> ImportResult:
        """What the files claim; a bad file stops only itself and is an entry of the result."""


class Writable(Format, Protocol):
    """A format that can be written too."""

    def write(self, knowledge: Knowledge) -> dict[str, bytes]:
        """The files of an export, by name."""


def formats() -> dict[str, Format]:
    """Every format by its name, in order of the name."""
    found = [
        cast("Format", pkgutil.resolve_name(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_")
    ]
    return {one.NAME: one for one in sorted(found, key=lambda one: one.NAME)}


def recognise(files: Mapping[str, bytes]) -> Format:
    """The format that recognises `files`; NotThisKind when none does."""
    for one in formats().values():
        if one.recognises(files):
            return one
    raise NotThisKind("None of the list formats that Luciole reads.", remedy="Name the format, or convert it to CSV.")


def writable(name: str) -> Writable:
    """The format `name` for writing; UsageError when there is none or it cannot be written."""
    found = formats().get(name)
    if found is None or not hasattr(found, "write"):
        raise UsageError(f"No format to write is called {name!r}.")
    return cast("Writable", found)
