"""One fact, one place, one foreign text as words: the smallest parts of everything that is shown."""

from __future__ import annotations

import msgspec

from luciole.guidance import texts
from luciole.guidance.sentences import SENTENCES
from luciole.kernel.facts import Fact, Place, Value
from luciole.kernel.text import CLOSES, OPENS, Message, Translator, show_controls

LONGEST_VALUE = 300


class Line(msgspec.Struct, frozen=True):
    """One sentence and the address of what it speaks of."""

    text: str
    place: str = ""
    remedy: str = ""


def without_isolates(text: str) -> str:
    """The text for a page from left to right that is not marked up: nothing invisible is copied along with it."""
    return text.replace(OPENS, "").replace(CLOSES, "")


def isolate(foreign: str) -> str:
    """Text from evidence, made visible, and kept from changing or taking the direction of what stands around it."""
    shown = show_controls(foreign)
    shown = shown if len(shown) <= LONGEST_VALUE else shown[:LONGEST_VALUE] + "…"
    return f"{OPENS}{shown}{CLOSES}" if shown else ""


def said(text: str, translate: Translator) -> str:
    """A text of the document in this language; a saved document may have been changed, so nothing hides in it."""
    return translate(show_controls(text))


def message_text(message: Message, translate: Translator) -> str:
    """A message of the document with the texts that fill it kept apart, as everything that comes from evidence."""
    kept = {name: isolate(value) if isinstance(value, str) else value for name, value in message.parameters.items()}
    return translate.message(Message(show_controls(message.text), show_controls(message.plural), kept))


def place_text(place: Place, translate: Translator) -> str:
    """The address of a fact in one line: file, member, section, line, offset; only what is known."""
    parts = [isolate(part) for part in (place.file, place.member, place.section) if part]
    if place.line is not None:
        parts.append(translate(texts.LINE, number=place.line))
    if place.offset is not None:
        parts.append(isolate(f"0x{place.offset:x}"))
    return " · ".join(parts)


def fact_line(fact: Fact, translate: Translator) -> Line:
    """One fact as a sentence with its address."""
    places = {name: value_text(value, translate) for name, value in fact.attributes.items()}
    places["value_of"] = places.pop("value", "")
    sentence = SENTENCES.get(fact.name, "{value}")
    wanted = {name: places.get(name, "–") or "–" for name in _NAMES if "{" + name + "}" in sentence}
    text = translate(sentence, **{**wanted, "value": value_text(fact.value, translate)})
    return Line(text + (f" ({isolate(fact.when)})" if fact.when else ""), place_text(fact.place, translate))


_NAMES = sorted({part.partition("}")[0] for text in SENTENCES.values() for part in text.split("{")[1:]} - {"value"})


def value_text(value: Value, translate: Translator) -> str:
    """The value of a fact or of an attribute in words."""
    if isinstance(value, bool):
        return translate(texts.YES if value else texts.NO)
    if isinstance(value, list):
        return translate.listed(isolate(part) for part in value)
    state = texts.APP_STATES.get(str(value))
    return translate(state) if state else isolate(str(value))
