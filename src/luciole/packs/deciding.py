"""Decisions of people about the installed list: looked up, made, stored with a new index, and told in a sentence."""

from __future__ import annotations

import msgspec

from luciole.intel import decisions
from luciole.intel.family_names import Names
from luciole.intel.model import FamilyKind, Indicator, IndicatorKey, Knowledge, Role, Tombstone
from luciole.kernel.errors import UsageError
from luciole.kernel.text import Message, mark
from luciole.packs.store import Store
from luciole.packs.summary import spellings

DECIDED_BY = "people"
"""The source of a value that came back by a decision."""


class Decision(msgspec.Struct, frozen=True):
    """What was decided. version: of the knowledge, now; sentence: for people."""

    version: int
    sentence: Message


def withdraw(store: Store, value: str, role: Role, why: str, today: str) -> Decision:
    """Takes a value out for good. today: ISO 8601 date. UsageError where the list does not hold it in this role."""
    knowledge = store.knowledge()
    key = _key(knowledge.indicators, value, role, "The installed list does not name")
    text = mark("Withdrawn: {value} ({role}). No import brings it back. The knowledge is now version {version}.")
    return _stored(store, decisions.withdraw(knowledge, key, today, why), text, value=key[1], role=role)


def let_return(store: Store, value: str, role: Role, today: str) -> Decision:
    """Brings a withdrawn value back. today: ISO 8601 date. UsageError where it was not withdrawn in this role."""
    knowledge = store.knowledge()
    key = _key(knowledge.tombstones, value, role, "Nothing withdrawn is called")
    text = mark("Back in the list: {value} ({role}). The knowledge is now version {version}.")
    return _stored(store, decisions.let_return(knowledge, key, today, (DECIDED_BY,)), text, value=key[1], role=role)


def settle(store: Store, family: str, kind: FamilyKind, today: str) -> Decision:
    """Says what a family is, above its sources. family: name, alias or id. UsageError where none or several fit."""
    knowledge = store.knowledge()
    by_id = {one.id: one for one in knowledge.families}
    found = Names(by_id).resolve(family) or (family if family in by_id else None)
    if found is None:
        raise UsageError(f"No one family is called {family}.", remedy="Find its name: luciole intel search TEXT")
    text = mark("Settled: {family} is {kind}, whatever its sources say. The knowledge is now version {version}.")
    settled = decisions.settle_kind(knowledge, found, kind, today)
    return _stored(store, settled, text, family=by_id[found].name, kind=kind)


def _key(among: tuple[Indicator, ...] | tuple[Tombstone, ...], value: str, role: Role, otherwise: str) -> IndicatorKey:
    same = spellings(value)
    met = [one for one in among if same.get(one.type) == one.value]
    for one in met:
        if one.role == role:
            return (one.type, one.value, one.role)
    roles = ", ".join(sorted({one.role for one in met}))
    remedy = f"Its role is: {roles}" if roles else f"See what is known: luciole intel search {value}"
    raise UsageError(f"{otherwise} {value} as {role}.", remedy=remedy)


def _stored(store: Store, knowledge: Knowledge, text: str, **parameters: str) -> Decision:
    store.replace(knowledge)
    return Decision(knowledge.version, Message(text, parameters={**parameters, "version": knowledge.version}))
