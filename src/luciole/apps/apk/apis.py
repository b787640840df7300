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
            hits, places = _find(table, owners[possible], names[possible])
            for index, row in zip(possible[hits].tolist(), places.tolist(), strict=True):
                rows.setdefault(index, Reference(self.members[index], row, is_field))
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
        for row in np.flatnonzero(wanted[np.minimum(dex.methods.name, len(wanted) - 1)])[:MOST_ROWS].tolist():
            name = present.get(int(dex.methods.name[row]), -1)
            for owner in _watched_ancestors(dex, int(dex.methods.owner[row]), known):
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


def _find(members: Members, owners: Indexes, names: Indexes) -> tuple[Indexes, Indexes]:
    """Which of the pairs (type index, string index) the table has, and in which row."""
    nothing = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if not len(members.owner) or not len(owners):
        return nothing
    table = np.ascontiguousarray(members.owner)
    order = None if _ascending(table) else np.argsort(table, kind="stable")
    table = table if order is None else table[order]
    kinds = np.unique(owners)
    first = np.searchsorted(table, kinds.astype(np.uint16), "left")
    count = np.searchsorted(table, kinds.astype(np.uint16), "right") - first
    places = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    if not len(places):
        return nothing
    rows = places if order is None else order[places]
    keys = _keys(np.repeat(kinds, count), members.name[rows])
    sorting = np.argsort(keys, kind="stable")
    wanted = _keys(owners, names)
    near = np.searchsorted(keys, wanted, sorter=sorting)
    near[near == len(keys)] = 0
    near = sorting[near]
    hits = np.flatnonzero(keys[near] == wanted)
    return hits, rows[near[hits]]


def _keys(owners: Indexes, names: npt.NDArray[np.integer]) -> Words:
    keys: Words = (owners.astype(np.uint64) << _OWNER_SHIFT) | names.astype(np.uint64)
    return keys


def _ascending(values: npt.NDArray[np.unsignedinteger]) -> bool:
    rising: Flags = values[1:] >= values[:-1]
    return bool(rising.all())


def _watched_ancestors(dex: Dex, kind: int, known: dict[int, int]) -> Iterator[int]:
    """The watched classes above type `kind`, nearest first, as far as this DEX defines the classes between."""
    for _ in range(_LEVELS):
        defined = np.flatnonzero(dex.classes == kind)
        if not len(defined):
            return
        kind = int(dex.parents[defined[0]])
        if kind in known:
            yield known[kind]
