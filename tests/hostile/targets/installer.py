"""Fuzz target: any bytes as an installer made with NSIS, its script, a package of macOS and a cabinet."""

import contextlib

from luciole.apps.installers.nsis import SIGNATURE, open_installer
from luciole.apps.installers.nsis_script import read_script
from luciole.apps.installers.pkg import certificates
from luciole.apps.read import read_app
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import AREAS, FACTS

MOST = 1 << 20


def target(data: bytes) -> None:
    """Reads it in parts and whole; only a ParseError or NotThisKind may come out, and every loss has a reason."""
    with contextlib.suppress(ParseError):
        script = read_script(data)
        assert all(len(text) < 40_000 for names in script.names.values() for text in names)
    with contextlib.suppress(ParseError):
        certificates(data)
    with contextlib.suppress(ParseError):
        for part in open_installer(data, data.find(SIGNATURE) - 4).parts:
            content = part.stream.take(min(MOST, part.size if part.size >= 0 else MOST))
            assert len(content) <= MOST
    with contextlib.suppress(ParseError, NotThisKind):
        for facts in read_app(data, "installer").subjects:
            check(facts, len(data))


def check(facts: FactSet, size: int) -> None:
    """Facts of the vocabulary; of what was not unpacked, at places inside the file."""
    for fact in facts.facts:
        assert fact.name in FACTS
        assert set(fact.attributes) <= set(FACTS[fact.name].attributes), fact
        assert fact.place.member or fact.place.offset is None or 0 <= fact.place.offset <= size, fact
    for line in facts.coverage:
        assert line.area in AREAS
        assert (line.state is State.EXAMINED) == (line.reason is Reason.NONE)
