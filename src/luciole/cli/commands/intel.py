"""`luciole intel`: the list of known apps on this computer: import, show, search, decide, export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luciole.cli import exit_codes, options

if TYPE_CHECKING:
    from luciole.intel.model import FamilyKind, Knowledge, Role
    from luciole.kernel.text import Translator
    from luciole.packs.deciding import Decision

ROLES = (
    "package", "certificate", "file-hash", "command-and-control", "website", "panel", "distribution", "ios-bundle",
    "rule", "certificate-name", "certificate-organization", "address",
)  # fmt: skip
KINDS = ("stalkerware", "watchware", "dual-use")
role = click.option("--role", required=True, type=click.Choice(ROLES), help="What the value is used for.")


@click.group()
def command() -> None:
    """Import, show, search, correct and export the list of known apps."""


@command.command("import")
@click.argument("where", metavar="PATH-OR-URL")
@click.option("--details", is_flag=True, help="List every value that was held, refused or corrected.")
@click.option("--published", metavar="DATE", default="", help="Date of the list (YYYY-MM-DD), if its files do not say.")
@click.option("--accept-many-missing", is_flag=True, help="Believe a list that lacks much of what it named before.")
@options.as_json
@options.language
def import_(
    where: str,
    details: bool,
    published: str,
    accept_many_missing: bool,
    as_json: bool,
    language: str | None,
) -> int:
    """Take in a list from a file, a folder or an https address, and say what was added, held and refused.

    Known formats: Echap's stalkerware-indicators, and Luciole's own JSON and CSV.
    """
    from luciole.kernel.canon import readable_json
    from luciole.packs.importing import import_list
    from luciole.packs.store import Store

    translate = options.translator(language)
    report = import_list(where, Store(), _today(), published=published, accept_many_missing=accept_many_missing)
    if as_json:
        options.print_json(readable_json(report))
        return exit_codes.NOTHING_SEEN
    for sentence in report.sentences():
        click.echo(translate.message(sentence))
    for entry in report.entries if details else ():
        place = f"{entry.file}:{entry.line}" if entry.line else entry.file
        values = ", ".join(entry.values)
        parts = (entry.outcome, place, translate.message(entry.message), values)
        click.echo("  " + " · ".join(part for part in parts if part))
    return exit_codes.NOTHING_SEEN


@command.command()
@click.argument("name", required=False)
@options.as_json
@options.language
def show(name: str | None, as_json: bool, language: str | None) -> int:
    """Say what is installed, or everything that is known under NAME: a family, one of its other names, a value."""
    from luciole.kernel.canon import readable_json
    from luciole.packs.summary import summarise

    translate = options.translator(language)
    knowledge = _installed(translate, as_json=as_json)
    if name is not None:
        return _show_one(knowledge, name, translate, as_json=as_json)
    summary = summarise(knowledge)
    if as_json:
        options.print_json(readable_json(summary))
        return exit_codes.NOTHING_SEEN
    for title, counts in summary.items() if knowledge.version else ():
        click.echo(f"{title}:")
        for counted, count in counts.items():
            click.echo(f"  {counted}: {count}")
    return exit_codes.NOTHING_SEEN


def _installed(translate: Translator, *, as_json: bool) -> Knowledge:
    """What is installed; that nothing is, is said, beside the JSON where that was asked for."""
    from luciole.cli.knowledge_lines import NOTHING_INSTALLED
    from luciole.packs.store import Store

    knowledge = Store().knowledge()
    if not knowledge.version:
        click.echo(translate.message(NOTHING_INSTALLED), err=as_json)
    return knowledge


def _show_one(knowledge: Knowledge, name: str, translate: Translator, *, as_json: bool) -> int:
    from luciole.cli.knowledge_lines import details_lines
    from luciole.kernel.canon import readable_json
    from luciole.kernel.errors import UsageError
    from luciole.packs.store import warning_lists
    from luciole.packs.summary import describe

    details = describe(knowledge, name, warning_lists())
    if knowledge.version and not (details.families or details.values or details.withdrawn):
        raise UsageError(f"Nothing is known as {name}.", remedy=f"Look for a part of it: luciole intel search {name}")
    if as_json:
        options.print_json(readable_json(details))
    for line in [] if as_json else details_lines(details, translate):
        click.echo(line)
    return exit_codes.NOTHING_SEEN


@command.command()
@options.as_json
@options.language
def questions(as_json: bool, language: str | None) -> int:
    """List what the sources do not agree on, for people to settle."""
    from luciole.cli.knowledge_lines import NO_QUESTIONS, question_lines
    from luciole.kernel.canon import readable_json
    from luciole.packs.summary import open_questions

    translate = options.translator(language)
    knowledge = _installed(translate, as_json=as_json)
    asked = open_questions(knowledge)
    if as_json:
        options.print_json(readable_json(asked))
        return exit_codes.NOTHING_SEEN
    for one in asked:
        for line in question_lines(one, translate):
            click.echo(line)
    if knowledge.version and not asked:
        click.echo(translate(NO_QUESTIONS))
    return exit_codes.NOTHING_SEEN


@command.command()
@click.argument("value")
@role
@click.option("--why", required=True, metavar="TEXT", help="The reason, which is kept with the value.")
@options.as_json
@options.language
def withdraw(value: str, role: Role, why: str, as_json: bool, language: str | None) -> int:
    """Take VALUE out of the list; no import brings it back."""
    from luciole.packs import deciding
    from luciole.packs.store import Store

    return _decided(deciding.withdraw(Store(), value, role, why, _today()), language, as_json=as_json)


@command.command("return")
@click.argument("value")
@role
@options.as_json
@options.language
def return_(value: str, role: Role, as_json: bool, language: str | None) -> int:
    """Bring a withdrawn VALUE back into the list."""
    from luciole.packs import deciding
    from luciole.packs.store import Store

    return _decided(deciding.let_return(Store(), value, role, _today()), language, as_json=as_json)


@command.command()
@click.argument("family")
@click.argument("kind", type=click.Choice(KINDS))
@options.as_json
@options.language
def settle(family: str, kind: FamilyKind, as_json: bool, language: str | None) -> int:
    """Say what FAMILY is, above what its sources say."""
    from luciole.packs import deciding
    from luciole.packs.store import Store

    return _decided(deciding.settle(Store(), family, kind, _today()), language, as_json=as_json)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _decided(decision: Decision, language: str | None, *, as_json: bool) -> int:
    from luciole.kernel.canon import readable_json

    if as_json:
        options.print_json(readable_json(decision))
    else:
        click.echo(options.translator(language).message(decision.sentence))
    return exit_codes.NOTHING_SEEN


@command.command()
@click.argument("value")
@options.as_json
@options.language
def search(value: str, as_json: bool, language: str | None) -> int:
    """Find families and values that are VALUE or contain it: a package, a digest, a host, a name."""
    from luciole.kernel.canon import readable_json
    from luciole.kernel.text import show_controls
    from luciole.packs.summary import find

    found = find(_installed(options.translator(language), as_json=as_json), value)
    if as_json:
        options.print_json(readable_json(found))
    for line in [] if as_json else found:
        click.echo(show_controls(f"{line.family} ({line.kind}) {line.role}: {line.value}"))
    return exit_codes.FOUND if found else exit_codes.NOTHING_SEEN


@command.command()
@click.option("--format", "name", default="json", help="A format that can be written: json, csv.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
@options.as_json
def export(name: str, out: Path, as_json: bool) -> int:
    """Write the installed list in another form."""
    from luciole.intel.formats import writable
    from luciole.kernel.canon import readable_json
    from luciole.packs.files import write_whole
    from luciole.packs.store import Store

    written = []
    for file, data in writable(name).write(Store().knowledge()).items():
        write_whole(out / file, [data])
        written.append(str(out / file))
    if as_json:
        options.print_json(readable_json({"written": written}))
    for path in [] if as_json else written:
        click.echo(path)
    return exit_codes.NOTHING_SEEN
