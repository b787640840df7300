"""`luciole report`: shows a saved result again, in any form and language."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.cli import options


@click.group()
def command() -> None:
    """Show a saved result again, or print the schema of results."""


@command.command()
@click.argument("result", type=options.Existing)
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to this file instead of printing text.")
@options.as_json
@options.language
def render(result: Path, html: Path | None, as_json: bool, language: str | None) -> None:
    """Show the saved RESULT (JSON) as text, or as a page with --html."""
    from luciole.cli import output
    from luciole.report import json

    document = json.read(result.read_bytes())
    translate = options.translator(language)
    if as_json:
        options.print_json(json.render(document))
    elif html is not None:
        output.write_html(document, translate, html)
        click.echo(html)
    else:
        output.print_text(document, translate)


@command.command()
def schema() -> None:
    """Print the JSON Schema of results."""
    from luciole.kernel.canon import readable_json
    from luciole.report import json

    options.print_json(readable_json(json.schema()))
