"""The state of one merge while it runs, and the rules for values: added, moved, held, withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from luciole.intel.claims import Entry, Outcome
from luciole.intel.family_names import Names
from luciole.intel.model import (
    Confidence,
    Family,
    Indicator,
    IndicatorKey,
    Knowledge,
    Question,
    Role,
    Source,
    Tombstone,
    ValueType,
)
from luciole.kernel.text import Message, mark


class Claimed(NamedTuple):
    """What one list says of one value in one role."""

    families: frozenset[str]
    subdomains: bool
    doubtful: bool = False


class State:
    """Families, indicators and what is to be reported; changed in place by the steps of a merge."""

    def __init__(self, knowledge: Knowledge, source: Source, now: str) -> None:
        self.source = source
        self.now = now
        self.families: dict[str, Family] = {family.id: family for family in knowledge.families}
        self.indicators: dict[IndicatorKey, Indicator] = {one.key: one for one in knowledge.indicators}
        self.tombstones: dict[IndicatorKey, Tombstone] = {
            (stone.type, stone.value, stone.role): stone for stone in knowledge.tombstones
        }
        self.withdrawn = {(stone.type, stone.value) for stone in knowledge.tombstones}
        self.questions: set[Question] = set(knowledge.questions)
        self.names = Names(self.families)
        self.unchanged = 0
        self.named_again = 0
        self._told: dict[tuple[Outcome, str, str], set[str]] = {}

    def tell(self, outcome: Outcome, kind: str, text: str, values: Iterable[str] = ()) -> None:
        """Reports values under a case; values of the same case come together in one entry."""
        self._told.setdefault((outcome, kind, text), set()).update(values)

    def entries(self) -> list[Entry]:
        """What was reported, in a stable order."""
        return [
            Entry(outcome, kind, Message(text), tuple(sorted(values)))
            for (outcome, kind, text), values in sorted(self._told.items())
        ]

    def families_changed(self) -> None:
        """Names are looked up anew."""
        self.names = Names(self.families)


def apply_values(
    state: State, claimed: Mapping[IndicatorKey, Claimed], belongs: Callable[[Role], bool], *, complete: bool
) -> None:
    """Takes in the values of one part of a source.

    belongs: whether a role is of this part; complete: nothing of the part is missing, so that what is no longer
    there was withdrawn or has moved.
    """
    mine = {key for key, one in state.indicators.items() if state.source.id in one.sources and belongs(key[2])}
    gone = mine - claimed.keys()
    left = {(key[0], key[1]): key for key in sorted(gone)}
    for key in sorted(claimed):
        if key in state.indicators:
            _update(state, key, claimed[key])
        elif (key[0], key[1]) in state.withdrawn:
            _hold_withdrawn(state, key, claimed[key])
        else:
            _add(state, key, claimed[key], left.get((key[0], key[1])) if complete else None)
    if complete:
        still_there = {(key[0], key[1]) for key in claimed}
        for key in sorted(gone):
            _remove(state, key, moved=(key[0], key[1]) in still_there)
    elif gone and claimed:
        state.tell("noted", "absent-here", mark(
            "Not in this import. Nothing was withdrawn, because the import does not hold the whole list."
        ), (key[1] for key in gone))  # fmt: skip


def _add(state: State, key: IndicatorKey, claim: Claimed, moved_from: IndicatorKey | None) -> None:
    before = state.indicators.get(moved_from) if moved_from else None
    state.indicators[key] = Indicator(
        *key,
        families=tuple(sorted(claim.families)),
        sources=(state.source.id,),
        confidence=_confidence(1, claim),
        first_seen=before.first_seen if before else state.source.published,
        last_seen=state.source.published,
        marking=state.source.marking,
        subdomains=claim.subdomains,
    )
    if before:
        state.tell("role-changed", key[2], mark("Known already; its role changed."), [key[1]])
    else:
        state.tell("added", key[2], mark("New."), [key[1]])


def _update(state: State, key: IndicatorKey, claim: Claimed) -> None:
    old = state.indicators[key]
    sources = tuple(sorted({*old.sources, state.source.id}))
    alone = old.sources == (state.source.id,)
    families = tuple(sorted(claim.families if alone else {*old.families, *claim.families}))
    new = replace(
        old,
        families=families,
        sources=sources,
        confidence=_confidence(len(sources), claim),
        last_seen=max(old.last_seen, state.source.published),
        subdomains=old.subdomains or claim.subdomains,
    )
    if (new.families, new.sources) == (old.families, old.sources):
        state.unchanged += 1
    else:
        state.tell("merged", key[2], mark("Known already; families or sources were added."), [key[1]])
    state.indicators[key] = new


def _confidence(sources: int, claim: Claimed) -> Confidence:
    if claim.doubtful:
        return "doubtful"
    return "confirmed" if sources > 1 else "reported"


def _hold_withdrawn(state: State, key: IndicatorKey, claim: Claimed) -> None:
    text = mark("Withdrawn before. It stays away until people decide that it returns.")
    state.tell("held", "returned-after-withdrawal", text, [key[1]])
    families = tuple(sorted(claim.families))
    state.questions.add(Question("returned-after-withdrawal", key[1], text, families, (key[1],)))


def _remove(state: State, key: IndicatorKey, *, moved: bool) -> None:
    old = state.indicators[key]
    sources = tuple(one for one in old.sources if one != state.source.id)
    if sources:
        state.indicators[key] = replace(old, sources=sources)
        state.tell("noted", "source-left", mark("This source no longer names it; others do."), [key[1]])
        return
    del state.indicators[key]
    if moved:
        state.tell("role-changed", key[2], mark("Known already; its role changed."), [key[1]])
        return
    why = f"no longer in {state.source.id}, state of {state.source.published}"
    state.tombstones[key] = Tombstone(*key, when=state.now, why=why, families=old.families)
    state.tell("withdrawn", key[2], mark("The source withdrew it."), [key[1]])


def hold_unknown(state: State, known: Iterable[tuple[ValueType, str]]) -> None:
    """For a state older than the one already read: what is not known today is held, nothing else changes."""
    present = {(key[0], key[1]) for key in state.indicators}
    for pair in known:
        if pair in present:
            state.unchanged += 1
        elif pair in state.withdrawn:
            state.tell("held", "returned-after-withdrawal", mark(
                "Withdrawn before. It stays away until people decide that it returns."), [pair[1]])  # fmt: skip
        else:
            state.tell("held", "only-in-older-state", mark(
                "Only in a state older than the one that was read before."), [pair[1]])  # fmt: skip
