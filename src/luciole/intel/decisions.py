"""What people decided by a vote: withdraw a value, let one return, settle what a family is. Imports never do this."""

from __future__ import annotations

from msgspec.structs import replace

from luciole.intel import questions
from luciole.intel.model import FamilyKind, Indicator, IndicatorKey, Knowledge, Question, Tombstone, canonical
from luciole.kernel.errors import UsageError


def withdraw(knowledge: Knowledge, key: IndicatorKey, when: str, why: str, *, permanent: bool = True) -> Knowledge:
    """The knowledge without the indicator `key`, with a tombstone in its place; UsageError when there is none."""
    found = next((one for one in knowledge.indicators if one.key == key), None)
    if found is None:
        raise UsageError(f"There is no such indicator: {key[2]} {key[1]}")
    kept = tuple(one for one in knowledge.indicators if one is not found)
    stone = Tombstone(found.type, found.value, found.role, when, why, found.families, permanent)
    stones = tuple(one for one in knowledge.tombstones if (one.type, one.value, one.role) != key)
    return _changed(replace(knowledge, indicators=kept, tombstones=(*stones, stone)), when)


def let_return(knowledge: Knowledge, key: IndicatorKey, when: str, sources: tuple[str, ...]) -> Knowledge:
    """The knowledge with a withdrawn value back as an indicator; UsageError when it was not withdrawn."""
    stone = next((one for one in knowledge.tombstones if (one.type, one.value, one.role) == key), None)
    if stone is None:
        raise UsageError(f"This value was not withdrawn: {key[2]} {key[1]}")
    back = Indicator(
        *key, families=stone.families, sources=sources, first_seen=when, last_seen=when, subdomains=key[0] == "host"
    )
    stones = tuple(one for one in knowledge.tombstones if one is not stone)
    away = any((one.type, one.value) == key[:2] for one in stones)
    asked = tuple(one for one in knowledge.questions if away or not _asks_for_return(one, key[1]))
    indicators = (*knowledge.indicators, back)
    return _changed(replace(knowledge, indicators=indicators, tombstones=stones, questions=asked), when)


def _asks_for_return(question: Question, value: str) -> bool:
    return question.kind == "returned-after-withdrawal" and question.about == value


def settle_kind(knowledge: Knowledge, family_id: str, kind: FamilyKind, when: str) -> Knowledge:
    """The knowledge with what a vote found a family to be, which stands above what sources say."""
    if all(family.id != family_id for family in knowledge.families):
        raise UsageError(f"There is no family {family_id}.")
    families = tuple(
        replace(family, kind=kind, decided=kind) if family.id == family_id else family for family in knowledge.families
    )
    return _changed(replace(knowledge, families=families), when)


def _changed(knowledge: Knowledge, when: str) -> Knowledge:
    """One version further, with the questions that are still open."""
    asked = questions.derive({family.id: family for family in knowledge.families}, knowledge.indicators)
    other = tuple(one for one in knowledge.questions if one.kind not in questions.DERIVED)
    return canonical(replace(knowledge, version=knowledge.version + 1, updated=when, questions=(*other, *asked)))
