"""How the newest hits of a search divide by verdict, kind and family; counted among a bounded number of hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from luciole.hub.samples.models import Sample, Term
from luciole.hub.samples.postings import spans

COUNTED = 100
"""Of the newest hits."""
SHOWN = 12
_COLUMNS = ("verdict", "kind")
_OF_TERMS = ("family",)


class Value(NamedTuple):
    """One value and how many hits have it. search: what narrows a search to it, empty where it cannot be said."""

    value: str
    hits: int
    search: str


class Facet(NamedTuple):
    """The values of one field among the hits, most frequent first. field: its name in the search language."""

    field: str
    values: tuple[Value, ...]


def facets_of(ids: Sequence[int]) -> list[Facet]:
    """The facets of these samples, at most `COUNTED`; fields that none of them has are left out."""
    return [one for one in _facets(ids[:COUNTED]) if one.values]


def _facets(ids: Sequence[int]) -> Iterator[Facet]:
    rows = _rows(Sample.objects.order_by(), "pk", ids, *_COLUMNS)
    for number, name in enumerate(_COLUMNS, start=1):
        yield _facet(name, Counter(row[number] for row in rows))
    for name in _OF_TERMS:
        terms = _rows(Term.objects.filter(field=name).order_by(), "sample_id", ids, "value")
        yield _facet(name, Counter(value for _, value in set(terms)))


def _rows(asked: QuerySet[Sample] | QuerySet[Term], key: str, ids: Sequence[int], *names: str) -> list[tuple[Any, ...]]:
    """These columns of what is said of the samples, the id of the sample first."""
    known = set(ids)
    found = (row for one in spans(key, ids) for row in asked.filter(one).values_list(key, *names))
    return [row for row in found if row[0] in known]


def _facet(name: str, counts: Counter[str]) -> Facet:
    ranked = sorted(((count, value) for value, count in counts.items() if value), key=lambda one: (-one[0], one[1]))
    return Facet(name, tuple(Value(value, count, _search(name, value)) for count, value in ranked[:SHOWN]))


def _search(name: str, value: str) -> str:
    if '"' in value or "*" in value:
        return ""
    return f'{name}:"{value}"' if " " in value or "(" in value or ")" in value else f"{name}:{value}"
