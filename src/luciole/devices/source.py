"""What a kind of evidence has to offer, and the kinds there are: the modules of the folder `sources`."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import Protocol, cast

from luciole.devices import sources
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.kernel.errors import NotThisKind


class Source(Protocol):
    """One module of `sources`.

    KIND: stable name of the kind; TITLE: for people; ORDER: kinds are asked from low to high, so that a special kind
    is asked before a general one; AREAS: what this kind of evidence can say something about.
    """

    KIND: str
    TITLE: str
    ORDER: int
    AREAS: tuple[str, ...]

    def recognise(self, opened: Opened) -> bool:
        """Whether the content (never only a name) is of this kind; reads little and raises nothing."""
        ...

    def read(self, opened: Opened, collector: Collector) -> None:
        """Hands everything in it to the collector; what could not be read becomes coverage, not an exception."""
        ...


@functools.cache
def all_sources() -> tuple[Source, ...]:
    """Every kind, in the order in which they are asked."""
    names = sorted(module.name for module in pkgutil.iter_modules(sources.__path__))
    modules = [importlib.import_module(f"{sources.__name__}.{name}") for name in names]
    found = [cast("Source", module) for module in modules]
    return tuple(sorted(found, key=lambda source: (source.ORDER, source.KIND)))


def find(opened: Opened) -> Source | None:
    """The first kind that recognises the evidence, None where none does."""
    return next((source for source in all_sources() if source.recognise(opened)), None)


def need(opened: Opened) -> Source:
    """As `find`; raises NotThisKind."""
    source = find(opened)
    if source is None:
        remedy = "Luciole reads " + ", ".join(each.TITLE for each in all_sources()) + "."
        raise NotThisKind(f"{opened.name} is not evidence of a device that Luciole knows", remedy=remedy)
    return source
