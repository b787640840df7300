"""Two results of the same device or app: what appeared, vanished or changed, and what could not be compared.

The rule of the whole check holds here too: something is said to have appeared only where the older taking was looked
at and did not hold it, and to have vanished only where the newer one was looked at and does not hold it. What one of
the two did not look at is listed as "could not be compared", never as a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from luciole.assess.assess import kept_facts
from luciole.assess.comparison import (
    AreaChange,
    Comparison,
    FactChange,
    FindingChange,
    Kind,
    Side,
    SubjectChange,
    Why,
)
from luciole.assess.document import (
    Assessment,
    CriterionFinding,
    Finding,
    MatchFinding,
    Result,
    evidence_of,
    expanded,
    trees_of,
)
from luciole.criteria.looked_at import examined_areas
from luciole.kernel.facts import Fact, Value
from luciole.kernel.outcome import Coverage, State
from luciole.kernel.vocabulary import AREAS, FACTS

PASSING = frozenset({"pid", "count", "total_seconds", "running", "duration"})
"""Attributes that differ from one hour to the next and say nothing: they make no change by themselves."""
ON_REQUEST = frozenset({"file.ssdeep", "file.tlsh", "rule.match"})
"""Facts that are made only where somebody asks for them: a side without any of them says nothing by that."""
ONE_VALUE = frozenset({
    "app.version_name", "app.installer", "app.state", "app.code_path", "app.first_installed", "app.last_updated",
    "app.icon", "app.shared_user", "usage.last_used", "file.sha256", "file.sha1", "file.md5", "file.tlsh",
    "device.verified_boot", "device.selinux",
})  # fmt: skip
"""Texts of which a subject has one: another one in its place is a change. Numbers and flags are so by themselves."""
MANY_VALUES = frozenset({"device.user"})
"""Numbers that name things, of which a subject may have many."""
PRESENT = frozenset({"installed", "disabled", "hidden", "suspended", "archived", "present"})
"""States of an app that is on the device; others are traces of it."""
INVENTORY = ("app.state", "app.package")
"""Facts whose device areas list the apps there are: only where one was examined can an app be said to be absent."""


class _Known(NamedTuple):
    """What one side knows of one subject. examined: areas of which absence may be said."""

    assessment: Assessment
    facts: tuple[Fact, ...]
    examined: frozenset[str]
    all_facts: bool
    knowledge: tuple[str, str, str]


_Key = tuple[str, str, str, int | None]


def compare(old: Result, new: Result) -> Comparison:
    """What differs between two results, the older first. Both should hold all facts; what they lack is said."""
    before, after = _subjects(old), _subjects(new)
    changes = []
    for key in sorted({*before, *after}, key=_order):
        if key in before and key in after:
            changes.append(_both(before[key], after[key]))
        else:
            changes.append(_one(key, before.get(key), after.get(key), (old, new)))
    different = [one for one in changes if one is not None]
    return Comparison(
        old=_side(old),
        new=_side(new),
        subjects=tuple(sorted(different, key=_weight)),
        areas=tuple(_areas(old, new)),
        same=len(changes) - len(different),
        other_device=_identities(old) != _identities(new) and bool(_identities(old) and _identities(new)),
        other_knowledge=_knowledge(old) != _knowledge(new),
    )


def _side(result: Result) -> Side:
    about = result.knowledge
    return Side(result.evidence, result.created, about.tool, about.catalogue, about.index, result.all_facts)


def _knowledge(result: Result) -> tuple[str, str, str]:
    return result.knowledge.tool, result.knowledge.catalogue, result.knowledge.index


def _identities(result: Result) -> set[str]:
    return {one.subject.identity for one in result.assessments if one.subject.kind == "device"}


def _subjects(result: Result) -> dict[_Key, _Known]:
    """What is known of each subject; two devices are told apart, one device is the same whatever it is called."""
    devices = [one for one in result.assessments if one.subject.kind == "device"]
    found: dict[_Key, _Known] = {}
    for one in result.assessments:
        alone = one.subject.kind == "device" and len(devices) == 1
        identity = "" if alone else one.subject.identity
        key = (one.subject.kind, one.subject.platform, identity, one.subject.user)
        lines = (*one.coverage, *result.coverage)
        known = _Known(one, one.facts, examined_areas(lines), result.all_facts, _knowledge(result))
        found[key] = _joined(found[key], known) if key in found else known
    return found


def _joined(first: _Known, second: _Known) -> _Known:
    """The same app handed in twice: what either says of it."""
    return first._replace(facts=first.facts + second.facts, examined=first.examined | second.examined)


def _order(key: _Key) -> tuple[str, str, str, int]:
    kind, platform, identity, user = key
    return kind, platform, identity, -1 if user is None else user


_WEIGHTS = ("appeared", "vanished", "changed", "could-not-be-compared")


def _weight(change: SubjectChange) -> tuple[int, bool, str]:
    """Other verdicts first, then apps that came or went, then the rest; the device before apps."""
    other = change.old_verdict != change.new_verdict and change.kind == "changed"
    rank = -1 if other else _WEIGHTS.index(change.kind)
    return rank, change.subject.kind != "device", change.subject.identity


# --- one subject ------------------------------------------------------------------------------------------------


def _one(
    key: _Key, before: _Known | None, after: _Known | None, results: tuple[Result, Result]
) -> SubjectChange | None:
    """A subject that only one side has."""
    known = before or after
    assert known is not None  # noqa: S101 - the key stands in one of them
    absent_in = results[0] if before is None else results[1]
    on_device = key[0] == "app" and any(fact.name == "app.state" for fact in known.facts)
    listed = on_device and _lists_apps(absent_in, key[1])
    kind: Kind = "appeared" if before is None else "vanished"
    verdict = known.assessment.verdict.code
    return SubjectChange(
        kind=kind if listed else "could-not-be-compared",
        subject=known.assessment.subject,
        old_verdict=verdict if before is not None else "",
        new_verdict=verdict if after is not None else "",
        why="" if listed else "not-an-inventory",
    )


def _lists_apps(result: Result, platform: str) -> bool:
    """Whether this result's evidence lists the apps of a device of this platform, completely."""
    wanted = {
        area for name in INVENTORY for area in FACTS[name].areas
        if AREAS[area].of == "device" and platform in AREAS[area].platforms
    }  # fmt: skip
    return not examined_areas(result.coverage).isdisjoint(wanted - {"device.removed"})


