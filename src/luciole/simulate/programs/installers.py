"""Writes inert installers: NSIS behind a program, cabinets, packages of macOS. They hold what is given, no more."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import struct
import zlib
from collections.abc import Mapping

import msgspec

from luciole.simulate.programs.windows import WindowsProgram, build_program

_SECTOR = 512
_SIGNATURE = b"\xef\xbe\xad\xdeNullsoftInst"
_FOLDER, _FILE, _REGISTRY = 11, 20, 51
_ENTRY = struct.Struct("<7I")
_VARIABLES = {"$INSTDIR": 21, "$PLUGINSDIR": 26, "$TEMP": 25}
_BLOCK = 32 << 10
_FILTER = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
_LZMA_HEAD = b"\x5d" + struct.pack("<I", 1 << 16)


class Setup(msgspec.Struct, frozen=True):
    """One inert installer. files: path (with $INSTDIR, $PLUGINSDIR, $TEMP) → content; values: key, name and text of the
    registry; method: lzma, deflate or stored; solid: all in one stream."""  # noqa: D205, D209 - a list of fields

    files: Mapping[str, bytes] = {}
    values: tuple[tuple[str, str, str], ...] = ()
    method: str = "lzma"
    solid: bool = True
    program: WindowsProgram = WindowsProgram(manifest='<assemblyIdentity name="Nullsoft.NSIS.exehead"/>')


def build_nsis(setup: Setup) -> bytes:
    """The installer, laid out as makensis does; its program is one that only returns."""
    stub = build_program(setup.program)
    stub += bytes(-len(stub) % _SECTOR)
    packed = {name: _framed(content, setup) for name, content in setup.files.items()}
    script = _script(setup, packed)
    body = b"".join(packed.values())
    if setup.solid:
        data = _compressed(struct.pack("<I", len(script)) + script + body, setup.method)
    else:
        small = _compressed(script, setup.method)
        flag = 0 if setup.method == "stored" else 0x80000000
        data = struct.pack("<I", len(small) | flag) + small + body
    first = struct.pack("<I16sII", 0, _SIGNATURE, len(script), 28 + len(data) + 4)
    whole = stub + first + data
    return whole + struct.pack("<I", zlib.crc32(whole[_SECTOR:]))


def _framed(content: bytes, setup: Setup) -> bytes:
    if setup.solid or setup.method == "stored":
        return struct.pack("<I", len(content)) + content
    small = _compressed(content, setup.method)
    return struct.pack("<I", len(small) | 0x80000000) + small


def _compressed(data: bytes, method: str) -> bytes:
    if method == "stored":
        return data
    if method == "lzma":
        return _LZMA_HEAD + lzma.compress(data, lzma.FORMAT_RAW, filters=[_FILTER])
    worker = zlib.compressobj(wbits=-15)
    return worker.compress(data) + worker.flush()


def _script(setup: Setup, packed: Mapping[str, bytes]) -> bytes:
    pool = bytearray(b"\0\0")

    def text(value: str) -> int:
        place = len(pool) // 2
        pool.extend(_text(value) + b"\0\0")
        return place

    entries: list[tuple[int, ...]] = []
    place = 0
    for path, content in packed.items():
        folder, _, name = path.replace("/", "\\").rpartition("\\")
        entries += [
            (_FOLDER, text(folder or "$INSTDIR"), 1, 0, 0, 0, 0),
            (_FILE, 0, text(name), place, 0xFFFFFFFF, 0xFFFFFFFF, 0),
        ]
        place += len(content)
    entries += [(_REGISTRY, 0x80000001, text(key), text(name), text(value), 1, 1) for key, name, value in setup.values]
    entries.append((1, 0, 0, 0, 0, 0, 0))
    head = 4 + 8 * 8
    code = b"".join(_ENTRY.pack(*one) for one in entries)
    strings = head + len(code)
    language = strings + len(pool)
    blocks = [(head, 0), (head, 0), (head, len(entries)), (strings, 0), (language, 1), *[(language + 10, 0)] * 3]
    table = struct.pack("<I", 0) + b"".join(struct.pack("<II", *one) for one in blocks)
    return table + code + bytes(pool) + struct.pack("<HII", 1033, 0, 0)


def _text(value: str) -> bytes:
    for name, number in _VARIABLES.items():
        if value.startswith(name):
            code = (number & 0x7F | 0x80) | (number >> 7 | 0x80) << 8
            return struct.pack("<HH", 3, code) + value[len(name) :].encode("utf-16-le")
    return value.encode("utf-16-le")


def build_cabinet(files: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    """A cabinet of Windows with these files in one folder; packed: with MSZIP, else as they are ([MS-CAB])."""
    names = [name.replace("/", "\\").encode() + b"\0" for name in files]
    blocks = b"".join(_cabinet_blocks(b"".join(files.values()), packed=packed))
    count = -(-sum(map(len, files.values())) // _BLOCK)
    start = 36 + 8
    data = start + sum(16 + len(name) for name in names)
    held, place = b"", 0
    for name, content in zip(names, files.values(), strict=True):
        held += struct.pack("<IIHHHH", len(content), place, 0, 0x5821, 0, 0x20) + name
        place += len(content)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, data + len(blocks), 0, start, 0, 3, 1, 1, len(files), 0, 1, 0)
    return head + struct.pack("<IHH", data, count, int(packed)) + held + blocks


def _cabinet_blocks(content: bytes, *, packed: bool) -> list[bytes]:
    found, before = [], b""
    for at in range(0, len(content), _BLOCK):
        piece = content[at : at + _BLOCK]
        worker = zlib.compressobj(wbits=-15, zdict=before) if before else zlib.compressobj(wbits=-15)
        small = b"CK" + worker.compress(piece) + worker.flush() if packed else piece
        sizes = struct.pack("<HH", len(small), len(piece))
        found.append(struct.pack("<I", _checksum(sizes, _checksum(small))) + sizes + small)
        before = piece
    return found


def _checksum(data: bytes, before: int = 0) -> int:
    """[MS-CAB] 3.1: numbers of four bytes, folded; what is left over at the end counts the other way round."""
    whole = len(data) & ~3
    for (number,) in struct.iter_unpack("<I", data[:whole]):
        before ^= number
    return before ^ int.from_bytes(data[whole:], "big")


def build_cpio(files: Mapping[str, bytes]) -> bytes:
    """An archive in the portable form of cpio, with numbers as octal digits."""
    rows = [*files.items(), ("TRAILER!!!", b"")]
    return b"".join(
        b"070707000000%06o100644000000000000000001000000%011o%06o%011o"
        % (number, 0, len(name.encode()) + 1, len(content))
        + name.encode()
        + b"\0"
        + content
        for number, (name, content) in enumerate(rows, 1)
    )


def build_chunks(content: bytes, size: int = 1 << 16) -> bytes:
    """The same bytes as a chunked payload: each chunk as xz, or as it is where that is no larger."""
    made = b"pbzx" + struct.pack(">Q", size)
    for at in range(0, len(content), size):
        piece = content[at : at + size]
        small = lzma.compress(piece, lzma.FORMAT_XZ)
        kept = small if len(small) < len(piece) else piece
        made += struct.pack(">QQ", len(piece), len(kept)) + kept
    return made


class MacPackage(msgspec.Struct, frozen=True):
    """One inert package. files: its payload; packing: gzip, chunks or none; scripts: those of the installation."""

    files: Mapping[str, bytes] = {}
    packing: str = "gzip"
    identifier: str = "org.example.package"
    version: str = "1.0"
    scripts: Mapping[str, bytes] = {}
    certificates: tuple[str, ...] = ()


def build_mac_package(package: MacPackage) -> bytes:
    """The package: a xar archive with its description, payload and scripts."""
    payload = build_cpio(package.files)
    described = f'<pkg-info format-version="2" identifier="{package.identifier}" version="{package.version}"/>'
    held = {"PackageInfo": described.encode(), "Payload": _packed(payload, package.packing)}
    if package.scripts:
        held["Scripts"] = gzip.compress(build_cpio(package.scripts), mtime=0)
    return build_xar(held, package.certificates)


def _packed(content: bytes, how: str) -> bytes:
    if how == "chunks":
        return build_chunks(content)
    return gzip.compress(content, mtime=0) if how == "gzip" else content


def build_xar(files: Mapping[str, bytes], certificates: tuple[str, ...] = ()) -> bytes:
    """An archive in xar with these files as they are. certificates: base64, named as those of a signer."""
    rows, place = "", 0
    for number, (name, content) in enumerate(files.items(), 1):
        size = len(content)
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        rows += (
            f'<file id="{number}"><name>{name}</name><type>file</type><mode>0644</mode><data><length>{size}</length>'
            f'<offset>{place}</offset><size>{size}</size><encoding style="application/octet-stream"/>'
            f'<extracted-checksum style="SHA1">{digest}</extracted-checksum>'
            f'<archived-checksum style="SHA1">{digest}</archived-checksum></data></file>'
        )
        place += size
    signers = "".join(f"<X509Certificate>{one}</X509Certificate>" for one in certificates)
    signature = (
        f'<signature style="RSA"><KeyInfo><X509Data>{signers}</X509Data></KeyInfo></signature>' if signers else ""
    )
    table = f'<?xml version="1.0" encoding="UTF-8"?><xar><toc>{signature}{rows}</toc></xar>'.encode()
    small = zlib.compress(table)
    return struct.pack(">4sHHQQI", b"xar!", 28, 1, len(small), len(table), 0) + small + b"".join(files.values())
