"""Luciole's own document: what is known and may be public, as one canonical JSON file."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from luciole.intel import values
from luciole.intel.claims import Entry, FamilyClaim, ImportResult, ValueClaim
from luciole.intel.formats.csv_table import PUBLIC
from luciole.intel.model import Knowledge, Source
from luciole.kernel import canon
from luciole.kernel.errors import ParseError
from luciole.kernel.text import Message

NAME = "json"
FILE = "luciole-knowledge.json"
MAX_BYTES = 2 << 30
_FORM = "luciole-knowledge-1"


class Document(msgspec.Struct, frozen=True):
    """The file: its form, and the knowledge in it."""

    form: str
    knowledge: Knowledge


_decoder = msgspec.json.Decoder(Document)


def recognises(files: Mapping[str, bytes]) -> bool:
    """Whether there is one file, and it says that it is this document."""
    return len(files) == 1 and all(data.startswith(f'{{"form":"{_FORM}"'.encode()) for data in files.values())


def write(knowledge: Knowledge) -> dict[str, bytes]:
    """One file with what is marked CLEAR or GREEN; makers, open questions and rules are left out."""
    public = msgspec.structs.replace(
        knowledge,
        families=tuple(msgspec.structs.replace(family, companies=()) for family in knowledge.families),
        indicators=tuple(one for one in knowledge.indicators if one.marking in PUBLIC),
        questions=(),
        rules=(),
    )
    return {FILE: canon.canonical_json(Document(_FORM, public))}


def knowledge_bytes(knowledge: Knowledge) -> bytes:
    """Everything, for the store of Luciole itself; not for handing on."""
    return canon.canonical_json(Document(_FORM, knowledge))


def read_knowledge(data: bytes, file: str = FILE) -> Knowledge:
    """The knowledge as it was written; ParseError when the bytes are not this document."""
    if len(data) > MAX_BYTES:
        raise ParseError("larger than a knowledge file may be", file=file, limit=True)
    try:
        document = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ParseError("not a knowledge document of Luciole", file=file) from None
    if document.form != _FORM:
        raise ParseError("a knowledge document of another form", file=file)
    return document.knowledge


def read(files: Mapping[str, bytes], now: str, source: Source) -> ImportResult:
    """What another's document claims, to be merged like any list; its votes and questions are not taken over."""
    if not source.published:
        source = msgspec.structs.replace(source, published=now[:10])
    families: list[FamilyClaim] = []
    claims: list[ValueClaim] = []
    entries: list[Entry] = []
    for file in sorted(files):
        try:
            knowledge = read_knowledge(files[file], file)
        except ParseError as error:
            entries.append(Entry("refused", "file-not-read", Message(error.message), file=file))
            continue
        families += [FamilyClaim(one.name, one.kind, one.aliases, file) for one in knowledge.families]
        names = {one.id: one.name for one in knowledge.families}
        _take(knowledge, file, names, claims, entries)
    return ImportResult(source, NAME, tuple(families), tuple(claims), entries=tuple(entries))


def _take(
    knowledge: Knowledge, file: str, names: Mapping[str, str], claims: list[ValueClaim], entries: list[Entry]
) -> None:
    for one in knowledge.indicators:
        try:
            value = values.normalise(one.type, one.value)
        except ParseError as error:
            entries.append(Entry("refused", "not-a-value", Message(error.message), (one.value,), file))
            continue
        claims += [
            ValueClaim(one.type, value, one.role, names[family], one.subdomains, file)
            for family in one.families
            if family in names
        ]
