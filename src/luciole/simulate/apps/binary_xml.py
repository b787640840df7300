"""Writes binary XML (AXML) from a tree of elements, with UTF-8 or UTF-16 string pools (AOSP ResourceTypes.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from luciole.simulate.apps.attributes import ANDROID, ATTRIBUTES
from luciole.simulate.apps.string_pool import Strings, write_pool

FILE, RESOURCE_MAP = 0x0003, 0x0180
START_NAMESPACE, END_NAMESPACE, START_ELEMENT, END_ELEMENT, TEXT = 0x0100, 0x0101, 0x0102, 0x0103, 0x0104
NOTHING = 0xFFFFFFFF
TYPE_REFERENCE, TYPE_STRING, TYPE_INTEGER, TYPE_HEX, TYPE_BOOLEAN = 0x01, 0x03, 0x10, 0x11, 0x12


class Reference(NamedTuple):
    """A resource id as an attribute's value."""

    id: int


class Flags(NamedTuple):
    """Flag bits as an attribute's value, written as a hexadecimal number."""

    bits: int


AttributeValue = str | int | bool | Reference | Flags


class Element(NamedTuple):
    """An element. Attributes that Android's framework defines go by its ids, all others by name without namespace."""

    tag: str
    attributes: Mapping[str, AttributeValue] = {}
    children: tuple[Element, ...] = ()
    text: str = ""


def write_xml(root: Element, *, utf8: bool = True) -> bytes:
    """The binary XML file of `root`."""
    known = sorted({name for element in _walk(root) for name in element.attributes if name in ATTRIBUTES}, key=_order)
    writer = _Writer(known)
    body = writer.document(root)
    pool = write_pool(writer.strings.texts, utf8=utf8)
    ids = [ATTRIBUTES[name] for name in known]
    resource_map = struct.pack(f"<HHI{len(ids)}I", RESOURCE_MAP, 8, 8 + 4 * len(ids), *ids)
    size = 8 + len(pool) + len(resource_map) + len(body)
    return b"".join((struct.pack("<HHI", FILE, 8, size), pool, resource_map, body))


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _walk(child)


def _order(name: str) -> int:
    """Android looks attributes up in the order of their ids, those without an id last."""
    return ATTRIBUTES.get(name, NOTHING)


class _Writer:
    """Writes the nodes of one document; the first strings are the names that the resource map describes."""

    def __init__(self, known: list[str]) -> None:
        self._known = {name: index for index, name in enumerate(known)}
        self.strings = Strings(known)
        self._parts: list[bytes] = []

    def document(self, root: Element) -> bytes:
        prefix, uri = self.strings.index("android"), self.strings.index(ANDROID)
        namespace = struct.pack("<IIII", 1, NOTHING, prefix, uri)
        self._parts.append(struct.pack("<HHI", START_NAMESPACE, 16, 24) + namespace)
        self._element(root)
        self._parts.append(struct.pack("<HHI", END_NAMESPACE, 16, 24) + namespace)
        return b"".join(self._parts)

    def _element(self, element: Element) -> None:
        names = sorted(element.attributes, key=_order)
        attributes = b"".join(self._attribute(name, element.attributes[name]) for name in names)
        tag = self.strings.index(element.tag)
        self._parts.append(
            struct.pack(
                "<HHIIIIIHHHHHH",
                *(START_ELEMENT, 16, 36 + len(attributes), 1, NOTHING),
                *(NOTHING, tag, 20, 20, len(names), 0, 0, 0),
            )
            + attributes
        )
        if element.text:
            index = self.strings.index(element.text)
            self._parts.append(struct.pack("<HHIIIIHBBI", TEXT, 16, 28, 1, NOTHING, index, 8, 0, 0, 0))
        for child in element.children:
            self._element(child)
        self._parts.append(struct.pack("<HHIIIII", END_ELEMENT, 16, 24, 1, NOTHING, NOTHING, tag))

    def _attribute(self, name: str, value: AttributeValue) -> bytes:
        if name in self._known:
            namespace, index = self.strings.index(ANDROID), self._known[name]
        else:
            namespace, index = NOTHING, self.strings.index(name)
        raw, kind, data = self._value(value)
        return struct.pack("<IIIHBBI", namespace, index, raw, 8, 0, kind, data)

    def _value(self, value: AttributeValue) -> tuple[int, int, int]:
        """The raw string index, the type and the data of a value."""
        match value:
            case bool():
                return NOTHING, TYPE_BOOLEAN, NOTHING if value else 0
            case int():
                return NOTHING, TYPE_INTEGER, value & NOTHING
            case Reference(id=number):
                return NOTHING, TYPE_REFERENCE, number
            case Flags(bits=bits):
                return NOTHING, TYPE_HEX, bits & NOTHING
            case _:
                index = self.strings.index(str(value))
                return index, TYPE_STRING, index
