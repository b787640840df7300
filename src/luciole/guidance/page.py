"""The form of a guidance page: who it is for, what it belongs to, its steps, cautions, sources and review."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from luciole.kernel.text import Translator, mark

Audience = Literal["person", "helper", "anybody"]
Situation = Literal[
    "before-looking", "watched-device", "person-not-asked", "may-notice", "helping", "knew-of-it", "children",
    "leaving", "police", "could-not-look", "nothing-seen", "ready-to-change", "after-changes",
]  # fmt: skip
System = Literal["android", "ios", "macos", "windows"]

SITUATIONS: tuple[str, ...] = get_args(Situation)
SYSTEMS: dict[str, str] = {"android": "Android", "ios": "iOS", "macos": "macOS", "windows": "Windows"}
"""Names of products: the same in every language."""

NOT_REVIEWED = mark("No support organisation has reviewed this page yet.")
REVIEWED = mark("Reviewed on {date} by: {role}")
TO_VERIFY = mark("It may look different on your device.")
_SINCE = mark("From {system} {first} on: {step}")
_UNTIL = mark("Up to {system} {last}: {step}")
_BETWEEN = mark("From {system} {first} to {last}: {step}")

PLAN_FIRST = mark(
    "A change can be noticed, and some people become more dangerous then. First make a safety plan, with somebody "
    "trained for that."
)
"""Stands on every page that speaks of changing or removing something."""
PLAN_PAGE = "do-not-remove-yet"
"""The page that every such page names first."""


class Review(msgspec.Struct, frozen=True):
    """Who looked at the words of a page. date: ISO 8601; role: such as "support organisation", never a person."""

    date: str
    role: str


class Step(msgspec.Struct, frozen=True):
    """One thing to know or to do, in one or two sentences.

    system: where it holds; since, until: main versions of that system, both included, 0 for no bound;
    verify: the way through the menus is written from general knowledge and waits for somebody who tries it; it is shown
    with `TO_VERIFY`.
    """

    text: str
    system: System | Literal[""] = ""
    since: int = 0
    until: int = 0
    verify: bool = False

    def holds(self, system: str, version: int) -> bool:
        """Whether the step is for this version of a system. version: 0 where it is not known."""
        if not self.system or not version:
            return not self.system or self.system == system
        return self.system == system and self.since <= version <= (self.until or version)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One guidance page. Its English texts are the keys of the translations.

    order: where it stands among others, and low ones are never left out (`guidance.choosing.ALWAYS`); platforms: names
    of `kernel.vocabulary.PLATFORMS`; verdicts: codes; criteria: ids, groups, or beginnings of ids that end with a dot
    or hyphen; sources: keys of `guidance.sources.SOURCES`; related: ids of pages; review: None until somebody did it.
    """

    id: str
    version: int
    order: int
    title: str
    lead: str
    steps: tuple[Step, ...]
    sources: tuple[str, ...]
    audience: Audience = "anybody"
    platforms: tuple[str, ...] = ("any",)
    situations: tuple[Situation, ...] = ()
    verdicts: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    review: Review | None = None

    def texts(self) -> tuple[str, ...]:
        """Every English text of the page in the order in which it is shown."""
        return (self.title, self.lead, *self.cautions, *(step.text for step in self.steps))


def step_text(step: Step, translate: Translator) -> str:
    """The step in a language, with the versions it holds for and, where nobody tried it, a note on that."""
    text = translate(step.text) + (f" ({translate(TO_VERIFY)})" if step.verify else "")
    if not step.system or not (step.since or step.until):
        return text
    form = _BETWEEN if step.since and step.until else _SINCE if step.since else _UNTIL
    return translate(form, system=SYSTEMS[step.system], first=step.since, last=step.until, step=text)


def review_text(page: Page, translate: Translator) -> str:
    """Who reviewed the page and when, or that nobody did yet."""
    if page.review is None:
        return translate(NOT_REVIEWED)
    return translate(REVIEWED, date=page.review.date, role=page.review.role)
