"""Which searchable terms a sample has: bounded in number and length, in small letters as searches are; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.assess.document import Assessment, CriterionFinding, MatchFinding
from luciole.kernel.facts import Fact, FactSet

LONGEST = 256
"""Characters of one value; longer ones are cut, and a search for the whole finds nothing."""
MOST_OF_A_FIELD = 500
MOST = 4_000
LONGEST_WORD = 64
_WORD = re.compile(r"\w+")

OF_FACTS = frozenset({
    "package", "kind", "version", "word", "cert", "host", "host-end", "permission", "anomaly", "library", "part", "api",
    "rule",
})  # fmt: skip
"""Fields that come from what was read."""
OF_JUDGEMENT = frozenset({"verdict", "criterion", "family"})
"""Fields that come from criteria, policy and indicators, and change when those do."""

_PLAIN = {
    "app.package": "package",
    "file.kind": "kind",
    "app.version_name": "version",
    "signature.certificate": "cert",
    "permission.requested": "permission",
    "anomaly": "anomaly",
    "native.library": "library",
    "code.host": "host",
    "code.api": "api",
    "rule.match": "rule",
}
"""Facts whose value is a term of a field."""
_DIGESTS = {"file.part": "sha256", "carried.file": "sha256", "native.library": "sha256", "code.dex": ""}
"""Facts that hold the SHA-256 of a part: in an attribute, or as their value."""
_ALSO = {"signature.certificate": ("sha1", "md5")}
_WORDS = frozenset({"app.label", "app.package"})


class Found(NamedTuple):
    """One term."""

    field: str
    value: str


def terms_of(subjects: Iterable[FactSet]) -> list[Found]:
    """The terms of everything that was read of one file, each once, in the order in which they were read."""
    return _bounded(one for facts in subjects for fact in facts.facts for one in _of_fact(fact))


def terms_of_judgement(assessments: Iterable[Assessment]) -> list[Found]:
    """The terms of what was concluded about one file: its verdicts, met criteria and families."""
    return _bounded(one for assessment in assessments for one in _of_assessment(assessment))


def _of_assessment(assessment: Assessment) -> Iterator[Found]:
    yield Found("verdict", assessment.verdict.code)
    for finding in assessment.findings:
        if isinstance(finding, CriterionFinding):
            yield Found("criterion", finding.id)
        elif isinstance(finding, MatchFinding):
            yield Found("family", finding.family)
            yield Found("family", finding.id)


def _of_fact(fact: Fact) -> Iterator[Found]:
    field = _PLAIN.get(fact.name)
    if field is not None:
        yield Found(field, str(fact.value))
        if field == "host":
            yield Found("host-end", str(fact.value)[::-1])
        for name in _ALSO.get(fact.name, ()):
            yield Found(field, str(fact.attributes.get(name, "")))
    if fact.name == "file.sha256":
        yield Found("part", str(fact.value))
    if fact.name in _DIGESTS:
        attribute = _DIGESTS[fact.name]
        yield Found("part", str(fact.attributes.get(attribute, "") if attribute else fact.value))
    if fact.name in _WORDS:
        yield from (Found("word", word) for word in words_of(str(fact.value)))


def words_of(text: str) -> Iterator[str]:
    """The words of a text as they are searched: small letters, compatibility forms resolved (NFKC), each once."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    seen: set[str] = set()
    for match in _WORD.finditer(plain):
        word = match[0][:LONGEST_WORD]
        if word not in seen:
            seen.add(word)
            yield word


def _bounded(found: Iterable[Found]) -> list[Found]:
    kept: dict[Found, None] = {}
    counts: dict[str, int] = {}
    for one in found:
        term = Found(one.field, _clean(one.value))
        if not term.value or term in kept or counts.get(term.field, 0) >= MOST_OF_A_FIELD:
            continue
        kept[term] = None
        counts[term.field] = counts.get(term.field, 0) + 1
        if len(kept) >= MOST:
            break
    return list(kept)


def _clean(value: str) -> str:
    """As searches write it: small letters, no NUL and no half characters (no database takes them)."""
    plain = value[:LONGEST].replace("\0", "").lower().strip()
    return plain.encode("utf-8", "ignore").decode("utf-8")
