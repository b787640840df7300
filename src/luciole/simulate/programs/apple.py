"""Writes inert programs of macOS and iOS (Mach-O): they name functions, and their only code returns at once."""

from __future__ import annotations

import hashlib
import plistlib
import struct
from collections.abc import Mapping

import msgspec

from luciole.simulate.apps.keys import signer
from luciole.simulate.programs.cms import DATA, signed_data

PROCESSORS = {"arm64": (0x0100000C, 0, bytes.fromhex("c0035fd6")), "x86-64": (0x01000007, 3, b"\xc3")}
"""Number of the processor, its kind, and the code that returns: all the code there is."""
PLATFORMS = {"macos": 1, "ios": 2}
_PAGE = 0x1000
_BASE = 0x100000000
_SIGNATURE_ROOM = 8192
_KINDS = {"main": 2, "library": 6}


class AppleProgram(msgspec.Struct, frozen=True):
    """One inert program. libraries: paths; imports: names as the linker writes them; rights, der_rights:
    entitlements, as a list and as bytes in DER; signer: name of a test key, "ad-hoc", or empty for none; identifier,
    team: of the signature; filler: more bytes."""  # noqa: D205, D209 - a list of fields follows the sentence

    libraries: tuple[str, ...] = ("/usr/lib/libSystem.B.dylib",)
    imports: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    platform: str = "macos"
    processor: str = "arm64"
    kind: str = "main"
    signer: str = ""
    identifier: str = "org.example.inert"
    team: str = ""
    rights: Mapping[str, object] = {}
    der_rights: bytes = b""
    encrypted: bool = False
    filler: bytes = b""


