"""Says what may be seen on a connected device, and waits for a yes, before anything is asked of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from luciole.cli.questions import choose
from luciole.kernel.errors import UsageError
from luciole.kernel.text import Translator


def agreed(before: Sequence[str], file: str, translate: Translator, *, yes: bool) -> bool:
    """Whether to go on. before: the lines to say; file: name of what will be written; yes: agreed to already.

    Raises UsageError where nobody can be asked.
    """
    from luciole.guidance import collecting, questions

    for line in before:
        click.echo(translate(line, path=file), err=True)
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked whether to go on.", remedy="Add --yes if the person has agreed.")
    ways = {"go-on": translate(questions.CONTINUE), "stop": translate(questions.STOP)}
    if choose(translate(collecting.GO_ON), ways, translate) == "go-on":
        return True
    click.echo(translate(collecting.NOTHING_DONE), err=True)
    return False


def may_ask_device(translate: Translator) -> bool:
    """Whether a connected device may be asked to trust this computer, which shows a question on its screen."""
    from luciole.guidance import collecting
    from luciole.guidance.questions import ANSWERS

    ways = {"yes": translate(ANSWERS["yes"]), "no": translate(ANSWERS["no"])}
    return choose(translate(collecting.PAIR), ways, translate) == "yes"
