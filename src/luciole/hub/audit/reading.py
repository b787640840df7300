"""The entries of the log that somebody may read, newest first, a page at a time."""

from __future__ import annotations

from typing import NamedTuple

from luciole.hub.audit.models import Checkpoint, Entry

PAGE = 100


class LogPage(NamedTuple):
    """Some entries. before: the sequence at which the next page begins, None on the last."""

    entries: list[Entry]
    before: int | None


def entries_of(organisation: str, *, before: int | None = None, action: str = "", limit: int = PAGE) -> LogPage:
    """Entries of the log of one organisation; of the coalition itself where it is empty.

    before: only entries older than this one; action: only of this action.
    """
    found = Entry.objects.filter(organisation=organisation).order_by("-sequence")
    if before is not None:
        found = found.filter(sequence__lt=before)
    if action:
        found = found.filter(action=action)
    rows = list(found[: limit + 1])
    shown = rows[:limit]
    return LogPage(shown, shown[-1].sequence if len(rows) > limit else None)


def newest_checkpoint() -> Checkpoint | None:
    """Up to where the log was signed."""
    return Checkpoint.objects.order_by("-sequence").first()
