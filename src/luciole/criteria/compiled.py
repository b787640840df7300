"""The catalogue and policy as canonical JSON: what a pack carries, and what the kit loads without reading YAML."""

from __future__ import annotations

import msgspec

from luciole.criteria.model import Catalogue, Criterion, NamedList, Policy
from luciole.kernel.canon import canonical_json
from luciole.kernel.errors import ContentError

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
    except msgspec.MsgspecError as error:
        raise ContentError([f"criteria:1: not a compiled catalogue: {error} — compile it again"]) from error
    if document.format != FORMAT:
        raise ContentError([f"criteria:1: the format is {document.format!r} — this version reads {FORMAT!r}"])
    return Knowledge(Catalogue(document.criteria, document.lists), document.policy)
