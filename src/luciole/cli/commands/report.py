"""`luciole report`: shows a saved result again, in any form and language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import options

if TYPE_CHECKING:
    from luciole.guidance.depths import Depth
    from luciole.report.pdf import Paper


@click.group()
def command() -> None:
    """Show a saved result again, or print the schema of results."""


@command.command()
@click.argument("result", type=options.Existing)
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to this file instead of printing text.")
@click.option("--pdf", type=click.Path(path_type=Path), help="Write a PDF to this file instead of printing text.")
@options.paper
@options.depth
@options.country
@options.as_json
@options.language
def render(
    result: Path,
    html: Path | None,
    pdf: Path | None,
    paper: Paper,
    depth: Depth,
    country: str | None,
    as_json: bool,
    language: str | None,
) -> None:
    """Show the saved RESULT (JSON) as text, as a page with --html, or on paper with --pdf."""
    from luciole.cli import output
    from luciole.report import json

    document = json.read(result.read_bytes())
    translate = options.translator(language)
    form = output.form_of(depth, paper, country)
    if as_json:
        options.print_json(json.render(document))
        return
    for path in output.write_files(document, translate, form, out=None, html=html, pdf=pdf):
        click.echo(path)
    if html is None and pdf is None:
        output.print_text(document, translate, form)


@command.command()
@click.option(
    "--of",
    type=click.Choice(["result", "comparison", "timeline"]),
    default="result",
    show_default=True,
    help="Which document.",
)
def schema(of: str) -> None:
    """Print the JSON Schema of results, or of what compare and timeline print."""
    from luciole.kernel.canon import readable_json
    from luciole.report import json

    options.print_json(readable_json(json.schema(of)))
