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
from luciole.guidance.depths import EXPERT_LABELS
from luciole.kernel.facts import Fact, Subject
from luciole.kernel.outcome import Coverage, State
from luciole.kernel.outcome import Reason as Absence
from luciole.kernel.reading import Evidence
from luciole.kernel.text import Translator
from luciole.kernel.vocabulary import AREAS, PLATFORMS
from luciole.report.lines import Line, fact_line, isolate, message_text, said, value_text
from luciole.report.reasons import Step, steps

SHOWN_EVIDENCE = 6
UNREMARKABLE = frozenset({Absence.NOT_IN_THIS_EVIDENCE, Absence.NOT_ASKED})
"""Reasons that stay out of the short list on top: this kind of evidence never holds it, or nobody asked for it."""
SHOWN_ORDINARY = 5
SHOWN_NAMES = 8
"""Names of apps in one line of the summary."""
SWITCHED_ON = "-on"
"""Criteria about a special power that is switched on for an app on this device end so."""
NAMES = "device.names"
"""The one area that was examined and yet has something to say: which sections were only searched for names."""
BACKGROUND = "context"
"""The group of criteria by which the policy tells kinds of app apart; they say nothing to the person who reads."""


class FindingView(msgspec.Struct, frozen=True):
    """One finding: what was observed, kept apart from what it may mean.

    observed: the first few places, rest: those that are left; reasons, details: for experts.
    """

    id: str
    title: str
    observed: tuple[Line, ...]
    meaning: str
    why: str
    ordinary: tuple[str, ...]
    short: str = ""
    rest: tuple[Line, ...] = ()
    reasons: tuple[Step, ...] = ()
    details: tuple[tuple[str, str], ...] = ()


class FindingGroup(msgspec.Struct, frozen=True):
    """Findings of one kind, under a heading that says what they are about."""

    title: str
    findings: tuple[FindingView, ...]

    @property
    def in_short(self) -> tuple[str, ...]:
        """What the short form says of them: titles, each once."""
        return tuple(dict.fromkeys(one.short or one.title for one in self.findings))


class SubjectView(msgspec.Struct, frozen=True):
    """One app or the device: who it is, the verdict in words, findings, and what stayed open.

    ordinary: ordinary reasons of its findings together, for a reader who does not read each finding;
    reasons: the tree of the verdict; open_criteria: what is undecided with ids and areas, for experts.
    """

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
    ordinary: tuple[str, ...] = ()
    reasons: tuple[Step, ...] = ()
    open_criteria: tuple[Line, ...] = ()


class HelpView(msgspec.Struct, frozen=True):
    """One organisation that helps. rows: name and value of what is known of it; note: that it is old or unverified."""

    name: str
    rows: tuple[tuple[str, str], ...]
    note: str = ""


class GuidanceView(msgspec.Struct, frozen=True):
    """One page of guidance: its title and its paragraphs."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    steps: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Support(msgspec.Struct, frozen=True):
    """What is shown beside the result itself: where to turn to in one country, and pages of guidance.

    first: those texts of "before you read on" that this reader should see before the others.
    """

    help: tuple[HelpView, ...] = ()
    help_note: str = ""
    pages: tuple[GuidanceView, ...] = ()
    first: tuple[str, ...] = ()


NO_SUPPORT = Support()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a renderer lays out, in reading order, for both depths.

    open_areas: each area that was not, or not completely, examined, once, with the reason; versions: the whole digests.
    """

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
    open_areas: tuple[str, ...]
    limits: tuple[str, ...]
    record: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    created: str = ""
    help: tuple[HelpView, ...] = ()
    help_note: str = ""
    pages: tuple[GuidanceView, ...] = ()


