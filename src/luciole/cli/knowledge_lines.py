"""What is known about families and values, as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from luciole.kernel.text import Message, mark, show_controls

if TYPE_CHECKING:
    from luciole.kernel.text import Translator
    from luciole.packs.summary import Details, KnownFamily, KnownValue, OpenQuestion, WithdrawnValue

NOTHING_INSTALLED = Message(
    mark("No list of known apps is installed. To take one in: {command}"),
    parameters={"command": "luciole intel import PATH-OR-URL"},
)
NO_QUESTIONS = mark("No question is open.")
FAMILIES = mark("Families: {names}.")
VALUES = mark("Values: {names}.")
NAME = mark("Name: {names}.")


def details_lines(details: Details, translate: Translator) -> Iterator[str]:
    """Families with what their sources say, values by role, what was withdrawn, open questions."""
    for family in details.families:
        yield from map(show_controls, _family(family))
    for role, group in groupby(details.values, key=lambda one: one.role):
        yield f"{role}:"
        for value in group:
            yield show_controls(f"  {value.value}")
            yield show_controls(f"    {_about(value)}")
    if details.withdrawn:
        yield "withdrawn:"
        yield from (show_controls(f"  {_withdrawn(one)}") for one in details.withdrawn)
    if details.questions:
        yield "open questions:"
        yield from (f"  {line}" for one in details.questions for line in question_lines(one, translate))


def question_lines(question: OpenQuestion, translate: Translator) -> Iterator[str]:
    """The sentence of an open question, the name, families and values that it is about."""
    yield translate(question.text)
    name = (question.about,) if question.kind == "alias-is-another-family" else ()
    for text, names in ((NAME, name), (FAMILIES, question.families), (VALUES, question.values)):
        if names:
            yield show_controls(f"  {translate(text, names=', '.join(names))}")


def _family(one: KnownFamily) -> Iterator[str]:
    yield f"{one.name} ({one.kind})"
    told = [
        ("also called", ", ".join(one.aliases)),
        *((f"{statement.source} says", " and ".join(statement.kinds)) for statement in one.statements),
        ("settled by people", one.decided),
        ("first seen", one.first_seen),
        ("now part of", one.merged_into),
        *(("reference", reference) for reference in one.references),
    ]
    yield from (f"  {label}: {text}" for label, text in told if text)


def _about(one: KnownValue) -> str:
    told = [
        ("", one.confidence),
        ("families ", ", ".join(one.families)),
        ("sources ", ", ".join(one.sources)),
        ("first seen ", one.first_seen),
        ("last seen ", one.last_seen),
        ("", one.marking),
        ("", "names below it count" if one.subdomains else ""),
        ("on the warning list ", one.warning_list),
    ]
    return " · ".join(label + text for label, text in told if text)


def _withdrawn(one: WithdrawnValue) -> str:
    families = f" of {', '.join(one.families)}" if one.families else ""
    by = ", for good" if one.permanent else ""
    return f"{one.value} ({one.role}{families}): {one.when}{by}: {one.why}"
