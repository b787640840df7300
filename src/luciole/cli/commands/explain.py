"""`luciole explain`: the tree of reasons of one finding, down to the byte."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.cli import options


@click.command()
@click.argument("result", type=options.Existing)
@click.argument("finding", default="verdict")
@click.option("--app", help="Package name or SHA-256 of the app; default: every app that has the finding.")
@options.as_json
@options.language
def command(result: Path, finding: str, app: str | None, as_json: bool, language: str | None) -> None:
    """Explain a FINDING of the saved RESULT (JSON): a criterion's id, a family's id, or "verdict".

    Without FINDING it explains the verdicts.
    """
    from luciole.kernel.canon import readable_json
    from luciole.kernel.errors import UsageError
    from luciole.report import explain, json

    document = json.read(result.read_bytes())
    found = explain.select(document, finding, app or "")
    if not found:
        known = ", ".join(explain.known_findings(document)) or "none"
        raise UsageError(f"This result has no finding {finding}.", remedy=f"It has: {known}")
    if as_json:
        options.print_json(readable_json(found))
    else:
        click.echo(explain.render(found, options.translator(language)), nl=False)
