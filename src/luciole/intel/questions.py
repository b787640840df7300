"""What the sources do not agree on, found in the knowledge itself: questions for people, never settled here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from luciole.intel.model import Family, Indicator, Question, QuestionKind
from luciole.kernel.text import mark

DERIVED: frozenset[QuestionKind] = frozenset(
    {"contradictory-kinds", "value-in-several-families", "alias-is-another-family"}
)
"""Kinds that are found anew after each change, so that a settled one disappears."""


def derive(families: Mapping[str, Family], indicators: Iterable[Indicator]) -> list[Question]:
    """Every question of the derived kinds."""
    by_value: dict[tuple[str, str], set[str]] = {}
    for indicator in indicators:
        if indicator.role not in {"file-hash", "rule"}:
            by_value.setdefault((indicator.type, indicator.value), set()).update(indicator.families)
    return [*_contradictions(families, by_value), *_several(by_value), *_aliases(families)]


def _contradictions(families: Mapping[str, Family], by_value: Mapping[tuple[str, str], set[str]]) -> list[Question]:
    disputed = {family.id for family in families.values() if family.kind == "disputed" and not family.merged_into}
    values: dict[str, list[str]] = {family_id: [] for family_id in disputed}
    for (_, value), owners in by_value.items():
        for family_id in owners & disputed:
            values[family_id].append(value)
    text = mark("The sources call this family stalkerware and something milder at the same time.")
    return [Question("contradictory-kinds", one, text, (one,), tuple(sorted(values[one]))) for one in sorted(disputed)]


def _several(by_value: Mapping[tuple[str, str], set[str]]) -> list[Question]:
    text = mark("One value is given to several families.")
    return [
        Question("value-in-several-families", value, text, tuple(sorted(owners)), (value,))
        for (_, value), owners in by_value.items()
        if len(owners) > 1
    ]


def _aliases(families: Mapping[str, Family]) -> list[Question]:
    names: dict[str, set[str]] = {}
    for family in families.values():
        if not family.merged_into:
            for name in (family.name, *family.aliases):
                names.setdefault(name.casefold(), set()).add(family.id)
    text = mark("A name of one family is, but for case, the name of another.")
    return [
        Question("alias-is-another-family", name, text, tuple(sorted(owners)))
        for name, owners in names.items()
        if len(owners) > 1
    ]
