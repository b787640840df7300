"""Takes binary XML apart into its chunks and puts it together again, so that tricks can change one of them."""

from __future__ import annotations

import struct
from typing import NamedTuple

from luciole.simulate.apps.binary_xml import END_ELEMENT, FILE, START_ELEMENT

UNKNOWN = 0x0777


class Document(NamedTuple):
    """A binary XML file as this package writes it: string pool, resource map, then the nodes."""

    pool: bytes
    resource_map: bytes
    nodes: tuple[bytes, ...]

    def join(self) -> bytes:
        """The file, with its true size."""
        body = b"".join((self.pool, self.resource_map, *self.nodes))
        return struct.pack("<HHI", FILE, 8, 8 + len(body)) + body

    def insert(self, index: int, chunk: bytes) -> Document:
        """The document with one more chunk among the nodes."""
        return self._replace(nodes=(*self.nodes[:index], chunk, *self.nodes[index:]))


def take_apart(data: bytes) -> Document:
    """The chunks of `data`, which this package has written."""
    return Document(*_pool_map_nodes(chunks(data, 8, len(data))))


def chunks(data: bytes, start: int, end: int) -> list[bytes]:
    """The chunks one after the other from `start`."""
    found: list[bytes] = []
    while start < end:
        size = struct.unpack_from("<I", data, start + 4)[0]
        found.append(data[start : start + size])
        start += size
    return found


def _pool_map_nodes(parts: list[bytes]) -> tuple[bytes, bytes, tuple[bytes, ...]]:
    return parts[0], parts[1], tuple(parts[2:])


def kind(chunk: bytes) -> int:
    """The type of a chunk."""
    return int.from_bytes(chunk[:2], "little")


def find_start(document: Document, nth: int = 0) -> int:
    """The index of the nth start tag among the nodes; 0 is the root."""
    starts = [index for index, node in enumerate(document.nodes) if kind(node) == START_ELEMENT]
    return starts[nth]


def last_end(document: Document) -> int:
    """The index of the root's end tag among the nodes."""
    return max(index for index, node in enumerate(document.nodes) if kind(node) == END_ELEMENT)


def attributes(node: bytes) -> list[bytes]:
    """The attributes of a start tag, 20 bytes each."""
    count = struct.unpack_from("<H", node, 28)[0]
    return [node[36 + 20 * index : 56 + 20 * index] for index in range(count)]


def with_attributes(node: bytes, found: list[bytes], *, gap: bytes = b"", size: int = 20) -> bytes:
    """The start tag with other attributes, padded to `size` bytes each, `gap` bytes behind where they usually begin."""
    body = gap + b"".join(item.ljust(size, b"\0") for item in found)
    head = bytearray(node[:36])
    struct.pack_into("<I", head, 4, 36 + len(body))
    struct.pack_into("<HHH", head, 24, 20 + len(gap), size, len(found))
    return bytes(head) + body


def chunk(number: int, body: bytes, *, size: int | None = None) -> bytes:
    """A chunk of any type; size: what it declares instead of its true size."""
    return struct.pack("<HHI", number, 8, 8 + len(body) if size is None else size) + body
