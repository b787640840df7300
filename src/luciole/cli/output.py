"""Shows a result: as text on the terminal, as JSON, as files in a folder. The only place that combines renderers."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.assess.document import Result
from luciole.cli import options
from luciole.guidance import texts
from luciole.kernel.text import Translator
from luciole.packs.builtin import report_templates
from luciole.packs.files import write_whole
from luciole.report import json, terminal
from luciole.report.view import build_page


def print_text(result: Result, translate: Translator) -> None:
    """The whole result on standard output, as wide as the terminal."""
    page = build_page(result, translate)
    click.echo(terminal.render(page, translate, width=options.width(), colour=options.colour()), nl=False)


def print_verdicts(result: Result, translate: Translator) -> None:
    """For `--quiet`: one line for each subject that deserves attention, and one for each file that was refused.

    What must be minded goes to standard error, so that no line of a script reads like an all-clear to a person.
    """
    page = build_page(result, translate)
    for subject in page.subjects:
        click.echo(f"{subject.heading}: {subject.verdict}")
    for refused in page.unreadable:
        click.echo(f"{refused.text}: {translate(texts.UNREADABLE_TITLE)}: {refused.place}")
    if not page.subjects and not page.unreadable:
        for title, count in page.summary or ((translate(texts.EXAMINED_TITLE), translate(texts.NONE_LISTED)),):
            click.echo(f"{title}: {count}")
    remarkable = any(subject.code != "nothing-seen" for subject in page.subjects)
    caution = texts.DO_NOT_REMOVE if remarkable else texts.VERDICTS["nothing-seen"].meaning
    click.echo(translate(caution), err=True)


def write_html(result: Result, translate: Translator, path: Path) -> None:
    """The page, whole or not at all, readable by its owner."""
    from luciole.report import html

    page = html.render(build_page(result, translate), translate, report_templates())
    write_whole(path, [page.encode()])


def write_folder(result: Result, translate: Translator, folder: Path) -> tuple[Path, Path]:
    """Writes result.html and result.json into `folder` and returns their paths."""
    paths = folder / "result.html", folder / "result.json"
    write_html(result, translate, paths[0])
    write_whole(paths[1], [json.render(result)])
    return paths
