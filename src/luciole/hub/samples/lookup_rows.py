"""Look-ups as plain SQL. What is seen is `sharing.seen_by`, compiled; so there is one rule, whichever way is taken.

What is not there and what is not shown cost the same: the question always goes to the nearest digest or value that is
there, reads it and its hand-ins, and only the answer is left out.
"""

# ruff: noqa: S608 - names of tables and columns, and conditions that Django compiled; values are parameters
from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from django.db import connection

from luciole.hub.members.policy import Actor
from luciole.hub.samples.lookups import (
    COLUMNS,
    MOST_SAMPLES,
    Digest,
    Found,
    Listed,
    Record,
    by_column,
    record_of,
)  # fmt: skip
from luciole.hub.samples.models import HandIn, Sample, Term
from luciole.hub.samples.search_language import Field
from luciole.hub.samples.sharing import seen_by

_NOW = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for the time of the question in what is compiled."""
_TELL = ", ".join(f"s.{one}" for one in COLUMNS)
_SAMPLE, _HAND_IN, _TERM = (model._meta.db_table for model in (Sample, HandIn, Term))  # noqa: SLF001 - Django's name
_KEPT_ACTORS = 1_024
ASKED = "(SELECT %s)"
"""A parameter into which SQLite does not look when it plans: else it plans anew with each value (https://sqlite.org/
queryplanner-ng.html, "query planner stability guarantee"), which costs more than the look-up."""


class Asking(Protocol):
    """What asks the database (`site.fast_database.Reader`)."""

    def rows(self, question: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """The rows that answer."""


class Seen(NamedTuple):
    """Which hand-ins one actor sees, as SQL. parameters: with `_NOW` where the time belongs, at these places."""

    condition: str
    parameters: tuple[object, ...]
    times: tuple[int, ...]

    def at(self, now: object) -> tuple[object, ...]:
        """The parameters at a time, which is as the database takes it."""
        if not self.times:
            return self.parameters
        return tuple(now if place in self.times else one for place, one in enumerate(self.parameters))


def seen_sql(actor: Actor) -> Seen:
    """`sharing.seen_by` of this actor as a condition on the table of hand-ins."""
    known = _last_seen.get(actor.key)
    if known is not None and known[0] is actor:  # ordinarily so, and much quicker than comparing
        return known[1]
    if len(_last_seen) >= _KEPT_ACTORS:
        _last_seen.clear()
    made = _compiled(actor)
    _last_seen[actor.key] = (actor, made)
    return made


_last_seen: dict[str, tuple[Actor, Seen]] = {}


@functools.lru_cache(maxsize=_KEPT_ACTORS)
def _compiled(actor: Actor) -> Seen:
    query = HandIn.objects.filter(seen_by(actor, _NOW)).query
    condition, parameters = query.get_compiler(connection=connection).compile(query.where)
    mark = _moment(_NOW)
    condition = condition.replace("%s", ASKED)
    return Seen(condition, tuple(parameters), tuple(place for place, one in enumerate(parameters) if one == mark))


def _moment(now: datetime) -> object:
    """A time in UTC as the ORM hands it to the database."""
    return now if _is_postgresql() else str(now.replace(tzinfo=None))


@functools.cache
def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def by_digest(asking: Asking, actor: Actor, asked: Digest, now: datetime) -> Record | None:
    """As `lookups.by_digest`."""
    seen = seen_sql(actor)
    question = _one(asked.column, seen.condition)
    rows = asking.rows(question, (*seen.at(_moment(now)), bytes.fromhex(asked.text)))
    return by_column(asked.column, [row for row in rows if row[-1] is not None]).get(asked.text)


@functools.lru_cache(maxsize=_KEPT_ACTORS)
def _one(column: str, condition: str) -> str:
    return (
        f"SELECT {_TELL}, {_first(condition)} FROM {_SAMPLE} s WHERE s.{column} = "
        f"(SELECT n.{column} FROM {_SAMPLE} n WHERE n.{column} >= {ASKED} ORDER BY n.{column} LIMIT 1) ORDER BY s.id"
    )


def _first(condition: str) -> str:
    return f"(SELECT MIN({_HAND_IN}.at) FROM {_HAND_IN} WHERE {_HAND_IN}.sample_id = s.id AND {condition})"


def by_digests(asking: Asking, actor: Actor, asked: Sequence[Digest], now: datetime) -> Found:
    """As `lookups.by_digests`, in one question for each kind of digest."""
    seen = seen_sql(actor)
    parameters = seen.at(_moment(now))
    found: dict[str, Record] = {}
    for column in ("sha256", "sha1", "md5"):
        texts = [one.text for one in asked if one.column == column]
        if texts:
            rows = asking.rows(_many(column, seen.condition), (*parameters, _listed(texts)))
            found |= by_column(column, [row for row in rows if row[-1] is not None])
    return Found(len(asked), {one.text: found[one.text] for one in asked if one.text in found})


def _listed(texts: list[str]) -> object:
    if _is_postgresql():
        return [bytes.fromhex(one) for one in texts]
    return json.dumps(texts)


def _many(column: str, condition: str) -> str:
    near = f"SELECT n.{column} FROM {_SAMPLE} n WHERE n.{column} >="
    if _is_postgresql():
        asked = (
            f"unnest(%s::bytea[]) AS q(asked) CROSS JOIN LATERAL ({near} q.asked ORDER BY n.{column} LIMIT 1) AS near "
            f"JOIN {_SAMPLE} s ON s.{column} = near.{column}"
        )
    else:
        asked = (
            f"json_each(%s) AS q CROSS JOIN {_SAMPLE} s "
            f"ON s.{column} = ({near} unhex(q.value) ORDER BY n.{column} LIMIT 1)"
        )
    return f"SELECT {_TELL}, {_first(condition)} FROM {asked} ORDER BY s.id"


def by_term(asking: Asking, actor: Actor, field: Field, value: str, now: datetime) -> Listed:
    """As `lookups.by_term`."""
    seen = seen_sql(actor)
    parameters = seen.at(_moment(now))
    rows = asking.rows(_term(seen.condition), (*parameters, field.value, field.value, value, *parameters))
    told = [record_of(row[1:]) for row in rows if row[0] == value]
    return Listed(told[:MOST_SAMPLES], len(told) > MOST_SAMPLES)


def _term(condition: str) -> str:
    return (
        f"SELECT t.value, {_TELL}, {_first(condition)} FROM {_TERM} t JOIN {_SAMPLE} s ON s.id = t.sample_id "
        f"WHERE t.field = {ASKED} AND t.value = "
        f"(SELECT n.value FROM {_TERM} n WHERE n.field = {ASKED} AND n.value >= {ASKED} ORDER BY n.value LIMIT 1) "
        f"AND EXISTS(SELECT 1 FROM {_HAND_IN} WHERE {_HAND_IN}.sample_id = s.id AND {condition}) "
        f"ORDER BY t.sample_id DESC LIMIT {MOST_SAMPLES + 1}"
    )