def build_page(result: Result, translate: Translator, support: Support = NO_SUPPORT) -> Page:
    """The page of a result in the translator's language. Pure: the same arguments give the same page."""
    seen = [one for one in result.assessments if _deserves_a_section(one, len(result.assessments))]
    others = [one for one in result.assessments if not _deserves_a_section(one, len(result.assessments))]
    examined, not_examined = _coverage(result, translate)
    return Page(
        language=translate.language,
        direction=translate.direction,
        title=translate(texts.TITLE),
        before=before_you_read(translate, support.first),
        evidence=tuple(evidence_line(one, translate) for one in result.evidence),
        summary=tuple(_summary(result, translate)),
        unreadable=tuple(
            Line(isolate(one.name), _problem(one, translate), said(one.remedy, translate)) for one in result.unreadable
        ),
        examined=examined,
        not_examined_short=tuple(_short(result, translate)),
        not_examined=not_examined,
        blind_spots=tuple(_blind_spots(result, translate)),
        subjects=tuple(_subject(one, translate) for one in seen),
        others=tuple(dict.fromkeys(_name(one) for one in others)),
        open_areas=tuple(dict.fromkeys(line.text for line in not_examined)),
        limits=tuple(translate(text) for text in texts.LIMITS),
        record=tuple(_record(result, translate)),
        versions=tuple(_versions(result, translate)),
        created=result.created,
        help=support.help,
        help_note=support.help_note,
        pages=support.pages,
    )


def before_you_read(translate: Translator, first: Sequence[str] = ()) -> tuple[str, ...]:
    """What everybody should know before reading on, all of it; first: those texts that stand on top."""
    ordered = sorted(texts.BEFORE, key=lambda text: first.index(text) if text in first else len(first))
    return tuple(translate(text, link=texts.RESOURCES_LINK) for text in ordered)


def evidence_line(one: Evidence, translate: Translator) -> Line:
    """What was handed in, by kind and name, with its digest and when it was taken."""
    kind = translate(texts.KINDS.get(one.kind, one.kind))
    known = (one.sha256, one.taken)
    return Line(
        translate(texts.PAIR, name=kind, value=isolate(one.name)), " · ".join(isolate(part) for part in known if part)
    )


def _problem(one: Unreadable, translate: Translator) -> str:
    """Why something could not be read, and where in it."""
    return said(one.problem, translate) + (f" ({isolate(one.place)})" if one.place else "")


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
        return device_title(subject, translate)
    return _name(assessment) + user_text(subject, translate)


def user_text(subject: Subject, translate: Translator) -> str:
    """Which user of the device an app belongs to, in brackets; nothing for the first one."""
    if not subject.user:
        return ""
    return f" ({translate(texts.PAIR, name=translate(texts.LABELS['user']), value=isolate(str(subject.user)))})"


def device_title(subject: Subject, translate: Translator) -> str:
    """The heading over a device, with what it is called: a capture shows several, and two may have the same name."""
    identity = "" if subject.identity == "device" else subject.identity
    both = subject.platform == "network" and subject.label != identity
    names = (subject.label, identity) if both else (subject.label or identity,)
    shown = translate.listed(isolate(name) for name in names if name)
    title = translate(_DEVICE_TITLES.get(subject.platform, texts.DEVICE_TITLE))
    return f"{title} ({shown})" if shown else title


_COMPUTERS = frozenset(PLATFORMS["computer"])
_DEVICE_TITLES = dict.fromkeys(_COMPUTERS, texts.COMPUTER_TITLE) | {"network": texts.TRAFFIC_TITLE}


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
            names = "" if code == "nothing-seen" else _names(found, translate)
            yield translate(text.title), translate(texts.PAIR, name=count, value=names) if names else count
    for one in result.assessments:
        if one.subject.kind == "device" and one.verdict.code != "nothing-seen":
            yield device_title(one.subject, translate), translate(texts.VERDICTS[one.verdict.code].title)


def _names(found: Iterable[Assessment], translate: Translator) -> str:
    names = list(dict.fromkeys(_name(one) for one in found))
    return translate.listed(names[:SHOWN_NAMES]) + (" …" if len(names) > SHOWN_NAMES else "")


