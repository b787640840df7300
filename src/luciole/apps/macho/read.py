"""One Mach-O file to facts: which systems it is for, who signed it, its rights, what it names, what stands in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from luciole.apps import plist
from luciole.apps.apk.end_record import Buffer
from luciole.apps.macho.code_signature import read_signature
from luciole.apps.macho.layout import Program, Slice, read_headers, slices
from luciole.apps.macho.rights import read_rights
from luciole.apps.pe.read import add_certificates
from luciole.apps.programs.gathered import Gathered, add_name, add_texts
from luciole.apps.programs.plain_texts import add_texts_of
from luciole.apps.programs.watched import APPLE
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Place, Value
from luciole.kernel.outcome import Reason

_MARKS = ("_OBJC_CLASS_$_", "_OBJC_METACLASS_$_", "_")
_PACKERS = {b"UPX!": "UPX"}
_NEAR_START = 4096
MOST_VALUES = 256


def read_macho(data: Buffer, gathered: Gathered, member: str = "", kind: str = "") -> str:
    """Adds everything about one file; member: its path inside what was handed in; kind: what it is of an app.

    Returns the platform it was built for, or empty. Raises ParseError when no program of it can be read.
    """
    losses: list[str] = []
    found = slices(data, losses)
    path = member or gathered.file
    for loss in losses:
        gathered.lost("code", Reason.DAMAGED, f"{path}: {loss}")
    # the digest of a file by itself is one of its own facts; a part of an app is known by it all the same
    digest = hashlib.sha256(data).hexdigest() if member else ""
    platforms = [_slice(data, one, gathered, member, kind, digest) for one in found]
    add_texts(gathered, data, member, APPLE)
    gathered.examined("code")
    gathered.examined("native")
    for mark, name in _PACKERS.items():
        if mark in data[:_NEAR_START]:
            gathered.add("code.packer", name, member=member, section="headers")
            gathered.lost("code", Reason.UNKNOWN_FORMAT, f"{path}: packed with {name}; its inside was not seen")
    return next(filter(None, platforms), "")


def _slice(data: Buffer, part: Slice, gathered: Gathered, member: str, kind: str, digest: str) -> str:
    whole = part.start == 0 and part.size == len(data)
    program: Buffer = data if whole else data[part.start : part.start + part.size]
    path = member or gathered.file
    try:
        headers = read_headers(program)
    except ParseError as error:
        if whole:
            raise
        gathered.lost("code", Reason.DAMAGED, f"{path}: {error.message}", part.start)
        return ""
    _program(headers, gathered, member, kind, part, digest)
    _signature(program, headers, gathered, member, part.start)
    return headers.platform


def _program(headers: Program, gathered: Gathered, member: str, kind: str, part: Slice, digest: str) -> None:
    path = member or gathered.file
    held: dict[str, Value] = {
        "format": "macho", "architecture": headers.architecture, "kind": kind or headers.kind, "size": part.size,
    }  # fmt: skip
    if digest:
        held["sha256"] = digest
    gathered.add("program.file", path, held, member=member, offset=part.start)
    for loss in headers.losses:
        gathered.lost("code", Reason.DAMAGED, f"{path}: {loss}", part.start)
    if headers.encrypted:
        gathered.add("program.trait", "encrypted", member=member, section="headers")
        gathered.lost("code", Reason.ENCRYPTED, f"{path}: its code is encrypted by the store")
    for library in headers.libraries:
        gathered.add("program.library", library, member=member, section="headers")
    for name in headers.imports:
        watched = APPLE.get(_bare(name))
        if watched is not None:
            add_name(gathered, watched, "import", member)


def _bare(name: str) -> str:
    for mark in _MARKS:
        if name.startswith(mark):
            return name[len(mark) :].partition("$")[0]
    return name


def _signature(program: Buffer, headers: Program, gathered: Gathered, member: str, base: int) -> None:
    gathered.examined("signing")
    offset, size = headers.signature
    section = "signatures"
    held: dict[str, Value] = {"state": "absent", "error": "", "signers": 0}
    if not offset or not size:
        if gathered.is_signed_around():
            return
        gathered.add("signature.scheme", "apple", held, member=member, section=section)
        return
    try:
        found = read_signature(program, offset, size)
    except ParseError as error:
        gathered.lost_to("signing", error, member)
        held |= {"state": "failed", "error": error.message}
        place = base + offset if offset < len(program) else None
        gathered.add("signature.scheme", "apple", held, member=member, offset=place, section=section)
        return
    held |= {"state": found.state, "error": found.error, "signers": len(found.signers)}
    if found.state in {"failed", "unsupported"}:
        gathered.lost("signing", Reason.DAMAGED, f"{member or gathered.file}: {found.error}", base + offset)
    gathered.add("signature.scheme", "apple", held, member=member, offset=base + offset, section=section)
    add_certificates(
        gathered, found.signers, found.others, Place(gathered.file, member, base + offset, None, section), "apple"
    )
    if found.identifier and not member and not gathered.has("app.package"):
        gathered.add("app.package", found.identifier, offset=base + offset, section=section)
    elif found.identifier and not gathered.has("app.package", found.identifier):
        gathered.add("program.bundle", found.identifier, {"kind": "program"}, member=member, section=section)
    if found.team:
        gathered.add("program.team", found.team, member=member, section=section)
    for written, load in ((found.rights, plist.load_map), (found.der_rights, read_rights)):
        try:
            add_rights(gathered, load(written, member) if written else {}, member, section)
        except ParseError as error:
            gathered.lost_to("signing", error, member)


def add_rights(gathered: Gathered, rights: plist.Map, member: str, section: str) -> None:
    """Adds the rights that a signature or a profile gives."""
    for key, value in list(rights.items())[:MOST_VALUES]:
        gathered.add("program.entitlement", key, _setting(value), member=member, section=section)
    add_texts_of(gathered, map(_without_use, plist.texts(rights)), member)


def _without_use(text: str) -> str:
    """A domain that a program belongs to, without what it is used for (`applinks:example.org`)."""
    use, _, rest = text.partition(":")
    return rest if use.isalpha() and not rest.startswith("//") else text


def _setting(value: plist.Value) -> Mapping[str, Value]:
    if isinstance(value, bool):
        return {"setting": "true" if value else "false"}
    if isinstance(value, list):
        return {"setting": "list", "values": [one for one in value if isinstance(one, str)][:MOST_VALUES]}
    return {"setting": value if isinstance(value, str) else str(type(value).__name__)}
