"""Fuzz target: any bytes as a Windows program, as its resources, as the description of its version."""

import contextlib

from luciole.apps.pe.layout import read_layout
from luciole.apps.pe.read import read_program
from luciole.apps.pe.resources import resources, version_texts
from luciole.apps.programs.gathered import Gathered
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import AREAS, FACTS


def target(data: bytes) -> None:
    """Reads it whole and in parts; only a ParseError may come out, and every loss has a reason."""
    with contextlib.suppress(ParseError):
        assert all(one.text for one in version_texts(data))
    with contextlib.suppress(ParseError):
        layout = read_layout(data)
        assert all(one.start + one.size <= len(data) for one in layout.sections)
        for one in resources(data, layout):
            assert one.offset + one.size <= len(data)
    gathered = Gathered("program.exe")
    with contextlib.suppress(ParseError):
        read_program(data, gathered)
    check(gathered, len(data))


def check(gathered: Gathered, size: int) -> None:
    """Facts of the vocabulary at places inside the file, areas with reasons."""
    for fact in gathered.facts:
        assert fact.name in FACTS
        assert set(fact.attributes) <= set(FACTS[fact.name].attributes), fact
        assert fact.place.offset is None or 0 <= fact.place.offset <= size, fact
    for line in gathered.coverage():
        assert line.area in AREAS
        assert (line.state is State.EXAMINED) == (line.reason is Reason.NONE)
