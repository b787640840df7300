"""From a kept reading to the result document, and to a mark that tells whether a later one would differ."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import msgspec

from luciole.assess.assess import Engine, assess, signal_of
from luciole.assess.document import Result
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Catalogue
from luciole.criteria.policy import decide
from luciole.intel.match import Match, match
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Truth
from luciole.kernel.reading import Reading

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_MARK_BYTES = 16


def conclude(reading: Reading, engine: Engine, now: str) -> Result:
    """The result document for one file. now: ISO 8601 UTC."""
    return assess([reading], engine, created=now)


def mark_of(reading: Reading, engine: Engine) -> bytes:
    """16 bytes that stay the same while everything that is concluded from this reading does.

    They cover the verdict and its rule, every criterion's answer and definition, and every match. What else stands in a
    result follows from these and from the facts, which are kept. Costs two thirds of `conclude`.
    """
    digest = hashlib.sha256()
    for facts in reading.subjects:
        digest.update(_encode(_told(facts, engine)))
    return digest.digest()[:_MARK_BYTES]


def _told(facts: FactSet, engine: Engine) -> tuple[object, ...]:
    evaluations = evaluate_all(engine.catalogue, facts)
    matches = match(facts, engine.index) if engine.index is not None else ()
    decision = decide(
        engine.policy, evaluations, [signal_of(one) for one in matches], facts.subject.kind, facts.coverage
    )
    defined = _definitions(engine.catalogue)
    open_or_met = [(defined[one.criterion], one.truth.value) for one in evaluations if one.truth is not Truth.NOT_MET]
    return decision.verdict, decision.rule, decision.statement, open_or_met, [_match(one) for one in matches]


def _match(one: Match) -> tuple[object, ...]:
    return one.family, one.name, one.kind, one.role, one.value, one.strength, one.notes, one.sources, one.warning_list


@lru_cache(maxsize=2)
def _definitions(catalogue: Catalogue) -> dict[str, bytes]:
    """What tells one definition of a criterion from another, by its id."""
    return {one.id: hashlib.sha256(_encode(one)).digest()[:_MARK_BYTES] for one in catalogue.criteria}
