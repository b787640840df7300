"""`luciole check`: the main job. Finds out what it was given, reads it, explains what it saw."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options
from luciole.kernel.errors import UsageError

if TYPE_CHECKING:
    import yara_x


@click.command()
@click.argument("paths", nargs=-1, required=True, type=options.Existing)
@click.option("--out", type=click.Path(path_type=Path), help="Also write result.html and result.json to this folder.")
@click.option("--html", type=click.Path(path_type=Path), help="Also write the page to this file.")
@click.option("--facts", is_flag=True, help="Keep every fact in the result, not only those that findings rest on.")
@click.option("--ssdeep", is_flag=True, help="Also compute ssdeep digests of app files.")
@click.option("--thorough", is_flag=True, help="Also compare every entry with a v1 signature and read all libraries.")
@click.option("--rules", type=options.Existing, help="Also run the YARA rules of this file over the code of apps.")
@click.option("--identity", type=options.Existing, help="File with the age key of an encrypted acquisition.")
@click.option("--password", is_flag=True, help="Ask for the password of an encrypted backup; it is not kept.")
@options.as_json
@options.quiet
@options.language
def command(
    paths: tuple[Path, ...],
    out: Path | None,
    html: Path | None,
    facts: bool,
    ssdeep: bool,
    thorough: bool,
    rules: Path | None,
    identity: Path | None,
    password: bool,
    as_json: bool,
    quiet: bool,
    language: str | None,
) -> int:
    """Check app files, folders of them, or what was taken from an Android phone.

    PATHS may be app files (.apk, .apks, .xapk, .apkm), folders, androidqf acquisitions, bug reports, dumpsys texts or
    backups. Nothing is written unless you ask with --out or --html, and nothing is sent anywhere.
    """
    from luciole.apps.read import AppOptions
    from luciole.cli import output
    from luciole.cli.engine import load_engine
    from luciole.cli.progress import Progress
    from luciole.report import json
    from luciole.scale.check import check
    from luciole.scale.handler import ReadSettings

    translate = options.translator(language)
    engine = load_engine()
    settings = ReadSettings(
        now=datetime.now(UTC).isoformat(timespec="seconds"),
        index=engine.index,
        options=AppOptions(
            rules=_rules(rules), code_digests=True, tlsh=True, ssdeep=ssdeep, thorough=thorough, texts=True
        ),
        identity=_text(identity) if identity else None,
        password=click.prompt("Password", hide_input=True, err=True) if password else None,
    )
    with Progress("luciole", shown=not quiet and not as_json) as progress:
        result = check(paths, engine, settings, progress=progress, all_facts=facts)
    if as_json:
        options.print_json(json.render(result))
    elif quiet:
        output.print_verdicts(result, translate)
    else:
        output.print_text(result, translate)
    written = [*output.write_folder(result, translate, out)] if out else []
    if html:
        output.write_html(result, translate, html)
        written.append(html)
    for path in written:
        click.echo(path, file=sys.stderr if as_json else sys.stdout)
    return exit_codes.of_result(result)


def _rules(path: Path | None) -> yara_x.Rules | None:
    """Compiled YARA rules. Raises UsageError with the compiler's words when they are wrong."""
    if path is None:
        return None
    import yara_x

    try:
        return yara_x.compile(_text(path))
    except yara_x.CompileError as error:
        raise UsageError(f"These rules do not compile: {error}") from None


def _text(path: Path) -> str:
    """The text of a file that a person named. Raises UsageError where it holds none."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path.name} is not a text file.", remedy="Name the file that was meant.") from None
