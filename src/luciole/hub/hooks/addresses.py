"""Where webhooks may go: https, to addresses of the public internet, looked up once; nowhere inside."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from luciole.kernel.errors import LucioleError
from luciole.kernel.text import mark

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
LONGEST = 400
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_IPV4_BITS = 0xFFFFFFFF
_LARGEST_PORT = 65_535


class NotThere(LucioleError):
    """Nothing is sent to such an address."""


class Place(NamedTuple):
    """Where to send: `host` and `port` as written, `target` of the request line, `address` that was looked up."""

    host: str
    port: int
    target: str
    address: str


class Written(NamedTuple):
    """An address taken apart. target: path and query."""

    host: str
    port: int
    target: str


def written(address: str) -> Written:
    """The parts of an address that may be kept. Raises NotThere for anything but https without a name and password."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        raise NotThere(mark("This is no address.")) from None
    plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= LONGEST
    if not plain or parts.scheme != "https" or not host or parts.username is not None or not 0 < port <= _LARGEST_PORT:
        raise NotThere(mark("An address begins with https://, then comes a host, without a name and password."))
    return Written(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def resolved(address: str, resolve: Resolve, inside: Sequence[Network] = ()) -> Place:
    """The place of an address. Its host is looked up here and never again, so that what was checked is what is reached.

    resolve: host and port to addresses; inside: networks that are allowed although they are not public. Raises NotThere
    where one of its addresses is of this computer, private, link-local, shared, reserved or a group's.
    """
    host, port, target = written(address)
    try:
        found = list(dict.fromkeys(resolve(host, port)))
    except (OSError, UnicodeError):
        raise NotThere(mark("The host of this address cannot be found.")) from None
    if not found or not all(is_allowed(one, inside) for one in found):
        raise NotThere(mark("This address leads to a place that webhooks may not go to."))
    return Place(host, port, target, found[0])


def is_allowed(text: str, inside: Sequence[Network] = ()) -> bool:
    """Whether something may be sent there. text: an IP address, perhaps with a zone."""
    try:
        found = _plain(ipaddress.ip_address(text))
    except ValueError:
        return False
    if any(found.version == one.version and found in one for one in inside):
        return True
    is_site_local = isinstance(found, ipaddress.IPv6Address) and found.is_site_local
    return found.is_global and not (found.is_multicast or found.is_reserved or is_site_local)


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, where it carries one (RFC 4291, 3056, 4380, 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    carried = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if carried is None and any(address in one for one in _NAT64):
        carried = ipaddress.IPv4Address(int(address) & _IPV4_BITS)
    return carried or address


def by_system(host: str, port: int) -> list[str]:
    """Looks a host up as the system does. Raises OSError where it cannot be found."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