def _both(before: _Known, after: _Known) -> SubjectChange | None:
    """What differs in a subject that both sides have; None where nothing does."""
    facts = tuple(_facts(before, after))
    findings = tuple(_findings(before, after))
    old, new = before.assessment.verdict.code, after.assessment.verdict.code
    if not facts and not findings and old == new:
        return None
    return SubjectChange(_presence(before, after), after.assessment.subject, old, new, facts, findings)


def _presence(before: _Known, after: _Known) -> Kind:
    """Whether an app that both sides know was on the device in only one of them, as far as its state is told."""
    states = [{str(fact.value) for fact in side.facts if fact.name == "app.state"} for side in (before, after)]
    if not all(states):
        return "changed"
    was, now = (not state.isdisjoint(PRESENT) for state in states)
    if was == now:
        return "changed"
    return "appeared" if now else "vanished"


def _facts(before: _Known, after: _Known) -> Iterable[FactChange]:
    old, new = _by_name(before.facts), _by_name(after.facts)
    for name in sorted({*old, *new}):
        yield from _of_name(name, (before, after), (old.get(name, ()), new.get(name, ())))


def _by_name(facts: Iterable[Fact]) -> dict[str, tuple[Fact, ...]]:
    names: dict[str, list[Fact]] = {}
    for fact in facts:
        names.setdefault(fact.name, []).append(fact)
    return {name: tuple(found) for name, found in names.items()}


def _of_name(
    name: str, sides: tuple[_Known, _Known], facts: tuple[Sequence[Fact], Sequence[Fact]]
) -> Iterable[FactChange]:
    """Changes among the facts of one name. Of what a subject has one value, another value in its place is a change."""
    old, new = ({_identity(fact): fact for fact in side} for side in facts)
    gone = [fact for key, fact in old.items() if key not in new]
    come = [fact for key, fact in new.items() if key not in old]
    replaced = _replaced(gone, come) if _one_value(name) else []
    yield from (FactChange("changed", name, before, after) for before, after in replaced)
    told = {id(fact) for pair in replaced for fact in pair}
    gone, come = ([fact for fact in side if id(fact) not in told] for side in (gone, come))
    for key, fact in old.items():
        if key in new and _content(fact) != _content(new[key]):
            yield FactChange("changed", name, fact, new[key])
    for fact in gone:
        why = _why_not(name, sides[1], "not-looked-at-now", "not-kept-now")
        yield FactChange("could-not-be-compared" if why else "vanished", name, old=fact, why=why)
    for fact in come:
        why = _why_not(name, sides[0], "not-looked-at-before", "not-kept-before")
        yield FactChange("could-not-be-compared" if why else "appeared", name, new=fact, why=why)


