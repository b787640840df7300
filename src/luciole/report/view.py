"""The result document as the sentences and sections that people read, in one language; renderers only lay it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import msgspec

from luciole.assess.document import (
    Assessment,
    CriterionFinding,
    MatchFinding,
    Reason,
    Result,
    Unreadable,
    evidence_of,
    expanded,
    trees_of,
)
from luciole.guidance import texts
from luciole.guidance.sentences import SENTENCES
from luciole.kernel.facts import Fact, Place, Value
from luciole.kernel.outcome import Coverage, State
from luciole.kernel.outcome import Reason as Absence
from luciole.kernel.text import Translator, show_controls
from luciole.kernel.vocabulary import AREAS

SHOWN_EVIDENCE = 6
UNREMARKABLE = frozenset({Absence.NOT_IN_THIS_EVIDENCE, Absence.NOT_ASKED})
"""Reasons that stay out of the short list on top: this kind of evidence never holds it, or nobody asked for it."""
SHOWN_NAMES = 8
"""Names of apps in one line of the summary."""
SWITCHED_ON = "-on"
"""Criteria about a special power that is switched on for an app on this device end so."""
NAMES = "device.names"
"""The one area that was examined and yet has something to say: which sections were only searched for names."""
BACKGROUND = "context"
"""The group of criteria by which the policy tells kinds of app apart; they say nothing to the person who reads."""
LONGEST_VALUE = 300


class Line(msgspec.Struct, frozen=True):
    """One sentence and the address of what it speaks of."""

    text: str
    place: str = ""
    remedy: str = ""


class FindingView(msgspec.Struct, frozen=True):
    """One finding: what was observed, kept apart from what it may mean."""

    id: str
    title: str
    observed: tuple[Line, ...]
    more: str
    meaning: str
    why: str
    ordinary: tuple[str, ...]


class FindingGroup(msgspec.Struct, frozen=True):
    """Findings of one kind, under a heading that says what they are about."""

    title: str
    findings: tuple[FindingView, ...]


class SubjectView(msgspec.Struct, frozen=True):
    """One app or the device: who it is, the verdict in words, findings, and what stayed open."""

    heading: str
    code: str
    kind: str
    rows: tuple[tuple[str, str], ...]
    verdict: str
    meaning: str
    because: str
    notes: tuple[str, ...]
    next_steps: tuple[str, ...]
    groups: tuple[FindingGroup, ...]
    undecided: tuple[str, ...]
    icon: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a renderer lays out, in reading order."""

    language: str
    direction: str
    title: str
    before: tuple[str, ...]
    evidence: tuple[Line, ...]
    summary: tuple[tuple[str, str], ...]
    unreadable: tuple[Line, ...]
    examined: tuple[str, ...]
    not_examined_short: tuple[str, ...]
    not_examined: tuple[Line, ...]
    blind_spots: tuple[str, ...]
    subjects: tuple[SubjectView, ...]
    others: tuple[str, ...]
    limits: tuple[str, ...]
    record: tuple[tuple[str, str], ...]


def build_page(result: Result, translate: Translator) -> Page:
    """The page of a result in the translator's language. Pure: the same result and language give the same page."""
    seen = [one for one in result.assessments if _deserves_a_section(one, len(result.assessments))]
    others = [one for one in result.assessments if not _deserves_a_section(one, len(result.assessments))]
    examined, not_examined = _coverage(result, translate)
    return Page(
        language=translate.language,
        direction=translate.direction,
        title=translate(texts.TITLE),
        before=tuple(translate(text, link=texts.RESOURCES_LINK) for text in texts.BEFORE),
        evidence=tuple(
            Line(
                translate(texts.PAIR, name=translate(texts.KINDS.get(one.kind, one.kind)), value=isolate(one.name)),
                one.sha256,
            )
            for one in result.evidence
        ),
        summary=tuple(_summary(result, translate)),
        unreadable=tuple(
            Line(isolate(one.name), _problem(one, translate), _said(one.remedy, translate)) for one in result.unreadable
        ),
        examined=examined,
        not_examined_short=tuple(_short(result, translate)),
        not_examined=not_examined,
        blind_spots=tuple(_blind_spots(result, translate)),
        subjects=tuple(_subject(one, translate) for one in seen),
        others=tuple(dict.fromkeys(_name(one) for one in others)),
        limits=tuple(translate(text) for text in texts.LIMITS),
        record=tuple(_record(result, translate)),
    )


