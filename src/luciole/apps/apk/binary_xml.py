"""Binary XML as Android's ResXMLTree reads it: elements in document order, attributes by resource id."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.anomaly_log import AnomalyLog
from luciole.apps.apk.string_pool import StringPool
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits

Value = tuple[int, int, int]
"""Type of the value, its 32 bits of data, index of the raw string (or NOTHING)."""

NOTHING = 0xFFFFFFFF
TYPE_REFERENCE, TYPE_ATTRIBUTE, TYPE_STRING, TYPE_FLOAT = 0x01, 0x02, 0x03, 0x04
TYPE_DYNAMIC_REFERENCE = 0x07
TYPE_HEX, TYPE_BOOLEAN = 0x11, 0x12
FIRST_INT, LAST_INT = 0x10, 0x1F

_POOL, _XML, _MAP = 0x0001, 0x0003, 0x0180
_START_ELEMENT, _END_ELEMENT = 0x0102, 0x0103
_FIRST_NODE, _LAST_NODE = 0x0100, 0x017F
_TEXT = 0x0104
_PASSED_OVER = frozenset({0x0100, 0x0101})
_KNOWN = frozenset({_POOL, _MAP, 0x0100, 0x0101, _START_ELEMENT, _END_ELEMENT, _TEXT})
_LEAST_BODY = {0x0100: 8, 0x0101: 8, _START_ELEMENT: 20, _END_ELEMENT: 8, _TEXT: 12}
"""Bytes that each node must have behind its header."""
_CHUNK = struct.Struct("<HHI").unpack_from
_ELEMENT = struct.Struct("<IIHHH").unpack_from
_ATTRIBUTE = struct.Struct("<IIIHBBI")
_U32 = struct.Struct("<I").unpack_from
_ATTRIBUTE_SIZE = 20
_EXTENSION_SIZE = 20
_NODE_HEADER = 16
_CHUNK_HEADER = 8


class Element:
    """One start tag. depth: 1 for the root; offset: of its chunk; attributes: resource id → value, first one counts.

    plain: name index and value of attributes without a namespace, which Android finds by name. text_index: string
    index of the last text directly after the start tag, known once the next element was asked for; -1 without one.
    """

    __slots__ = ("attributes", "depth", "document", "name_index", "offset", "plain", "text_index")

    def __init__(self, document: BinaryXml, depth: int, offset: int, name_index: int) -> None:
        self.document = document
        self.depth = depth
        self.offset = offset
        self.name_index = name_index
        self.attributes: dict[int, Value] = {}
        self.plain: list[tuple[int, Value]] = []
        self.text_index = -1

    @property
    def tag(self) -> str:
        """The element's name."""
        return self.document.pool.text(self.name_index)

    @property
    def text(self) -> str:
        """The text directly inside the element, before its first child."""
        return self.document.pool.text(self.text_index)

    def named(self, name: str) -> Value | None:
        """The attribute without a namespace that has this name (XmlPullParser.getAttributeValue(null, name))."""
        text = self.document.pool.text
        for index, value in self.plain:
            if text(index) == name:
                return value
        return None