def _subject(assessment: Assessment, translate: Translator) -> SubjectView:
    verdict = texts.VERDICTS[assessment.verdict.code]
    return SubjectView(
        heading=_heading(assessment, translate),
        code=assessment.verdict.code,
        kind=assessment.subject.kind,
        rows=tuple(_rows(assessment, translate)),
        verdict=translate(verdict.title),
        meaning=translate(verdict.meaning) if assessment.subject.kind == "app" else "",
        because=said(assessment.verdict.text, translate),
        notes=tuple(_notes(assessment, translate)),
        next_steps=tuple(translate(step) for step in verdict.next_steps),
        groups=tuple(_groups(assessment, translate)),
        undecided=tuple(said(one.title, translate) for one in assessment.undecided),
        icon=_icon(assessment.facts),
        ordinary=tuple(_ordinary(assessment, translate)),
        reasons=tuple(steps(assessment.verdict.reason, translate)) if assessment.verdict.reason else (),
        open_criteria=tuple(
            Line(said(one.title, translate), isolate(f"{one.id} · {', '.join(one.missing)}"))
            for one in assessment.undecided
        ),
    )


def _ordinary(assessment: Assessment, translate: Translator) -> Iterable[str]:
    """The first ordinary reason of each finding, each once, not more than somebody reads."""
    shown = [one for one in assessment.findings if isinstance(one, CriterionFinding) and one.group != BACKGROUND]
    first = dict.fromkeys(one.ordinary[0] for one in shown if one.ordinary)
    return [said(text, translate) for text in list(first)[:SHOWN_ORDINARY]]


def _notes(assessment: Assessment, translate: Translator) -> Iterable[str]:
    """What one must know to read the verdict rightly: the app's state, and whether its file was there."""
    states = {str(fact.value) for fact in assessment.facts if fact.name == "app.state"}
    yield from (translate(note) for state, note in texts.STATE_NOTES.items() if state in states)
    on_device = assessment.subject.kind == "app" and assessment.subject.user is not None
    if on_device and not any(line.area == "code" for line in assessment.coverage):
        program = assessment.subject.platform in _COMPUTERS
        yield translate(texts.PROGRAM_WITHOUT_FILE if program else texts.WITHOUT_FILE)


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
        row = (translate(texts.LABELS[label]), value_text(fact.value, translate)) if label and fact.value else None
        if row and row not in shown:
            shown.add(row)
            yield row


def _icon(facts: Iterable[Fact]) -> str:
    return next((str(f.attributes.get("data", "")) for f in facts if f.name == "app.icon"), "")


def _groups(assessment: Assessment, translate: Translator) -> Iterable[FindingGroup]:
    """The findings in their order, those of one group together, without the background."""
    trees = trees_of(assessment)
    titles = texts.GROUPS | (texts.COMPUTER_GROUPS if assessment.subject.platform in _COMPUTERS else {})
    for group, found in groupby(assessment.findings, key=_group):
        if group != BACKGROUND:
            shown = tuple(_finding(one, trees, translate) for one in found)
            yield FindingGroup(translate(titles.get(group, group)), shown)


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
        title=said(finding.title, translate),
        observed=tuple(fact_line(fact, translate) for fact in evidence[:SHOWN_EVIDENCE]),
        meaning=said(finding.statement, translate),
        why=said(finding.why, translate),
        ordinary=tuple(said(text, translate) for text in finding.ordinary),
        rest=tuple(fact_line(fact, translate) for fact in evidence[SHOWN_EVIDENCE:]),
        reasons=tuple(steps(finding.reason, translate)),
        details=tuple(_named(translate, behaviours=finding.behaviours, attack=finding.attack)),
    )


