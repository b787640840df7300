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
from luciole.intel.model import NETWORK_ROLES, IndicatorKey, Knowledge, RuleFile, Source, ValueType, canonical
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
}


def merge(
    knowledge: Knowledge, result: ImportResult, now: str, lists: Iterable[WarningList] = ()
) -> tuple[Knowledge, ImportReport]:
    """The knowledge with `result` taken in, and the report. now: ISO 8601 date.

    The same result twice changes nothing the second time. A state older than the last one of the same source adds
    nothing and withdraws nothing: what it knows and we do not is reported as held.
    """
    state = State(knowledge, result.source, now)
    last = next((one.published for one in knowledge.sources if one.id == result.source.id), "")
    if result.source.published < last:
        hold_unknown(state, sorted(_pairs(result)))
    else:
        _take_in(state, result)
    merging_notes.notes(state, tuple(lists))
    merged = _assembled(knowledge, state, result, last)
    changed = merged != knowledge
    if changed:
        merged = replace(merged, version=knowledge.version + 1, updated=now)
    return merged, _report(state, result, merged, changed=changed)


def _take_in(state: State, result: ImportResult) -> None:
    apply_families(state, result.families, complete=result.complete)
    listed = [claim for claim in result.values if claim.role not in {"rule", "file-hash"}]
    apply_values(
        state, _claimed(state, listed), lambda role: role not in {"rule", "file-hash"}, complete=result.complete
    )
    rules = [claim for claim in result.values if claim.role == "rule"]
    apply_values(state, _claimed(state, rules), lambda role: role == "rule", complete=bool(result.rules))
    hashes = [claim for claim in result.values if claim.role == "file-hash"]
    if hashes:
        apply_values(state, _claimed(state, hashes), lambda role: role == "file-hash", complete=False)
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
    known = {(key[0], key[1]) for key in state.indicators if key[2] in NETWORK_ROLES}
    for claim in result.network:
        if (claim.type, claim.value) in known:
            state.unchanged += 1
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


def _assembled(knowledge: Knowledge, state: State, result: ImportResult, last: str) -> Knowledge:
    asked = [one for one in state.questions if one.kind not in questions.DERIVED]
    asked += questions.derive(state.families, state.indicators.values())
    rules: dict[tuple[str, str], RuleFile] = {(rule.source, rule.name): rule for rule in knowledge.rules}
    sources = {source.id: source for source in knowledge.sources}
    if result.source.published >= last:
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
    if state.unchanged:
        counts["unchanged"] = state.unchanged
    return ImportReport(result.source, result.format, changed, merged.version, dict(sorted(counts.items())), entries)