def build_macho(program: AppleProgram) -> bytes:
    """One program; the same description gives the same bytes."""
    code = PROCESSORS[program.processor][2]
    texts = b"".join(text.encode() + b"\0" for text in program.strings)
    commands_room = 4096 + sum(len(one) + 40 for one in program.libraries)
    text_at = -(-commands_room // _PAGE) * _PAGE
    body = code + bytes(-len(code) % 16) + texts + bytes(-len(texts) % 16) + program.filler
    link_at = -(-(text_at + len(body)) // _PAGE) * _PAGE
    symbols, names = _symbols(program)
    signature_at = link_at + len(symbols) + len(names)
    signature_at += -signature_at % 16
    pages = -(-signature_at // _PAGE)
    room = _SIGNATURE_ROOM + 32 * pages if program.signer else 0
    header = _header(program, text_at, link_at, len(symbols) // 16, len(names), signature_at, room)
    data = (header.ljust(text_at, b"\0") + body).ljust(link_at, b"\0") + symbols + names
    data = data.ljust(signature_at, b"\0")
    return data + _signature(program, data).ljust(room, b"\0") if program.signer else data


def build_fat(programs: Mapping[str, bytes]) -> bytes:
    """A file with one program for each processor: processor → program."""
    offset, rows, body = _PAGE, b"", b""
    for processor, data in programs.items():
        number, kind, _ = PROCESSORS[processor]
        rows += struct.pack(">IIIII", number, kind, offset + len(body), len(data), 12)
        body += data + bytes(-len(data) % _PAGE)
    return (b"\xca\xfe\xba\xbe" + struct.pack(">I", len(programs)) + rows).ljust(offset, b"\0") + body


def _symbols(program: AppleProgram) -> tuple[bytes, bytes]:
    names, rows = b"\0", b""
    for name in program.imports:
        rows += struct.pack("<IBBHQ", len(names), 0x01, 0, 0x0100, 0)
        names += name.encode() + b"\0"
    return rows, names + bytes(-len(names) % 8)


def _header(
    program: AppleProgram, text_at: int, link_at: int, symbols: int, names: int, signature_at: int, room: int
) -> bytes:
    number, kind, code = PROCESSORS[program.processor]
    link_size = signature_at + room - link_at
    section = struct.pack(
        "<16s16sQQIIIIIIII", b"__text", b"__TEXT", _BASE + text_at, len(code), text_at, 2, 0, 0, 0x80000400, 0, 0, 0
    )
    commands = [
        _segment(b"__TEXT", 0, link_at, 5, section),
        _segment(b"__LINKEDIT", link_at, link_size, 1),
        struct.pack("<IIIIII", 0x2, 24, link_at, symbols, link_at + 16 * symbols, names),
        struct.pack("<20I", 0xB, 80, 0, 0, 0, 0, 0, symbols, *([0] * 12)),
        struct.pack("<IIIIII", 0x32, 24, PLATFORMS[program.platform], 13 << 16, 14 << 16, 0),
    ]
    if program.kind == "main":
        commands.append(struct.pack("<IIQQ", 0x80000028, 24, text_at, 0))
    else:
        commands.append(_library(0xD, program.identifier))
    commands += [_library(0xC, one) for one in program.libraries]
    if program.encrypted:
        commands.append(struct.pack("<IIIIII", 0x2C, 24, text_at, 16, 1, 0))
    if room:
        commands.append(struct.pack("<IIII", 0x1D, 16, signature_at, room))
    packed = b"".join(commands)
    file_kind = _KINDS[program.kind]
    return struct.pack("<IIIIIIII", 0xFEEDFACF, number, kind, file_kind, len(commands), len(packed), 0x85, 0) + packed


def _segment(name: bytes, offset: int, size: int, protection: int, sections: bytes = b"") -> bytes:
    length = 72 + len(sections)
    memory = -(-size // _PAGE) * _PAGE
    return struct.pack("<II16sQQQQIIII", 0x19, length, name, _BASE + offset, memory, offset, size, protection,
                       protection, len(sections) // 80, 0) + sections  # fmt: skip


def _library(command: int, path: str) -> bytes:
    name = path.encode() + b"\0"
    name += bytes(-(24 + len(name)) % 8)
    return struct.pack("<IIIIII", command, 24 + len(name), 24, 2, 0x10000, 0x10000) + name


def _signature(program: AppleProgram, data: bytes) -> bytes:
    rights = _blob(0xFADE7171, plistlib.dumps(dict(program.rights))) if program.rights else b""
    der = _blob(0xFADE7172, program.der_rights) if program.der_rights else b""
    signed = program.signer != "ad-hoc"
    directory = _directory(program, data, (rights, der), signed=signed)
    blobs = [(0, directory), *((slot, blob) for slot, blob in ((5, rights), (7, der)) if blob)]
    blobs.append((0x10000, _blob(0xFADE0B01, signed_data(signer(program.signer), DATA, directory) if signed else b"")))
    start, rows, body = 12 + 8 * len(blobs), b"", b""
    for slot, blob in blobs:
        rows += struct.pack(">II", slot, start + len(body))
        body += blob
    return struct.pack(">III", 0xFADE0CC0, start + len(body), len(blobs)) + rows + body


def _directory(program: AppleProgram, data: bytes, rights: tuple[bytes, bytes], *, signed: bool) -> bytes:
    hashes = [hashlib.sha256(data[start : start + _PAGE]).digest() for start in range(0, len(data), _PAGE)]
    listed, der = (hashlib.sha256(each).digest() if each else bytes(32) for each in rights)
    special = [*([der, bytes(32)] if rights[1] else []), listed, *[bytes(32)] * 4]
    name = program.identifier.encode() + b"\0"
    team = program.team.encode() + b"\0" if program.team else b""
    name_at = 52
    first = name_at + len(name) + len(team) + 32 * len(special)
    flags = 0x10000 if signed else 0x2
    team_at = name_at + len(name) if team else 0
    counts = (first, name_at, len(special), len(hashes), len(data))
    body = struct.pack(">IIIIIIIBBBBIII", 0x20200, flags, *counts, 32, 2, 0, 12, 0, 0, team_at)
    return _blob(0xFADE0C02, body + name + team + b"".join(special) + b"".join(hashes))


def _blob(magic: int, content: bytes) -> bytes:
    return struct.pack(">II", magic, 8 + len(content)) + content
