"""Writes inert Windows programs (PE): they list functions and hold texts, and their only code returns at once."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping

import msgspec

from luciole.simulate.apps.keys import signer
from luciole.simulate.programs.cms import INDIRECT_DATA, indirect_data, signed_data

RETURN = b"\x31\xc0\xc3"
"""xor eax, eax; ret: all the code there is."""
_FILE, _MEMORY = 0x200, 0x1000
_HEADERS = 0x400
_PE = 0x80
_CODE, _DATA, _TEXTS = 0x60000020, 0xC0000040, 0x40000040
_ICON, _VERSION, _MANIFEST = 3, 16, 24


class WindowsProgram(msgspec.Struct, frozen=True):
    """One inert program. imports, late: library → functions ("#7": by number); strings, wide: texts in ASCII, UTF-16;
    version: the texts of its description; icon: a picture; sections: further ones, by name; filler: a section of
    data; behind: bytes behind the sections; signer: name of a test key."""  # noqa: D205, D209 - a list of fields follows the sentence

    imports: Mapping[str, tuple[str, ...]] = {}
    late: Mapping[str, tuple[str, ...]] = {}
    strings: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    version: Mapping[str, str] = {}
    language: str = "0409"
    manifest: str = ""
    icon: bytes = b""
    sections: tuple[str, ...] = ()
    filler: bytes = b""
    behind: bytes = b""
    signer: str = ""
    console: bool = False
    library: bool = False
    driver: bool = False
    narrow: bool = False
    dotnet: bool = False


class _Section(msgspec.Struct):
    name: str
    data: bytes
    flags: int
    address: int = 0
    offset: int = 0


def build_program(program: WindowsProgram) -> bytes:
    """The file; the same description gives the same bytes. Raises nothing."""
    sections = [_Section(".text", RETURN, _CODE), _Section(".rdata", b"", _DATA)]
    sections += [_Section(name, b"", _TEXTS) for name in program.sections]
    if program.filler:
        sections.append(_Section(".data", program.filler, _DATA))
    tables = _Tables(program, _MEMORY * 2)
    sections[1].data = tables.data
    _place(sections)
    resources = _Section(".rsrc", b"", _TEXTS, sections[-1].address + _room(sections[-1].data, _MEMORY))
    resources.data = _resources(program, resources.address)
    sections.append(resources)
    _place(sections)
    whole = _headers(program, sections, tables) + b"".join(_padded(one.data) for one in sections) + program.behind
    return _signed(program, whole) if program.signer else whole


def _place(sections: list[_Section]) -> None:
    address, offset = _MEMORY, _HEADERS
    for one in sections:
        one.address, one.offset = address, offset
        address += _room(one.data, _MEMORY)
        offset += _room(one.data, _FILE)


def _room(data: bytes, step: int) -> int:
    return max(step, -(-len(data) // step) * step)


def _padded(data: bytes) -> bytes:
    return data + bytes(_room(data, _FILE) - len(data))


def _headers(program: WindowsProgram, sections: list[_Section], tables: _Tables) -> bytes:
    machine, flags = (0x14C, 0x102) if program.narrow else (0x8664, 0x22)
    flags |= 0x2000 if program.library else 0
    size = 96 + 128 if program.narrow else 112 + 128
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", machine, len(sections), 0, 0, 0, size, flags)
    image = sections[-1].address + _room(sections[-1].data, _MEMORY)
    start = struct.pack("<HBBIIIII", 0x10B if program.narrow else 0x20B, 14, 0, _FILE, 0, 0, _MEMORY, _MEMORY)
    base = struct.pack("<II", 2 * _MEMORY, 0x400000) if program.narrow else struct.pack("<Q", 0x140000000)
    system = 1 if program.driver else 3 if program.console else 2
    middle = struct.pack("<IIHHHHHHIIIIHH", _MEMORY, _FILE, 6, 0, 0, 0, 6, 0, 0, image, _HEADERS, 0, system, 0x8160)
    stack = (0x100000, 0x1000, 0x100000, 0x1000)
    end = struct.pack("<IIII" if program.narrow else "<QQQQ", *stack) + struct.pack("<II", 0, 16)
    directories = [(0, 0)] * 16
    directories[1], directories[13] = tables.imports, tables.late
    directories[2] = (sections[-1].address, len(sections[-1].data))
    if program.dotnet:
        directories[14] = (sections[1].address, 72)
    packed = b"".join(struct.pack("<II", *one) for one in directories)
    rows = b"".join(
        struct.pack("<8sIIIIIIHHI", one.name.encode()[:8], len(one.data), one.address, _room(one.data, _FILE),
                    one.offset, 0, 0, 0, 0, one.flags)
        for one in sections
    )  # fmt: skip
    dos = b"MZ" + bytes(58) + struct.pack("<I", _PE)
    return (dos + bytes(_PE - len(dos)) + coff + start + base + middle + end + packed + rows).ljust(_HEADERS, b"\0")


class _Tables:
    """The lists of functions, then the texts, as they stand in memory from `address` on."""

    def __init__(self, program: WindowsProgram, address: int) -> None:
        self._address = address
        self._wide = 4 if program.narrow else 8
        self.data = bytes(72)
        self.imports = self._write(program.imports, late=False)
        self.late = self._write(program.late, late=True)
        self.data += b"\0" * 8
        for text in program.strings:
            self.data += text.encode() + b"\0"
        self.data += bytes(-len(self.data) % 4)
        for text in program.wide:
            self.data += text.encode("utf-16-le") + b"\0\0"

    def _here(self) -> int:
        return self._address + len(self.data)

    def _write(self, libraries: Mapping[str, tuple[str, ...]], *, late: bool) -> tuple[int, int]:
        if not libraries:
            return 0, 0
        self.data += bytes(-len(self.data) % 8)
        rows = b""
        for library, functions in libraries.items():
            thunks = b"".join(self._function(one) for one in functions) + bytes(self._wide)
            self.data += bytes(-len(self.data) % 8)
            names = self._here()
            self.data += thunks
            targets = self._here()
            self.data += thunks
            title = self._here()
            self.data += library.encode() + b"\0"
            if late:
                rows += struct.pack("<IIIIIIII", 1, title, 0, targets, names, 0, 0, 0)
            else:
                rows += struct.pack("<IIIII", names, 0, 0, title, targets)
        self.data += bytes(-len(self.data) % 8)
        start = self._here()
        rows += bytes(32 if late else 20)
        self.data += rows
        return start, len(rows)

    def _function(self, name: str) -> bytes:
        if name.startswith("#"):
            number = 1 << (8 * self._wide - 1) | int(name[1:])
            return number.to_bytes(self._wide, "little")
        self.data += bytes(len(self.data) % 2)
        place = self._here()
        self.data += b"\0\0" + name.encode() + b"\0"
        return place.to_bytes(self._wide, "little")


def _resources(program: WindowsProgram, address: int) -> bytes:
    held = {}
    if program.icon:
        held[_ICON] = program.icon
    if program.version:
        held[_VERSION] = version_block(program.version, program.language)
    if program.manifest:
        held[_MANIFEST] = program.manifest.encode()
    if not held:
        return b"\0"
    count = len(held)
    first = 16 + 8 * count
    root = struct.pack("<IIHHHH", 0, 0, 0, 0, 0, count)
    names = languages = entries = bodies = b""
    data_at = first + count * 72 + 0
    for number, (kind, body) in enumerate(held.items()):
        place = first + number * 72
        root += struct.pack("<II", kind, 0x80000000 | place)
        body_at = data_at + len(bodies)
        names += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 1, 0x80000000 | (place + 24))
        names += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 0x409, place + 48)
        names += struct.pack("<IIII", address + body_at, len(body), 0, 0) + bytes(8)
        bodies += body + bytes(-len(body) % 8)
    return root + names + languages + entries + bodies


def version_block(texts: Mapping[str, str], language: str = "0409") -> bytes:
    """A VS_VERSIONINFO block with these texts."""
    strings = b"".join(_block(key, (text + "\0").encode("utf-16-le"), 1) for key, text in texts.items())
    table = _block(language + "04b0", b"", 1, strings)
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, 0x10000, 0, 0x10000, 0, 0x3F, 0, 0x40004, 1, 0, 0, 0)
    return _block("VS_VERSION_INFO", fixed, 0, _block("StringFileInfo", b"", 1, table))


def _block(key: str, value: bytes, kind: int, inner: bytes = b"") -> bytes:
    head = (key + "\0").encode("utf-16-le")
    body = bytes(-(6 + len(head)) % 4) + value
    length = 6 + len(head) + len(body)
    if inner:
        body += bytes(-length % 4) + inner
        length = 6 + len(head) + len(body)
    size = len(value) // 2 if kind == 1 else len(value)
    return struct.pack("<HHH", length, size, kind) + head + body + bytes(-length % 4)


def _signed(program: WindowsProgram, data: bytes) -> bytes:
    """The file with its signature behind it (Authenticode)."""
    data += bytes(-len(data) % 8)
    optional = _PE + 24
    entry = optional + (96 if program.narrow else 112) + 32
    checksum = optional + 64
    covered = data[:checksum] + data[checksum + 4 : entry] + data[entry + 8 :]
    content = indirect_data(hashlib.sha256(covered).digest())
    inner = content[2:] if content[1] < 0x80 else content[2 + (content[1] & 0x7F) :]  # noqa: PLR2004 - a short length
    block = signed_data(signer(program.signer), INDIRECT_DATA, inner, content)
    block += bytes(-len(block) % 8)
    table = struct.pack("<IHH", 8 + len(block), 0x200, 2) + block
    where = struct.pack("<II", len(data), len(table))
    return data[:entry] + where + data[entry + 8 :] + table
