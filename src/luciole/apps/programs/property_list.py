"""Reads property lists, in XML and binary form, with bounds; only maps come out, whatever a file claims to hold."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from typing import cast

from luciole.kernel.errors import ParseError
from luciole.kernel.limits import MIB

LARGEST = 4 * MIB
MOST_VALUES = 4096
_DEEPEST_XML = 64
_DEFINES = b"<!ENTITY"

Plist = Mapping[str, object]


def read_plist(data: bytes, member: str = "") -> Plist:
    """The map at the top of a property list. Raises ParseError when it is none, or too large or nested too deeply."""
    if len(data) > LARGEST:
        raise ParseError(f"a property list of {len(data)} bytes", file=member, limit=True)
    if _DEFINES in data[:4096] or _nesting(data) > _DEEPEST_XML:
        raise ParseError("the property list is built to overload its readers", file=member, limit=True)
    try:
        found = plistlib.loads(data)
    except (MemoryError, RecursionError):
        raise ParseError("the property list is nested too deeply", file=member, limit=True) from None
    except Exception as error:  # the library lets out whatever its parsers of bytes and XML raise
        raise ParseError(f"not a property list ({type(error).__name__})", file=member, offset=0) from error
    if not isinstance(found, dict):
        raise ParseError("the property list holds no map", file=member, offset=0)
    return cast("Plist", found)


def _nesting(data: bytes) -> int:
    """At least how deep maps and lists of an XML property list are open at once where they are only opened."""
    if data.startswith(b"bplist"):
        return 0
    opened = data.count(b"<dict>") + data.count(b"<array>")
    closed = data.count(b"</dict>") + data.count(b"</array>")
    return opened - closed


def text_of(plist: Plist, key: str) -> str:
    """The text under `key`; empty where there is none."""
    found = plist.get(key)
    return found if isinstance(found, str) else ""


def flag_of(plist: Plist, key: str) -> bool:
    """Whether `key` is true, as a flag, as the number 1 or as a text, which systems take as well."""
    found = plist.get(key)
    return found is True or (isinstance(found, int) and found == 1) or found in {"1", "YES", "true"}


def texts_of(plist: Plist, key: str) -> list[str]:
    """The texts in the list under `key`."""
    found = plist.get(key)
    return [one for one in found if isinstance(one, str)][:MOST_VALUES] if isinstance(found, list) else []


def map_of(plist: Plist, key: str) -> Plist:
    """The map under `key`; empty where there is none."""
    found = plist.get(key)
    return cast("Plist", found) if isinstance(found, dict) else {}


def maps_of(plist: Plist, key: str) -> list[Plist]:
    """The maps in the list under `key`."""
    found = plist.get(key)
    maps = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [cast("Plist", one) for one in maps[:MOST_VALUES]]
