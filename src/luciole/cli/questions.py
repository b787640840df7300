"""Asks the three questions at a terminal, says what follows, and lets the person decide. Keeps nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TypeVar

import click

from luciole.guidance import questions
from luciole.guidance.questions import ANSWERS, Advice, Answers
from luciole.kernel.text import Translator

NOBODY_ASKED = Advice((), offer_to_stop=False, ask_before_writing=False, first=(), situation="")
"""What holds for automation: nothing is asked, nothing is held back."""


STOPPED = questions.STOPPED
Code = TypeVar("Code", bound=str)


class Stopped(Exception):
    """The person chose to stop."""


def at_a_terminal() -> bool:
    """Whether a person sits there who can be asked: input and error output are both a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(translate: Translator) -> Advice:
    """Asks all three and says what follows. Raises Stopped when the person chooses to stop."""
    click.echo(translate(questions.INTRODUCTION) + "\n", err=True)
    choices = {code: translate(text) for code, text in ANSWERS.items()}
    given = [choose(translate(question), choices, translate) for question in questions.QUESTIONS]
    advice = questions.advise(Answers(*given))
    for text in advice.words:
        click.echo(translate(text) + "\n", err=True)
    if advice.offer_to_stop:
        ways = {"go-on": translate(questions.CONTINUE), "stop": translate(questions.STOP)}
        if choose(translate(questions.GO_ON), ways, translate) == "stop":
            raise Stopped
    return advice


def may_write(advice: Advice, translate: Translator) -> bool:
    """Whether the report that was asked for is written here, asked again where somebody else could find it."""
    if not advice.ask_before_writing:
        return True
    ways = {"yes": translate(ANSWERS["yes"]), "no": translate(ANSWERS["no"])}
    if choose(translate(questions.WRITE_HERE), ways, translate) == "yes":
        return True
    click.echo(translate(questions.SCREEN_ONLY) + "\n", err=True)
    return False


def choose(question: str, choices: Mapping[Code, str], translate: Translator) -> Code:
    """The code of the choice. Numbers, because the words differ by language; anything else is asked again."""
    shown = "  ".join(f"{number} {text}" for number, text in enumerate(choices.values(), start=1))
    numbered = {str(number): code for number, code in enumerate(choices, start=1)}
    click.echo(question, err=True)
    while True:
        click.echo(translate(questions.CHOOSE, choices=shown) + " ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            raise click.Abort
        if line.strip() in numbered:
            click.echo(err=True)
            return numbered[line.strip()]
