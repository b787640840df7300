"""`luciole criteria`: what Luciole looks for, in plain words; and for authors, lint and test."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.cli import exit_codes, options
from luciole.kernel.errors import UsageError


@click.group()
def command() -> None:
    """List and show the agreed criteria; check new ones."""


@command.command("list")
@click.option("--group", help="Only this group, such as concealment.")
@options.as_json
@options.language
def list_(group: str | None, as_json: bool, language: str | None) -> int:
    """List every criterion with its id and title."""
    from luciole.kernel.canon import readable_json
    from luciole.packs.engine import load_engine

    translate = options.translator(language)
    found = [one for one in load_engine().catalogue.criteria if not group or one.group == group]
    if as_json:
        options.print_json(readable_json(found))
    for one in [] if as_json else found:
        click.echo(f"{one.id}: {translate(one.title)}")
    return exit_codes.NOTHING_SEEN


@command.command()
@click.argument("identifier", metavar="ID")
@options.as_json
@options.language
def show(identifier: str, as_json: bool, language: str | None) -> int:
    """Show one criterion: what it says, why it matters, ordinary reasons, references."""
    from luciole.kernel.canon import readable_json
    from luciole.packs.engine import load_engine

    translate = options.translator(language)
    one = load_engine().catalogue.criterion(identifier)
    if one is None:
        raise UsageError(f"There is no criterion {identifier}.", remedy="luciole criteria list")
    if as_json:
        options.print_json(readable_json(one))
        return exit_codes.NOTHING_SEEN
    click.echo(f"{one.id} · {one.version} · {one.group}\n\n{translate(one.title)}\n\n{translate(one.statement)}")
    click.echo(translate(one.why) + "\n")
    for text in one.ordinary:
        click.echo(f"  • {translate(text)}")
    click.echo("\n" + " ".join((*one.behaviours, *one.attack)))
    for reference in one.references:
        click.echo(reference)
    return exit_codes.NOTHING_SEEN


@command.command()
@click.argument("paths", nargs=-1, type=options.Existing)
@options.as_json
def lint(paths: tuple[Path, ...], as_json: bool) -> int:
    """Check criterion files for mistakes and for words that hurt; without PATHS, the catalogue that is installed."""
    from luciole.cli.criteria_files import lint_files
    from luciole.kernel.canon import readable_json

    problems = lint_files(paths)
    if as_json:
        options.print_json(readable_json(problems))
    for line in [] if as_json else problems:
        click.echo(line)
    return exit_codes.USAGE if problems else exit_codes.NOTHING_SEEN


@command.command()
@click.argument("paths", nargs=-1, type=options.Existing)
@options.as_json
def test(paths: tuple[Path, ...], as_json: bool) -> int:
    """Run the examples of criterion files on inert apps; without PATHS, those of the catalogue that is installed."""
    from luciole.cli.criteria_files import run_examples
    from luciole.kernel.canon import readable_json

    outcome = run_examples(paths)
    if as_json:
        options.print_json(readable_json(outcome))
    else:
        for line in outcome.failures:
            click.echo(line)
        click.echo(f"{outcome.passed} examples passed, {len(outcome.failures)} failed")
    return exit_codes.USAGE if outcome.failures else exit_codes.NOTHING_SEEN
