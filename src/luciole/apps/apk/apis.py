"""Finds references to the watched Android functions and fields in the method and field tables of a DEX file.

Source: the published Dalvik executable format (method_id_item, field_id_item, class_def_item). A reference says that
the code names a function, not that it calls it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luciole.apps.apk.constants import Constants
from luciole.apps.apk.dex import Dex, Flags, Indexes, Members, Words
from luciole.apps.apk.watched_apis import EXTENDED, WatchedMember

_OWNER_SHIFT = np.uint64(32)
MOST_ROWS = 2048
"""Rows with the name of an inherited member looked at in one DEX."""
_LEVELS = 16

Types = npt.NDArray[np.uint32]


class Reference(NamedTuple):
    """One watched member that the tables name. row: its place in the method table, or in the field table."""

    member: WatchedMember
    row: int
    field: bool


def descriptor(owner: str) -> bytes:
    """The type descriptor of a class named with dots: android.app.Service → Landroid/app/Service;."""
    return f"L{owner.replace('.', '/')};".encode()


class Apis:
    """The watched members, prepared once: which constants they need and how these go together."""

    def __init__(self, members: tuple[WatchedMember, ...]) -> None:
        self.members = members
        self.owners = tuple(dict.fromkeys([m.owner for m in members] + [c for row in EXTENDED.values() for c in row]))
        self.names = tuple(dict.fromkeys(member.name for member in members))
        place = {owner: index for index, owner in enumerate(self.owners)}
        name_place = {name: index for index, name in enumerate(self.names)}
        self.owner_of: Indexes = np.array([place[member.owner] for member in members], np.int64)
        self.name_of: Indexes = np.array([name_place[member.name] for member in members], np.int64)
        self.inherited = {
            (place[child], name_place[member.name]): index
            for index, member in enumerate(members)
            for child in (member.owner, *EXTENDED.get(member.owner, ()))
            if member.owner in EXTENDED
        }
        self.inherited_names = sorted({name for _, name in self.inherited if self.names[name] != "<init>"})

    def texts(self) -> list[bytes]:
        """The constants to look for: class descriptors and member names."""
        return [descriptor(owner) for owner in self.owners] + [name.encode() for name in self.names]

    def bind(self, constants: Constants) -> None:
        """Remembers where the texts stand in `constants`."""
        self.owner_text: Indexes = np.array([constants.index[descriptor(owner)] for owner in self.owners], np.int64)
        self.name_text: Indexes = np.array([constants.index[name.encode()] for name in self.names], np.int64)

    def references(self, dex: Dex, found: Indexes) -> list[Reference]:
        """Every watched member that `dex` names, once; `found`: string index of each constant (-1: absent)."""
        owner_types = type_indexes(dex, found[self.owner_text])
        name_strings = found[self.name_text]
        owners, names = owner_types[self.owner_of], name_strings[self.name_of]
        possible = np.flatnonzero((owners >= 0) & (names >= 0))
        rows: dict[int, Reference] = {}
        for table, is_field in ((dex.methods, False), (dex.fields, True)):
            first = _first_rows(table, owners[possible], names[possible])
            for place in np.flatnonzero(first >= 0).tolist():
                index = possible.item(place)
                rows.setdefault(index, Reference(self.members[index], first.item(place), is_field))
        for index, row in self._inherited(dex, found, owner_types):
            rows.setdefault(index, Reference(self.members[index], row, field=False))
        return [rows[index] for index in sorted(rows)]

    def _inherited(self, dex: Dex, found: Indexes, owner_types: Indexes) -> Iterator[tuple[int, int]]:
        """Members named through a class of this DEX that extends the watched class: index of the member, row."""
        names = found[self.name_text[self.inherited_names]].tolist()
        present = {name: place for name, place in zip(names, self.inherited_names, strict=True) if name >= 0}
        known = {kind: owner for owner, kind in enumerate(owner_types.tolist()) if kind >= 0}
        if not present or not known:
            return
        wanted = np.zeros(max(len(dex.strings), 1), np.bool_)
        wanted[list(present)] = True
        parents = _parents(dex)
        for row in np.flatnonzero(wanted[np.minimum(dex.methods.name, len(wanted) - 1)])[:MOST_ROWS].tolist():
            name = present.get(int(dex.methods.name[row]), -1)
            for owner in _watched_ancestors(parents, int(dex.methods.owner[row]), known):
                index = self.inherited.get((owner, name))
                if index is not None:
                    yield index, row


def type_indexes(dex: Dex, strings: Indexes) -> Indexes:
    """The type whose descriptor is string `s`, for each of `strings`; -1 where there is none or s is negative."""
    types: Types = dex.types
    if not len(types) or not len(strings):
        return np.full(len(strings), -1, np.int64)
    order = None
    if not _ascending(types):
        order = np.argsort(types, kind="stable")
        types = types[order]
    places = np.searchsorted(types, np.maximum(strings, 0).astype(np.uint32))
    places[places == len(types)] = 0
    hit = (types[places] == strings) & (strings >= 0)
    places = places if order is None else order[places]
    return np.where(hit, places, -1)


def _first_rows(members: Members, owners: Indexes, names: Indexes) -> Indexes:
    """For each pair (type index, string index) the first row of the table that has it; -1 where none has."""
    found = np.full(len(owners), -1, np.int64)
    if not len(members.owner) or not len(owners):
        return found
    watched = np.zeros(1 << 16, np.bool_)
    watched[owners[owners < len(watched)]] = True
    rows = np.flatnonzero(watched[members.owner])[::-1]  # backwards: what is written last below stays
    keys, wanted = _keys(members.owner[rows], members.name[rows]), _keys(owners, names)
    order = np.argsort(wanted)
    near = np.searchsorted(wanted, keys, sorter=order)
    near[near == len(wanted)] = 0
    near = order[near]
    hits = np.flatnonzero(wanted[near] == keys)
    found[near[hits]] = rows[hits]
    return found


def _keys(owners: npt.NDArray[np.integer], names: npt.NDArray[np.integer]) -> Words:
    """One number for each pair of class and name."""
    keys: Words = (owners.astype(np.uint64) << _OWNER_SHIFT) | names.astype(np.uint64)
    return keys


def _ascending(values: npt.NDArray[np.unsignedinteger]) -> bool:
    rising: Flags = values[1:] >= values[:-1]
    return bool(rising.all())


def _parents(dex: Dex) -> Indexes:
    """Of each type the type above it, -1 where this DEX does not define it; of several definitions the first counts."""
    parents = np.full(len(dex.types), -1, np.int64)
    inside = np.flatnonzero(dex.classes < len(parents))[::-1]
    parents[dex.classes[inside]] = dex.parents[inside]
    return parents


def _watched_ancestors(parents: Indexes, kind: int, known: dict[int, int]) -> Iterator[int]:
    """The watched classes above type `kind`, nearest first, as far as `parents` leads."""
    for _ in range(_LEVELS):
        if kind >= len(parents):
            return
        kind = parents.item(kind)
        if kind < 0:
            return
        if kind in known:
            yield known[kind]
