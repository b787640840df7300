"""The collector's own files: its record, the names in start-up folders, and what it says about programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from luciole.devices.parsers.computer.json_lines import BAD_JSON, json_lines
from luciole.devices.parsers.computer.records import Of, Record, start
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Value

FORMAT = "luciole-computer"
_NEWEST = 1


class NotRead(msgspec.Struct):
    """Something the collector could not read. what: a path, a registry key, or `command` and its name."""

    what: str = ""
    why: str = ""


class Taken(msgspec.Struct):
    """A member of the zip as the record names it. sha256: of the member's bytes, empty where it has none."""

    member: str = ""
    sha256: str = ""
    sha256_member: str = ""

    @property
    def digest(self) -> str:
        """The digest that the member must have."""
        return self.sha256_member or self.sha256


class Collection(msgspec.Struct):
    """The record of one collection. taken: ISO 8601, UTC."""

    format: str
    version: int
    system: str
    taken: str = ""
    release: str = ""
    administrator: bool = False
    files: list[Taken] = []
    commands: list[Taken] = []
    not_read: list[NotRead] = []
    looked: list[str] = []


def record(data: bytes) -> Collection:
    """The record. Raises ParseError where it is none, or of a newer form."""
    try:
        found = msgspec.json.decode(data, type=Collection)
    except BAD_JSON:
        raise ParseError("no record of a collection") from None
    if found.format != FORMAT or found.system not in {"windows", "macos", "linux"}:
        raise ParseError("no record of a collection")
    if found.version > _NEWEST:
        raise ParseError("a collection of a newer form than Luciole knows")
    return found


class _Folder(msgspec.Struct):
    path: str
    hidden: bool = False
    names: list[str] = []


def folders(data: bytes, account: Account) -> Iterator[Record]:
    """Lines of start-up folders: a file, and the programs that a shortcut names."""
    for number, _, found in json_lines(data, _Folder, account):
        yield Row(LOOK, "\n".join([found.path, *found.names]), number)
        if found.path.lower().endswith(("desktop.ini", ".ds_store")) or found.path.startswith("/"):
            continue
        for program in found.names or [found.path]:
            scope = "system" if "programdata" in found.path.lower() else "user"
            yield start(
                "autostart.entry",
                "startup-folder",
                found.path,
                program,
                line=number,
                scope=scope,
                hidden=found.hidden,
                by="path",
            )


_EXECUTABLE = (b".exe", b".dll", b".bat", b".cmd", b".vbs", b".ps1", b".js", b".scr")
_LONGEST_PATH = 260
_MOST_NAMED = 8


def shortcut(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of a copied shortcut in a start-up folder; path: where it lies. Its texts name the program."""

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """The texts of a shell link (MS-SHLLINK), of one and of two bytes a letter; its structure is not followed."""
        account.anchor()
        texts = data.replace(b"\0", b"")
        yield Row(LOOK, texts.decode("latin-1"), 1)
        found = dict.fromkeys(_paths(texts))
        scope = "system" if "programdata" in path.lower() else "user"
        for program in list(found)[:_MOST_NAMED] or [path]:
            yield start("autostart.entry", "startup-folder", path, program, line=1, scope=scope, by="path")

    return parse


def _paths(texts: bytes) -> Iterator[str]:
    at = texts.find(b":\\")
    while at > 0:
        piece = texts[at - 1 : at + _LONGEST_PATH].lower()
        stops = [piece.find(end) + len(end) for end in _EXECUTABLE if piece.find(end) > 0]
        if stops and piece[:1].isalpha():
            path = texts[at - 1 : at - 1 + min(stops)].decode("latin-1")
            if path.isprintable():
                yield path
        at = texts.find(b":\\", at + 1)


class _Program(msgspec.Struct):
    path: str
    sha256: str = ""
    hidden: bool = False
    state: str = ""
    signer: str = ""
    sha1: str = ""
    team: str = ""
    package: str = ""


_STATES = frozenset({"valid", "invalid", "unsigned", "ad-hoc"})


def programs(data: bytes, account: Account) -> Iterator[Record]:
    """Lines about programs: digest, whether the file is hidden, who signed it, which package it belongs to."""
    for number, line, found in json_lines(data, _Program, account):
        yield Row(LOOK, line.decode("utf-8", "replace"), number)
        for row in _about(found, number):
            yield Of(found.path, "path", row)


def _about(found: _Program, number: int) -> Iterator[Row]:
    if found.sha256:
        yield Row("file.sha256", found.sha256.lower(), number, attributes={"path": found.path})
    if found.hidden:
        yield Row("program.hidden", "hidden-file", number, attributes={"path": found.path})
    if found.state in _STATES:
        yield Row("program.signer", found.signer[:400], number, attributes={"state": found.state, "team": found.team})
    if found.sha1 and found.state == "valid":
        common = next((part.strip()[3:] for part in found.signer.split(",") if part.strip().startswith("CN=")), "")
        attributes: dict[str, Value] = {
            "sha1": found.sha1.lower(),
            "subject": found.signer,
            "common_name": common,
            "verified": True,
            "role": "signer",
        }
        yield Row("signature.certificate", "", number, attributes=attributes)
    if found.package:
        yield Row("owner", found.package, number)
