"""Which samples have what a part of a search asks for: each question is one read of an index, of a known size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Q, QuerySet

from luciole.hub.samples.models import HandIn, Kinship, Sample, Term
from luciole.hub.samples.search_language import DIGESTS, Field, How
from luciole.hub.samples.search_language import Term as Part

Rows = QuerySet[Sample] | QuerySet[Term] | QuerySet[Kinship] | QuerySet[HandIn]
DENSE = 4
"""Samples whose ids span at most so many times their number are asked for by that span and not one by one."""
ONE_BY_ONE = 1_000
_LAST = "\U0010ffff"
_SUFFIX = {How.EQUALS: "", How.BELOW: "__lt", How.ABOVE: "__gte"}
_KINDS = ("certificate", "code", "icon", "server", "tlsh")
"""Kinds of kinship, so that a cluster is found by its key in the index that begins with the kind."""


def newest(part: Part | None, before: int | None, most: int) -> list[int]:
    """Ids of at most `most` samples that have this value, newest first; of all samples where no part is named.

    part: one that `is_value`; before: only ids below it.
    """
    if part is None:
        samples = Sample.objects.all() if before is None else Sample.objects.filter(pk__lt=before)
        return list(samples.order_by("-pk").values_list("pk", flat=True)[:most])
    terms = Term.objects.filter(_term(part))
    if before is not None:
        terms = terms.filter(sample_id__lt=before)
    found = terms.order_by("-value", "-sample_id").values_list("sample_id", flat=True)[:most]
    return list(dict.fromkeys(found))


def is_value(part: Part) -> bool:
    """Whether a part asks for one value of the index of terms, in which samples stand in their order."""
    return part.how is How.EQUALS and _in_terms(part.field)


def few(part: Part, most: int) -> set[int] | None:
    """Ids of all samples that have what is asked for, or None where more than `most` rows say so, or no index tells."""
    if part.field is Field.SIZE:
        return None
    if frequency(part, most + 1) > most:
        return None
    rows = _rows(part)
    return set(rows.values_list("pk" if rows.model is Sample else "sample_id", flat=True)[:most])


def frequency(part: Part, most: int) -> int:
    """How many samples have what is asked for, counted up to `most`."""
    return _rows(part).order_by()[:most].count()


def having(part: Part, ids: Sequence[int]) -> set[int]:
    """Those of the samples that have what is asked for. ids: newest first."""
    rows = _rows(part)
    name = "pk" if rows.model is Sample else "sample_id"
    return among(rows, name, ids)


def among(
    rows: QuerySet[Sample] | QuerySet[Term] | QuerySet[Kinship] | QuerySet[HandIn], name: str, ids: Sequence[int]
) -> set[int]:
    """Those of the samples that some row is about. name: of the column with the id of the sample."""
    found: set[int] = set()
    for condition in spans(name, ids):
        found.update(rows.filter(condition).values_list(name, flat=True))
    return found.intersection(ids)


def spans(name: str, ids: Sequence[int]) -> Iterator[Q]:
    """Conditions that together hold for these samples, and may for others between them. name: of the column with the id
    of the sample."""  # noqa: D205, D209 - one sentence
    if not ids:
        return
    least, most = min(ids), max(ids)
    if most - least < DENSE * len(ids):
        yield Q(**{f"{name}__gte": least, f"{name}__lte": most})
        return
    for start in range(0, len(ids), ONE_BY_ONE):
        yield Q(**{f"{name}__in": ids[start : start + ONE_BY_ONE]})


def _rows(part: Part) -> Rows:
    if part.field is Field.CLUSTER:
        return Kinship.objects.filter(kind__in=_KINDS, key=part.value)
    if part.field is Field.HANDED_IN:
        return HandIn.objects.filter(handed_in(part))
    return Term.objects.filter(_term(part)) if _in_terms(part.field) else Sample.objects.filter(_of_sample(part))


def _in_terms(field: Field) -> bool:
    return field not in DIGESTS and field not in {Field.SIZE, Field.HANDED_IN, Field.STATE, Field.CLUSTER}


def _of_sample(part: Part) -> Q:
    if part.field in DIGESTS:
        return Q(**{part.field.value: bytes.fromhex(part.value)})
    if part.field is Field.SIZE:
        return Q(**{"size" + _SUFFIX[part.how]: int(part.number)})
    return Q(state=part.value)


def handed_in(part: Part) -> Q:
    """The time of a part that asks for one, as a condition on hand-ins."""
    moment = datetime.fromtimestamp(part.number, UTC)
    if part.how is How.EQUALS:
        return Q(at__gte=moment) & Q(at__lt=_end_of(part.value, moment))
    return Q(**{"at" + _SUFFIX[part.how]: moment})


def _end_of(written: str, start: datetime) -> datetime:
    """The first moment after a year, month or day."""
    if written.count("-") == 0:
        return start.replace(year=start.year + 1)
    if written.count("-") == 1:
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return datetime.fromtimestamp(start.timestamp() + 86_400, UTC)


def _term(part: Part) -> Q:
    """Values stand in the index as they are; hosts also turned around, so that their end is a beginning."""
    if part.how is How.ENDS:
        return Q(field=f"{part.field.value}-end") & _begins(part.value[::-1])
    return Q(field=part.field.value) & (Q(value=part.value) if part.how is How.EQUALS else _begins(part.value))


def _begins(start: str) -> Q:
    """A beginning, as each database finds it in an index: SQLite compares bytes, PostgreSQL as its collation says."""
    if connection.vendor == "postgresql":
        return Q(value__startswith=start)
    return Q(value__gte=start) & Q(value__lt=start + _LAST)
