"""What the installed knowledge holds, counted and searched, for the command line."""

from __future__ import annotations

from collections import Counter

import msgspec

from luciole.intel.model import Knowledge

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