class BinaryXml:
    """A document whose string pool and resource map are found; the elements are read while they are iterated.

    data: the file; anomalies: where deviations go; member: its name for places. Raises ParseError when there is no
    string pool or no element. `limited`: a bound was reached, so that the document was not read to its end.
    `partial`: offsets of the elements that were read and whose attributes may be others, or more, than those read.
    """

    __slots__ = ("_attributes_left", "_end", "_first", "_ids", "_limits", "_log", "_map", "_map_size", "data",
                 "limited", "partial", "pool")  # fmt: skip

    def __init__(self, data: bytes, anomalies: list[Anomaly], member: str, limits: Limits = DEFAULT) -> None:
        if len(data) < _CHUNK_HEADER:
            raise ParseError("too short for binary XML", file=member)
        self.data = data
        self.limited = False
        self.partial: set[int] = set()
        self._log = AnomalyLog(anomalies, member)
        self._limits = limits
        self._ids: dict[int, int] = {}
        self._map = self._map_size = 0
        self._attributes_left = 0
        start, self._end = self._bounds()
        pool: StringPool | None = None
        pool, self._first = self._prologue(start)
        if (pool is None or not self._first) and self._end < len(data):
            self._log.note("xml.size", "the declared size hides all elements", 4, refused=True)
            self._end = len(data)
            pool, self._first = self._prologue(start)
        if pool is None or not self._first:
            raise ParseError("no string pool or no element", file=member, offset=start)
        self.pool = pool
        if self._map_size > pool.count:
            self._log.note("xml.resource-map", f"{self._map_size} ids for {pool.count} strings", self._map)

    def _bounds(self) -> tuple[int, int]:
        """Start and end of the chunks: Android ignores the file's type, starts at headerSize, ends at size."""
        file_type, header_size, size = _CHUNK(self.data, 0)
        length = len(self.data)
        note = self._log.note
        if file_type != _XML:
            note("xml.file-type", f"type {file_type:#06x}", 0)
        if size > length:
            note("xml.size", f"{size} bytes declared, {length} there", 4, refused=True)
        elif size < length:
            note("xml.bytes-after-end", f"{length - size} bytes behind the declared end", size)
        start = header_size
        if header_size != _CHUNK_HEADER:
            outside = not _CHUNK_HEADER <= header_size <= min(size, length) or header_size % 4 != 0
            note("xml.header-size", f"header of {header_size} bytes", 2, refused=outside)
            start = _CHUNK_HEADER if outside else header_size
        return start, min(size, length)

    def _prologue(self, place: int) -> tuple[StringPool | None, int]:
        """The last string pool and resource map before the first node, and the first node's offset (0: none)."""
        pool: StringPool | None = None
        while place + _CHUNK_HEADER <= self._end:
            kind, header_size, size = _CHUNK(self.data, place)
            if not self._valid(place, header_size, size, _CHUNK_HEADER):
                self._log.note("xml.chunk", f"chunk {kind:#06x} of {size} bytes", place, refused=True)
                resumed = self._resume(place)
                if resumed < 0:
                    break
                if resumed > place:
                    place = resumed
                    continue
            if kind == _POOL:
                pool = self._better_pool(pool, place, size)
            elif kind == _MAP:
                self._map, self._map_size = place + header_size, max(0, size - header_size) // 4
            elif _FIRST_NODE <= kind <= _LAST_NODE:
                return pool, place
            else:
                self._log.note("xml.unknown-chunk", f"chunk {kind:#06x}", place)
            place += size
        return pool, 0

    def _better_pool(self, earlier: StringPool | None, place: int, size: int) -> StringPool | None:
        if earlier is not None:
            self._log.note("xml.second-string-pool", "the last one before the first element counts", place)
        try:
            return StringPool(self.data, place, min(place + size, len(self.data)), self._log, self._limits)
        except ParseError:
            self._log.note("strings.cut-off", "a string pool is shorter than its header", place, refused=True)
            return earlier

    def _valid(self, place: int, header_size: int, size: int, minimum: int) -> bool:
        """Android's validate_chunk."""
        return (
            minimum <= header_size <= size and not (header_size | size) & 3 and size <= self._end - place
        )  # fmt: skip

    def _resume(self, place: int) -> int:
        """Where reading goes on after a chunk that Android refuses; -1 when nothing readable follows.

        The same place when only the alignment or the end is wrong and the chunk still lies in the data.
        """
        _, header_size, size = _CHUNK(self.data, place)
        if _CHUNK_HEADER <= header_size <= size <= self._end - place:
            return place
        for candidate in range(place + 4 - place % 4, self._end - _CHUNK_HEADER + 1, 4):
            kind, header_size, size = _CHUNK(self.data, candidate)
            if kind in _KNOWN and self._valid(candidate, header_size, size, _CHUNK_HEADER):
                return candidate
        return -1

    def elements(self) -> Iterator[Element]:
        """Each start tag inside the root, in document order, with its depth; those too deep are left out and noted."""
        depth = 0
        self._attributes_left = 2 * self._limits.xml_nodes
        element: Element | None = None
        for place, kind, header_size, size in self._nodes():
            if kind == _START_ELEMENT:
                depth += 1
                element = self._element(place, header_size, size, depth)
                if element is not None:
                    yield element
            elif kind == _END_ELEMENT:
                depth -= 1
                if depth <= 0:
                    self._after_root(place + size)
                    return
                element = None
            elif kind == _TEXT:
                if element is not None and header_size + 4 <= size:
                    element.text_index = _U32(self.data, place + header_size)[0]
            elif kind not in _PASSED_OVER:
                self._log.note("xml.chunk-among-elements", f"chunk {kind:#06x}", place)
        if not self.limited:
            self._log.note("xml.unclosed", f"{depth} elements are not closed", self._end)

    def _nodes(self) -> Iterator[tuple[int, int, int, int]]:
        """Place, type, header size and size of each chunk from the first node on."""
        data, place, end = self.data, self._first, self._end
        left = self._limits.xml_nodes
        while place + _CHUNK_HEADER <= end:
            kind, header_size, size = _CHUNK(data, place)
            if not self._valid(place, header_size, size, _NODE_HEADER):
                # Android gives up here, inside the root: the file is refused, and we read on.
                self._log.note("xml.chunk", f"chunk {kind:#06x} of {size} bytes", place, refused=True)
                resumed = self._resume(place)
                if resumed < 0:
                    return
                if resumed > place:
                    place = resumed
                    continue
            elif size - header_size < _LEAST_BODY.get(kind, 0):
                self._log.note("xml.chunk", f"chunk {kind:#06x} without its content", place, refused=True)
            left -= 1
            if left < 0:
                self.limited = True
                self._log.note("xml.limit", f"more than {self._limits.xml_nodes} nodes", place)
                return
            yield place, kind, header_size, size
            place += size
        if place < end:
            self._log.note("xml.chunk", f"{end - place} bytes are no chunk", place, refused=True)

    def _after_root(self, place: int) -> None:
        """Android looks at nothing behind the end of the root; what lies there is worth a note."""
        while place + _CHUNK_HEADER <= self._end:
            kind, header_size, size = _CHUNK(self.data, place)
            if kind == _START_ELEMENT:
                self._log.note("xml.element-after-root", "elements behind the end of the root are not read", place)
                return
            if not self._valid(place, header_size, size, _NODE_HEADER):
                self._log.note("xml.chunk-after-root", f"chunk {kind:#06x} of {size} bytes", place)
                return
            place += size

    def _element(self, place: int, header_size: int, size: int, depth: int) -> Element | None:
        if depth > self._limits.xml_depth:
            # Nothing that Android looks for stands so deep.
            self._log.note("xml.depth", f"elements deeper than {self._limits.xml_depth}", place)
            return None
        body = place + header_size
        if body + _EXTENSION_SIZE > self._end:
            self._log.note("xml.element-cut", "an element is cut off", place, refused=True)
            return None
        _, name_index, start, step, count = _ELEMENT(self.data, body)
        if start + step * count > size - header_size or size - header_size < _EXTENSION_SIZE:
            self._log.note("xml.attributes-outside", f"{count} attributes of {step} bytes", place, refused=True)
            self.partial.add(place)
        element = Element(self, depth, place, name_index)
        if count:
            self._read_attributes(element, body + start, step, self._attribute_count(body + start, step, count, place))
        return element

    def _attribute_count(self, first: int, step: int, count: int, place: int) -> int:
        """How many attributes are read: what lies in the data and within the limits."""
        if step != _ATTRIBUTE_SIZE:
            self._log.note("xml.attribute-size", f"attributes of {step} bytes", place)
        room = self._end - first - _ATTRIBUTE_SIZE
        if room < 0:
            self.partial.add(place)
            return 0
        count = min(count, room // step + 1) if step else 1
        allowed = min(self._limits.xml_attributes, self._attributes_left)
        if count > allowed:
            self.partial.add(place)
            self._log.note("xml.attributes", f"{count} attributes on one element, {allowed} read", place)
            count = allowed
        self._attributes_left -= count
        return count

    def _read_attributes(self, element: Element, first: int, step: int, count: int) -> None:
        data, ids, attributes = self.data, self._ids, element.attributes
        for place in range(first, first + step * count, step) if step else (first,) * count:
            namespace, name, raw, _, _, kind, value = _ATTRIBUTE.unpack_from(data, place)
            identifier = ids.get(name)
            if identifier is None:
                identifier = ids[name] = self._resource_id(name)
            if identifier:
                if identifier in attributes:
                    self._log.note("xml.attribute-twice", f"attribute {identifier:#010x}", place)
                else:
                    attributes[identifier] = (kind, value, raw)
            if namespace >= self.pool.count:
                element.plain.append((name, (kind, value, raw)))

    def _resource_id(self, name: int) -> int:
        place = self._map + 4 * name
        return int(_U32(self.data, place)[0]) if name < self._map_size and place + 4 <= len(self.data) else 0