def isolate(foreign: str) -> str:
    """Text from evidence, made visible and kept from changing the direction of what stands around it."""
    shown = show_controls(foreign)
    shown = shown if len(shown) <= LONGEST_VALUE else shown[:LONGEST_VALUE] + "…"
    return shown if shown.isascii() else f"\u2068{shown}\u2069"


def _said(text: str, translate: Translator) -> str:
    """A text of the document in this language; a saved document may have been changed, so nothing hides in it."""
    return translate(show_controls(text))


def place_text(place: Place, translate: Translator) -> str:
    """The address of a fact in one line: file, member, section, line, offset; only what is known."""
    parts = [isolate(part) for part in (place.file, place.member, place.section) if part]
    if place.line is not None:
        parts.append(translate(texts.LINE, number=place.line))
    if place.offset is not None:
        parts.append(f"0x{place.offset:x}")
    return " · ".join(parts)


def fact_line(fact: Fact, translate: Translator) -> Line:
    """One fact as a sentence with its address."""
    places = {name: _value(value, translate) for name, value in fact.attributes.items()}
    places["value_of"] = places.pop("value", "")
    sentence = SENTENCES.get(fact.name, "{value}")
    wanted = {name: places.get(name, "–") or "–" for name in _NAMES if "{" + name + "}" in sentence}
    text = translate(sentence, **{**wanted, "value": _value(fact.value, translate)})
    return Line(text + (f" ({fact.when})" if fact.when else ""), place_text(fact.place, translate))


_NAMES = sorted({part.partition("}")[0] for text in SENTENCES.values() for part in text.split("{")[1:]} - {"value"})


def _value(value: Value, translate: Translator) -> str:
    if isinstance(value, bool):
        return translate(texts.YES if value else texts.NO)
    if isinstance(value, list):
        return ", ".join(isolate(part) for part in value)
    return isolate(translate(texts.APP_STATES.get(str(value), str(value))))


def _problem(one: Unreadable, translate: Translator) -> str:
    """Why something could not be read, and where in it."""
    return _said(one.problem, translate) + (f" ({isolate(one.place)})" if one.place else "")


def _deserves_a_section(assessment: Assessment, count: int) -> bool:
    """Whatever is more than an unremarkable app: a verdict, a known value, a special power that is switched on."""
    if count == 1 or assessment.subject.kind == "device" or assessment.verdict.code != "nothing-seen":
        return True
    return any(isinstance(one, MatchFinding) or one.id.endswith(SWITCHED_ON) for one in _telling(assessment))


def _telling(assessment: Assessment) -> Iterable[CriterionFinding | MatchFinding]:
    """The findings of an app that did not come with the device; those of its parts have special powers by design."""
    system = any(fact.name == "app.system" and fact.value for fact in assessment.facts)
    return [one for one in assessment.findings if isinstance(one, MatchFinding) or not system]


def _heading(assessment: Assessment, translate: Translator) -> str:
    subject = assessment.subject
    if subject.kind == "device":
        return translate(texts.DEVICE_TITLE)
    shown, user = _name(assessment), subject.user or 0
    return shown if not user else f"{shown} ({translate(texts.LABELS['user'])} {user})"


def _name(assessment: Assessment) -> str:
    identity = isolate(assessment.subject.identity)
    name = isolate(assessment.subject.label or _label(assessment.facts)) or identity
    return name if name == identity else f"{name} — {identity}"


def _label(facts: Iterable[Fact]) -> str:
    labels: dict[str, str] = {}
    for fact in facts:
        if fact.name == "app.label":
            labels.setdefault(str(fact.attributes.get("locale", "")), str(fact.value))
    return labels.get("", "") or next(iter(labels.values()), "")


