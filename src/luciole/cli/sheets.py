"""Shows a comparison or a timeline as text, or writes its page."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.cli import options
from luciole.kernel.text import Translator
from luciole.report.sheet import Sheet


def put_out(sheet: Sheet, translate: Translator, html: Path | None) -> None:
    """The sheet on standard output, or as a page in a file whose path is printed."""
    if html is None:
        from luciole.report import terminal

        text = terminal.render_sheet(sheet, translate, width=options.width(), colour=options.colour())
        click.echo(text, nl=False)
        return
    from luciole.packs.builtin import report_templates
    from luciole.packs.files import write_whole
    from luciole.report import html as page

    write_whole(html, [page.render_sheet(sheet, translate, report_templates()).encode()])
    click.echo(html)
