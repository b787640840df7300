"""Tricks with the binary XML of the manifest: false sizes, foreign chunks, odd attributes, further elements."""

from __future__ import annotations

import struct
from collections.abc import Callable

from luciole.simulate.apps.binary_xml import END_ELEMENT, NOTHING, START_ELEMENT
from luciole.simulate.apps.string_pool import write_pool
from luciole.simulate.apps.tricks.chunks import (
    UNKNOWN,
    Document,
    attributes,
    chunk,
    find_start,
    kind,
    last_end,
    take_apart,
    with_attributes,
)
from luciole.simulate.apps.tricks.registry import Stage, on_bytes

DocumentTrick = Callable[[Document], Document]


def on_manifest(trick_id: str) -> Callable[[DocumentTrick], DocumentTrick]:
    """Registers a function that changes the manifest taken apart into chunks."""

    def register(function: DocumentTrick) -> DocumentTrick:
        def change(data: bytes) -> bytes:
            return function(take_apart(data)).join()

        change.__doc__ = function.__doc__
        on_bytes(trick_id, Stage.MANIFEST)(change)
        return function

    return register


@on_bytes("xml.file-type", Stage.MANIFEST)
def file_type(data: bytes) -> bytes:
    """The manifest's type word is not that of binary XML; Android ignores it."""
    return b"\0\0" + data[2:]


@on_bytes("xml.size", Stage.MANIFEST)
def size_larger(data: bytes) -> bytes:
    """The manifest declares more bytes than it has; Android refuses."""
    return data[:4] + struct.pack("<I", len(data) + 4096) + data[8:]


@on_bytes("xml.bytes-after-end", Stage.MANIFEST)
def bytes_after_end(data: bytes) -> bytes:
    """Bytes follow the declared end of the manifest."""
    return data + bytes(range(64))


@on_bytes("xml.header-size", Stage.MANIFEST)
def header_size(data: bytes) -> bytes:
    """The manifest's header is longer than usual."""
    return data[:2] + struct.pack("<HI", 16, len(data) + 8) + bytes(8) + data[8:]


@on_manifest("xml.second-string-pool")
def second_pool(document: Document) -> Document:
    """A string pool full of nonsense comes before the one that counts."""
    decoy = write_pool(["decoy"] * 64, utf8=True)
    return document._replace(pool=decoy + document.pool)


@on_manifest("xml.unknown-chunk")
def unknown_chunk(document: Document) -> Document:
    """A chunk of an unknown type comes before the first element."""
    return document.insert(0, chunk(UNKNOWN, b"unknown."))


@on_manifest("xml.chunk-among-elements")
def chunk_among_elements(document: Document) -> Document:
    """A string pool and an unknown chunk lie among the elements."""
    foreign = struct.pack("<HHI", UNKNOWN, 16, 24) + b"sixteen bytes!!!"
    return document.insert(2, write_pool(["ignored"], utf8=True)).insert(2, foreign)


@on_manifest("xml.chunk")
def chunk_of_no_size(document: Document) -> Document:
    """A chunk of size 0 comes before the first element; Android refuses."""
    return document.insert(0, chunk(UNKNOWN, b"", size=0))


@on_manifest("xml.chunk-after-root")
def chunk_after_root(document: Document) -> Document:
    """A chunk of size 0 follows the root; Android has stopped by then."""
    return document.insert(last_end(document) + 1, chunk(UNKNOWN, b"", size=0))


@on_manifest("xml.attribute-size")
def attribute_size(document: Document) -> Document:
    """Every attribute takes 24 bytes instead of 20."""
    return _each_start(document, lambda node: with_attributes(node, attributes(node), size=24))


@on_manifest("xml.attribute-start")
def attribute_start(document: Document) -> Document:
    """The attributes begin 8 bytes later than usual."""
    return _each_start(document, lambda node: with_attributes(node, attributes(node), gap=b"\xff" * 8))