def _summary(result: Result, translate: Translator) -> Iterable[tuple[str, str]]:
    """How many apps got each verdict, with the names of those that deserve to be read, and what the device got."""
    for code, text in texts.VERDICTS.items():
        found = [one for one in result.assessments if one.verdict.code == code and one.subject.kind == "app"]
        if found:
            count = translate.count(texts.APPS_ONE, texts.APPS_MANY, len(found))
            names = "" if code == "nothing-seen" else _names(found)
            yield translate(text.title), translate(texts.PAIR, name=count, value=names) if names else count
    for one in result.assessments:
        if one.subject.kind == "device" and one.verdict.code != "nothing-seen":
            yield translate(texts.DEVICE_TITLE), translate(texts.VERDICTS[one.verdict.code].title)


def _names(found: Iterable[Assessment]) -> str:
    names = list(dict.fromkeys(_name(one) for one in found))
    return ", ".join(names[:SHOWN_NAMES]) + (" …" if len(names) > SHOWN_NAMES else "")


def _subject(assessment: Assessment, translate: Translator) -> SubjectView:
    verdict = texts.VERDICTS[assessment.verdict.code]
    return SubjectView(
        heading=_heading(assessment, translate),
        code=assessment.verdict.code,
        kind=assessment.subject.kind,
        rows=tuple(_rows(assessment, translate)),
        verdict=translate(verdict.title),
        meaning=translate(verdict.meaning) if assessment.subject.kind == "app" else "",
        because=_said(assessment.verdict.text, translate),
        notes=tuple(_notes(assessment, translate)),
        next_steps=tuple(translate(step) for step in verdict.next_steps),
        groups=tuple(_groups(assessment, translate)),
        undecided=tuple(_said(one.title, translate) for one in assessment.undecided),
        icon=_icon(assessment.facts),
    )


def _notes(assessment: Assessment, translate: Translator) -> Iterable[str]:
    """What one must know to read the verdict rightly: the app's state, and whether its file was there."""
    states = {str(fact.value) for fact in assessment.facts if fact.name == "app.state"}
    yield from (translate(note) for state, note in texts.STATE_NOTES.items() if state in states)
    on_device = assessment.subject.kind == "app" and assessment.subject.user is not None
    if on_device and not any(line.area == "code" for line in assessment.coverage):
        yield translate(texts.WITHOUT_FILE)


_ROWS = {
    "app.package": "package",
    "app.version_name": "version",
    "app.state": "state",
    "app.installer": "installer",
    "app.first_installed": "first_installed",
    "file.sha256": "sha256",
    "signature.certificate": "certificate",
}


def _rows(assessment: Assessment, translate: Translator) -> Iterable[tuple[str, str]]:
    """Who the subject is: the few facts that identify it, each value once."""
    if assessment.subject.kind == "device":
        for fact in assessment.facts:
            if fact.name == "device.property":
                yield isolate(str(fact.attributes.get("key", ""))), isolate(str(fact.value))
        return
    shown: set[tuple[str, str]] = set()
    for fact in assessment.facts:
        label = _ROWS.get(fact.name)
        row = (translate(texts.LABELS[label]), _value(fact.value, translate)) if label and fact.value else None
        if row and row not in shown:
            shown.add(row)
            yield row


def _icon(facts: Iterable[Fact]) -> str:
    return next((str(f.attributes.get("data", "")) for f in facts if f.name == "app.icon"), "")


def _groups(assessment: Assessment, translate: Translator) -> Iterable[FindingGroup]:
    """The findings in their order, those of one group together, without the background."""
    trees = trees_of(assessment)
    for group, found in groupby(assessment.findings, key=_group):
        if group != BACKGROUND:
            shown = tuple(_finding(one, trees, translate) for one in found)
            yield FindingGroup(translate(texts.GROUPS.get(group, group)), shown)


def _group(finding: CriterionFinding | MatchFinding) -> str:
    return "match" if isinstance(finding, MatchFinding) else finding.group


def _finding(
    finding: CriterionFinding | MatchFinding, trees: Mapping[str, Reason], translate: Translator
) -> FindingView:
    if isinstance(finding, MatchFinding):
        return _match(finding, translate)
    evidence = evidence_of(expanded(finding.reason, trees))
    return FindingView(
        id=f"{finding.id} · {finding.version}",
        title=_said(finding.title, translate),
        observed=tuple(fact_line(fact, translate) for fact in evidence[:SHOWN_EVIDENCE]),
        more=_more(evidence, translate),
        meaning=_said(finding.statement, translate),
        why=_said(finding.why, translate),
        ordinary=tuple(_said(text, translate) for text in finding.ordinary),
    )


