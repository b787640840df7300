"""Merges what a list claims into the knowledge: nothing is chosen silently, nothing withdrawn comes back by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from luciole.intel import merging_notes, questions
from luciole.intel.claims import Entry, ImportResult, ValueClaim
from luciole.intel.merging import Claimed, State, apply_values, hold_unknown
from luciole.intel.merging_families import apply_families, apply_makers, follow_merged
from luciole.intel.merging_samples import apply_samples
from luciole.intel.model import NETWORK_ROLES, IndicatorKey, Knowledge, Role, RuleFile, Source, ValueType, canonical
from luciole.intel.warninglists import WarningList
from luciole.kernel.text import Message, mark


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did. counts: number of values (or cases without values) by outcome; changed: whether it did."""

    source: Source
    format: str
    changed: bool
    version: int
    counts: dict[str, int]
    entries: tuple[Entry, ...]

    def sentences(self) -> tuple[Message, ...]:
        """The report in plain sentences, the most important first."""
        told = [
            Message(text, parameters={"count": self.counts[outcome]})
            for outcome, text in _SENTENCES.items()
            if self.counts.get(outcome)
        ]
        head = _CHANGED if self.changed else _UNCHANGED
        return (Message(head, parameters={"source": self.source.id, "version": self.version}), *told)


_FEW_MISSING = 20
_CHANGED = mark("Read {source}: the knowledge is now version {version}.")
_UNCHANGED = mark("Read {source}: nothing changed, the knowledge stays version {version}.")
_SENTENCES = {
    "conflicting": mark("Contradictions left open for people to decide: {count}."),
    "held": mark("Held back until people decide: {count}."),
    "refused": mark("Refused as not usable: {count}."),
    "withdrawn": mark("Withdrawn by the source: {count}."),
    "added": mark("New: {count}."),
    "role-changed": mark("Known already, now in another role: {count}."),
    "merged": mark("Merged with what was known: {count}."),
    "corrected": mark("Read, but corrected: {count}."),
    "skipped": mark("Skipped: {count}."),
    "noted": mark("Worth knowing: {count}."),
    "unchanged": mark("Known already and unchanged: {count}."),
    "named-again": mark("Named in more than one file of this list, counted once: {count}."),
}


def merge(
    knowledge: Knowledge,
    result: ImportResult,
    now: str,
    lists: Iterable[WarningList] = (),
    *,
    accept_many_missing: bool = False,
) -> tuple[Knowledge, ImportReport]:
    """The knowledge with `result` taken in, and the report. now: ISO 8601 date.

    The same result twice changes nothing the second time. A state older than the last one of the same source adds
    nothing and withdraws nothing: what it knows and we do not is reported as held. The same is done with a whole list
    in which much of what the source named before is missing, since that is rather another or an older list than a
    withdrawal; accept_many_missing: a person looked and says that it is a withdrawal.
    """
    state = State(knowledge, result.source, now)
    last = next((one.published for one in knowledge.sources if one.id == result.source.id), "")
    outdated = result.source.published < last
    if not outdated and not accept_many_missing and _much_missing(state, result):
        outdated = True
        state.tell("held", "much-missing", mark(
            "Much of what this source named before is missing, as in an older or another list. Nothing was taken in."
        ), [result.source.id])  # fmt: skip
    if outdated:
        hold_unknown(state, sorted(_pairs(result)))
    else:
        _take_in(state, result)
    merging_notes.notes(state, tuple(lists))
    merged = _assembled(knowledge, state, result, outdated=outdated)
    changed = merged != knowledge
    if changed:
        merged = replace(merged, version=knowledge.version + 1, updated=now)
    return merged, _report(state, result, merged, changed=changed)


def _much_missing(state: State, result: ImportResult) -> bool:
    """Whether a whole list lacks more than one in twenty of the values that its source named, and more than twenty."""
    named = _pairs(result)
    parts = ((result.complete, "families"), (result.samples_complete, "samples"))
    for complete, part in parts:
        mine = {
            (key[0], key[1])
            for key, one in state.indicators.items()
            if state.source.id in one.sources and _part(key[2]) == part
        }
        missing = len(mine - named)
        if complete and missing > _FEW_MISSING and missing * 20 > len(mine):
            return True
    return False


def _part(role: Role) -> str:
    """The part of a list that a role stands in."""
    return {"file-hash": "samples", "rule": "rules"}.get(role, "families")