@on_manifest("xml.attributes-outside")
def attributes_outside(document: Document) -> Document:
    """The root claims more attributes than its chunk holds; Android refuses."""
    root = find_start(document)
    node = bytearray(document.nodes[root])
    struct.pack_into("<H", node, 28, len(attributes(bytes(node))) + 3)
    return _replace(document, root, bytes(node))


@on_manifest("xml.attribute-twice")
def attribute_twice(document: Document) -> Document:
    """Attributes of the root stand there twice, the second time with other values."""
    root = find_start(document)
    node = document.nodes[root]
    found = attributes(node)
    again = [item[:8] + struct.pack("<IHBBI", NOTHING, 8, 0, 0x10, 7) for item in found]
    return _replace(document, root, with_attributes(node, found + again))


@on_manifest("xml.comment-index")
def comment_index(document: Document) -> Document:
    """Line numbers and comment indices are out of range; Android never uses them."""
    lie = struct.pack("<II", 0x7FFFFFFF, 0x00FFFFFF)
    return document._replace(nodes=tuple(node[:8] + lie + node[16:] for node in document.nodes))


@on_manifest("xml.resource-map")
def resource_map(document: Document) -> Document:
    """The resource map is longer than the string pool."""
    count = struct.unpack_from("<I", document.pool, 8)[0]
    ids = document.resource_map[8:].ljust(4 * (count + 50), b"\x01")
    return document._replace(resource_map=struct.pack("<HHI", 0x0180, 8, 8 + len(ids)) + ids)


@on_manifest("xml.unclosed")
def unclosed(document: Document) -> Document:
    """The end of the root is missing; Android refuses."""
    return document._replace(nodes=document.nodes[: last_end(document)])


@on_manifest("xml.element-after-root")
def element_after_root(document: Document) -> Document:
    """Another manifest element follows the end of the root."""
    at = last_end(document)
    root, end = document.nodes[find_start(document)], document.nodes[at]
    return document.insert(at + 1, end).insert(at + 1, root)


@on_manifest("manifest.several-applications")
def two_applications(document: Document) -> Document:
    """A second, empty application element follows; the first one counts."""
    start = next(
        index
        for index in range(len(document.nodes) - 1, 0, -1)
        if kind(document.nodes[index]) == START_ELEMENT and _depth(document, index) == 1
    )
    end = document.nodes[last_end(document) - 1]
    empty = with_attributes(document.nodes[start], [])
    at = last_end(document)
    return document.insert(at, end).insert(at, empty)


@on_manifest("xml.boolean-values")
def boolean_values(document: Document) -> Document:
    """True is written as 2 and not as all ones; any value but 0 is true."""

    def change(item: bytes) -> bytes:
        return item[:16] + struct.pack("<I", 2) if item[15] == 0x12 and any(item[16:]) else item  # noqa: PLR2004 - the number is the format's

    return _each_start(document, lambda node: with_attributes(node, [change(item) for item in attributes(node)]))


@on_manifest("xml.raw-values")
def raw_values(document: Document) -> Document:
    """The raw texts of attributes say something else than their typed values."""

    def change(item: bytes) -> bytes:
        return item[:8] + struct.pack("<I", 0) + item[12:]

    return _each_start(document, lambda node: with_attributes(node, [change(item) for item in attributes(node)]))


def _depth(document: Document, index: int) -> int:
    """How many elements are open before the node at `index`."""
    kinds = [kind(node) for node in document.nodes[:index]]
    return kinds.count(START_ELEMENT) - kinds.count(END_ELEMENT)


def _replace(document: Document, index: int, node: bytes) -> Document:
    return document._replace(nodes=(*document.nodes[:index], node, *document.nodes[index + 1 :]))


def _each_start(document: Document, change: Callable[[bytes], bytes]) -> Document:
    nodes = tuple(change(node) if kind(node) == START_ELEMENT else node for node in document.nodes)
    return document._replace(nodes=nodes)