def _replaced(gone: Sequence[Fact], come: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """Each fact that is gone with one that stands in its place: about the same thing, with another value."""
    left: dict[tuple[Value, ...], list[Fact]] = {}
    for fact in come:
        left.setdefault(_identity(fact)[1:], []).append(fact)
    return [(fact, others.pop(0)) for fact in gone if (others := left.get(_identity(fact)[1:]))]


def _one_value(name: str) -> bool:
    """Whether a subject has one fact of this name at most."""
    numbered = name in FACTS and FACTS[name].value != "text" and name not in MANY_VALUES
    return numbered or name in ONE_VALUE


def _identity(fact: Fact) -> tuple[Value, ...]:
    """What makes two facts of one name the same thing: its value, or the key that names it."""
    named = fact.attributes.get("key", "")
    extra = tuple(str(fact.attributes.get(name, "")) for name in ("namespace", "user", "kind", "wireless"))
    return (str(named), *extra) if named else (fact.value, *extra)


def _content(fact: Fact) -> tuple[Value, Mapping[str, Value]]:
    """What is compared of two facts that are the same thing."""
    return fact.value, {name: value for name, value in fact.attributes.items() if name not in PASSING}


def _why_not(name: str, side: _Known, not_looked: Why, not_kept: Why) -> Why:
    """Why the absence of a fact on this side means nothing; empty where it was looked for."""
    nothing = side.assessment.verdict.code == "nothing-seen" and side.assessment.subject.user is not None
    if not side.all_facts and not kept_facts(name, nothing=nothing):
        return not_kept
    if name in ON_REQUEST and not any(fact.name == name for fact in side.facts):
        return not_looked
    areas = FACTS[name].areas if name in FACTS else ()
    return "" if not side.examined.isdisjoint(areas) else not_looked


# --- findings ---------------------------------------------------------------------------------------------------


def _findings(before: _Known, after: _Known) -> Iterable[FindingChange]:
    old, new = _met(before.assessment), _met(after.assessment)
    for identifier in sorted({*old, *new}):
        if identifier in old and identifier in new:
            continue
        gone = identifier in old
        finding = (old if gone else new)[identifier]
        why = _unanswered(finding, before, after, gone=gone)
        kind: Kind = "could-not-be-compared" if why else ("vanished" if gone else "appeared")
        yield FindingChange(kind, identifier, _title(finding), why)


def _met(assessment: Assessment) -> dict[str, Finding]:
    """Every finding by its id; a known value by its family, role and value."""
    return {
        one.id if isinstance(one, CriterionFinding) else f"{one.id} {one.role} {one.value}": one
        for one in assessment.findings
    }


def _title(finding: Finding) -> str:
    return finding.title if isinstance(finding, CriterionFinding) else finding.family


def _unanswered(finding: Finding, before: _Known, after: _Known, *, gone: bool) -> Why:
    """Why the side without this finding does not say that it is not so; empty where it does say that."""
    other = after if gone else before
    if before.knowledge != after.knowledge:
        return "other-knowledge"
    trees = trees_of((before if gone else after).assessment)
    facts = finding.evidence if isinstance(finding, MatchFinding) else evidence_of(expanded(finding.reason, trees))
    undecided = any(one.id == finding.id for one in other.assessment.undecided)
    looked = all(not other.examined.isdisjoint(FACTS[one.name].areas) for one in facts if one.name in FACTS)
    if looked and not undecided:
        return ""
    return "not-looked-at-now" if gone else "not-looked-at-before"


# --- areas ------------------------------------------------------------------------------------------------------


def _areas(old: Result, new: Result) -> Iterable[AreaChange]:
    before, after = _states(old), _states(new)
    for area in sorted({*before, *after}):
        states = before.get(area, "absent"), after.get(area, "absent")
        if states[0] != states[1]:
            yield AreaChange(area, *states)


def _states(result: Result) -> dict[str, str]:
    """How far each area was looked at, taking the worst of what is said."""
    rank = (State.NOT_LOOKED_AT, State.PARTIAL, State.EXAMINED)
    lines: list[Coverage] = [*result.coverage, *(line for one in result.assessments for line in one.coverage)]
    found: dict[str, State] = {}
    for line in lines:
        found[line.area] = min(found.get(line.area, State.EXAMINED), line.state, key=rank.index)
    return {area: state.value for area, state in found.items()}
