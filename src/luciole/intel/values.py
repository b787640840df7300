"""Indicator values in one form each: typed by what they are, never by the column they stood in."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from luciole.intel.model import ValueType
from luciole.kernel.errors import ParseError

_DIGEST_TYPES: dict[int, ValueType] = {32: "md5", 40: "sha1", 64: "sha256"}
_HEX = re.compile(r"[0-9a-f]+")
_BLANK = re.compile(r"[\x00-\x20]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+")
_BUNDLE = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_URL_SCHEMES = frozenset({"http", "https", "ftp", "ws", "wss"})
_DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}
MAX_HOST = 253
MAX_URL = 2048
MAX_TEXT = 1024

# certificate names: literals, classes and fixed repetition; nothing that can run away on hostile text
_PATTERN_TOKEN = re.compile(r"\\[WwDdSs.\-]|\[[A-Za-z0-9 _-]+\]|[A-Za-z0-9 _:,@/-]|\{\d{1,2}(?:,\d{1,2})?\}")
_REPEAT = re.compile(r"\{(\d{1,2}),(\d{1,2})\}")
_MAX_CHOICES = 1000


class Typed(NamedTuple):
    """A normalised value and what it is."""

    type: ValueType
    value: str


def package(text: str) -> str:
    """An Android application id, case kept; ParseError when it is none (two or more parts, letters first)."""
    if len(text) > MAX_HOST or not _PACKAGE.fullmatch(text):
        raise ParseError("not an Android application id")
    return text


def ios_bundle(text: str) -> str:
    """An iOS bundle id, case kept."""
    if len(text) > MAX_HOST or not _BUNDLE.fullmatch(text):
        raise ParseError("not an iOS bundle id")
    return text


def digest(text: str) -> Typed:
    """A hexadecimal MD5, SHA-1 or SHA-256, lower case, colons and blanks between bytes dropped; typed by its length."""
    plain = text.strip().replace(":", "").replace(" ", "").lower()
    kind = _DIGEST_TYPES.get(len(plain))
    if kind is None or not _HEX.fullmatch(plain):
        raise ParseError("not an MD5, SHA-1 or SHA-256 in hexadecimal")
    return Typed(kind, plain)


def ipv4(text: str) -> str:
    """A dotted IPv4 address without leading zeros."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ParseError("not an IPv4 address") from None


def ipv6(text: str) -> str:
    """An IPv6 address in its one short form (RFC 5952), without brackets; one with the zone of a computer is none."""
    try:
        found = ipaddress.IPv6Address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise ParseError("not an IPv6 address") from None
    if found.scope_id is not None or found.ipv4_mapped is not None:
        raise ParseError("not an IPv6 address that others can reach")
    return str(found)


def host(text: str) -> str:
    """A host name of two or more labels: lower case, IDN as ASCII ("xn--…"), no final dot."""
    plain = text.strip().rstrip(".")
    if not plain or len(plain) > MAX_HOST:
        raise ParseError("not a host name: empty or too long")
    ascii_name = plain.lower() if plain.isascii() else _idna(plain)
    labels = ascii_name.split(".")
    if len(ascii_name) > MAX_HOST or len(labels) < 2 or labels[-1].isdigit():  # noqa: PLR2004 - a host has a parent
        raise ParseError("not a host name")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ParseError("not a host name")
    return ascii_name


def _idna(text: str) -> str:
    try:
        return text.lower().encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ParseError("not a host name: letters that no host name may hold") from None


def url(text: str) -> str:
    """An address with scheme: scheme and host in lower case, the default port and the fragment dropped, path kept."""
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _URL_SCHEMES or len(text) > MAX_URL:
        raise ParseError("not a web address")
    authority, tail = _split_authority(rest.partition("#")[0])
    name, port = _split_port(authority)
    where = f"[{ipv6(name)}]" if name.startswith("[") else ipv4(name) if _looks_ipv4(name) else host(name)
    if _BLANK.search(tail):
        raise ParseError("not a web address: blanks or controls in it")
    port = "" if port == _DEFAULT_PORTS[scheme] else port
    return f"{scheme}://{where}{':' + port if port else ''}{tail}"


