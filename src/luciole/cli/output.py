"""Shows a result: as text on the terminal, as JSON, as files in a folder. The only place that combines renderers."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from luciole.assess.document import Result
from luciole.cli import options
from luciole.guidance import texts
from luciole.guidance.depths import PERSON, Depth
from luciole.kernel.errors import CouldNotLook, UsageError
from luciole.kernel.text import Translator
from luciole.packs import directory
from luciole.packs.builtin import report_templates
from luciole.packs.files import write_whole
from luciole.packs.settings import load_settings
from luciole.report import json, terminal
from luciole.report.lines import without_isolates
from luciole.report.pdf import Paper
from luciole.report.support import guidance_for, help_for
from luciole.report.view import NO_SUPPORT, Page, Support, build_page


class Form(msgspec.Struct, frozen=True):
    """How a person wants to see a result. country: of the directory of help, empty for none; situation, first: what
    the three questions brought."""  # noqa: D205, D209 - a list of fields follows the sentence

    depth: Depth = PERSON
    paper: Paper = "a4"
    country: str = ""
    situation: str = ""
    first: tuple[str, ...] = ()


PLAIN = Form()
MOST_ON_PAPER = 60
"""Apps and devices that are told at length in a result which is set on paper unasked: each takes a page or so."""


def form_of(depth: Depth, paper: Paper, country: str | None) -> Form:
    """The form of the options; the country of the settings where none is named. Raises UsageError for no country."""
    wanted = (country if country is not None else load_settings().country).upper()
    if wanted and not directory.is_country(wanted):
        raise UsageError(f"{wanted} is no country code.", remedy="Write two letters of ISO 3166, such as FR.")
    return Form(depth, paper, wanted)


def page_of(result: Result, translate: Translator, form: Form = PLAIN) -> Page:
    """The page with the help and the guidance that fit it."""
    today = datetime.now(UTC).date().isoformat()
    shown, note = help_for(directory.for_report(form.country, today), form.country, translate)
    guides = guidance_for(result, translate, form.situation)
    return build_page(result, translate, Support(shown, note, guides, form.first))


def print_text(result: Result, translate: Translator, form: Form = PLAIN) -> None:
    """The whole result on standard output, as wide as the terminal."""
    page = page_of(result, translate, form)
    width, colour = options.width(), options.colour()
    click.echo(terminal.render(page, translate, width=width, colour=colour, depth=form.depth), nl=False)


def print_verdicts(result: Result, translate: Translator) -> None:
    """For `--quiet`: one line for each subject that deserves attention, and one for each file that was refused.

    What must be minded goes to standard error, so that no line of a script reads like an all-clear to a person.
    """
    page = build_page(result, translate, NO_SUPPORT)
    for line in _verdicts(page, translate):
        click.echo(line if page.direction == "rtl" else without_isolates(line))
    remarkable = any(subject.code != "nothing-seen" for subject in page.subjects)
    caution = texts.DO_NOT_REMOVE if remarkable else texts.VERDICTS["nothing-seen"].meaning
    click.echo(translate(caution), err=True)


def _verdicts(page: Page, translate: Translator) -> Iterable[str]:
    yield from (f"{subject.heading}: {subject.verdict}" for subject in page.subjects)
    for refused in page.unreadable:
        yield f"{refused.text}: {translate(texts.UNREADABLE_TITLE)}: {refused.place}"
    if not page.subjects and not page.unreadable:
        nothing = ((translate(texts.EXAMINED_TITLE), translate(texts.NONE_LISTED)),)
        yield from (f"{title}: {count}" for title, count in page.summary or nothing)


def write_html(result: Result, translate: Translator, path: Path, form: Form = PLAIN) -> None:
    """The page, whole or not at all, readable by its owner."""
    from luciole.report import html

    page = html.render(page_of(result, translate, form), translate, report_templates(), depth=form.depth)
    write_whole(path, [page.encode()])


def write_pdf(result: Result, translate: Translator, path: Path, form: Form = PLAIN) -> None:
    """The pages for paper, whole or not at all. Raises CouldNotLook where the extra `pdf` is not installed."""
    write_whole(path, [_paper(result, translate, form)])


def _paper(result: Result, translate: Translator, form: Form) -> bytes:
    from luciole.report import html, pdf

    page = page_of(result, translate, form)
    return pdf.render(html.render(page, translate, report_templates(), depth=form.depth, paged=True), form.paper)


def write_folder(result: Result, translate: Translator, folder: Path, form: Form = PLAIN) -> tuple[Path, ...]:
    """Writes result.html, result.json and, with the extra `pdf`, result.pdf into `folder` and returns their paths.

    Where the extra is there and the system lacks what it needs, that is said, and the other two are written.
    """
    paths = [folder / "result.html", folder / "result.json"]
    write_html(result, translate, paths[0], form)
    write_whole(paths[1], [json.render(result)])
    if importlib.util.find_spec("weasyprint") is None:
        return tuple(paths)
    if sum(one.verdict.code != "nothing-seen" for one in result.assessments) > MOST_ON_PAPER:
        click.echo(translate(texts.TOO_LONG_FOR_PAPER), err=True)
        return tuple(paths)
    try:
        pages = _paper(result, translate, form)
    except CouldNotLook as error:
        click.echo(f"{error.message}\n{error.remedy}", err=True)
        return tuple(paths)
    paths.append(folder / "result.pdf")
    write_whole(paths[2], [pages])
    return tuple(paths)


def write_files(
    result: Result, translate: Translator, form: Form, *, out: Path | None, html: Path | None, pdf: Path | None
) -> list[Path]:
    """Writes what was asked for, and returns the paths."""
    written = [*write_folder(result, translate, out, form)] if out else []
    if html:
        write_html(result, translate, html, form)
        written.append(html)
    if pdf:
        write_pdf(result, translate, pdf, form)
        written.append(pdf)
    return written
