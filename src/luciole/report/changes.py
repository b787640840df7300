"""A comparison as the sentences and tables that people read, in one language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from luciole.assess.comparison import EVERYDAY, Comparison, FactChange, Side, SubjectChange, differs, told
from luciole.guidance import comparing, texts
from luciole.kernel.facts import Fact
from luciole.kernel.text import Translator
from luciole.kernel.vocabulary import AREAS
from luciole.report.lines import Line, fact_line, isolate, said
from luciole.report.sheet import Part, Sheet
from luciole.report.view import before_you_read, device_title, user_text

OPEN = "could-not-be-compared"
SHOWN_NAMES = 8
Rows = tuple[tuple[str, ...], ...]


def build(comparison: Comparison, translate: Translator) -> Sheet:
    """The sheet of a comparison. Pure: the same comparison and language give the same sheet."""
    return Sheet(
        language=translate.language,
        direction=translate.direction,
        title=translate(comparing.COMPARE_TITLE),
        before=before_you_read(translate),
        parts=tuple(_parts(comparison, translate)),
        limits=tuple(translate(text) for text in texts.LIMITS),
        created=comparison.new.created,
    )


def _parts(comparison: Comparison, translate: Translator) -> Iterable[Part]:
    yield _compared(comparison, translate)
    yield from _titled(comparing.NOT_COMPARED_TITLE, tuple(_open(comparison, translate)), translate)
    yield from _titled(comparing.AREAS_TITLE, tuple(_areas(comparison, translate)), translate)
    yield from _titled(comparing.VERDICTS_TITLE, tuple(_verdicts(comparison, translate)), translate)
    for kind, title in (("appeared", comparing.APPEARED_TITLE), ("vanished", comparing.VANISHED_TITLE)):
        whole = [one for one in comparison.subjects if one.kind == kind]
        yield from _titled(title, tuple(_came_or_went(one, translate) for one in whole), translate)
    for one in comparison.subjects:
        if rows := _rows(one, translate):
            title = translate(texts.PAIR, name=translate(comparing.CHANGED_TITLE), value=_name(one, translate))
            yield Part(title=title, columns=tuple(map(translate, comparing.COLUMNS_CHANGE)), rows=rows)
    if not differs(comparison):
        yield Part(title=translate(comparing.CHANGED_TITLE), paragraphs=(translate(comparing.NO_CHANGE),))


def _titled(title: str, lines: tuple[Line, ...], translate: Translator) -> Iterable[Part]:
    if lines:
        yield Part(title=translate(title), lines=lines)


def _compared(comparison: Comparison, translate: Translator) -> Part:
    notes = [comparing.ABOUT_CHANGES]
    if not (comparison.old.all_facts and comparison.new.all_facts):
        notes.append(comparing.NOT_ALL_FACTS)
    if comparison.other_device:
        notes.append(comparing.OTHER_DEVICE)
    if comparison.other_knowledge:
        notes.append(comparing.OTHER_KNOWLEDGE)
    paragraphs = [translate(note) for note in notes]
    everyday = sum(each.name in EVERYDAY and each.kind != OPEN for one in comparison.subjects for each in one.facts)
    if everyday:
        paragraphs.append(translate.count(comparing.EVERYDAY_ONE, comparing.EVERYDAY_MANY, everyday))
    if comparison.same:
        paragraphs.append(translate.count(comparing.SAME_ONE, comparing.SAME_MANY, comparison.same))
    return Part(
        title=translate(comparing.COMPARED),
        paragraphs=tuple(paragraphs),
        lines=(*_side(comparing.OLDER, comparison.old, translate), *_side(comparing.NEWER, comparison.new, translate)),
    )


def _side(title: str, side: Side, translate: Translator) -> Iterable[Line]:
    for one in side.evidence:
        kind = translate(texts.KINDS.get(one.kind, one.kind))
        dates = [translate(comparing.TAKEN, when=isolate(one.taken))] if one.taken else []
        dates.append(translate(comparing.CHECKED, when=isolate(side.created)))
        text = translate(
            texts.PAIR, name=translate(title), value=translate.listed((f"{kind} ({isolate(one.name)})", *dates))
        )
        yield Line(text, isolate(one.sha256))


def _name(change: SubjectChange, translate: Translator) -> str:
    subject = change.subject
    if subject.kind == "device":
        return device_title(subject, translate)
    label = f"{isolate(subject.label)} — " if subject.label else ""
    return f"{label}{isolate(subject.identity)}{user_text(subject, translate)}"


def _verdict(code: str, translate: Translator) -> str:
    return translate(texts.VERDICTS[code].title) if code in texts.VERDICTS else isolate(code)


def _verdicts(comparison: Comparison, translate: Translator) -> Iterable[Line]:
    for one in comparison.subjects:
        if one.old_verdict and one.new_verdict and one.old_verdict != one.new_verdict:
            old, new = (_verdict(code, translate) for code in (one.old_verdict, one.new_verdict))
            text = translate(comparing.VERDICT_CHANGE, name=_name(one, translate), old=old, new=new)
            open_too = any(kind == OPEN for kind, _ in _differences(one))
            yield Line(text + (f" {translate(comparing.VERDICT_OPEN)}" if open_too else ""))


def _differences(change: SubjectChange) -> list[tuple[str, str]]:
    """Kind and reason of everything that differs in one subject."""
    facts = [(one.kind, one.why) for one in change.facts]
    return [*facts, *((one.kind, one.why) for one in change.findings)]


def _came_or_went(change: SubjectChange, translate: Translator) -> Line:
    verdict = _verdict(change.new_verdict or change.old_verdict, translate)
    return Line(translate(texts.PAIR, name=_name(change, translate), value=verdict))


def _rows(change: SubjectChange, translate: Translator) -> Rows:
    """What differs in one subject, findings first; what could not be compared stands in a part of its own."""
    findings = [
        (said(one.title, translate), translate(comparing.KINDS[one.kind]), isolate(one.id))
        for one in change.findings
        if one.kind != OPEN
    ]
    facts = [_row(one, translate) for one in told(change)]
    return (*findings, *facts)


def _row(change: FactChange, translate: Translator) -> tuple[str, ...]:
    shown = change.new or change.old or Fact(change.name, "")
    line = fact_line(shown, translate)
    observed = line.text
    if change.kind == "changed" and change.old is not None:
        observed = translate(comparing.CHANGE_FROM, new=line.text, old=fact_line(change.old, translate).text)
    return (observed, translate(comparing.KINDS[change.kind]), line.place)


def _open(comparison: Comparison, translate: Translator) -> Iterable[Line]:
    """What could not be compared: apps by name for each reason, and how many things in how many apps."""
    whole: dict[str, list[str]] = {}
    parts: dict[str, Counter[str]] = {}
    for one in comparison.subjects:
        if one.kind == OPEN:
            whole.setdefault(one.why, []).append(_name(one, translate))
        for kind, why in _differences(one):
            if kind == OPEN:
                parts.setdefault(why, Counter())[_name(one, translate)] += 1
    for why, names in whole.items():
        yield Line(translate(texts.PAIR, name=translate(comparing.WHYS[why]), value=_names(names, translate)))
    for why, counted in parts.items():
        count = translate.count(comparing.OPEN_ONE, comparing.OPEN_MANY, counted.total())
        text = translate(
            texts.PAIR, name=translate(comparing.WHYS[why]), value=f"{count} ({_names(list(counted), translate)})"
        )
        yield Line(text)


def _names(names: list[str], translate: Translator) -> str:
    left = len(names) - SHOWN_NAMES
    return translate.listed(names[:SHOWN_NAMES]) + (f" +{left}" if left > 0 else "")


def _areas(comparison: Comparison, translate: Translator) -> Iterable[Line]:
    states = {**texts.STATES, "absent": comparing.NOT_THERE}
    for one in comparison.areas:
        title = translate(AREAS[one.area].title) if one.area in AREAS else isolate(one.area)
        old, new = (translate(states.get(state, state)) for state in (one.old, one.new))
        yield Line(translate(comparing.AREA_CHANGE, name=title, old=old, new=new))