def _split_authority(rest: str) -> tuple[str, str]:
    """Host with port, and everything behind it. A name before "@" is dropped: it may be a person's."""
    end = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
    return rest[:end].rpartition("@")[2], rest[end:] or "/"


def _split_port(authority: str) -> tuple[str, str]:
    closing = authority.find("]") + 1 if authority.startswith("[") else 0
    name, _, port = authority[closing:].partition(":")
    name = authority[:closing] + name
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5):  # noqa: PLR2004 - 65535
        raise ParseError("not a web address: the port is no number")
    return name, port


def host_of_url(address: str) -> str:
    """The host or address of a normalised web address."""
    authority = address.partition("://")[2].partition("/")[0].partition("?")[0]
    return authority[1:].partition("]")[0] if authority.startswith("[") else authority.partition(":")[0]


def _looks_ipv4(text: str) -> bool:
    return text.count(".") == 3 and text.replace(".", "").isdecimal()  # noqa: PLR2004 - four parts


def _looks_ipv6(text: str) -> bool:
    return text.startswith("[") or (text.count(":") > 1 and "/" not in text)


def _address6(text: str) -> Typed:
    """An IPv6 address, perhaps in brackets and with a port; one that stands for an IPv4 address is that."""
    plain = text[1:].partition("]")[0] if text.startswith("[") else text
    try:
        mapped = ipaddress.IPv6Address(plain).ipv4_mapped
    except ValueError:
        raise ParseError("not an IPv6 address") from None
    return Typed("ipv6", ipv6(plain)) if mapped is None else Typed("ipv4", str(mapped))


def network(text: str) -> Typed:
    """A web address, an address of either version or a host, whichever it is; ParseError when none."""
    plain = text.strip()
    if "://" in plain:
        return Typed("url", url(plain))
    if _looks_ipv4(plain):
        return Typed("ipv4", ipv4(plain))
    if _looks_ipv6(plain):
        return _address6(plain)
    if "/" in plain:
        return Typed("url", url("http://" + plain))
    return Typed("host", host(plain))


def text_value(text: str) -> str:
    """A name that is compared as a whole, such as a certificate's organisation; outer blanks dropped."""
    plain = text.strip()
    if not plain or len(plain) > MAX_TEXT:
        raise ParseError("empty or too long")
    return plain


def pattern(text: str) -> str:
    """A simple pattern over a certificate's common name: literals, character classes, counted repetition only.

    Alternatives, groups, "*" and "+" are refused, so that no name can make the comparison slow.
    """
    inner = text.strip()
    if len(inner) > MAX_TEXT:
        raise ParseError("pattern too long")
    body = inner.removeprefix("^").removesuffix("$")
    tokens = _PATTERN_TOKEN.findall(body)
    if not body or "".join(tokens) != body or not _few_choices(tokens):
        raise ParseError("not a pattern of the simple kind that is allowed")
    try:
        re.compile(body)
    except re.error:
        raise ParseError("not a pattern of the simple kind that is allowed") from None
    return body


def _few_choices(tokens: list[str]) -> bool:
    choices = 1
    for token in tokens:
        if (found := _REPEAT.fullmatch(token)) is not None:
            low, high = int(found[1]), int(found[2])
            choices *= max(1, high - low + 1)
    return choices <= _MAX_CHOICES


def parents(name: str) -> list[str]:
    """The names above a host at label boundaries, nearest first, down to two labels: a.b.c.d → b.c.d, c.d."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels) - 1)]


def normalise(kind: ValueType, text: str) -> str:
    """`text` as a value of type `kind`; ParseError when it is none."""
    if kind in {"sha256", "sha1", "md5"}:
        found = digest(text)
        if found.type != kind:
            raise ParseError(f"not a {kind}")
        return found.value
    if kind == "rule":
        return text_value(text)
    return _NORMALISERS[kind](text)


_NORMALISERS = {
    "package": package,
    "ios-bundle": ios_bundle,
    "host": host,
    "url": url,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "text": text_value,
    "pattern": pattern,
}
