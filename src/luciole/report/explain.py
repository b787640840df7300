"""One finding as its tree of reasons, each leaf with the facts that met it and where they were read."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from luciole.assess.document import Assessment, MatchFinding, Reason, Result, expanded, trees_of
from luciole.guidance import texts
from luciole.kernel.facts import Fact
from luciole.kernel.outcome import Truth
from luciole.kernel.text import Message, Translator
from luciole.report.lines import fact_line, isolate, message_text, without_isolates
from luciole.report.reasons import step

VERDICT = "verdict"


class Explained(msgspec.Struct, frozen=True):
    """A finding of one subject: its statement and its tree."""

    app: str
    finding: str
    title: str
    statement: Message
    reason: Reason


def select(result: Result, finding: str, app: str = "") -> list[Explained]:
    """The explanations of `finding` (an id, or "verdict") in the result, for one app or for all that have it."""
    found = []
    for assessment in result.assessments:
        if not app or app in _names(assessment):
            found += [one for one in _explanations(assessment) if finding in {one.finding, one.finding.split("/")[0]}]
    return found


def known_findings(result: Result) -> list[str]:
    """Ids of everything that can be explained in the result."""
    return sorted({one.finding for assessment in result.assessments for one in _explanations(assessment)})


def render(found: list[Explained], translate: Translator) -> str:
    """The trees as indented text ending in a newline."""
    text = "\n".join("\n".join(_lines(one, translate)) + "\n" for one in found)
    return text if translate.direction == "rtl" else without_isolates(text)


def _names(assessment: Assessment) -> set[str]:
    digests = {str(fact.value) for fact in assessment.facts if fact.name == "file.sha256"}
    return digests | {assessment.subject.identity}


def _explanations(assessment: Assessment) -> Iterator[Explained]:
    app, verdict = assessment.subject.identity, assessment.verdict
    trees = trees_of(assessment)
    whole = expanded(verdict.reason or Reason(VERDICT, Truth.MET), trees)
    yield Explained(app, VERDICT, texts.VERDICTS[verdict.code].title, Message(verdict.text), whole)
    for finding in assessment.findings:
        if isinstance(finding, MatchFinding):
            reason = Reason("fact", Truth.MET, finding.value, evidence=finding.evidence, count=len(finding.evidence))
            yield Explained(app, finding.id, finding.family, finding.why, reason)
        else:
            yield Explained(app, finding.id, finding.title, Message(finding.statement), expanded(finding.reason, trees))


def _lines(one: Explained, translate: Translator) -> Iterator[str]:
    yield f"{isolate(one.app)}: {one.finding}"
    yield translate(one.title)
    yield message_text(one.statement, translate)
    yield from _tree(one.reason, translate, 1)


def _tree(reason: Reason, translate: Translator, depth: int) -> Iterator[str]:
    indent = "  " * depth
    node = step(reason, translate, depth)
    yield f"{indent}[{node.truth}] {node.text}"
    if node.missing:
        yield f"{indent}    {node.missing}"
    yield from (line for fact in reason.evidence for line in _fact(fact, translate, indent))
    for child in reason.children:
        yield from _tree(child, translate, depth + 1)


def _fact(fact: Fact, translate: Translator, indent: str) -> Iterator[str]:
    line = fact_line(fact, translate)
    yield f"{indent}    {line.text}"
    if line.place:
        yield f"{indent}    @ {line.place}"
