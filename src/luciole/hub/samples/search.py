"""Finds samples: newest first, a page at a time, at a cost that has a bound whatever is asked for.

Candidates come in batches from the rarest part that every answer must have, else from all samples in their order;
each batch is narrowed part by part. Who asks for two frequent things that never meet gets what was found until the
bound, and a page that goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from luciole.hub.members.policy import Actor
from luciole.hub.samples import postings
from luciole.hub.samples import search_language as language
from luciole.hub.samples.models import HandIn, Sample
from luciole.hub.samples.search_language import Node, parse
from luciole.hub.samples.sharing import seen_by

PAGE = 50
MOST = 200
FEW = 4_000
"""A part of a search is rare where at most so many rows say so; all its samples are then the candidates."""
COUNTED = 10_000
"""Of several frequent parts the rarest leads, as far as it can be told by counting so many."""
BOUND = 30_000
"""How many times a page asks whether one sample has one thing, before it ends and the next one goes on."""
_FIRST, _LARGEST = 64, 4_000


class Hits(NamedTuple):
    """Ids of samples, newest first. after: where the next page begins, None on the last; cut: ended by the bound."""

    ids: list[int]
    after: int | None
    cut: bool = False


class Page(NamedTuple):
    """Some samples, newest first. after: where the next page begins, None on the last; cut: the bound ended it, so that
    it may hold fewer than were asked for, or none, and the next one may hold more."""  # noqa: D205, D209 - one sentence

    samples: list[Sample]
    after: int | None
    cut: bool = False


def find(text: str, actor: Actor, now: datetime, *, after: int | None = None, limit: int = PAGE) -> Page:
    """The samples that this actor may see and that answer the search, newest first.

    after: id of the last sample of the page before. Raises SearchError for what cannot be understood.
    """
    hits = newest(parse(text), actor, now, after=after, limit=min(max(limit, 1), MOST))
    return Page(load(hits.ids), hits.after, hits.cut)


def load(ids: Sequence[int]) -> list[Sample]:
    """The samples with these ids, in their order."""
    known = Sample.objects.in_bulk(list(ids))
    return [known[one] for one in ids if one in known]


def newest(tree: Node, actor: Actor, now: datetime, *, after: int | None = None, limit: int = PAGE) -> Hits:
    """The ids of the samples that this actor may see and that answer the search, newest first."""
    search = _Search(tree, actor, now)
    found: list[int] = []
    last = after
    for batch in search.candidates(after, limit):
        answers = search.answering(batch)
        found += answers
        last = batch[-1]
        search.expect(limit + 1 - len(found), len(answers) / len(batch))
        if len(found) > limit:
            return Hits(found[:limit], found[limit - 1])
        if search.left <= 0:
            return Hits(found, last, cut=True)
    return Hits(found, None)


def matching(tree: Node, ids: Sequence[int], actor: Actor, now: datetime) -> list[int]:
    """Those of the samples that this actor may see and that answer the search, newest first. ids: in any order."""
    return _Search(tree, actor, now).answering(sorted(set(ids), reverse=True))


class _Search:
    """One search by one actor. left: of the bound; size: of the next batch."""

    def __init__(self, tree: Node, actor: Actor, now: datetime) -> None:
        self._tree = tree
        self._hand_ins = HandIn.objects.filter(seen_by(actor, now))
        self._settled: tuple[Node, ...] = ()
        self.left = BOUND
        self.size = _FIRST

    def expect(self, wanted: int, rate: float) -> None:
        """Chooses the size of the next batch. wanted: answers that are missing; rate: share of the last batch."""
        most = max(_FIRST, min(4 * self.size, _LARGEST, BOUND // (2 + _leaves(self._tree))))
        self.size = most if rate <= 0 else max(_FIRST, min(most, int(1.25 * wanted / rate)))

    def candidates(self, after: int | None, limit: int) -> Iterator[Sequence[int]]:
        """Batches of ids, newest first, that hold every answer; growing, so that a short page costs little."""
        self.size = max(_FIRST, 2 * limit)  # of what is newest most is shared
        known = _few(self._tree)
        if known is not None:
            self._settled = (self._tree,) if _is_settled(self._tree) else ()
            ids = sorted((one for one in known if after is None or one < after), reverse=True)
            while ids:
                size = self.size
                yield ids[:size]
                ids = ids[size:]
            return
        leading = _leading(self._tree)
        self._settled = (leading,) if leading else ()
        before = after
        while batch := postings.newest(leading, before, size := self.size):
            yield batch
            if len(batch) < size:
                return
            before = batch[-1]

    def answering(self, batch: Sequence[int]) -> list[int]:
        """Those of a batch that answer and may be seen, in its order."""
        ids = self._among(self._tree, batch)
        self.left -= len(ids)
        return _kept(ids, postings.among(self._hand_ins, "sample_id", ids))

    def _among(self, tree: Node, ids: Sequence[int]) -> Sequence[int]:
        """Those of the samples for which the tree holds, in their order. No part is asked about what is settled."""
        if not ids or tree in self._settled:
            return ids
        if isinstance(tree, language.Term):
            self.left -= len(ids)
            if tree.field is language.Field.HANDED_IN:  # by hand-ins that are seen alone: others show in no answer
                return _kept(ids, postings.among(self._hand_ins.filter(postings.handed_in(tree)), "sample_id", ids))
            return _kept(ids, postings.having(tree, ids))
        if isinstance(tree, language.Not):
            return _without(ids, self._among(tree.of, ids))
        if isinstance(tree, language.All):
            for part in tree.of:
                ids = self._among(part, ids)
            return ids
        left = ids
        for part in tree.of:
            left = _without(left, self._among(part, left))
        return _without(ids, left)


def _kept(ids: Sequence[int], found: set[int]) -> list[int]:
    return [one for one in ids if one in found]


def _without(ids: Sequence[int], others: Sequence[int]) -> list[int]:
    gone = set(others)
    return [one for one in ids if one not in gone]


def _leaves(tree: Node) -> int:
    if isinstance(tree, language.Term):
        return 1
    return _leaves(tree.of) if isinstance(tree, language.Not) else sum(_leaves(one) for one in tree.of)


def _is_settled(tree: Node) -> bool:
    """Whether a sample that is among the few answers for sure."""
    return isinstance(tree, language.Term) and tree.field is not language.Field.HANDED_IN


def _few(tree: Node) -> set[int] | None:
    """Ids among which every answer is, where they are few; None where they are not."""
    if isinstance(tree, language.Term):
        return postings.few(tree, FEW)
    if isinstance(tree, language.All):
        known = [ids for ids in map(_few, tree.of) if ids is not None]
        return set.intersection(*known) if known else None
    if isinstance(tree, language.Any):
        return _united(tree.of)
    return None


def _united(parts: Sequence[Node]) -> set[int] | None:
    found: set[int] = set()
    for part in parts:
        ids = _few(part)
        if ids is None:
            return None
        found |= ids
    return found


def _leading(tree: Node) -> language.Term | None:
    """The value that every answer must have and that the fewest samples have; None where no value must be had."""
    needed = list(_needed(tree))
    if len(needed) < 2:  # noqa: PLR2004 - with one there is nothing to choose
        return needed[0] if needed else None
    return min(needed, key=lambda one: postings.frequency(one, COUNTED))


def _needed(tree: Node) -> Iterator[language.Term]:
    if isinstance(tree, language.Term) and postings.is_value(tree):
        yield tree
    if isinstance(tree, language.All):
        for part in tree.of:
            yield from _needed(part)
