"""Finds network addresses, hosts and content:// addresses in text bytes, by local matches around "://" only."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from luciole.apps.apk.dex import Dex, Flags, Indexes, Rows, Words, decode_mutf8

LONGEST_URL = 2048
LONGEST_HOST = 253
LONGEST_LABEL = 63
MOST_ADDRESSES = 20_000
"""Different addresses kept from one DEX."""
MOST_MARKS = 500_000
"""Places with "://" looked at in one DEX."""
MOST_BYTES = 16 << 20
"""Bytes of all addresses looked at in one DEX; one inside the other count twice."""
_SCHEME = re.compile(
    rb"(?:https?|wss?|s?ftps?|rtsps?|rtmps?|mqtts?|tcp|udp|ssl|tls|socks[45]?|amqps?|coap|xmpp|content)\Z",
    re.IGNORECASE,
)
_LONGEST_SCHEME = 7
_PIECE = 1 << 18
_COLON, _SLASH = ord(":"), ord("/")
_REST = re.compile(rb'[^\x00-\x20"<>\\^`{|}\x7f\xc0]{3,2048}')
_AUTHORITY_END = re.compile(r"[/?#]")
_PORT = re.compile(r":\d{0,5}\Z")
_ALONE = re.compile(rb"(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,10}(?::\d{2,5})?\Z")
_FOUR_OCTETS = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\Z")
_LARGEST_OCTET = 255
_ALONE_IP = re.compile(rb"(\d{1,3}(?:\.\d{1,3}){3})(?::\d{2,5})?\Z")
_TRAILING = ".,;:!?'\")]*"

SUFFIXES: frozenset[bytes] = frozenset(
    b"""
    com net org info biz io co me app xyz online site top club us uk eu de fr es it ru cn br in nl se pl cz at ch be gr
    tr ua ir il jp kr vn th ph sg hk tw au nz ca mx ar cl pe za ng ke pt ro hu fi dk no ie tk ml ga cf gq pw cc tv ws
    live space website store shop tech cloud dev link click mobi support pro agency digital network
    systems today world vip fun buzz monster rest su ly gl onion example invalid
    """.split()
)
"""Ends of names that count as hosts when they stand alone."""
_PACKAGE_ROOTS = frozenset(
    b"com org net io edu gov android androidx java javax jdk sun dalvik kotlin kotlinx scala groovy junit libcore me "
    b"de fr uk ru cn eu it nl au br jp kr app dev co in user os line file path this self event event_ item data".split()
)
"""First labels of package names and properties: com.vendor.app is no host."""
_SUBDOMAINS = frozenset(b"app data dev user me in".split())
_COMMON_ENDS = frozenset(b"com net org".split())
"""Those of them that are hosts all the same before the most usual ends: app.vendor.com."""
_DOTS = np.uint64(0x2E2E2E2E2E2E2E2E)
_LOW = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_LAST = np.uint64(56)
_FIRST = np.uint64(0xFF)
_ZERO, _NINE, _SMALL_A = np.uint64(ord("0")), np.uint64(ord("9")), np.uint64(ord("a"))
_SHORTEST_IP, _LONGEST_IP = 7, 21


class Addresses(NamedTuple):
    """What was found. urls: as written (cut at 2,048 bytes) → offset; hosts: lower case → offset; contents: content://
    addresses → offset; complete: False when a bound was reached."""  # noqa: D209, D205 - one sentence

    urls: dict[str, int]
    hosts: dict[str, int]
    contents: dict[str, int]
    complete: bool


def find_addresses(data: bytes, start: int, stop: int, most: int = MOST_MARKS) -> Addresses:
    """Every address with a known scheme and a valid host in `data[start:stop]` (UTF-8 or MUTF-8).

    most: places with "://" that are looked at. Behind any other scheme, or behind "://" alone, only the host is taken,
    and only when `lone_host` knows its end.
    """
    found = Addresses({}, {}, {}, complete=True)
    seen: set[bytes] = set()
    looked_at = 0
    for count, place in enumerate(_marks(data, start, stop)):
        scheme = _SCHEME.search(data, max(start, place - _LONGEST_SCHEME), place)
        rest = _REST.match(data, place + 3, stop)
        if rest:
            first = scheme.start() if scheme else place
            raw = data[first : rest.end()]
            looked_at += len(raw)
            if raw not in seen:
                seen.add(raw)
                add = _add if scheme else _add_host
                add(raw, first, found)
        if count >= most or len(seen) >= MOST_ADDRESSES or looked_at >= MOST_BYTES:
            return found._replace(complete=False)
    return found


def _marks(data: bytes, start: int, stop: int) -> Iterator[int]:
    """Where "://" stands: colons are found in pieces, and few are followed by two slashes."""
    for piece in range(start, stop - 2, _PIECE):
        part = np.frombuffer(data, np.uint8, min(_PIECE + 2, stop - piece), piece)
        colons = np.flatnonzero(part[:-2] == _COLON)
        marks = colons[(part[colons + 1] == _SLASH) & (part[colons + 2] == _SLASH)]
        yield from (marks + piece).tolist()


def _add(raw: bytes, offset: int, found: Addresses) -> None:
    text = decode_mutf8(raw)
    if text[:10].lower() == "content://":
        found.contents.setdefault(text[:LONGEST_URL], offset)
        return
    text = text.rstrip(_TRAILING)
    host = host_of(text)
    if host:
        found.urls.setdefault(text, offset)
        found.hosts.setdefault(host, offset)


def _add_host(raw: bytes, offset: int, found: Addresses) -> None:
    """The host behind a scheme that is none of the known ones, or behind none, when it looks like a public one."""
    host = host_of(decode_mutf8(raw).rstrip(_TRAILING))
    if host.isascii() and lone_host(host.encode()):
        found.hosts.setdefault(host, offset + len("://"))


def host_of(url: str) -> str:
    """The host of an address with a scheme, in lower case, IDN as written; empty when it is none.

    A host is an IPv4 address, a bracketed IPv6 address, or at least two labels that could stand in the DNS.
    """
    _, mark, rest = url.partition("://")
    if not mark:
        return ""
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        return _ipv6(authority[1:].partition("]")[0])
    name = _PORT.sub("", authority).removesuffix(".").lower()
    return name if _is_ipv4(name) or _is_name(name) else ""


def _ipv6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        return ""


def _is_ipv4(text: str) -> bool:
    match = _FOUR_OCTETS.match(text)
    return match is not None and all(int(octet) <= _LARGEST_OCTET for octet in match.groups())


def _is_name(text: str) -> bool:
    labels = text.split(".")
    if len(labels) < 2 or len(text) > LONGEST_HOST:  # noqa: PLR2004 - one label is no public name
        return False
    top = labels[-1]
    return len(top) > 1 and (top.startswith("xn--") or not any(map(str.isdigit, top))) and all(map(_is_label, labels))


def _is_label(label: str) -> bool:
    if not 0 < len(label) <= LONGEST_LABEL or label[0] in "-_" or label[-1] == "-":
        return False
    if label.isascii():
        return label.replace("-", "").replace("_", "").isalnum()
    return all(character in "-_" or unicodedata.category(character)[0] in "LMN" for character in label)


def lone_host(text: bytes) -> str:
    """The host when the whole of `text` is one, alone or with a port: an IP address, or a name with a usual end."""
    match = _ALONE_IP.match(text)
    if match:
        return _public_ip(match[1].decode())
    name = text.partition(b":")[0]
    end = name.rpartition(b".")[2]
    if end not in SUFFIXES or not _ALONE.match(text):
        return ""
    first = name.partition(b".")[0]
    named = first not in _PACKAGE_ROOTS or (first in _SUBDOMAINS and end in _COMMON_ENDS and name.count(b".") > 1)
    return name.decode() if named else ""


def _public_ip(text: str) -> str:
    """An address that could be reached; version numbers such as 4.1.2.0 mostly end in 0 or start low."""
    if not _is_ipv4(text):
        return ""
    parts = [int(part) for part in text.split(".")]
    plausible = parts[0] > 9 and parts[3] not in {0, 255}  # noqa: PLR2004 - bounds of plain octets
    return text if plausible and ipaddress.IPv4Address(text).is_global else ""


def lone_hosts(dex: Dex, rows: Rows, found: dict[str, int]) -> None:
    """Adds the hosts among the whole strings of `rows` → offset. Only strings whose ends allow it are looked at."""
    for place in _candidates(rows).tolist():
        start = rows.start.item(place)
        host = lone_host(dex.data[start : start + rows.length.item(place)])
        if host:
            found.setdefault(host, start)


def _candidates(rows: Rows) -> Indexes:
    """Strings with a dot among their last eight bytes that end in a small letter, or with a digit first and last."""
    dots = rows.tail ^ _DOTS
    dotted = np.flatnonzero((dots - _LOW) & ~dots & _HIGH)
    last = rows.tail[dotted] >> _LAST
    first = rows.head[dotted] & _FIRST
    dotted = dotted[
        (last >= _SMALL_A) & ((first >= _SMALL_A) | (first <= _NINE)) & (rows.length[dotted] <= LONGEST_HOST)
    ]
    digits = np.flatnonzero((rows.tail >> _LAST) - _ZERO <= _NINE - _ZERO)
    first = rows.head[digits] & _FIRST
    lengths = rows.length[digits]
    numbers = (first - _ZERO <= _NINE - _ZERO) & (lengths <= _LONGEST_IP) & (lengths >= _SHORTEST_IP)
    ports = (
        _has_port(rows.tail[digits])
        & ((first >= _SMALL_A) | (first - _ZERO <= _NINE - _ZERO))
        & (lengths <= LONGEST_HOST)
    )
    digits = digits[numbers | ports]
    return np.concatenate([dotted, digits])


def _has_port(tails: Words) -> Flags:
    """Which of these ends are a colon and two to five characters."""
    found = np.zeros(len(tails), np.bool_)
    for shift in (16, 24, 32, 40):
        found |= (tails >> np.uint64(shift)) & _FIRST == _COLON
    return found
