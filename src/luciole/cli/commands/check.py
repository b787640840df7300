"""`luciole check`: the main job. Finds out what it was given, reads it, explains what it saw."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from luciole.cli import exit_codes, options, reading
from luciole.kernel.errors import UsageError

if TYPE_CHECKING:
    import yara_x

    from luciole.guidance.depths import Depth
    from luciole.report.pdf import Paper


@click.command()
@click.argument("paths", nargs=-1, type=options.Existing)
@click.option("--adb", is_flag=True, help="Check the Android phone at the cable; no copy of what is read stays.")
@click.option("--serial", help="Which phone, where several are connected.")
@click.option("--adb-server", metavar="HOST:PORT", default="127.0.0.1:5037", show_default=True, help="The adb server.")
@click.option(
    "--include",
    type=click.Choice(reading.PRIVATE),
    multiple=True,
    help="Also search this private part of an iPhone backup for known names and hosts; else it is not read.",
)
@click.option(
    "--screen-off",
    metavar="FROM/TO",
    multiple=True,
    help="When the screen of the captured device was off, such as 2026-11-20T23:00Z/2026-11-21T06:00Z.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write result.html, .json and (extra pdf) .pdf to this folder."
)
@click.option("--html", type=click.Path(path_type=Path), help="Also write the page to this file.")
@click.option("--pdf", type=click.Path(path_type=Path), help="Also write the report as PDF (needs the extra pdf).")
@options.paper
@options.depth
@options.country
@click.option("--yes", "-y", is_flag=True, help="Do not ask the three questions first; for automation.")
@click.option("--facts", is_flag=True, help="Keep every fact in the result, not only those that findings rest on.")
@click.option("--ssdeep", is_flag=True, help="Also compute ssdeep digests of app files.")
@click.option("--thorough", is_flag=True, help="Also compare every entry with a v1 signature and read all libraries.")
@click.option("--rules", type=options.Existing, help="Also run the YARA rules of this file over the code of apps.")
@options.identity
@options.password
@options.as_json
@options.quiet
@options.language
def command(
    paths: tuple[Path, ...],
    adb: bool,
    serial: str | None,
    adb_server: str,
    include: tuple[str, ...],
    screen_off: tuple[str, ...],
    out: Path | None,
    html: Path | None,
    pdf: Path | None,
    paper: Paper,
    depth: Depth,
    country: str | None,
    yes: bool,
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
    """Check apps and programs, what was taken from a phone or a computer, or captured network traffic.

    PATHS may be app files (.apk, .apks, .xapk, .apkm, .ipa, .app, .exe, .msi), folders of them, androidqf acquisitions,
    bug reports, dumpsys texts, backups of Android phones and iPhones, sysdiagnose archives, captures (.pcap, .pcapng),
    and files of `luciole collect`. Nothing is written unless you ask with --out, --html or --pdf, and nothing is sent
    anywhere.

    A person at a terminal is asked three questions first; nothing of the answers is kept.
    """
    from luciole.cli import questions
    from luciole.scale.readers import Readers

    translate = options.translator(language)
    advice = questions.NOBODY_ASKED
    if not (yes or quiet or as_json) and questions.at_a_terminal():
        try:
            advice = questions.ask(translate)
        except questions.Stopped:
            click.echo(translate(questions.STOPPED), err=True)
            return exit_codes.INTERRUPTED
    apps = reading.usual_options()._replace(rules=_rules(rules), ssdeep=ssdeep, thorough=thorough)
    settings = reading.settings_of(
        apps, identity=identity, password=password, include=include, screen_off=screen_off, language=language
    )
    phone = reading.Connected(adb_server, serial) if adb else None
    with reading.everything(paths, phone, translate, yes=yes) as found:
        if found is None:
            return exit_codes.NOTHING_SEEN
        with Readers(settings) as readers:
            # What is known is loaded here while the first child loads what reads
            from luciole.cli import output
            from luciole.cli.progress import Progress
            from luciole.packs.engine import load_engine
            from luciole.report import json
            from luciole.scale.check import check_with

            form = output.form_of(depth, paper, country)
            form = msgspec.structs.replace(form, situation=advice.situation, first=advice.first)
            engine = load_engine()
            with Progress("luciole", shown=not quiet and not as_json) as progress:
                result = check_with(readers, found, engine, progress=progress, all_facts=facts)
    if as_json:
        options.print_json(json.render(result))
    elif quiet:
        output.print_verdicts(result, translate)
    else:
        output.print_text(result, translate, form)
    written: list[Path] = []
    if (out or html or pdf) and questions.may_write(advice, translate):
        written = output.write_files(result, translate, form, out=out, html=html, pdf=pdf)
    for path in written:
        click.echo(path, file=sys.stderr if as_json else sys.stdout)
    return exit_codes.of_result(result)


def _rules(path: Path | None) -> yara_x.Rules | None:
    """Compiled YARA rules. Raises UsageError with the compiler's words when they are wrong."""
    if path is None:
        return None
    import yara_x

    try:
        return yara_x.compile(options.text_of(path))
    except yara_x.CompileError as error:
        raise UsageError(f"These rules do not compile: {error}") from None
