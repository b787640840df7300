"""How the newest hits of a search divide by verdict, kind and family; counted among a bounded number of hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db.models import Count, QuerySet

from luciole.hub.samples.models import Sample, Term

COUNTED = 200
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
    return [one for one in _facets(list(ids[:COUNTED])) if one.values]


def _facets(ids: list[int]) -> Iterator[Facet]:
    samples = Sample.objects.filter(pk__in=ids).order_by()
    rows = list(samples.values_list(*_COLUMNS))
    for number, name in enumerate(_COLUMNS):
        counts: dict[str, int] = {}
        for row in rows:
            counts[row[number]] = counts.get(row[number], 0) + 1
        yield _facet(name, counts)
    for name in _OF_TERMS:
        yield _facet(name, dict(_counted(Term.objects.filter(sample_id__in=ids, field=name))))


def _counted(terms: QuerySet[Term]) -> Iterator[tuple[str, int]]:
    yield from terms.order_by().values_list("value").annotate(count=Count("sample", distinct=True))


def _facet(name: str, counts: dict[str, int]) -> Facet:
    ranked = sorted(((count, value) for value, count in counts.items() if value), key=lambda one: (-one[0], one[1]))
    return Facet(name, tuple(Value(value, count, _search(name, value)) for count, value in ranked[:SHOWN]))


def _search(name: str, value: str) -> str:
    if '"' in value or "*" in value:
        return ""
    return f'{name}:"{value}"' if " " in value or "(" in value or ")" in value else f"{name}:{value}"
