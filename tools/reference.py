"""Writes docs/reference from the code, so that no page of it can grow stale. Run by `make docs`."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click
import msgspec

sys.path.insert(0, str(Path(__file__).parent))

import itertools

import anomalies
import guidance_pages
import live_page
import schemas

from luciole.cli.main import cli
from luciole.criteria.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Catalogue,
    Criterion,
    CriterionLeaf,
    GroupLeaf,
    LostLeaf,
    MatchLeaf,
    Node,
    NotOf,
    Policy,
    UndecidedLeaf,
    UnreadLeaf,
)  # fmt: skip
from luciole.criteria.operations import OPERATIONS
from luciole.criteria.parse import GROUPS, parse_catalogue
from luciole.criteria.parse_policy import VERDICTS, parse_policy
from luciole.criteria.wording import asks_group, asks_match, asks_unread
from luciole.kernel.canon import readable_json
from luciole.kernel.limits import MIB, Limits
from luciole.kernel.vocabulary import AREAS
from luciole.packs.builtin import catalogue_files, criteria_file

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "luciole"
TARGET = ROOT / "docs" / "reference"
BY_HAND = frozenset({"performance.md", "error-rates.md"})
"""Pages in the folder that another command writes."""
NOTE = "<!-- Written by `make docs` from the code: change the code, not this page. -->\n\n"

Page = tuple[str, Callable[[], str]]


def table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars and line ends in cells are escaped."""
    names = list(headings)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for row in rows:
        cells = [" ".join(str(cell).replace("|", "\\|").split()) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """Text as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several texts as code, with commas."""
    return ", ".join(map(code, texts))


def commands() -> str:
    """Every command with its arguments and options."""
    parts = ["# Commands\n"]
    parts += list(_command(cli, ["luciole"], None))
    return "\n".join(parts)


def _command(command: click.Command, path: list[str], parent: click.Context | None) -> Iterable[str]:
    context = click.Context(command, info_name=path[-1], parent=parent, **command.context_settings)
    yield f"\n## {' '.join(path)}\n"
    yield f"    {' '.join([*path, *command.collect_usage_pieces(context)])}\n"
    yield inspect.cleandoc(command.help or "") + "\n"
    options = [one.get_help_record(context) for one in command.get_params(context)]
    rows = [(code(record[0]), record[1]) for record in options if record is not None and record[1]]
    yield table(("option", "what it does"), rows)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(inner, [*path, name], context)


def exit_codes() -> str:
    """What the exit codes say."""
    from luciole.cli.exit_codes import MEANINGS

    intro = "# Exit codes\n\nThe same for every command, for scripts.\n\n"
    return intro + table(("code", "meaning"), sorted(MEANINGS.items()))


def facts() -> str:
    """The vocabulary: areas and facts."""
    from luciole.guidance.sentences import SENTENCES
    from luciole.kernel.vocabulary import APP_FILE, APP_ON_DEVICE, DEVICE

    text = (
        "# Facts\n\nWhat readers of evidence write, and what criteria and matching read. A fact may be called absent "
    )
    text += "only when one of its areas was fully examined.\n\n## Areas\n\n"
    text += table(("area", "what it is"), ((code(one.name), one.title) for one in AREAS.values()))
    for title, rows in (("An app file", APP_FILE), ("An app on a device", APP_ON_DEVICE), ("A device", DEVICE)):
        text += f"\n## {title}\n\n"
        text += table(
            ("fact", "value", "attributes", "areas", "what it says", "shown as"),
            (
                (
                    code(one.name),
                    one.value,
                    ", ".join(f"`{name}` ({kind})" for name, kind in one.attributes.items()),
                    codes(one.areas),
                    one.about,
                    SENTENCES[one.name],
                )
                for one in rows.values()
            ),
        )
    return text


def limits() -> str:
    """The bounds for everything that is read."""
    notes = _field_notes(SOURCE / "kernel" / "limits.py", "Limits")
    rows = [(code(one.name), _amount(one.name, one.default), notes.get(one.name, "")) for one in _fields(Limits)]
    intro = "# Limits\n\nChecked before work is done, for every file. Sizes in bytes, times in seconds.\n\n"
    return intro + table(("limit", "value", "what it bounds"), rows)


def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def _amount(name: str, value: object) -> str:
    """A size in MiB where it is one."""
    if isinstance(value, int) and value >= MIB and value % MIB == 0:
        return f"{value // MIB} MiB"
    return f"{value:,}" if isinstance(value, int) else f"{value} s" if "seconds" in name else str(value)


def _field_notes(path: Path, name: str) -> dict[str, str]:
    """The texts that stand under the fields of a class."""
    tree = ast.parse(path.read_text("utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    notes = {}
    for field, note in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(note, ast.Expr):
            notes[field.target.id] = str(ast.literal_eval(note.value))
    return notes


def criteria() -> str:
    """The agreed criteria, by group."""
    known = _catalogue().criteria
    text = f"# Criteria\n\nThe {len(known)} agreed criteria. Each says what an app is able to do, never what anybody "
    text += "did with it. `luciole criteria show ID` prints one with its rule and examples.\n"
    for group in GROUPS:
        members = [one for one in known if one.group == group]
        if members:
            text += f"\n## {group}\n\n" + "\n".join(map(_criterion, members))
    return text


def _criterion(one: Criterion) -> str:
    lines = [
        f"### {one.id}\n",
        f"**{one.title}** (version {one.version}, about the {one.subject}, from {_from(one)})\n",
    ]
    lines += [one.statement + "\n", f"Why it matters: {one.why}\n", "Ordinary reasons:\n"]
    lines += [f"- {reason}" for reason in one.ordinary]
    techniques = [f"[{name}](https://attack.mitre.org/techniques/{name.replace('.', '/')}/)" for name in one.attack]
    marks = [
        f"Behaviours: {', '.join(one.behaviours)}." if one.behaviours else "",
        f"ATT&CK Mobile: {', '.join(techniques)}." if techniques else "",
    ]
    lines.append("\n" + " ".join(mark for mark in marks if mark) if any(marks) else "")
    lines += [f"References: {', '.join(f'<{address}>' for address in one.references)}\n"]
    return "\n".join(lines)


def _from(one: Criterion) -> str:
    return {"static": "app files", "device": "devices", "both": "app files and devices"}[one.evidence]


def policy() -> str:
    """The rules that turn met criteria and matches into a verdict, in order."""
    from luciole.guidance.texts import VERDICTS as SHOWN

    known = _policy()
    text = f"# Policy\n\nVersion {known.version}. The rules are asked from top to bottom; the first one that is met "
    text += "decides. A rule that stays unknown does not decide and is listed with the verdict.\n\n## Verdicts\n\n"
    text += table(("verdict", "shown as", "meaning"), ((code(k), v.title, v.meaning) for k, v in SHOWN.items()))
    for subject, title in (("app", "Rules about an app"), ("device", "Rules about the device")):
        rows = [one for one in known.rules if one.subject == subject]
        text += f"\n## {title}\n\n" + table(
            ("", "rule", "verdict", "sentence", "asks for"),
            (
                (number, code(one.id), code(one.verdict), one.statement, _asked(one.rule))
                for number, one in enumerate(rows, start=1)
            ),
        )
    return text + f"\nOtherwise: `{known.otherwise}`: {known.otherwise_statement}\n"


def _asked(rule: Node) -> str:
    """A rule of the policy in one line, such as `all(a, not(b))`."""
    if isinstance(rule, CriterionLeaf):
        return code(rule.criterion)
    if isinstance(rule, GroupLeaf):
        return asks_group(rule)
    if isinstance(rule, MatchLeaf):
        return asks_match(rule)
    if isinstance(rule, UnreadLeaf):
        return asks_unread(rule)
    if isinstance(rule, NotOf | UndecidedLeaf | LostLeaf):
        name = "not" if isinstance(rule, NotOf) else "lost" if isinstance(rule, LostLeaf) else "undecided"
        return f"{name}({_asked(rule.of)})"
    if isinstance(rule, AllOf | AnyOf | AtLeast):
        name = (
            f"at least {rule.number} of" if isinstance(rule, AtLeast) else "all" if isinstance(rule, AllOf) else "any"
        )
        return f"{name}({', '.join(map(_asked, rule.of))})"
    raise TypeError("a policy asks for criteria, not for facts")


@functools.cache
def _catalogue() -> Catalogue:
    return parse_catalogue({**catalogue_files(), "lists.yml": criteria_file("lists.yml")})


@functools.cache
def _policy() -> Policy:
    return parse_policy("policy.yml", criteria_file("policy.yml"), _catalogue())


def criteria_language() -> str:
    """The hand-written page on the language, with the tables that come from the code."""
    tables = {
        "operations": table(
            ("test", "fits", "compared with", "meaning"),
            ((code(k), ", ".join(v.kinds), v.operand, v.about) for k, v in OPERATIONS.items()),
        ),
        "lists": table(
            ("list", "values", "what it is"),
            ((code(f"${k}"), len(v.values), v.about) for k, v in sorted(_catalogue().lists.items())),
        ),
        "groups": codes(GROUPS),
        "verdicts": codes(VERDICTS),
    }
    text = (Path(__file__).parent / "criteria-language.md").read_text("utf-8")
    for name, made in tables.items():
        text = text.replace("{{ " + name + " }}", made.rstrip("\n"))
    return text


def anomaly_page() -> str:
    """Ids of deviations that readers of app files report."""
    text = "# Anomalies\n\nTricks and damage that the readers of app files report as facts named `anomaly`. "
    text += "“Refused” marks what a current Android would not install or load; it may depend on the case.\n\n"
    return text + table(
        ("id", "detail (… stands for what was read)", "refused", "reported in"),
        (
            (code(one.id), "; ".join(one.details), "yes" if one.refused else "", codes(one.files))
            for one in anomalies.all_anomalies()
        ),
    )


def tricks() -> str:
    """What can be built into inert apps."""
    from luciole.simulate.apps.tricks import trick_list

    text = "# Tricks\n\nWays of putting an app file together that mislead tools, for inert apps (`tricks:` of a "
    text += "description). They are defensive test material: nothing in such a file can run.\n\n"
    return text + table(("trick", "what it does to the file"), ((code(name), about) for name, about in trick_list()))


def formats() -> str:
    """What can be read: kinds of evidence, of app files, and formats of lists."""
    from luciole.devices.source import all_sources
    from luciole.intel.formats import formats as lists
    from luciole.packs.store import warning_lists
    from luciole.scale.inputs import APP_SUFFIXES

    text = "# Formats\n\nWhat something is, is decided by its content, never by its name alone.\n\n"
    text += "## Evidence from a device\n\n" + table(
        ("kind", "what it is", "areas it can speak of"),
        ((code(one.KIND), one.TITLE, _areas(one.AREAS)) for one in all_sources()),
    )
    text += "\n## App files\n\nAPK files, and apps in several files: split sets, `.apks` (bundletool), `.xapk` and "
    text += f"`.apkm`. In folders, files with these endings are looked at: {codes(sorted(APP_SUFFIXES))}, and every "
    text += "other file that begins like a ZIP archive.\n\n"
    text += "Programs (PE, Mach-O), apps of Apple's systems (`.ipa`, `.app`), and installers, which are opened in "
    text += "memory:\n\n"
    text += table(("installer", "what is opened"), INSTALLERS.items())
    text += "\n## Lists of known apps\n\n"
    text += table(
        ("format", "what it is", "written by `luciole intel export`"),
        ((code(k), _first_line(v), "yes" if hasattr(v, "write") else "no") for k, v in lists().items()),
    )
    text += "\n## Warning lists\n\nValues that many honest apps share. A match with one of them counts for less.\n\n"
    return text + table(
        ("list", "what it is", "values"),
        (
            (code(one.name), one.about, len(one.values) + len(one.parents) + len(one.networks))
            for one in sorted(warning_lists(), key=lambda one: one.name)
        ),
    )


def _areas(names: Iterable[str]) -> str:
    """Names of areas in the order of the vocabulary, in short where they are all of a device's."""
    known = [name for name in AREAS if name in set(names)]
    whole = [name for name in AREAS if name.startswith("device.")]
    return "every area of a device" if known == whole else codes(known)


def _first_line(module: object) -> str:
    return (inspect.getdoc(module) or "").partition("\n")[0]


def errors() -> str:
    """The errors of the library."""
    module = importlib.import_module("luciole.kernel.errors")
    kinds = [one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == module.__name__]
    text = "# Errors\n\nEvery error that Luciole raises on purpose. The command line prints `Error:`, the message and, "
    text += "where there is one, what can be done.\n\n"
    return text + table(
        ("error", "is a", "when"),
        ((code(one.__name__), code(one.__bases__[0].__name__), inspect.getdoc(one) or "") for one in kinds),
    )


INSTALLERS: Mapping[str, str] = {
    "Windows Installer (`.msi`)": "its tables, the programs in its streams, with `luciole[installers]` its cabinets",
    "NSIS": "its script and every file, packed with LZMA, deflate or not at all; not those packed with bzip2",
    "cabinet (`.cab`)": "every file, with `luciole[installers]`",
    "macOS package (`.pkg`)": "its signer, payload (app and programs) and scripts, with `luciole[installers]`",
    "zip or 7z inside one of these": "every file; 7z with `luciole[installers]`",
    "Inno Setup, disk image (`.dmg`), others": "recognised and named, not opened; the result says so",
}
"""What of installers is read."""

ENVIRONMENT: Mapping[str, str] = {
    "LUCIOLE_DATA": "Folder of the installed list of known apps; default: `luciole` in the XDG data folder.",
    "LUCIOLE_SETTINGS": "The settings file; default: `luciole/settings.toml` in the XDG configuration folder.",
    "XDG_DATA_HOME": "The XDG data folder; default: `~/.local/share`.",
    "XDG_CONFIG_HOME": "The XDG configuration folder; default: `~/.config`.",
    "NO_COLOR": "Set to anything: headings are not set off.",
    "LANGUAGE": "Language of what the collector of computers says; asked before the others.",
    "LC_ALL": "Language of results, where `--language` does not name one; asked first.",
    "LC_MESSAGES": "The same; asked second.",
    "LANG": "The same; asked third.",
    "OPENBLAS_NUM_THREADS": "Set to 1 by Luciole where it is not set: NumPy's threads are never used.",
    "LIBARCHIVE": "The library that opens cabinets and packages of macOS; set by Luciole where it is not set.",
    "ProgramData": "Windows' own folder of programs' data; asked for by `luciole collect computer`.",
    "SystemRoot": "Windows' own folder; asked for by `luciole collect computer`.",
    "LUCIOLE_HUB": "The data folder of a hub; its other settings are in the operator's guide.",
    "LUCIOLE_HUB_ADDRESS": "The hub of `luciole submit`, `search` and `fetch`; asked before the settings.",
    "LUCIOLE_HUB_KEY": "The key for it; asked before the settings.",
    "DJANGO_SETTINGS_MODULE": "Set by `luciole hub`.",
}


def settings() -> str:
    """The settings file and the environment."""
    from luciole.packs.settings import Settings, Source

    used = environment_variables()
    if used != set(ENVIRONMENT):
        raise SystemExit(f"tools/reference.py: ENVIRONMENT and the code differ in {sorted(used ^ set(ENVIRONMENT))}")
    text = "# Settings\n\nNothing has to be set.\n\n## The environment\n\n"
    text += table(("variable", "meaning"), ((code(k), v) for k, v in ENVIRONMENT.items()))
    text += "\n## The settings file\n\nTOML, at `~/.config/luciole/settings.toml`. An unknown key is an error.\n\n"
    text += inspect.getdoc(Settings) + "\n\n"  # type: ignore[operator] # every class has one, ruff checks it
    text += "    [[sources]]          # " + (inspect.getdoc(Source) or "").replace("\n", " ") + "\n"
    for source in Settings().sources:
        text += f'    name = "{source.name}"\n    addresses = [\n'
        text += "".join(f'      "{address}",\n' for address in source.addresses) + "    ]\n"
    return text


def environment_variables() -> set[str]:
    """Names of the environment variables that the code asks for."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in ASKING
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                found.add(str(ast.literal_eval(node.slice)))
    return found


ASKING = {"os.environ.get", "os.environ.setdefault", "os.getenv", "os.environ.pop"}

PAGES: dict[str, Page] = {
    "commands.md": ("every command with its options", commands),
    "exit-codes.md": ("what a finished command says to a script", exit_codes),
    "settings.md": ("the settings file and the environment", settings),
    "criteria.md": ("what Luciole looks for", criteria),
    "policy.md": ("how that becomes a verdict", policy),
    "criteria-language.md": ("how to write a criterion", criteria_language),
    "facts.md": ("the vocabulary of facts and areas", facts),
    "formats.md": ("evidence, app files and lists that are read", formats),
    "anomalies.md": ("deviations of app files that are reported", anomaly_page),
    "tricks.md": ("deviations that can be built into inert apps", tricks),
    "guidance.md": ("pages of guidance, the directory of help, languages", lambda: guidance_pages.guidance(table)),
    "live-commands.md": ("what is asked of a connected device, and what comes of it", lambda: live_page.page(table)),
    "limits.md": ("bounds for everything that is read", limits),
    "errors.md": ("the errors of the library", errors),
}
SCHEMAS: dict[str, tuple[str, Callable[[], object]]] = {
    "result.schema.json": ("a saved result", schemas.result),
    "criteria.schema.json": ("a file of the criteria catalogue", schemas.criterion),
    "policy.schema.json": ("the policy", schemas.policy),
    "lists.schema.json": ("the lists that criteria name", schemas.lists),
    "inert-app.schema.json": ("the description of an inert app", schemas.inert_app),
    "simulated-device.schema.json": ("the description of a simulated phone", schemas.simulated_device),
}


def index() -> str:
    """The list of pages."""
    text = "# Reference\n\nWritten by `make docs` from the code.\n\n"
    rows = {name: about for name, (about, _) in [*PAGES.items(), *SCHEMAS.items()]}
    lines = [
        f"- [{name}]({name}): {'JSON Schema of ' if name in SCHEMAS else ''}{about}" for name, about in rows.items()
    ]
    lines.append("- [performance.md](performance.md): measured beside the peers, by `make bench`")
    return text + "\n".join(lines) + "\n"


@functools.cache
def pages() -> dict[str, bytes]:
    """Every file of the reference by its name."""
    made = {name: (NOTE + write()).encode() for name, (_, write) in PAGES.items()}
    made |= {name: readable_json(write()) for name, (_, write) in SCHEMAS.items()}
    return {"README.md": (NOTE + index()).encode(), **made}


def stale(folder: Path = TARGET) -> list[str]:
    """Names of the files in `folder` that differ from what the code says, are missing, or do not belong there."""
    made = pages()
    there = {path.name for path in folder.iterdir()} - BY_HAND if folder.is_dir() else set()
    differ = {name for name, data in made.items() if name not in there or (folder / name).read_bytes() != data}
    return sorted(differ | (there - set(made)))


def main() -> int:
    """Writes what is stale and removes pages that nothing makes any more."""
    made = pages()
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in stale():
        if name in made:
            (TARGET / name).write_bytes(made[name])
        else:
            (TARGET / name).unlink()
        print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
