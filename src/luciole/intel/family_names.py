"""Finds the family that a name or label means, and says when a name could mean several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from luciole.intel.model import Family

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """A stable id from a name: lower case letters and digits joined by hyphens; "family" when none are left."""
    return _NOT_SLUG.sub("-", name.lower()).strip("-")[:80] or "family"


def survivor(families: Mapping[str, Family], family_id: str) -> str:
    """The id of the family that `family_id` became part of, or itself."""
    seen = set()
    while family_id in families and families[family_id].merged_into and family_id not in seen:
        seen.add(family_id)
        family_id = families[family_id].merged_into
    return family_id


class Names:
    """Look-up of families by name, then by alias, then without regard to case; only unambiguous answers."""

    def __init__(self, families: Mapping[str, Family]) -> None:
        self._families = families
        self._by_name = {family.name: family.id for family in families.values()}
        self._by_alias: dict[str, set[str]] = {}
        self._folded: dict[str, set[str]] = {}
        self._squeezed: dict[str, set[str]] = {}
        for family in families.values():
            for alias in (family.name, *family.aliases):
                into = survivor(families, family.id)
                self._by_alias.setdefault(alias, set()).add(into)
                self._folded.setdefault(alias.casefold(), set()).add(into)
                self._squeezed.setdefault(_NOT_SLUG.sub("", alias.lower()), set()).add(into)

    def named(self, name: str) -> str | None:
        """The id of the family with exactly this name, also when it was merged into another."""
        return self._by_name.get(name)

    def resolve(self, label: str) -> str | None:
        """The id of the family (a merged one's survivor) that `label` means, or None when none or several."""
        exact = self._by_name.get(label)
        if exact is not None:
            return survivor(self._families, exact)
        return _only(self._by_alias.get(label)) or _only(self._folded.get(label.casefold()))

    def resolve_loosely(self, label: str) -> str | None:
        """The same without regard to blanks and signs, for identifiers such as those of rules."""
        return self.resolve(label) or _only(self._squeezed.get(_NOT_SLUG.sub("", label.lower())))


def _only(found: Iterable[str] | None) -> str | None:
    candidates = list(found or ())
    return candidates[0] if len(candidates) == 1 else None
