"""What is new for saved searches: samples that came to be seen, read or marked differently since the last look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from luciole.hub.members.access import actor_of_person
from luciole.hub.members.policy import Actor, allowed
from luciole.hub.samples.models import Analysis, HandIn, News, SavedSearch
from luciole.hub.samples.search import matching, newest
from luciole.hub.samples.search_language import SearchError, parse
from luciole.hub.samples.sharing import seen_among

LATE = dt.timedelta(minutes=10)
"""A transaction may be committed so long after the time that stands in its rows."""
LOOKED_AT = 20_000
"""Changes of one kind that one look reads; the next one goes on where it ended."""
MOST_NEWS = 500
"""Of one search and one look; more are no news but another search."""
KNOWN = 1_000
"""Of what answers a search when it is saved, the newest so many never become news."""


class Changes(NamedTuple):
    """Ids of samples that may answer differently than before, and until when that was looked at."""

    samples: tuple[int, ...]
    until: dt.datetime


def changes(since: dt.datetime, now: dt.datetime) -> Changes:
    """The samples that were handed in, marked anew, opened by the end of an embargo, read or judged since then."""
    until = now
    found: list[tuple[dt.datetime, int]] = []
    for rows in _sources(since, now):
        part = list(rows[:LOOKED_AT])
        found += part
        if len(part) == LOOKED_AT:
            until = min(until, part[-1][0])
    return Changes(tuple({sample for at, sample in found if at <= until}), until)


def _sources(since: dt.datetime, now: dt.datetime) -> Iterator[QuerySet[HandIn | Analysis, tuple[dt.datetime, int]]]:
    for model, name in (
        (HandIn, "at"), (HandIn, "changed_at"), (HandIn, "embargo_until"), (Analysis, "at"), (Analysis, "changed_at")
    ):  # fmt: skip
        rows = model.objects.filter(Q(**{f"{name}__gt": since, f"{name}__lte": now}))
        yield rows.order_by(name).values_list(name, "sample_id")


def note_known(search: SavedSearch, now: dt.datetime) -> None:
    """Notes what answers a search that is saved now, so that it never becomes news. Raises SearchError."""
    actor = reader_of(search)
    ids = newest(parse(search.query), actor, now, limit=KNOWN).ids if actor else []
    News.objects.bulk_create([News(search=search, sample_id=one) for one in ids], ignore_conflicts=True)


def look(search: SavedSearch, seen: Changes, now: dt.datetime) -> int:
    """Notes what is new for one search among the samples that changed; returns how many. In a transaction."""
    actor = reader_of(search)
    ids = _answering(search, actor, seen, now) if actor else []
    known = set(News.objects.filter(search=search, sample_id__in=ids).values_list("sample_id", flat=True))
    new = [one for one in ids if one not in known][:MOST_NEWS]
    News.objects.bulk_create([News(search=search, sample_id=one, at=now) for one in new], ignore_conflicts=True)
    SavedSearch.objects.filter(pk=search.pk, looked_at__lt=seen.until).update(looked_at=seen.until)
    return len(new)


def _answering(search: SavedSearch, actor: Actor, seen: Changes, now: dt.datetime) -> list[int]:
    try:
        return matching(parse(search.query), seen.samples, actor, now)
    except SearchError:  # the language is another one than when the search was saved
        return []


def reader_of(search: SavedSearch) -> Actor | None:
    """Whoever saved the search, with the rights they have today; None where they may not search any more."""
    person = search.person
    actor = actor_of_person(person, second_factor=True)
    return actor if person.is_active and allowed(actor, "sample.search") else None


def since(search: SavedSearch, now: dt.datetime) -> dt.datetime:
    """From when on a search has to be looked at again."""
    return min(search.looked_at, now - LATE)


def untold(search: SavedSearch) -> int:
    """How many news of a search were not told in a digest yet."""
    return News.objects.filter(search=search, at__gt=search.told_at).count()


def news_of(search: SavedSearch, now: dt.datetime, most: int) -> list[News]:
    """The newest news of a search that may still be seen, newest first."""
    actor = reader_of(search)
    if actor is None:
        return []
    rows = News.objects.filter(search=search, at__isnull=False).select_related("sample")
    rows = rows.order_by(F("at").desc(), "-sample_id")[:most]
    found = list(rows)
    seen = seen_among(actor, [one.sample_id for one in found], now)
    return [one for one in found if one.sample_id in seen]
