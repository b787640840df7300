"""Fuzz target: any bytes as a whole app file or a container of one, through every reader."""

from luciole.apps.options import AppOptions
from luciole.apps.read import read_app
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import AREAS, FACTS

LIMITS = Limits(entry=1 << 20, archive_total=8 << 20, archive_entries=5_000)


def target(data: bytes) -> None:
    """Reads everything; only a ParseError or NotThisKind may come out, and what was left out has a reason."""
    try:
        reading = read_app(data, "app.apk", AppOptions(tlsh=True, thorough=True), LIMITS)
    except (ParseError, NotThisKind):
        return
    for subject in reading.subjects:
        assert {fact.name for fact in subject.facts} <= set(FACTS)
        for line in subject.coverage:
            assert line.area in AREAS
            assert (line.state is State.EXAMINED) == (line.reason is Reason.NONE)
