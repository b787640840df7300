"""The merge of families: same, new, taken in by another, called two things; and of what is known about makers."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from luciole.intel.claims import FamilyClaim, MakerClaim
from luciole.intel.family_names import slug, survivor
from luciole.intel.merging import State
from luciole.intel.model import Family, FamilyKind, Statement
from luciole.kernel.text import mark


def apply_families(state: State, claims: Iterable[FamilyClaim], *, complete: bool) -> None:
    """Takes in every family of a source; those of one name are one family, whatever each file calls it."""
    by_name: dict[str, list[FamilyClaim]] = {}
    for claim in claims:
        by_name.setdefault(claim.name, []).append(claim)
    before = {family.id for family in state.families.values() if _stated(family, state.source.id)}
    seen = {_apply(state, name, same) for name, same in sorted(by_name.items())}
    if complete:
        _take_in(state, before - seen, by_name)
    state.families_changed()


def _stated(family: Family, source: str) -> tuple[FamilyKind, ...]:
    return next((statement.kinds for statement in family.statements if statement.source == source), ())


def _apply(state: State, name: str, claims: list[FamilyClaim]) -> str:
    family_id = state.names.named(name)
    kinds = tuple(sorted({claim.kind for claim in claims}))
    aliases = {alias for claim in claims for alias in claim.aliases}
    if family_id is None:
        family_id = _free_id(state, name)
        old = Family(family_id, name, kinds[0], first_seen=state.source.published)
        state.tell("added", "family", mark("A new family."), [name])
    else:
        old = state.families[family_id]
        if (before := _stated(old, state.source.id)) and before != kinds:
            state.tell("conflicting", "kind-changed", mark("The source now calls this family something else."), [name])
    statements = {statement.source: statement for statement in old.statements}
    statements[state.source.id] = Statement(state.source.id, kinds)
    ordered = tuple(statements[source] for source in sorted(statements))
    state.families[family_id] = replace(
        old,
        kind=_kind(ordered, old.decided),
        statements=ordered,
        aliases=tuple(sorted({*old.aliases, *aliases} - {name})),
        merged_into="",
    )
    return family_id


def _kind(statements: tuple[Statement, ...], decided: FamilyKind | str) -> FamilyKind:
    """What a vote found, else what all sources agree on, else disputed."""
    kinds = {kind for statement in statements for kind in statement.kinds}
    for kind in sorted(kinds):
        if len(kinds) == 1 and not decided:
            return kind
    known: tuple[FamilyKind, ...] = ("stalkerware", "watchware", "dual-use")
    return next((kind for kind in known if kind == decided), "disputed")


def _free_id(state: State, name: str) -> str:
    base = slug(name)
    number = 1
    family_id = base
    while family_id in state.families:
        number += 1
        family_id = f"{base}-{number}"
    return family_id


def _take_in(state: State, gone: set[str], by_name: dict[str, list[FamilyClaim]]) -> None:
    """A family that left the list and is now a name of another was taken in by it; its history stays."""
    owners: dict[str, set[str]] = {}
    for name, claims in by_name.items():
        for alias in (alias for claim in claims for alias in claim.aliases):
            owners.setdefault(alias.casefold(), set()).add(name)
    state.families_changed()
    for family_id in sorted(gone):
        family = state.families[family_id]
        into = {state.names.named(name) for name in owners.get(family.name.casefold(), ())} - {None, family_id}
        if family.merged_into:
            continue
        if len(into) == 1:
            (target,) = into
            state.families[family_id] = replace(family, merged_into=target or "")
            state.tell("merged", "family", mark("Taken in by another family; its history stays."), [family.name])
        else:
            state.tell("noted", "family-gone", mark("No longer in the list; its history stays."), [family.name])


def follow_merged(state: State) -> None:
    """Values of a family that was taken in belong to the family that took it in."""
    merged = {family.id for family in state.families.values() if family.merged_into}
    if not merged:
        return
    for key, one in state.indicators.items():
        if not merged.isdisjoint(one.families):
            families = tuple(sorted({survivor(state.families, family_id) for family_id in one.families}))
            state.indicators[key] = replace(one, families=families)


def apply_makers(state: State, claims: Iterable[MakerClaim]) -> None:
    """Adds companies and articles to the family that a vendor file is named after."""
    for claim in claims:
        family_id = state.names.resolve(claim.family)
        if family_id is None:
            state.tell("held", "no-such-family", mark("A vendor file named after no family."), [claim.family])
            continue
        family = state.families[family_id]
        companies = {(one.name, one.websites, one.country): one for one in (*family.companies, *claim.companies)}
        changed = replace(
            family,
            companies=tuple(companies[key] for key in sorted(companies)),
            references=tuple(sorted({*family.references, *claim.references})),
        )
        state.families[family_id] = changed
        if changed != family:
            state.tell("added", "maker", mark("Company data or articles."), [family.name])
