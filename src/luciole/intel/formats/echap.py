"""Reads the indicator set of Echap (AssoEchap/stalkerware-indicators, CC BY 4.0): files of its repository by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import get_args

from msgspec.structs import replace

from luciole.intel import strict_yaml, values
from luciole.intel.claims import (
    Entry,
    FamilyClaim,
    ImportResult,
    MakerClaim,
    NetworkClaim,
    Outcome,
    SampleClaim,
    ValueClaim,
)
from luciole.intel.formats import _echap_makers as makers
from luciole.intel.formats._csv_rows import rows
from luciole.intel.model import FamilyKind, Role, RuleFile, Source
from luciole.intel.values import Typed
from luciole.kernel.errors import ParseError
from luciole.kernel.text import Message, mark

NAME = "echap"
SOURCE = Source(
    id="echap",
    name="Stalkerware Indicators of Compromise by Echap",
    url="https://github.com/AssoEchap/stalkerware-indicators",
    licence="CC-BY-4.0",
)
"""Who to name; `published` (the date of the state) is set by the caller."""

_FAMILY_FILE = re.compile(r"(?:ioc|watchware)[\w.-]*\.ya?ml")
_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
_RULE = re.compile(r"^[ \t]*(?:(?:private|global)[ \t]+)*rule[ \t]+(\w{1,128})", re.MULTILINE)
_MADE_FROM_OTHERS = frozenset(
    {"hosts", "hosts_full", "quad9_blocklist.txt", "indicators-for-tinycheck.json", "suricata.rules",
     "stalkerware.stix2"}
)  # fmt: skip
_SAMPLE_COLUMNS = ["SHA256", "Package Name", "Certificate", "Version", "App"]
_NETWORK_COLUMNS = ["type", "indicator", "app"]

_LISTS: dict[str, tuple[Role, Callable[[str], Typed]]] = {
    "packages": ("package", lambda text: Typed("package", values.package(text))),
    "ios_bundles": ("ios-bundle", lambda text: Typed("ios-bundle", values.ios_bundle(text))),
    "certificates": ("certificate", values.digest),
    "certificate_cname_re": ("certificate-name", lambda text: Typed("pattern", values.pattern(text))),
    "certificate_organizations": ("certificate-organization", lambda text: Typed("text", values.text_value(text))),
    "websites": ("website", values.network),
    "distribution": ("distribution", values.network),
    "domains": ("command-and-control", values.network),
    "ips": ("command-and-control", values.network),
    "ip": ("command-and-control", values.network),
}
_EXPECTED_TYPE = {"websites": "host", "distribution": "host", "domains": "host", "ips": "ipv4", "ip": "ipv4"}


class _Collector:
    """What grows while files are read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.families: list[FamilyClaim] = []
        self.values: list[ValueClaim] = []
        self.samples: list[SampleClaim] = []
        self.network: list[NetworkClaim] = []
        self.makers: list[MakerClaim] = []
        self.rules: list[RuleFile] = []
        self.entries: list[Entry] = []
        self.read_kinds: set[str] = set()
        self.samples_read = False

    def note(self, outcome: Outcome, kind: str, text: str, *found: str, file: str, line: int = 0) -> None:
        """One more line of the report."""
        self.entries.append(Entry(outcome, kind, Message(text), tuple(found), file, line))


def recognises(files: Mapping[str, bytes]) -> bool:
    """Whether there is a file named as in Echap's repository."""
    names = {_base(name) for name in files}
    return bool(names & {"samples.csv", "network.csv", "misp_event.json"}) or any(map(_FAMILY_FILE.fullmatch, names))


