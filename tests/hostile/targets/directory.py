"""Fuzz target: any bytes as a directory of help."""

from luciole.guidance.directory import entries_for
from luciole.kernel.errors import ContentError
from luciole.packs.directory import parse


def target(data: bytes) -> None:
    """Reads the text; only a ContentError may come out, with places, and what is read can be listed on any day."""
    problems = ["a:1: nothing"]
    try:
        entries = parse("d.yml", data.decode("utf-8", "surrogateescape"))
    except ContentError as error:
        problems, entries = error.problems, ()
    assert problems
    assert all(problem.count(":") >= 2 for problem in problems)
    assert len({one.id for one in entries}) == len(entries)
    entries_for(entries, "FR", "2026-06-30")
