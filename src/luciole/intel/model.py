"""What Luciole knows: families, indicators, withdrawn values, open questions, each with where it came from and when."""

from __future__ import annotations

from typing import Literal

import msgspec

FamilyKind = Literal["stalkerware", "watchware", "dual-use", "disputed"]
Role = Literal[
    "package",
    "certificate",
    "file-hash",
    "command-and-control",
    "website",
    "panel",
    "distribution",
    "ios-bundle",
    "rule",
    "certificate-name",
    "certificate-organization",
    "address",
]
ValueType = Literal[
    "package", "ios-bundle", "host", "url", "ipv4", "ipv6", "sha256", "sha1", "md5", "text", "pattern", "rule"
]  # fmt: skip
Confidence = Literal["confirmed", "reported", "doubtful"]
"""confirmed: two or more independent sources; reported: one; doubtful: the sources contradict themselves."""
Marking = Literal["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
"""Traffic Light Protocol 2.0."""
QuestionKind = Literal[
    "contradictory-kinds",
    "value-in-several-families",
    "alias-is-another-family",
    "label-contradicts-family",
    "certificate-shared-by-families",
    "known-from-samples-only",
    "returned-after-withdrawal",
]

NETWORK_ROLES: frozenset[Role] = frozenset({"command-and-control", "website", "panel", "distribution", "address"})


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who published something. published: ISO 8601 date of the state that was read; id: stable short name."""

    id: str
    name: str = ""
    url: str = ""
    licence: str = ""
    marking: Marking = "TLP:CLEAR"
    published: str = ""


class Company(msgspec.Struct, frozen=True, omit_defaults=True):
    """A maker as a company: never a person. Members only, because small makers carry their owner's name."""

    name: str
    websites: tuple[str, ...] = ()
    country: str = ""
    marking: Marking = "TLP:AMBER"


class Statement(msgspec.Struct, frozen=True):
    """What one source says a family is. kinds: sorted; more than one means that the source contradicts itself."""

    source: str
    kinds: tuple[FamilyKind, ...]


class Family(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product or product family.

    id: stable slug, never reused; kind: what the sources agree on, or "disputed"; decided: a vote's outcome, which
    stands above the sources; merged_into: id of the family that took this one in (its history stays here).
    """

    id: str
    name: str
    kind: FamilyKind
    aliases: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    decided: FamilyKind | Literal[""] = ""
    references: tuple[str, ...] = ()
    companies: tuple[Company, ...] = ()
    first_seen: str = ""
    merged_into: str = ""


class Indicator(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One value in one role. families: sorted ids; value: normalised; subdomains: names below a host match too."""

    type: ValueType
    value: str
    role: Role
    families: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    confidence: Confidence = "reported"
    first_seen: str = ""
    last_seen: str = ""
    marking: Marking = "TLP:CLEAR"
    subdomains: bool = False

    @property
    def key(self) -> IndicatorKey:
        """What makes an indicator this one: type, value and role."""
        return (self.type, self.value, self.role)


IndicatorKey = tuple[ValueType, str, Role]


class Tombstone(msgspec.Struct, frozen=True, omit_defaults=True):
    """A withdrawn value. It comes back by a decision only, never by an import. permanent: not even reconsidered."""

    type: ValueType
    value: str
    role: Role
    when: str
    why: str
    families: tuple[str, ...] = ()
    permanent: bool = False


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something the sources do not agree on, for people to settle. about: family, label or value; values: sorted."""

    kind: QuestionKind
    about: str
    text: str
    families: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


class RuleFile(msgspec.Struct, frozen=True):
    """A file of YARA rules, passed through as it is."""

    name: str
    text: str
    source: str


class Knowledge(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything known, each list in its canonical order. version: rises by one with each change of content."""

    version: int = 0
    updated: str = ""
    families: tuple[Family, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    questions: tuple[Question, ...] = ()
    rules: tuple[RuleFile, ...] = ()
    sources: tuple[Source, ...] = ()


def canonical(knowledge: Knowledge) -> Knowledge:
    """The same knowledge with every list sorted, so that equal content is equal bytes."""
    return msgspec.structs.replace(
        knowledge,
        families=tuple(sorted(knowledge.families, key=lambda family: family.id)),
        indicators=tuple(sorted(knowledge.indicators, key=lambda indicator: indicator.key)),
        tombstones=tuple(sorted(knowledge.tombstones, key=lambda stone: (stone.type, stone.value, stone.role))),
        questions=tuple(sorted(knowledge.questions, key=lambda q: (q.kind, q.about, q.families, q.values))),
        rules=tuple(sorted(knowledge.rules, key=lambda rule: (rule.source, rule.name))),
        sources=tuple(sorted(knowledge.sources, key=lambda source: source.id)),
    )
