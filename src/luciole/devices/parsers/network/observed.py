"""What connections say about themselves before they are encrypted, gathered once for each speaker and name."""

from __future__ import annotations

from typing import NamedTuple

from luciole.devices.parsers.network.account import CaptureAccount

MOST_KEPT = 50_000
"""Names, hellos, certificates and requests of one capture, each."""
_MOST_ANSWERS = 256
_MOST_NAMES = 8


class Seen(NamedTuple):
    """Where and when something was seen. number: of the packet, 1-based; offset: of its bytes in the capture."""

    number: int
    offset: int
    when: int


class Ends(NamedTuple):
    """The two sides of a conversation, 16 bytes each, and the port of the side that was asked."""

    client: bytes
    server: bytes
    port: int


class Lookup:
    """A name that was asked for. local: asked of everybody nearby (mDNS), not of a server."""

    __slots__ = ("addresses", "aliases", "count", "ends", "failed", "local", "name", "seen")

    def __init__(self, name: str, ends: Ends, seen: Seen, *, local: bool) -> None:
        self.name = name
        self.ends = ends
        self.seen = seen
        self.local = local
        self.count = 0
        self.failed = False
        self.aliases: dict[str, None] = {}
        self.addresses: dict[bytes, None] = {}


class Hello(NamedTuple):
    """The start of an encrypted connection. name: empty where none was shown; version: number; encrypted: ECH."""

    ends: Ends
    name: str
    version: int
    alpn: tuple[str, ...]
    ja4: str
    encrypted: bool
    quic: bool
    seen: Seen


class Shown(NamedTuple):
    """A certificate that a server showed. place: 0 is its own, others belong to who vouches for it; der: its bytes."""

    ends: Ends
    place: int
    sha256: str
    sha1: str
    der: bytes
    seen: Seen


class Request:
    """Unencrypted requests to one server under one name. rows: the directions that carried them."""

    __slots__ = ("count", "ends", "host", "methods", "rows", "seen")

    def __init__(self, host: str, ends: Ends, seen: Seen) -> None:
        self.host = host
        self.ends = ends
        self.seen = seen
        self.count = 0
        self.methods: dict[str, None] = {}
        self.rows: dict[int, None] = {}


class Passed(NamedTuple):
    """A server that another one was asked to reach, or that a request names beside. way: HTTP or SOCKS."""

    ends: Ends
    host: str
    way: str
    seen: Seen


class Offer(NamedTuple):
    """What a device calls itself, or what the network told it to use, when it asked for an address (DHCP).

    hardware: 6 bytes of the device; address: 16 bytes, empty where it had none.
    """

    hardware: bytes
    address: bytes
    kind: str
    text: str
    seen: Seen


class Observed:
    """Everything that was seen in a capture; each table is bounded.

    named: row of a direction from the client → the name it asked for; answers: address → names that led to it;
    chosen: server and port → TLS version it chose; hosts: hardware or address of a device → the name it gave itself.
    """

    def __init__(self, account: CaptureAccount) -> None:
        self._account = account
        self.lookups: dict[tuple[bytes, str], Lookup] = {}
        self.hellos: dict[tuple[Ends, str, str, bool], Hello] = {}
        self.certificates: dict[tuple[Ends, str], Shown] = {}
        self.requests: dict[tuple[Ends, str], Request] = {}
        self.named: dict[int, str] = {}
        self.answers: dict[bytes, dict[str, None]] = {}
        self.chosen: dict[tuple[bytes, int], int] = {}
        self.hosts: dict[bytes, str] = {}
        self.routers: dict[bytes, None] = {}
        self.passed: dict[tuple[Ends, str], Passed] = {}
        self.offers: dict[tuple[bytes, str, str], Offer] = {}
        self.strange_quic = self.strange_web = 0
        self.hidden_certificates = 0

    def room(self, table: dict[object, object] | int, what: str) -> bool:
        """Whether one more fits into a table (or a table of this size); a bound that is reached is told."""
        if (table if isinstance(table, int) else len(table)) < MOST_KEPT:
            return True
        self._account.limit(f"more {what} than are kept")
        return False

    def lookup(self, name: str, ends: Ends, seen: Seen, *, local: bool) -> Lookup | None:
        """The record of a name that a device asked for; None where there is no room."""
        key = (ends.client, name)
        found = self.lookups.get(key)
        if found is None and self.room(len(self.lookups), "names"):
            found = self.lookups[key] = Lookup(name, ends, seen, local=local)
        return found

    def answered(self, found: Lookup, aliases: list[str], addresses: list[bytes]) -> None:
        """What a name led to."""
        if max(len(aliases), len(addresses)) > _MOST_ANSWERS:
            self._account.limit("more answers to one name than are kept")
        for alias in aliases[:_MOST_ANSWERS]:
            found.aliases[alias] = None
        for address in addresses[:_MOST_ANSWERS]:
            if len(found.addresses) < _MOST_ANSWERS:
                found.addresses[address] = None
            elif address not in found.addresses:
                self._account.limit("more answers to one name than are kept")
            names = self.answers.get(address)
            if names is None and self.room(len(self.answers), "addresses"):
                names = self.answers[address] = {}
            if names is not None and len(names) < _MOST_NAMES:
                names[found.name] = None

    def hello(self, row: int, hello: Hello) -> None:
        """The start of an encrypted connection."""
        if hello.name:
            self.named[row] = hello.name
        key = (hello.ends, hello.name, hello.ja4, hello.encrypted)
        if key not in self.hellos and self.room(len(self.hellos), "starts of encrypted connections"):
            self.hellos[key] = hello

    def shown(self, certificate: Shown) -> None:
        """A certificate of a server."""
        key = (certificate.ends, certificate.sha256)
        if key not in self.certificates and self.room(len(self.certificates) * 4, "certificates"):
            self.certificates[key] = certificate

    def pass_on(self, row: int, passed: Passed) -> None:
        """A server that another one was asked to reach."""
        self.named.setdefault(row, passed.host)
        key = (passed.ends, passed.host)
        if key not in self.passed and self.room(len(self.passed), "requests to a proxy"):
            self.passed[key] = passed

    def offer(self, offer: Offer) -> None:
        """What came with an address in the local network."""
        key = (offer.hardware, offer.kind, offer.text)
        if key not in self.offers and self.room(len(self.offers), "settings that a network hands out"):
            self.offers[key] = offer

    def request(self, row: int, host: str, method: str, ends: Ends, seen: Seen) -> None:
        """An unencrypted request."""
        if host:
            self.named.setdefault(row, host)
        found = self.requests.get((ends, host))
        if found is None:
            if not self.room(len(self.requests), "unencrypted requests"):
                return
            found = self.requests[ends, host] = Request(host, ends, seen)
        found.count += 1
        found.methods[method] = None
        if len(found.rows) < MOST_KEPT:
            found.rows[row] = None
