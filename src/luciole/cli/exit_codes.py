"""What the exit codes say, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from luciole.assess.document import Result

NOTHING_SEEN = 0
INTERNAL = 1
USAGE = 2
FOUND = 10
COULD_NOT_LOOK = 11
INTERRUPTED = 130

MEANINGS = {
    NOTHING_SEEN: "What was examined shows none of what Luciole looks for (for other commands: done).",
    INTERNAL: "Luciole itself failed; please report it.",
    USAGE: "The command or its arguments do not fit.",
    FOUND: "Something was found that deserves to be read.",
    COULD_NOT_LOOK: "Nothing was found, but something could not be looked at.",
    INTERRUPTED: "Stopped with Ctrl-C; no partial file was left.",
}


def of_result(result: Result) -> int:
    """The exit code of a check: found before could-not-look before nothing-seen."""
    if any(one.verdict.code != "nothing-seen" for one in result.assessments):
        return FOUND
    if result.unreadable or not result.assessments or _lost(result):
        return COULD_NOT_LOOK
    return NOTHING_SEEN


_BY_DESIGN = frozenset({"not-in-this-evidence", "not-asked"})


def _lost(result: Result) -> bool:
    """Whether something that was handed in, and should have been read, was not, or not whole."""
    lines = [*result.coverage, *(line for one in result.assessments for line in one.coverage)]
    return any(line.state.value != "examined" and line.reason.value not in _BY_DESIGN for line in lines)
