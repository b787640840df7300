"""What the installed knowledge holds: counted, searched, and everything about one family or value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

import msgspec

from luciole.intel import values
from luciole.intel.model import (
    Confidence,
    Family,
    FamilyKind,
    Indicator,
    Knowledge,
    Marking,
    Question,
    QuestionKind,
    Role,
    Statement,
    Tombstone,
    ValueType,
)
from luciole.intel.warninglists import Gate, WarningList
from luciole.kernel.errors import ParseError

MOST_FOUND = 1_000


class FoundValue(msgspec.Struct, frozen=True):
    """One value or family name that a search met."""

    family: str
    kind: str
    role: str
    value: str


def summarise(knowledge: Knowledge) -> dict[str, dict[str, int]]:
    """Counts by kind of family, role of value, source and kind of open question."""
    return {
        "families": dict(sorted(Counter(one.kind for one in knowledge.families).items())),
        "indicators": dict(sorted(Counter(one.role for one in knowledge.indicators).items())),
        "withdrawn": dict(sorted(Counter(one.role for one in knowledge.tombstones).items())),
        "sources": dict(sorted(Counter(source for one in knowledge.indicators for source in one.sources).items())),
        "open questions": dict(sorted(Counter(one.kind for one in knowledge.questions).items())),
    }


def find(knowledge: Knowledge, text: str) -> list[FoundValue]:
    """Families whose name or alias, and values that, contain `text`, whatever its case."""
    wanted = text.casefold()
    families = {family.id: family for family in knowledge.families}
    found = [
        FoundValue(family.name, family.kind, "name", name)
        for family in knowledge.families
        for name in (family.name, *family.aliases)
        if wanted in name.casefold()
    ]
    for one in knowledge.indicators:
        if wanted in one.value.casefold():
            named = [families[name] for name in one.families if name in families]
            found += [FoundValue(family.name, family.kind, one.role, one.value) for family in named]
            found += [] if named else [FoundValue("", "", one.role, one.value)]
    return found[:MOST_FOUND]


class KnownFamily(msgspec.Struct, frozen=True):
    """One family as it stands. merged_into: name of the family that took it in; dates: ISO 8601, empty: not known."""

    id: str
    name: str
    kind: FamilyKind
    aliases: tuple[str, ...]
    statements: tuple[Statement, ...]
    decided: str
    references: tuple[str, ...]
    first_seen: str
    merged_into: str


class KnownValue(msgspec.Struct, frozen=True):
    """One value in one role. families: names; warning_list: the list that says that many share it."""

    value: str
    type: ValueType
    role: Role
    families: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: Confidence
    first_seen: str
    last_seen: str
    marking: Marking
    subdomains: bool
    warning_list: str


class WithdrawnValue(msgspec.Struct, frozen=True):
    """A value that was taken out. families: names; permanent: people decided it."""

    value: str
    role: Role
    families: tuple[str, ...]
    when: str
    why: str
    permanent: bool


class OpenQuestion(msgspec.Struct, frozen=True):
    """What people have to settle. text: the English sentence, a key of the translations; families: names."""

    kind: QuestionKind
    about: str
    text: str
    families: tuple[str, ...]
    values: tuple[str, ...]


class Details(msgspec.Struct, frozen=True):
    """Everything known under one name or value; all empty where nothing is."""

    families: tuple[KnownFamily, ...]
    values: tuple[KnownValue, ...]
    withdrawn: tuple[WithdrawnValue, ...]
    questions: tuple[OpenQuestion, ...]


def describe(knowledge: Knowledge, text: str, lists: Iterable[WarningList] = ()) -> Details:
    """Everything known under `text`: the name, alias or id of a family, whatever its case, or a value.

    A family comes with all its values; a value comes alone, with the families it is given to.
    """
    wanted = text.strip().casefold()
    named = {one.id for one in knowledge.families if wanted in _names(one)}
    same = spellings(text)

    def meant(one: Indicator | Tombstone) -> bool:
        return not named.isdisjoint(one.families) or same.get(one.type) == one.value

    kept = [one for one in knowledge.indicators if meant(one)]
    stones = [one for one in knowledge.tombstones if meant(one)]
    found: list[Indicator | Tombstone] = [*kept, *stones]
    shown = named | {family for one in found for family in one.families if same.get(one.type) == one.value}
    by_id = {family.id: family for family in knowledge.families}
    gate = Gate(lists)
    met = {one.value for one in found}
    asked = [one for one in knowledge.questions if not named.isdisjoint(one.families) or not met.isdisjoint(one.values)]
    return Details(
        tuple(_family(by_id[one], by_id) for one in sorted(shown) if one in by_id),
        tuple(_value(one, by_id, gate) for one in sorted(kept, key=lambda one: (one.role, one.value))),
        tuple(_withdrawn(one, by_id) for one in stones),
        tuple(_question(one, by_id) for one in asked),
    )


def open_questions(knowledge: Knowledge) -> list[OpenQuestion]:
    """Everything that people have to settle, by kind."""
    by_id = {family.id: family for family in knowledge.families}
    return [_question(one, by_id) for one in knowledge.questions]


def spellings(text: str) -> dict[ValueType, str]:
    """How `text` is written as a value of each type; types that it cannot be are left out."""
    found: dict[ValueType, str] = {}
    kinds: tuple[ValueType, ...] = get_args(ValueType)
    for kind in kinds:
        try:
            found[kind] = values.normalise(kind, text)
        except ParseError:
            continue
    return found


def _names(family: Family) -> set[str]:
    return {name.casefold() for name in (family.id, family.name, *family.aliases)}


def _named(families: Iterable[str], by_id: Mapping[str, Family]) -> tuple[str, ...]:
    return tuple(by_id[one].name if one in by_id else one for one in families)


def _family(one: Family, by_id: Mapping[str, Family]) -> KnownFamily:
    (into,) = _named([one.merged_into], by_id)
    return KnownFamily(
        one.id, one.name, one.kind, one.aliases, one.statements, one.decided, one.references, one.first_seen, into
    )


def _value(one: Indicator, by_id: Mapping[str, Family], gate: Gate) -> KnownValue:
    warned = gate.warned(one.type, one.value)
    return KnownValue(
        one.value, one.type, one.role, _named(one.families, by_id), one.sources, one.confidence, one.first_seen,
        one.last_seen, one.marking, one.subdomains, warned.list_name if warned else "",
    )  # fmt: skip


def _withdrawn(one: Tombstone, by_id: Mapping[str, Family]) -> WithdrawnValue:
    return WithdrawnValue(one.value, one.role, _named(one.families, by_id), one.when, one.why, one.permanent)


def _question(one: Question, by_id: Mapping[str, Family]) -> OpenQuestion:
    return OpenQuestion(one.kind, one.about, one.text, _named(one.families, by_id), one.values)