def read(files: Mapping[str, bytes], now: str, source: Source = SOURCE) -> ImportResult:
    """Everything that the files claim, each file by itself.

    now: ISO 8601 date, taken as the state's date where neither the source nor the name of a family file gives one.

    Families come from ioc*.yaml and watchware*.yaml, samples from samples.csv, YARA rules as they are. network.csv
    only confirms. Of vendors/*.yaml companies and articles are read, people never. Generated files are skipped.
    """
    if not source.published:
        source = replace(source, published=_date_in(files) or now[:10])
    collected = _Collector(source)
    for file in sorted(files):
        try:
            _read_file(file, files[file], collected)
        except ParseError as error:
            text = str(error.message)
            collected.note("refused", "file-not-read", text, file=file, line=_line_of(text))
    return ImportResult(
        source=source,
        format=NAME,
        families=tuple(collected.families),
        values=tuple(collected.values),
        samples=tuple(collected.samples),
        network=tuple(collected.network),
        makers=tuple(collected.makers),
        rules=tuple(collected.rules),
        entries=tuple(collected.entries),
        complete={"stalkerware", "watchware"} <= collected.read_kinds,
        samples_complete=collected.samples_read,
    )


def _date_in(files: Mapping[str, bytes]) -> str:
    """The latest date that the name of a family file carries, such as ioc-2022-09-14.yaml."""
    found = [_DATE.search(_base(name)) for name in files if _FAMILY_FILE.fullmatch(_base(name))]
    return max((date[0] for date in found if date), default="")


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _line_of(text: str) -> int:
    found = re.match(r"line (\d{1,9}):", text)
    return int(found[1]) if found else 0


def _read_file(file: str, data: bytes, collected: _Collector) -> None:
    base = _base(file)
    folder = file.replace("\\", "/").rpartition("/")[0].rpartition("/")[2]
    if folder == "vendors" and base.endswith((".yaml", ".yml")):
        _read_maker(file, data, collected)
    elif _FAMILY_FILE.fullmatch(base):
        _read_families(file, data, collected)
    elif base == "samples.csv":
        _read_samples(file, data, collected)
    elif base == "network.csv":
        _read_network(file, data, collected)
    elif base.endswith((".yar", ".yara")):
        _read_rules(file, data, collected)
    elif base == "misp_event.json":
        collected.note("refused", "never-forgets", mark(
            "This event never forgets: it still ships values and families that were withdrawn or moved. "
            "It is not read as a source of verdicts."), file=file)  # fmt: skip
    elif base in _MADE_FROM_OTHERS:
        collected.note("skipped", "made-from-others", mark(
            "Made from ioc.yaml and watchware.yaml; it holds nothing of its own."), file=file)  # fmt: skip
    else:
        collected.note("skipped", "not-a-list", mark("Not a file of indicators."), file=file)


# ---- families


def _read_families(file: str, data: bytes, collected: _Collector) -> None:
    root = strict_yaml.read(data, file)
    if not isinstance(root, strict_yaml.Sequence):
        raise ParseError("line 1: not a list of families", file=file)
    for item in root.items:
        if isinstance(item, strict_yaml.Mapping):
            _read_family(file, item, collected)
        else:
            collected.note("refused", "not-a-family", mark("Not a family."), file=file, line=item.line)


def _read_family(file: str, item: strict_yaml.Mapping, collected: _Collector) -> None:
    name, kind = item.get("name"), item.get("type")
    if not isinstance(name, strict_yaml.Text) or not name.value.strip() or len(name.value) > values.MAX_TEXT:
        collected.note("refused", "not-a-family", mark("A family without a name."), file=file, line=item.line)
        return
    if not isinstance(kind, strict_yaml.Text) or kind.value not in get_args(FamilyKind) or kind.value == "disputed":
        collected.note("refused", "unknown-kind", mark("A family of an unknown kind."), name.value, file=file,
                       line=item.line)  # fmt: skip
        return
    collected.read_kinds.add(kind.value)
    aliases = [text.value for text in _texts(item.get("names")) if text.value != name.value]
    checked = next(known for known in get_args(FamilyKind) if known == kind.value)
    collected.families.append(FamilyClaim(name.value, checked, tuple(sorted(set(aliases))), file, item.line))
    for key, node in _all_lists(item, file, collected):
        _read_list(file, name.value, key, node, collected)


def _all_lists(
    item: strict_yaml.Mapping, file: str, collected: _Collector
) -> Iterator[tuple[strict_yaml.Text, strict_yaml.Node]]:
    for key, node in item.pairs:
        if key.value in {"name", "names", "type"}:
            continue
        if key.value == "c2" and isinstance(node, strict_yaml.Mapping):
            yield from node.pairs
        elif key.value in _LISTS and key.value not in {"domains", "ips", "ip"}:
            yield key, node
        else:
            collected.note("refused", "unknown-key", mark("A key that Luciole does not know."), key.value, file=file,
                           line=key.line)  # fmt: skip


