"""The three questions before a person checks a device, and what follows from each answer: one table, nothing kept.

Nobody is stopped who wants to go on, and "not now" is an answer. The answers decide what is shown first, whether
Luciole asks again before it writes a report, and what is advised; they stand in no result.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from luciole.guidance import texts
from luciole.kernel.text import mark as _

Answer = Literal["yes", "no", "unsure", "not-now"]
ANSWERS: dict[Answer, str] = {
    "yes": _("yes"),
    "no": _("no"),
    "unsure": _("I do not know"),
    "not-now": _("not now"),
}

INTRODUCTION = _(
    'Three questions first. They help to go on with care. Your answers are not kept. You can answer "not now".'
)
SEEN_HERE = _("Could somebody else see what is done on the computer that you use now?")
AGREED = _("Does the person who uses the device know of this check, and do they agree?")
NOTICED = _("Could somebody who worries you notice that this check is made?")
QUESTIONS = (SEEN_HERE, AGREED, NOTICED)

CHOOSE = _("Answer with a number: {choices}")
GO_ON = _("What would you like to do?")
CONTINUE = _("go on now")
STOP = _("stop here")
STOPPED = _("Stopped, as you wished. Nothing was read, and nothing was written. You can come back at any time.")
WRITE_HERE = _("You asked for a report on this computer. Somebody who uses it could find it. Write it?")
SCREEN_ONLY = _("The report is only shown here. Nothing is written.")

OTHER_COMPUTER = _(
    "It may be better to do this on another computer, one that the other person has never used: in a library, at "
    "work, or with somebody you trust. What is done here may be seen."
)
ASK_FIRST = _(
    "It is their device and their choice. If you can, talk with them first, and check it together with them. Where "
    "the device is a child's, or a court decided, somebody trained can tell you what is right."
)
PLAN_FIRST = _(
    "If somebody could notice, take your time. A support organisation can help you to plan what comes next, also "
    "before you look. You do not have to do this alone."
)
NO_HURRY = _("That is fine. There is no hurry. You decide what is told, and when.")
EMERGENCY = texts.DANGER


class Answers(msgspec.Struct, frozen=True):
    """What the person said to each of `QUESTIONS`."""

    seen_here: Answer
    agreed: Answer
    noticed: Answer


class Advice(msgspec.Struct, frozen=True):
    """What follows. words: to be said before anything is read, in this order; offer_to_stop: ask whether to go on;
    ask_before_writing: ask again before a report that was asked for is written; first: which texts of "before you
    read on" stand on top; situation: of `guidance.page.SITUATIONS`, for choosing pages, or empty."""  # noqa: D205, D209 - a list of fields follows the sentence

    words: tuple[str, ...]
    offer_to_stop: bool
    ask_before_writing: bool
    first: tuple[str, ...]
    situation: str


class _Row(msgspec.Struct, frozen=True):
    """What one answer to one question adds. None of it ever takes a choice away."""

    words: tuple[str, ...] = ()
    offer_to_stop: bool = False
    ask_before_writing: bool = False
    first: tuple[str, ...] = ()
    situation: str = ""


_FINE = _Row()
_SEEN = _Row((OTHER_COMPUTER,), True, True, (texts.OTHER_DEVICE,), "watched-device")
_ASK = _Row((ASK_FIRST,), True, False, (), "person-not-asked")
_PLAN = _Row((EMERGENCY, PLAN_FIRST), True, True, (texts.DANGER, texts.DO_NOT_REMOVE), "may-notice")
_LATER = _Row((NO_HURRY,), True, True, (), "before-looking")

TABLE: dict[str, dict[Answer, _Row]] = {
    "noticed": {"yes": _PLAN, "unsure": _PLAN, "no": _FINE, "not-now": _LATER},
    "seen_here": {"yes": _SEEN, "unsure": _SEEN, "no": _FINE, "not-now": _LATER},
    "agreed": {"yes": _FINE, "unsure": _ASK, "no": _ASK, "not-now": _LATER},
}
"""Every answer to every question, the weightiest question first."""


def advise(answers: Answers) -> Advice:
    """What follows from the answers together: what any of them asks for, each word once."""
    rows = [TABLE[name][getattr(answers, name)] for name in TABLE]
    return Advice(
        words=tuple(dict.fromkeys(text for row in rows for text in row.words)),
        offer_to_stop=any(row.offer_to_stop for row in rows),
        ask_before_writing=any(row.ask_before_writing for row in rows),
        first=tuple(dict.fromkeys(text for row in rows for text in row.first)),
        situation=next((row.situation for row in rows if row.situation), ""),
    )
