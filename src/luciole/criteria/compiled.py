"""The catalogue and policy as canonical JSON: what a pack carries, and what the kit loads without reading YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from luciole.criteria.model import MAX_DEPTH, Catalogue, Criterion, CriterionLeaf, FactLeaf, NamedList, Policy
from luciole.criteria.operations import OPERATIONS
from luciole.criteria.order import cycle_through, depth, nodes
from luciole.kernel.canon import canonical_json
from luciole.kernel.errors import ContentError
from luciole.kernel.vocabulary import FACTS

FORMAT = "luciole-criteria-1"


class Knowledge(msgspec.Struct, frozen=True, eq=False):
    """The agreed criteria and the policy that turns them into verdicts."""

    catalogue: Catalogue
    policy: Policy


class _Document(msgspec.Struct, frozen=True):
    format: str
    criteria: tuple[Criterion, ...]
    lists: dict[str, NamedList]
    policy: Policy


def to_bytes(knowledge: Knowledge) -> bytes:
    """Canonical JSON, the same bytes for the same knowledge. Examples stay behind: they prove, they do not decide."""
    bare = tuple(msgspec.structs.replace(one, examples=(), source="") for one in knowledge.catalogue.criteria)
    return canonical_json(_Document(FORMAT, bare, knowledge.catalogue.lists, knowledge.policy))


def from_bytes(data: bytes) -> Knowledge:
    """The knowledge in these bytes. Raises ContentError when they are not what `to_bytes` makes."""
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ContentError([f"criteria:1: not a compiled catalogue: {error} — compile it again"]) from error
    if document.format != FORMAT:
        raise ContentError([f"criteria:1: the format is {document.format!r} — this version reads {FORMAT!r}"])
    problems = list(_unknown(document))
    if problems:
        raise ContentError([f"criteria:1: {one} — install a newer version, or compile it again" for one in problems])
    return Knowledge(Catalogue(document.criteria, document.lists), document.policy)


def _unknown(document: _Document) -> Iterator[str]:
    """What these criteria name and this version does not have: it could not be evaluated."""
    known = {one.id: one for one in document.criteria}
    rules = [(one.id, one.rule) for one in document.criteria]
    for place, rule in [*rules, *((one.id, one.rule) for one in document.policy.rules)]:
        levels = depth(rule)
        if levels > MAX_DEPTH:
            yield f"{place!r} is nested {levels} levels deep"
            continue
        for node in nodes(rule):
            if isinstance(node, FactLeaf):
                yield from (f"{place!r} asks for {name!r}" for name in _unknown_words(node, document.lists))
            elif isinstance(node, CriterionLeaf) and node.criterion not in known:
                yield f"{place!r} names {node.criterion!r}"
    if cycle_through(known):
        yield f"{' → '.join(cycle_through(known))} name each other"


def _unknown_words(leaf: FactLeaf, lists: Mapping[str, NamedList]) -> Iterator[str]:
    fact = FACTS.get(leaf.fact)
    if fact is None:
        yield leaf.fact
        return
    yield from (one.attribute for one in leaf.where if one.attribute not in fact.attributes)
    for test in (*leaf.tests, *(test for one in leaf.where for test in one.tests)):
        if test.operation not in OPERATIONS:
            yield test.operation
        names = test.operand if isinstance(test.operand, tuple) else ()
        yield from (str(one) for one in names if str(one).startswith("$") and str(one)[1:] not in lists)
