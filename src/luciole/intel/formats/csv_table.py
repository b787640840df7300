"""Luciole's own table: one row per value, family and role, in one CSV file per kind of family."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import msgspec

from luciole.intel import values
from luciole.intel.claims import Entry, FamilyClaim, ImportResult, ValueClaim
from luciole.intel.formats._csv_rows import rows
from luciole.intel.model import Family, FamilyKind, Indicator, Knowledge, Marking, Role, Source, ValueType
from luciole.kernel.errors import ParseError
from luciole.kernel.text import Message

NAME = "csv"
COLUMNS = ["family", "kind", "role", "type", "value", "subdomains", "confidence", "first_seen", "last_seen", "sources"]
PUBLIC: frozenset[Marking] = frozenset({"TLP:CLEAR", "TLP:GREEN"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def recognises(files: Mapping[str, bytes]) -> bool:
    """Whether every file is a CSV file with these headings."""
    heading = ",".join(COLUMNS).encode()
    return bool(files) and all(data.removeprefix(b"\xef\xbb\xbf").startswith(heading) for data in files.values())


def write(knowledge: Knowledge) -> dict[str, bytes]:
    """stalkerware.csv, watchware.csv, dual-use.csv and disputed.csv: what is CLEAR or GREEN, never makers."""
    families = {family.id: family for family in knowledge.families}
    by_kind: dict[FamilyKind, list[list[str]]] = {}
    for indicator in knowledge.indicators:
        if indicator.marking in PUBLIC:
            for family_id in indicator.families:
                family = families[family_id]
                by_kind.setdefault(family.kind, []).append(_row(family, indicator))
    return {f"{kind}.csv": _table(by_kind[kind]) for kind in sorted(by_kind)}


def _row(family: Family, one: Indicator) -> list[str]:
    cells = [family.name, family.kind, one.role, one.type, one.value, "yes" if one.subdomains else "no"]
    cells += [one.confidence, one.first_seen, one.last_seen, " ".join(one.sources)]
    return [_plain(cell) for cell in cells]


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _table(cells: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(cells))
    return text.getvalue().encode()


def read(files: Mapping[str, bytes], now: str, source: Source) -> ImportResult:
    """The rows of every file; a wrong row is refused by itself. Confidence and dates are the reader's own."""
    if not source.published:
        source = msgspec.structs.replace(source, published=now[:10])
    families: dict[tuple[str, FamilyKind], FamilyClaim] = {}
    claims: list[ValueClaim] = []
    entries: list[Entry] = []
    for file in sorted(files):
        try:
            for line, row in rows(files[file], file, COLUMNS):
                _take(row, file, line, families, claims, entries)
        except ParseError as error:
            entries.append(Entry("refused", "file-not-read", Message(error.message), file=file))
    return ImportResult(source, NAME, tuple(families.values()), tuple(claims), entries=tuple(entries))


def _take(
    row: list[str],
    file: str,
    line: int,
    families: dict[tuple[str, FamilyKind], FamilyClaim],
    claims: list[ValueClaim],
    entries: list[Entry],
) -> None:
    try:
        family, claim = _claim(row, file, line)
    except ParseError as error:
        entries.append(Entry("refused", "not-a-row", Message(error.message), file=file, line=line))
        return
    families.setdefault((family.name, family.kind), family)
    claims.append(claim)


def _claim(row: list[str], file: str, line: int) -> tuple[FamilyClaim, ValueClaim]:
    if len(row) != len(COLUMNS):
        raise ParseError("a row with a wrong number of cells")
    name, kind, role, value_type, value, subdomains = (cell.removeprefix("'") for cell in row[:6])
    try:
        checked_kind: FamilyKind = msgspec.convert(kind, FamilyKind)
        checked_role: Role = msgspec.convert(role, Role)
        checked_type: ValueType = msgspec.convert(value_type, ValueType)
    except msgspec.ValidationError:
        raise ParseError("an unknown kind, role or type") from None
    if not name or len(name) > values.MAX_TEXT:
        raise ParseError("a row without a family")
    normal = values.normalise(checked_type, value)
    family = FamilyClaim(name, checked_kind, (), file, line)
    return family, ValueClaim(checked_type, normal, checked_role, name, subdomains == "yes", file, line)