def _take_in(state: State, result: ImportResult) -> None:
    apply_families(state, result.families, complete=result.complete)
    listed = [claim for claim in result.values if claim.role not in {"rule", "file-hash"}]
    apply_values(state, _claimed(state, listed), lambda role: _part(role) == "families", complete=result.complete)
    rules = [claim for claim in result.values if claim.role == "rule"]
    apply_values(state, _claimed(state, rules), lambda role: _part(role) == "rules", complete=bool(result.rules))
    hashes = [claim for claim in result.values if claim.role == "file-hash"]
    if hashes:
        apply_values(state, _claimed(state, hashes), lambda role: _part(role) == "samples", complete=False)
    follow_merged(state)
    if result.samples:
        apply_samples(state, result.samples, complete=result.samples_complete)
    _confirm_network(state, result)
    apply_makers(state, result.makers)


def _claimed(state: State, claims: Iterable[ValueClaim]) -> dict[IndicatorKey, Claimed]:
    """Claims by value and role, all families of a value together; a repeat is told."""
    found: dict[IndicatorKey, Claimed] = {}
    seen: set[tuple[IndicatorKey, str]] = set()
    for claim in claims:
        key: IndicatorKey = (claim.type, claim.value, claim.role)
        if (key, claim.family) in seen:
            state.tell("skipped", "repeated", mark("Stands there twice."), [claim.value])
        seen.add((key, claim.family))
        find = state.names.resolve_loosely if claim.role == "rule" else state.names.resolve
        family = find(claim.family)
        before = found.get(key)
        families = frozenset({*(before.families if before else ()), *([family] if family else [])})
        found[key] = Claimed(families, claim.subdomains)
    return found


def _confirm_network(state: State, result: ImportResult) -> None:
    """A list that does not say a value's role confirms what is known; the rest is held."""
    named = {(claim.type, claim.value) for claim in result.values}
    known = {(key[0], key[1]) for key in state.indicators if key[2] in NETWORK_ROLES}
    for claim in result.network:
        if (claim.type, claim.value) in known:
            again = (claim.type, claim.value) in named
            state.named_again += again
            state.unchanged += not again
        elif (claim.type, claim.value) in state.withdrawn:
            state.tell("held", "returned-after-withdrawal", mark(
                "Withdrawn before. It stays away until people decide that it returns."), [claim.value])  # fmt: skip
        else:
            state.tell("held", "role-unknown", mark(
                "The list does not say whether apps contact it or people visit it."), [claim.value])  # fmt: skip


def _pairs(result: ImportResult) -> set[tuple[ValueType, str]]:
    return {
        *((claim.type, claim.value) for claim in result.values),
        *((claim.type, claim.value) for claim in result.network),
        *(("sha256", claim.sha256) for claim in result.samples),
    }


def _assembled(knowledge: Knowledge, state: State, result: ImportResult, *, outdated: bool) -> Knowledge:
    asked = [one for one in state.questions if one.kind not in questions.DERIVED]
    asked += questions.derive(state.families, state.indicators.values())
    rules: dict[tuple[str, str], RuleFile] = {(rule.source, rule.name): rule for rule in knowledge.rules}
    sources = {source.id: source for source in knowledge.sources}
    if not outdated:
        rules.update({(rule.source, rule.name): rule for rule in result.rules})
        sources[result.source.id] = result.source
    return canonical(
        replace(
            knowledge,
            families=tuple(state.families.values()),
            indicators=tuple(state.indicators.values()),
            tombstones=tuple(state.tombstones.values()),
            questions=tuple(asked),
            rules=tuple(rules.values()),
            sources=tuple(sources.values()),
        )
    )


def _report(state: State, result: ImportResult, merged: Knowledge, *, changed: bool) -> ImportReport:
    asked = [one for one in merged.questions if one.kind in questions.DERIVED]
    for question in asked:
        state.tell("conflicting", question.kind, question.text, question.values or (question.about,))
    entries = (*result.entries, *state.entries())
    counts: Counter[str] = Counter()
    for entry in entries:
        counts[entry.outcome] += max(1, len(entry.values))
    counts += Counter({"unchanged": state.unchanged, "named-again": state.named_again})
    return ImportReport(result.source, result.format, changed, merged.version, dict(sorted(counts.items())), entries)
