"""Requests for an address in the local network: what a device calls itself, and what the network tells it to use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from luciole.devices.parsers.network import dns
from luciole.devices.parsers.network.frames import MAPPED
from luciole.kernel.errors import ParseError

_OPTIONS = 240
_COOKIE = b"\x63\x82\x53\x63"
_ROUTER, _HOST, _OVERLOAD, _SEARCH, _FULL_NAME, _PAD, _END = 3, 12, 52, 119, 81, 0, 255
_ADDRESSES = {_ROUTER: "router", 6: "name-server", 42: "time-server", 54: "lease-server"}
_TEXTS = {15: "domain", 66: "boot-server", 114: "sign-in-page", 252: "proxy-script"}
_SERVER_NAME, _FILE = slice(44, 108), slice(108, 236)
_LONGEST = 255
_REQUEST = 1


class Lease(NamedTuple):
    """hardware: 6 bytes of the device that asks; address: 16 bytes, empty where it has none yet; host: the name it
    gives itself; routers: 16 bytes each; told: kind and text of everything that names a host or a server."""  # noqa: D205, D209 - a list of fields follows the sentence

    hardware: bytes
    address: bytes
    host: str
    routers: tuple[bytes, ...]
    told: tuple[tuple[str, str], ...] = ()


def parse(data: bytes) -> Lease | None:
    """The names and servers in a message of DHCP (RFC 2131, RFC 2132); None for anything else.

    Raises ParseError where an option leaves the message.
    """
    if len(data) < _OPTIONS or data[236:240] != _COOKIE:
        return None
    asks = data[0] == _REQUEST
    options = _options(data[_OPTIONS:])
    overload = options.get(_OVERLOAD, b"\0")[:1]
    for bit, field in ((1, _FILE), (2, _SERVER_NAME)):
        if overload and overload[0] & bit:
            options = {**options, **_options(data[field])}
    held = data[12:16] if any(data[12:16]) else data[16:20]
    host = _text(options.get(_HOST, b"")) if asks else ""
    told = dict.fromkeys(_told(options, data, asks=asks))
    routers = tuple(MAPPED + each for each in _fours(options.get(_ROUTER, b"")))
    return Lease(data[28:34], MAPPED + held if any(held) else b"", host, routers, tuple(told))


def _options(data: bytes) -> dict[int, bytes]:
    """Number → content; what is split over several options of one number is put together (RFC 3396)."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data) and data[at] != _END:
        if data[at] == _PAD:
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else _LONGEST
        if at + 2 + length > len(data):
            raise ParseError("an option of an address request is cut off", offset=at)
        found[data[at]] = found.get(data[at], b"") + data[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def _told(options: Mapping[int, bytes], data: bytes, *, asks: bool) -> Iterator[tuple[str, str]]:
    """Kind and text of what names a host or a server; asks: the device speaks, not who gives addresses."""
    own = "own-name" if asks else "given-name"
    yield from ((own, name) for name in _full_name(options) if "." in name)
    if asks:
        return
    for number, kind in _ADDRESSES.items():
        yield from ((kind, ".".join(map(str, each))) for each in _fours(options.get(number, b"")))
    for number, kind in _TEXTS.items():
        if text := _text(options.get(number, b"")):
            yield kind, text
    yield from (("search-domain", name) for name in dns.names(options.get(_SEARCH, b"")) if name)
    if not options.get(_OVERLOAD) and (name := _text(data[_SERVER_NAME])):
        yield "boot-server", name


def _full_name(options: Mapping[int, bytes]) -> Iterator[str]:
    """The host name, and the whole name with its domain (RFC 4702), as text or as labels."""
    yield _text(options.get(_HOST, b""))
    whole = options.get(_FULL_NAME, b"")
    if len(whole) > 3:  # noqa: PLR2004 - flags and two numbers stand before it
        yield from dns.names(whole[3:]) if whole[0] & 4 else (_text(whole[3:]),)


def _fours(value: bytes) -> Iterator[bytes]:
    for step in range(0, len(value) - 3, 4):
        yield value[step : step + 4]


def _text(value: bytes) -> str:
    return value.partition(b"\0")[0].decode("utf-8", "backslashreplace").strip().rstrip(".")
