"""Fuzz target: any bytes as a Mach-O file and as the signature of one."""

import contextlib

from luciole.apps.macho.code_signature import read_signature
from luciole.apps.macho.layout import slices
from luciole.apps.macho.read import read_macho
from luciole.apps.programs.gathered import Gathered
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import AREAS, FACTS


def target(data: bytes) -> None:
    """Reads it whole, and as a signature over itself; only a ParseError may come out."""
    with contextlib.suppress(ParseError):
        read_signature(data, 0, len(data))
    with contextlib.suppress(ParseError):
        assert all(one.start + one.size <= len(data) for one in slices(data, []))
    gathered = Gathered("program")
    with contextlib.suppress(ParseError):
        read_macho(data, gathered)
    for fact in gathered.facts:
        assert fact.name in FACTS
        assert set(fact.attributes) <= set(FACTS[fact.name].attributes), fact
        assert fact.place.offset is None or 0 <= fact.place.offset <= len(data), fact
    for line in gathered.coverage():
        assert line.area in AREAS
        assert (line.state is State.EXAMINED) == (line.reason is Reason.NONE)
