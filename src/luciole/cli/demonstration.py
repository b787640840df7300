"""What the demonstration checks, and the made-up knowledge it is checked with."""

from __future__ import annotations

from pathlib import Path

from luciole.assess.assess import Engine
from luciole.intel.index import Index
from luciole.intel.model import Family, Indicator, Knowledge, Source, canonical
from luciole.packs.engine import load_engine, with_index
from luciole.packs.store import warning_lists
from luciole.simulate.apps.write import write_demonstrations
from luciole.simulate.devices import demonstration as phone
from luciole.simulate.devices.write import write_zip

FAMILY = Family("family-watch", "Family Watch (made up)", "stalkerware")
KNOWN_APP = "org.example.inert.knownfamily"
KNOWN_HOST = "panel.knownfamily.example.invalid"


def make_inputs(folder: Path) -> list[Path]:
    """Writes the apps and the phone; returns what is to be checked."""
    apps = folder / "apps"
    write_demonstrations(apps)
    return [apps, write_zip(phone.demonstration(), folder / "phone.zip")]


def demonstration_engine() -> Engine:
    """The engine of this installation with a list of one made-up family instead of the installed list."""
    index = Index.open(Index.build(demonstration_knowledge(), warning_lists()))
    return with_index(load_engine(), index)


def demonstration_knowledge() -> Knowledge:
    """A list of one made-up family."""
    values = [
        Indicator("package", package, "package", (FAMILY.id,), ("demonstration",))
        for package in (KNOWN_APP, phone.KNOWN)
    ]
    values.append(Indicator("host", KNOWN_HOST, "command-and-control", (FAMILY.id,), ("demonstration",)))
    source = Source("demonstration", "Made up for the demonstration")
    return canonical(Knowledge(1, "2026-01-01", (FAMILY,), tuple(values), sources=(source,)))