def _match(finding: MatchFinding, translate: Translator) -> FindingView:
    kind = translate(texts.FAMILY_KINDS.get(finding.family_kind, finding.family_kind))
    strength = translate(texts.STRENGTHS.get(finding.strength, finding.strength))
    return FindingView(
        id=finding.id,
        title=translate(texts.MATCH_TITLE, family=isolate(finding.family)),
        observed=tuple(fact_line(fact, translate) for fact in finding.evidence[:SHOWN_EVIDENCE]),
        meaning=" ".join(
            [
                *(message_text(one, translate) for one in (finding.why, *finding.notes)),
                f"({translate.listed((kind, strength))})",
            ]
        ),
        why="",
        ordinary=(),
        short=translate(texts.MATCH_TITLE, family=isolate(finding.family)) + f" ({translate.listed((kind, strength))})",
        rest=tuple(fact_line(fact, translate) for fact in finding.evidence[SHOWN_EVIDENCE:]),
        details=tuple(_match_details(finding, translate)),
    )


def _match_details(finding: MatchFinding, translate: Translator) -> Iterable[tuple[str, str]]:
    """What the list says about the indicator itself, for experts."""
    yield from _named(
        translate, indicator=(finding.role, finding.value), sources=finding.sources, confidence=(finding.confidence,),
        first_seen=(finding.first_seen,), last_seen=(finding.last_seen,), shared=(finding.warning,),
    )  # fmt: skip


def _named(translate: Translator, **values: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Rows of those that hold something, under the words for their names."""
    for name, parts in values.items():
        shown = translate.listed(isolate(part) for part in parts if part)
        if shown:
            yield translate(EXPERT_LABELS[name]), shown


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
    concerned = translate.listed(shown[:3]) + (f" +{len(shown) - 3}" if len(shown) > 3 else "")  # noqa: PLR2004 - three are enough to recognise
    return Line(text, " · ".join(part for part in (concerned, isolate(line.detail)) if part))


def _blind_spots(result: Result, translate: Translator) -> Iterable[str]:
    kinds = {_blind_kind(one.kind) for one in result.evidence}
    if not kinds:
        yield translate(texts.NOTHING_READ)
    yield from (translate(texts.BLIND_SPOTS[kind]) for kind in sorted(kinds))
    lines = [*result.coverage, *(line for one in result.assessments for line in one.coverage)]
    if any(line.reason is Absence.NOT_ASKED and line.area != NAMES and _of_device(line.area) for line in lines):
        yield translate(texts.BLIND_SPOTS["private"])
    if not result.knowledge.indicators:
        yield translate(texts.NO_INDICATORS)


def _blind_kind(kind: str) -> str:
    """Which of the blind spots this kind of evidence has."""
    if kind in texts.APP_FILE_KINDS:
        return "app-file"
    return kind if kind in texts.BLIND_SPOTS else "device"


def _of_device(area: str) -> bool:
    return area in AREAS and AREAS[area].of == "device"


def _record(result: Result, translate: Translator) -> Iterable[tuple[str, str]]:
    """What somebody needs to repeat the check: versions, digests, time."""
    about = result.knowledge
    yield translate(texts.LABELS["created"]), isolate(result.created)
    yield translate(texts.LABELS["tool"]), isolate(f"Luciole {about.tool}")
    criteria = f"{about.criteria} · policy {about.policy} · {about.catalogue[:16]}"
    yield translate(texts.LABELS["criteria"]), isolate(criteria)
    index = f"{about.families} / {about.indicators} · {about.index[:16]}" if about.indicators else "–"
    yield translate(texts.LABELS["indicators"]), isolate(index)


def _versions(result: Result, translate: Translator) -> Iterable[tuple[str, str]]:
    """The whole digests of the knowledge, of which the record shows the beginnings."""
    about = result.knowledge
    yield translate(texts.LABELS["criteria"]), isolate(about.catalogue)
    if about.index:
        built = f" · {about.index_built}" if about.index_built else ""
        yield translate(texts.LABELS["indicators"]), isolate(about.index + built)
