"""Looks over the catalogue for what a parser cannot refuse: one class for each thing that goes wrong."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec

from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.examples import fact_set
from luciole.criteria.known_ids import ATTACK_IDS, BEHAVIOUR_IDS, REFERENCE_HOSTS
from luciole.criteria.model import Catalogue, Criterion, FactLeaf
from luciole.criteria.order import facts_of, nodes
from luciole.kernel.outcome import Truth
from luciole.kernel.vocabulary import AREAS, FACTS, PLATFORMS

Level = Literal["error", "warning"]

LONGEST_TITLE = 90
LONGEST_SENTENCE = 26
"""Words; longer sentences are hard to read for people under stress, and hard to translate."""
FEWEST_EXAMPLES = 2


class Finding(msgspec.Struct, frozen=True):
    """One thing a lint found. place: file or id; recommendation: what to do."""

    lint: str
    level: Level
    place: str
    message: str
    recommendation: str

    def __str__(self) -> str:
        return f"{self.place}: {self.level}: {self.message} — {self.recommendation} [{self.lint}]"


class Case(NamedTuple):
    """A criterion and the catalogue around it. known: the criteria by id."""

    criterion: Criterion
    catalogue: Catalogue
    known: Mapping[str, Criterion]


class CriterionLint(ABC):
    """One thing to look for in each criterion."""

    name: ClassVar[str]
    level: ClassVar[Level] = "error"
    recommendation: ClassVar[str]

    def check(self, case: Case) -> Iterator[Finding]:
        """Everything that is wrong with this criterion in this respect."""
        place = case.criterion.source or case.criterion.id
        return (Finding(self.name, self.level, place, message, self.recommendation) for message in self._wrong(case))

    @abstractmethod
    def _wrong(self, case: Case) -> Iterator[str]:
        """What is wrong, one sentence each."""


class FileName(CriterionLint):
    """The file is found by the id of its case.criterion."""

    name = "file-name"
    recommendation = "name the file after the id"

    def _wrong(self, case: Case) -> Iterator[str]:
        if case.criterion.source.rpartition("/")[2] != f"{case.criterion.id}.yml":
            yield f"the file is called {case.criterion.source!r}"


class Prefix(CriterionLint):
    """The id tells the group, so that lists of ids can be read."""

    name = "prefix"
    recommendation = "begin the id with the prefix that the other criteria of the group have"
    prefixes: ClassVar[dict[str, str]] = {
        "collect": "collection",
        "remote": "remote-control",
        "conceal": "concealment",
        "persist": "persistence",
        "resist": "resistance-to-removal",
        "weaken": "weakening-protection",
        "deliver": "delivery",
        "account": "account-model",
        "insecure": "insecure-handling",
        "declared": "declared",
        "device": "device",
        "context": "context",
    }

    def _wrong(self, case: Case) -> Iterator[str]:
        if self.prefixes.get(case.criterion.id.partition(".")[0]) != case.criterion.group:
            yield f"{case.criterion.id!r} is in the group {case.criterion.group!r}"


class Examples(CriterionLint):
    """A criterion without examples on both sides cannot be voted on."""

    name = "examples"
    recommendation = f"give at least {FEWEST_EXAMPLES} examples that meet it and {FEWEST_EXAMPLES} that do not"

    def _wrong(self, case: Case) -> Iterator[str]:
        for expected in ("met", "not-met"):
            count = sum(example.expect == expected for example in case.criterion.examples)
            if count < FEWEST_EXAMPLES:
                yield f"{count} examples are {expected}"


class DistinctExamples(CriterionLint):
    """The same material twice proves nothing more."""

    name = "distinct-examples"
    recommendation = "change one of the two"

    def _wrong(self, case: Case) -> Iterator[str]:
        seen: list[object] = []
        for example in case.criterion.examples:
            material = (example.app, example.facts, example.examined, example.not_looked_at)
            if material in seen:
                yield f"the example of line {example.line} is the same as an earlier one"
            seen.append(material)


class WordsNeverUsed(CriterionLint):
    """Words that promise, accuse or frighten have no place in front of a person under stress."""

    name = "words-never-used"
    recommendation = "say what was seen, without promise, blame or alarm"
    banned: ClassVar[re.Pattern[str]] = re.compile(
        r"\b(safe|clean|cleaned|infected|infection|victims?|abusers?|perpetrators?|stalkers?|malicious|hackers?|"
        r"dangerous|threats?|criminals?|guilty|suspicious|virus(es)?|must have|your partner|you should)\b",
        re.IGNORECASE,
    )

    def _wrong(self, case: Case) -> Iterator[str]:
        for text in texts_of(case.criterion):
            for found in self.banned.finditer(text):
                yield f"{found[0]!r} stands in {text[:60]!r}"


class Jargon(CriterionLint):
    """Plain words: the texts are for people who never read a manual of Android."""

    name = "jargon"
    recommendation = "use a plain word, or say what it does"
    banned: ClassVar[re.Pattern[str]] = re.compile(
        r"\b(APIs?|SDK|APKs?|manifest|exfiltrat\w*|payloads?|malware|spyware|obfuscat\w*|DEX|intents?|broadcasts?|"
        r"daemons?|boot(ing|s)?|runtime|keylog\w*|sideload\w*|launcher|C2|backend|metadata)\b"
    )

    def _wrong(self, case: Case) -> Iterator[str]:
        for text in texts_of(case.criterion):
            for found in self.banned.finditer(text):
                yield f"{found[0]!r} stands in {text[:60]!r}"


class SaysCan(CriterionLint):
    """Static evidence shows what an app can do, never what it does."""

    name = "says-can"
    recommendation = "write what the app can do"

    def _wrong(self, case: Case) -> Iterator[str]:
        words = re.findall(r"[A-Za-z]+", case.criterion.statement.lower())
        about_use = case.criterion.subject == "device" or case.criterion.group in {"declared", "insecure-handling"}
        if not about_use and not {"can", "cannot", "may"} & set(words):
            yield f"the statement has no 'can': {case.criterion.statement[:70]!r}"


class ShortSentences(CriterionLint):
    """Long sentences are hard to read and to translate."""

    name = "short-sentences"
    recommendation = f"at most {LONGEST_SENTENCE} words in a sentence and {LONGEST_TITLE} characters in a title"

    def _wrong(self, case: Case) -> Iterator[str]:
        if len(case.criterion.title) > LONGEST_TITLE:
            yield f"the title has {len(case.criterion.title)} characters"
        for text in texts_of(case.criterion):
            for sentence in re.split(r"[.!?]\s+", text):
                if len(sentence.split()) > LONGEST_SENTENCE:
                    yield f"{len(sentence.split())} words in {sentence[:60]!r}"


class WholeSentences(CriterionLint):
    """Translators get whole sentences: statement, reason and ordinary reasons end like sentences, titles do not."""

    name = "whole-sentences"
    recommendation = "end sentences with a full stop, and titles without one"

    def _wrong(self, case: Case) -> Iterator[str]:
        if case.criterion.title.endswith("."):
            yield "the title ends with a full stop"
        for text in (case.criterion.statement, case.criterion.why, *case.criterion.ordinary):
            if not text.endswith((".", "?")):
                yield f"no full stop after {text[-40:]!r}"


class KnownIds(CriterionLint):
    """Identifiers are those of the behaviours catalogue and of ATT&CK Mobile that were checked."""

    name = "known-ids"
    recommendation = "use ids of the behaviours catalogue and the checked list of techniques"

    def _wrong(self, case: Case) -> Iterator[str]:
        for one in case.criterion.behaviours:
            if one not in BEHAVIOUR_IDS:
                yield f"there is no behaviour {one!r}"
        for one in case.criterion.attack:
            if one not in ATTACK_IDS:
                yield f"{one!r} is no checked technique"


class References(CriterionLint):
    """A reference is a public page that stands for the criterion in an appeal."""

    name = "references"
    recommendation = "name a public page, by https, of a source the coalition knows"

    def _wrong(self, case: Case) -> Iterator[str]:
        for address in case.criterion.references:
            host = address.removeprefix("https://").partition("/")[0]
            if not address.startswith("https://") or host not in REFERENCE_HOSTS:
                yield f"{address!r} is not of a known source"


class EvidenceAgrees(CriterionLint):
    """What the criterion says it needs is what its facts need."""

    name = "evidence"
    recommendation = "set `evidence` to static, device or both, as the areas of its facts say"

    def _wrong(self, case: Case) -> Iterator[str]:
        areas = [FACTS[name].areas for name in facts_of(case.criterion.rule, case.known)]
        from_file = [any(AREAS[area].of == "app" for area in group) for group in areas]
        from_device = [any(AREAS[area].of == "device" for area in group) for group in areas]
        if case.criterion.evidence in {"static", "both"} and not all(from_file):
            yield f"evidence is {case.criterion.evidence!r}, and an app file alone cannot decide it"
        if case.criterion.evidence == "device" and not all(from_device):
            yield "evidence is 'device', and a device's lists alone cannot decide it"
        if case.criterion.evidence == "both" and not any(from_device):
            yield "evidence is 'both', and no fact of it is ever read from a device's lists"


class NotByNameAlone(CriterionLint):
    """Anybody can give an app any name; a name alone shows nothing."""

    name = "not-by-name-alone"
    recommendation = "ask for something the app does beside its name"
    names: ClassVar[frozenset[str]] = frozenset({"app.package", "app.label", "app.version_name", "app.installer"})
    exempt: ClassVar[frozenset[str]] = frozenset({"conceal.blank-name"})
    """A name that shows nothing is itself what is seen."""

    def _wrong(self, case: Case) -> Iterator[str]:
        asked = facts_of(case.criterion.rule, case.known)
        if asked and asked <= self.names and case.criterion.id not in self.exempt:
            yield f"only {', '.join(sorted(asked))} is asked for"


class NotMetByNothing(CriterionLint):
    """A criterion that is met when nothing at all was found is met by every app."""

    name = "not-met-by-nothing"
    recommendation = "ask for something that is there, beside what is absent"

    def _wrong(self, case: Case) -> Iterator[str]:
        empty = fact_set(case.criterion.subject, (), AREAS, (), PLATFORMS[case.criterion.platform][0])
        answers = {one.criterion: one.truth for one in evaluate_all(case.catalogue, empty)}
        if answers[case.criterion.id] is Truth.MET:
            yield "it is met although no fact was found"


class SameRule(CriterionLint):
    """Two criteria with one rule count one thing twice, unless they speak of different platforms in other words."""

    name = "same-rule"
    recommendation = "keep one of the two, or let one name the other"

    def _wrong(self, case: Case) -> Iterator[str]:
        platforms = set(PLATFORMS[case.criterion.platform])
        for other in case.catalogue.criteria:
            same = other.rule == case.criterion.rule and not platforms.isdisjoint(PLATFORMS[other.platform])
            if other.id < case.criterion.id and same:
                yield f"{other.id!r} has the same rule"


class OrdinaryReasons(CriterionLint):
    """Without ordinary reasons a text accuses."""

    name = "ordinary-reasons"
    recommendation = "give at least one reason an honest app has for it"

    def _wrong(self, case: Case) -> Iterator[str]:
        if not case.criterion.ordinary:
            yield "no ordinary reason is given"
        if case.criterion.group != "context" and not case.criterion.behaviours and not case.criterion.why:
            yield "nothing says why it matters"


CRITERION_LINTS: tuple[CriterionLint, ...] = (
    FileName(), Prefix(), Examples(), DistinctExamples(), WordsNeverUsed(), Jargon(), SaysCan(), ShortSentences(),
    WholeSentences(), KnownIds(), References(), EvidenceAgrees(), NotByNameAlone(), NotMetByNothing(), SameRule(),
    OrdinaryReasons(),
)  # fmt: skip


def texts_of(criterion: Criterion) -> tuple[str, ...]:
    """All texts of a criterion that people read."""
    return (criterion.title, criterion.statement, criterion.why, *criterion.ordinary)


def lint_catalogue(catalogue: Catalogue, lints: Sequence[CriterionLint] = CRITERION_LINTS) -> list[Finding]:
    """Everything the lints find, in the order of the criteria."""
    known = {one.id: one for one in catalogue.criteria}
    cases = [Case(one, catalogue, known) for one in catalogue.criteria]
    found = [finding for case in cases for lint in lints for finding in lint.check(case)]
    return found + list(_unused_lists(catalogue))


def _unused_lists(catalogue: Catalogue) -> Iterator[Finding]:
    used = {
        item[1:]
        for one in catalogue.criteria
        for node in nodes(one.rule)
        if isinstance(node, FactLeaf)
        for test in (*node.tests, *(test for where in node.where for test in where.tests))
        if isinstance(test.operand, tuple)
        for item in test.operand
        if isinstance(item, str) and item.startswith("$")
    }
    for name in sorted(catalogue.lists.keys() - used):
        yield Finding("unused-list", "warning", "lists.yml", f"no criterion uses ${name}", "use it or remove it")
