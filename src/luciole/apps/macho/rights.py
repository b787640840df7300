"""Reads the rights of a program as newer signatures write them in DER, beside the list in XML.

Source: Apple, TN3125 and CoreEntitlements: a version, then pairs of a name and a value; iOS 15 and macOS 12 and later
read this form. A value is a flag, number, text, data, a list, or pairs again.
"""

from __future__ import annotations

from luciole.apps import plist
from luciole.apps.apk.signing import der
from luciole.apps.apk.signing.der import Element
from luciole.kernel.errors import ParseError

_OUTER, _PAIRS, _OLD_PAIRS = 0x70, 0xB0, 0x31
_FLAG, _TEXT = 0x01, 0x0C
_MOST_NUMBER = 8
_DEEPEST = 16
LARGEST = 1 << 20


def read_rights(data: bytes, member: str = "") -> plist.Map:
    """Name → value of each right. Raises ParseError where they are damaged or too large."""
    if len(data) > LARGEST:
        raise ParseError(f"rights of {len(data)} bytes", file=member, limit=True)
    top = der.element(data, 0, len(data))
    if top.tag == _OUTER:
        top = der.members(data, top, 2)[1]
    if top.tag not in {_PAIRS, _OLD_PAIRS}:
        raise ParseError("rights of a form not known", file=member, offset=0)
    return _pairs(data, top, 0)


def _pairs(data: bytes, node: Element, depth: int) -> plist.Map:
    found: plist.Map = {}
    for pair in der.members(data, node):
        name, value = der.members(data, pair, 2)[:2]
        if name.tag != _TEXT:
            raise ParseError("a right without a name", offset=name.begin)
        found[_text(data, name)] = _value(data, value, depth + 1)
    return found


def _value(data: bytes, node: Element, depth: int) -> plist.Value:
    if depth > _DEEPEST:
        raise ParseError("rights nested too deeply", offset=node.begin, limit=True)
    content = data[node.start : node.stop]
    if node.tag == _FLAG:
        return content != b"\0"
    if node.tag == _TEXT:
        return _text(data, node)
    if node.tag == der.INTEGER and len(content) <= _MOST_NUMBER:
        return int.from_bytes(content, "big", signed=True)
    if node.tag == der.OCTET_STRING:
        return content
    if node.tag == der.SEQUENCE:
        return [_value(data, one, depth + 1) for one in der.members(data, node)]
    if node.tag in {_PAIRS, _OLD_PAIRS}:
        return _pairs(data, node, depth)
    raise ParseError("a right of a kind not known", offset=node.begin)


def _text(data: bytes, node: Element) -> str:
    return data[node.start : node.stop].decode("utf-8", "backslashreplace")