def _match(finding: MatchFinding, translate: Translator) -> FindingView:
    kind = translate(texts.FAMILY_KINDS.get(finding.family_kind, finding.family_kind))
    strength = translate(texts.STRENGTHS.get(finding.strength, finding.strength))
    return FindingView(
        id=finding.id,
        title=translate(texts.MATCH_TITLE, family=isolate(finding.family)),
        observed=tuple(fact_line(fact, translate) for fact in finding.evidence[:SHOWN_EVIDENCE]),
        more=_more(finding.evidence, translate),
        meaning=" ".join([*map(translate.message, (finding.why, *finding.notes)), f"({kind}; {strength})"]),
        why="",
        ordinary=(),
    )


def _more(evidence: Sequence[Fact], translate: Translator) -> str:
    left = len(evidence) - SHOWN_EVIDENCE
    return translate.count(texts.MORE_EVIDENCE_ONE, texts.MORE_EVIDENCE_MANY, left) if left > 0 else ""


def _coverage(result: Result, translate: Translator) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """What was fully examined (area titles), and each other line with its state, reason and what it concerns."""
    lines = [(one, "") for one in result.coverage]
    lines += [(line, one.subject.identity) for one in result.assessments for line in one.coverage]
    open_areas = {line.area for line, _ in lines if line.state is not State.EXAMINED}
    full = {line.area for line, _ in lines if line.state is State.EXAMINED} - open_areas
    notes = {line.area: line.detail for line, _ in lines if line.area == NAMES}
    titles = {name: translate(area.title) for name, area in AREAS.items() if name in full}
    examined = tuple(f"{title} ({isolate(notes[n])})" if notes.get(n) else title for n, title in titles.items())
    missing: dict[tuple[str, str, str, str], list[str]] = {}
    for line, name in lines:
        if line.state is not State.EXAMINED:
            key = (line.area, line.state.value, line.reason.value, line.detail)
            missing.setdefault(key, []).append(name)
    return examined, tuple(
        _open_line(Coverage(k[0], State(k[1]), detail=k[3]), k[2], v, translate) for k, v in missing.items()
    )


def _short(result: Result, translate: Translator) -> Iterable[str]:
    """Titles of the areas that were not, or not completely, examined, without what nobody expects to find there."""
    lines = [*result.coverage, *(line for one in result.assessments for line in one.coverage)]
    areas = {line.area for line in lines if line.state is not State.EXAMINED and line.reason not in UNREMARKABLE}
    yield from (translate(area.title) for name, area in AREAS.items() if name in areas)


def _open_line(line: Coverage, reason: str, names: Sequence[str], translate: Translator) -> Line:
    title = AREAS[line.area].title if line.area in AREAS else line.area
    why = translate(texts.REASONS.get(reason, ""))
    state = translate(texts.STATES[line.state.value]) + (f", {why}" if why else "")
    text = translate(texts.PAIR, name=translate(title), value=state)
    shown = [isolate(name) for name in names if name]
    concerned = ", ".join(shown[:3]) + (f" +{len(shown) - 3}" if len(shown) > 3 else "")  # noqa: PLR2004 - three are enough to recognise
    return Line(text, " · ".join(part for part in (concerned, isolate(line.detail)) if part))


def _blind_spots(result: Result, translate: Translator) -> Iterable[str]:
    kinds = {"app-file" if one.kind in texts.APP_FILE_KINDS else "device" for one in result.evidence}
    yield from (translate(texts.BLIND_SPOTS[kind]) for kind in sorted(kinds))
    if not result.knowledge.indicators:
        yield translate(texts.NO_INDICATORS)


def _record(result: Result, translate: Translator) -> Iterable[tuple[str, str]]:
    """What somebody needs to repeat the check: versions, digests, time."""
    about = result.knowledge
    yield translate(texts.LABELS["created"]), result.created
    yield translate(texts.LABELS["tool"]), f"Luciole {about.tool}"
    yield translate(texts.LABELS["criteria"]), f"{about.criteria} · policy {about.policy} · {about.catalogue[:16]}"
    index = f"{about.families} / {about.indicators} · {about.index[:16]}" if about.indicators else "–"
    yield translate(texts.LABELS["indicators"]), index