def _read_list(file: str, family: str, key: strict_yaml.Text, node: strict_yaml.Node, collected: _Collector) -> None:
    known = _LISTS.get(key.value)
    if known is None:
        collected.note("refused", "unknown-key", mark("A key that Luciole does not know."), key.value, file=file,
                       line=key.line)  # fmt: skip
        return
    role, convert = known
    texts = _texts(node)
    if key.value == "ip":
        collected.note("corrected", "misspelt-key", mark("The key 'ip' was read as 'ips'."),
                       *sorted(text.value for text in texts), file=file, line=key.line)  # fmt: skip
    for text in texts:
        try:
            found = convert(text.value)
        except ParseError as error:
            collected.note("refused", "not-a-value", error.message, text.value, file=file, line=text.line)
            continue
        if found.type != _EXPECTED_TYPE.get(key.value, found.type):
            collected.note("corrected", "typed-by-value", mark("Typed by what it is, not by the list it stands in."),
                           text.value, file=file, line=text.line)  # fmt: skip
        collected.values.append(
            ValueClaim(found.type, found.value, role, family, found.type == "host", file, text.line)
        )


def _texts(node: strict_yaml.Node | None) -> list[strict_yaml.Text]:
    if isinstance(node, strict_yaml.Text):
        return [node] if node.value else []
    items = node.items if isinstance(node, strict_yaml.Sequence) else []
    return [item for item in items if isinstance(item, strict_yaml.Text) and item.value]


# ---- tables


def _read_samples(file: str, data: bytes, collected: _Collector) -> None:
    for line, row in rows(data, file, _SAMPLE_COLUMNS):
        try:
            collected.samples.append(_sample(row, file, line))
        except ParseError as error:
            collected.note("refused", "not-a-sample", error.message, row[0][:80], file=file, line=line)
    collected.samples_read = True


def _sample(row: list[str], file: str, line: int) -> SampleClaim:
    if len(row) != len(_SAMPLE_COLUMNS):
        raise ParseError("a row with a wrong number of cells")
    package = values.package(row[1]) if row[1] else ""
    certificate = values.normalise("sha1", row[2]) if row[2] else ""
    if not row[4]:
        raise ParseError("a sample without a label")
    return SampleClaim(values.normalise("sha256", row[0]), package, certificate, row[4], file, line)


def _read_network(file: str, data: bytes, collected: _Collector) -> None:
    seen: set[tuple[str, str]] = set()
    expected = {"domain": "host", "ipv4": "ipv4", "url": "url"}
    for line, row in rows(data, file, _NETWORK_COLUMNS):
        try:
            found = values.network(row[1]) if len(row) == len(_NETWORK_COLUMNS) else values.network("")
        except ParseError as error:
            collected.note("refused", "not-a-value", error.message, *row[1:2], file=file, line=line)
            continue
        if (found.value, row[2]) in seen:
            collected.note("skipped", "repeated", mark("Stands there twice."), found.value, file=file, line=line)
            continue
        seen.add((found.value, row[2]))
        if expected.get(row[0]) != found.type:
            collected.note("corrected", "typed-by-value", mark("Typed by what it is, not by the list it stands in."),
                           row[1], file=file, line=line)  # fmt: skip
        collected.network.append(NetworkClaim(found.type, found.value, row[2], file, line))


# ---- rules and makers


def _read_rules(file: str, data: bytes, collected: _Collector) -> None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError("not UTF-8", file=file, offset=error.start) from None
    collected.rules.append(RuleFile(_base(file), text, collected.source.id))
    for found in _RULE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        collected.values.append(ValueClaim("rule", found[1], "rule", found[1], file=file, line=line))


def _read_maker(file: str, data: bytes, collected: _Collector) -> None:
    family = _base(file).rpartition(".")[0]
    claim, left_out = makers.read(data, file, family)
    collected.makers.append(claim)
    if left_out:
        collected.note("skipped", "people-and-contacts", mark(
            "Contacts, persons and other parties in this file are not imported."), file=file)  # fmt: skip
