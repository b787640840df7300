"""Rows about each local device of a capture: facts by name, with the packet where each was first seen."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from luciole.devices.parsers.network import known
from luciole.devices.parsers.network.certificates import details
from luciole.devices.parsers.network.conversations import Analysis, Destination, Device, Talk, port_text, tunnel
from luciole.devices.parsers.network.frames import TCP, UDP
from luciole.devices.parsers.network.http1 import SENDING
from luciole.devices.parsers.network.observed import Ends, Lookup, Seen
from luciole.devices.parsers.network.stations import is_local, shown
from luciole.devices.parsers.network.tls import TLS13
from luciole.kernel.facts import Scalar, Value

_MOST_VOLUMES = 2_000
_MOST_LISTED = 12
_LEAST_NAMES = 10
_SECOND = 1_000_000_000
_PRIVATE_ALPN = {"dot", "doq"}
_WEB, _PRIVATE_NAMES = 443, 853
_LONGEST = 255


class Told(NamedTuple):
    """One fact about a device, with the packet that told it first."""

    name: str
    value: Scalar
    seen: Seen
    attributes: Mapping[str, Value]


class Hidden(NamedTuple):
    """What of one device's traffic could not be seen, for the coverage. Each is a number of conversations."""

    resolvers: int
    hellos: int
    certificates: int
    tunnels: int


def clock(nanoseconds: int) -> str:
    """ISO 8601 in UTC, seconds; empty for 0."""
    if nanoseconds <= 0:
        return ""
    try:
        when = dt.datetime.fromtimestamp(nanoseconds // _SECOND, tz=dt.UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class DeviceRows:
    """The rows of one device; `hidden` says what encryption kept from view."""

    def __init__(self, analysis: Analysis, device: Device) -> None:
        self._analysis = analysis
        self._observed = analysis.traffic.observed
        self._device = device
        self._own = device.station.addresses
        self._lookups = [each for each in self._observed.lookups.values() if each.ends.client in self._own]
        self._hellos = [each for each in self._observed.hellos.values() if each.ends.client in self._own]
        self._requests_made = [each for each in self._observed.requests.values() if each.ends.client in self._own]
        self._certificates_seen = [
            each for each in self._observed.certificates.values() if each.ends.client in self._own
        ]
        self._resolvers = self._private_resolvers()
        self._tunnels = [talk for talk in device.talks if tunnel(talk)]
        self._plain_names = any(not each.local for each in self._lookups)

    def hidden(self) -> Hidden:
        """What encryption kept from view."""
        without = [each for each in self._hellos if each.quic or self._observed.chosen.get(each.ends[1:], 0) >= TLS13]
        return Hidden(
            len(self._resolvers), sum(each.encrypted for each in self._hellos), len(without), len(self._tunnels)
        )

    def rows(self) -> Iterator[Told]:
        """Every fact, most telling kinds first."""
        yield from self._about()
        yield from self._contacted()
        yield from self._servers()
        yield from self._regular()
        yield from self._encrypted()
        yield from self._certificates()
        yield from self._requests()
        yield from self._name_services()
        yield from self._handed_out()
        yield from self._tunnelled()
        yield from self._visited()
        yield from self._names()
        yield from self._parents()
        yield from self._volumes()

    # ------------------------------------------------------------------ the device

    def _about(self) -> Iterator[Told]:
        device, station = self._device, self._device.station
        seconds = max(0, device.last - device.first) // _SECOND
        told: dict[str, Value] = {
            "sent": device.sent, "received": device.received, "seconds": seconds, "servers": len(device.servers),
            "last": clock(device.last), "router": station.gateway,
        }  # fmt: skip
        yield Told("network.packets", device.packets, device.seen, told)
        if station.hardware:
            yield Told("device.property", station.hardware.hex(":"), device.seen, {"key": "hardware_address"})
        for raw in station.addresses:
            yield Told("device.property", shown(raw), device.seen, {"key": "address"})
        if station.host:
            yield Told("device.property", station.host[:_LONGEST], device.seen, {"key": "host_name"})

    # ------------------------------------------------------------------ names

    def _contacted(self) -> Iterator[Told]:
        """Hosts that were contacted under a name, once for each way in which the name was seen."""
        found: dict[tuple[str, str], Told] = {}
        for name, way, seen in self._named_in_connections():
            if name:
                _first(found, name, way, seen)
        shown_names = {name for name, _ in found}
        for each in self._lookups:
            if any(raw in self._device.servers for raw in each.addresses):
                for name in (each.name, *each.aliases):
                    if name not in shown_names:
                        _first(found, name, "DNS and address", each.seen)
        yield from found.values()

    def _named_in_connections(self) -> Iterator[tuple[str, str, Seen]]:
        """Name, way and packet of each server that a connection of the device names by itself."""
        yield from ((each.name, "QUIC" if each.quic else "TLS", each.seen) for each in self._hellos)
        yield from ((each.host, "HTTP", each.seen) for each in self._requests_made)
        passed = self._observed.passed.values()
        yield from ((each.host, each.way, each.seen) for each in passed if each.ends.client in self._own)

    def _names(self) -> Iterator[Told]:
        for each in self._lookups:
            server = shown(each.ends.server)
            told: dict[str, Value] = {
                "kind": "local" if each.local else "question", "server": server, "count": each.count,
                "addresses": [shown(raw) for raw in each.addresses],
                "aliases": list(each.aliases)[:_MOST_LISTED], "failed": each.failed,
            }  # fmt: skip
            yield Told("network.lookup", each.name[:_LONGEST], each.seen, told)
            for alias in each.aliases:
                yield Told("network.lookup", alias[:_LONGEST], each.seen, {"kind": "alias", "server": server})

    def _parents(self) -> Iterator[Told]:
        """Names below one registered name that are many."""
        found: dict[str, list[Lookup]] = {}
        for each in self._lookups:
            if not each.local and each.name.count(".") >= 2:  # noqa: PLR2004 - something below a registered name
                found.setdefault(known.parent(each.name), []).append(each)
        for parent, below in found.items():
            if len(below) >= _LEAST_NAMES and not parent.endswith("arpa"):
                longest = max(len(label) for each in below for label in each.name.split("."))
                told: dict[str, Value] = {"longest": longest, "lookups": sum(each.count for each in below)}
                seen = min(each.seen for each in below)
                yield Told("network.many_names", parent, seen, {"names": len(below), **told})

    # ------------------------------------------------------------------ servers

    def _resolved(self, raw: bytes, destination: Destination) -> str:
        """How the device came by an address: looked-up, named (by the connection itself), never, or not-visible."""
        if raw in self._observed.answers:
            return "looked-up"
        if destination.names:
            return "named"
        visible = self._plain_names and not self._resolvers and not self._tunnels
        return "never" if visible else "not-visible"

    def _servers(self) -> Iterator[Told]:
        for raw, each in self._device.servers.items():
            told = _sums(each)
            told["names"] = list(each.names)
            told["resolved"] = self._resolved(raw, each)
            told["service"] = self._service(each)
            yield Told("network.server", shown(raw), each.seen, told)
        for name, each in self._device.destinations.items():
            told = _sums(each) | {
                "share_sent": _share(each.sent, each.received), "service": self._service(each),
                "unusual": list(self._unusual(each)),
            }  # fmt: skip
            yield Told("network.destination", name[:_LONGEST], each.seen, told)
            if each.dark:
                share = _share(each.dark, each.sent - each.dark)
                yield Told("network.screen_off", name[:_LONGEST], each.seen, {"sent": each.dark, "share": share})

    def _service(self, each: Destination) -> str:
        """An ordinary regular service, or name service, or tunnel; empty for anything else."""
        ordinary = known.ordinary(list(each.names), {port for _, port in each.ports})
        if ordinary:
            return ordinary
        if {port for _, port in each.ports} <= {53, 853}:
            return "names"
        return "tunnel" if any(pair in known.TUNNEL_PORTS for pair in each.ports) else ""

    def _regular(self) -> Iterator[Told]:
        for name, each in self._device.destinations.items():
            beat = self._analysis.beat(each) if each.began else None
            if beat is None or not beat.regular:
                continue
            told = _sums(each)
            told |= {
                "seconds": round(beat.seconds), "contacts": beat.contacts, "spread": round(beat.spread * 100),
                "near": round(beat.near * 100), "span": beat.span, "service": self._service(each),
                "share_sent": _share(each.sent, each.received),
                "resolved": self._resolved(next(iter(each.addresses)), each), "unusual": list(self._unusual(each)),
            }  # fmt: skip
            yield Told("network.regular", name[:_LONGEST], each.seen, told)

    def _unusual(self, each: Destination) -> Iterator[str]:
        """What is unusual about one server: a bare address, an odd port, a certificate of its own, plain uploads."""
        if any(self._resolved(raw, each) == "never" for raw in each.addresses):
            yield "never-resolved"
        ports = {port for _, port in each.ports}
        for kind, ends in self._unusual_ends.items():
            if any(not ports.isdisjoint(ends[raw]) for raw in each.addresses if raw in ends):
                yield kind

    @cached_property
    def _unusual_ends(self) -> dict[str, dict[bytes, set[int]]]:
        """Servers that are unusual, each with its ports, by the kind of it."""
        own = [each for each in self._certificates_seen if each.place == 0]
        sending = [each for each in self._requests_made if not SENDING.isdisjoint(each.methods)]
        return {
            "odd-port": _by_server(each.ends for each in self._hellos if each.ends.port not in known.TLS_PORTS),
            "self-signed": _by_server(each.ends for each in own if details(each.der).self_signed),
            "plain-upload": _by_server(each.ends for each in sending),
        }

    def _volumes(self) -> Iterator[Told]:
        """Bytes for each destination and hour, the largest destinations first."""
        left = _MOST_VOLUMES
        largest = sorted(self._device.destinations.items(), key=lambda pair: -(pair[1].sent + pair[1].received))
        for name, each in largest:
            for hour, (sent, received) in sorted(self._analysis.hours(each).items()):
                if left == 0:
                    return
                left -= 1
                seen = each.seen._replace(when=hour * 3600 * _SECOND)
                yield Told("network.volume", name[:_LONGEST], seen, {"sent": sent, "received": received})

    # ------------------------------------------------------------------ what connections show

    def _encrypted(self) -> Iterator[Told]:
        for each in self._hellos:
            address = shown(each.ends.server)
            told: dict[str, Value] = {
                "address": address, "port": each.ends.port, "ja4": each.ja4, "alpn": list(each.alpn)[:_MOST_LISTED],
                "named": bool(each.name), "encrypted_hello": each.encrypted, "quic": each.quic,
                "odd_port": each.ends.port not in known.TLS_PORTS, "local": is_local(each.ends.server),
                "resolved": self._resolved_at(each.ends.server),
            }  # fmt: skip
            version = self._observed.chosen.get(each.ends[1:])
            if version is not None:
                told["version"] = f"1.{version - 0x0301}" if 0x0301 <= version <= 0x0304 else f"0x{version:04x}"  # noqa: PLR2004 - of TLS
            yield Told("network.tls", (each.name or address)[:_LONGEST], each.seen, told)

    def _resolved_at(self, raw: bytes) -> str:
        server = self._device.servers.get(raw)
        return "" if server is None else self._resolved(raw, server)

    def _certificates(self) -> Iterator[Told]:
        for each in self._certificates_seen:
            read = details(each.der)
            if read.more:
                self._analysis.traffic.account.limit("more names in a certificate than are kept")
            told: dict[str, Value] = {
                "sha1": each.sha1, "md5": hashlib.md5(each.der, usedforsecurity=False).hexdigest(),
                "address": shown(each.ends.server), "port": each.ends.port, "own": each.place == 0,
                "subject": read.subject[:_LONGEST], "issuer": read.issuer[:_LONGEST], "names": list(read.names),
                "self_signed": read.self_signed and each.place == 0, "not_before": read.not_before,
                "not_after": read.not_after, "odd_port": each.ends.port not in known.TLS_PORTS,
                "local": is_local(each.ends.server), "readable": read.readable,
                "resolved": self._resolved_at(each.ends.server),
            }  # fmt: skip
            yield Told("network.certificate", each.sha256, each.seen, told)

    def _requests(self) -> Iterator[Told]:
        flows = self._analysis.flows
        for each in self._requests_made:
            address = shown(each.ends.server)
            told: dict[str, Value] = {
                "address": address, "port": each.ends.port, "methods": list(each.methods), "count": each.count,
                "sent": sum(flows[row - 1].sent for row in each.rows if row),
                "upload": not SENDING.isdisjoint(each.methods),
                "local": is_local(each.ends.server), "literal": not each.host or each.host == address,
            }  # fmt: skip
            yield Told("network.http", each.host[:_LONGEST] or address, each.seen, told)

    # ------------------------------------------------------------------ name services and tunnels

    def _private_resolvers(self) -> dict[tuple[str, str], tuple[Talk, known.Resolver | None]]:
        """Encrypted name services: by port, by the protocol that was agreed on, or by a known name or address."""
        by_server: dict[tuple[bytes, int], set[str]] = {}
        for hello in self._hellos:
            by_server.setdefault((hello.ends.server, hello.ends.port), set()).update(hello.alpn)
        found: dict[tuple[str, str], tuple[Talk, known.Resolver | None]] = {}
        for talk in self._device.talks:
            if not talk.began or talk.protocol not in {TCP, UDP} or is_local(talk.remote):
                continue
            alpn = by_server.get((talk.remote, talk.port), set())
            operator = known.resolver(talk.name, shown(talk.remote) if talk.port == _WEB else "")
            if talk.port == _PRIVATE_NAMES or alpn & _PRIVATE_ALPN or (operator and talk.port == _WEB):
                kind = "DNS over TLS" if talk.protocol == TCP else "DNS over QUIC"
                kind = "DNS over HTTPS" if talk.port == _WEB and not alpn & _PRIVATE_ALPN else kind
                operator = operator or known.resolver(talk.name, shown(talk.remote))
                found.setdefault((talk.name or shown(talk.remote), kind), (talk, operator))
        return found

    def _name_services(self) -> Iterator[Told]:
        for (name, kind), (talk, operator) in self._resolvers.items():
            told: dict[str, Value] = {
                "kind": kind, "operator": operator.operator if operator else "", "known": operator is not None,
                "personal": operator is not None and operator.personal, "encrypted": True,
            }  # fmt: skip
            yield Told("network.resolver", name[:_LONGEST], talk.seen, told)
        plain: dict[bytes, Lookup] = {}
        for each in self._lookups:
            if not each.local:
                plain.setdefault(each.ends.server, each)
        for raw, each in plain.items():
            operator = known.resolver("", shown(raw))
            told = {
                "kind": "DNS", "operator": operator.operator if operator else "", "encrypted": False,
                "known": operator is not None or is_local(raw), "personal": operator is not None and operator.personal,
            }  # fmt: skip
            yield Told("network.resolver", shown(raw), each.seen, told)

    def _handed_out(self) -> Iterator[Told]:
        """What the device calls itself towards the network, and what the network told it to use."""
        for each in self._observed.offers.values():
            if each.address in self._own or each.hardware == self._device.station.hardware:
                yield Told("network.lease", each.text[:_LONGEST], each.seen, {"kind": each.kind})

    def _tunnelled(self) -> Iterator[Told]:
        found: dict[tuple[str, str], list[Talk]] = {}
        for talk in self._tunnels:
            found.setdefault((talk.name or shown(talk.remote), tunnel(talk)), []).append(talk)
        for (name, kind), talks in found.items():
            told: dict[str, Value] = {
                "kind": kind, "port": port_text(talks[0].protocol, talks[0].port),
                "sent": sum(talk.sent for talk in talks), "received": sum(talk.received for talk in talks),
            }  # fmt: skip
            yield Told("network.tunnel", name[:_LONGEST], min(talk.seen for talk in talks), told)

    def _visited(self) -> Iterator[Told]:
        """Who began a conversation with the device and got an answer."""
        for (protocol, port), each in self._device.visitors.items():
            if protocol == TCP and each.sent and each.received:
                told: dict[str, Value] = {
                    "from": [shown(raw) for raw in each.addresses][:_MOST_LISTED], "count": each.conversations,
                    "sent": each.sent, "received": each.received,
                    "local": all(is_local(raw) for raw in each.addresses),
                }  # fmt: skip
                yield Told("network.inbound", port_text(protocol, port), each.seen, told)


def _first(found: dict[tuple[str, str], Told], host: str, source: str, seen: Seen) -> None:
    key = (host, source)
    if key not in found or seen < found[key].seen:
        found[key] = Told("contacted.host", host[:_LONGEST], seen, {"source": source})


def _by_server(ends: Iterable[Ends]) -> dict[bytes, set[int]]:
    found: dict[bytes, set[int]] = {}
    for each in ends:
        found.setdefault(each.server, set()).add(each.port)
    return found


def _sums(each: Destination) -> dict[str, Value]:
    return {
        "addresses": [shown(raw) for raw in each.addresses][:_MOST_LISTED], "ports": each.port_texts(),
        "sent": each.sent, "received": each.received, "connections": each.conversations,
        "first": clock(each.first), "last": clock(each.last),
    }  # fmt: skip


def _share(part: int, rest: int) -> int:
    """A whole number of percent."""
    return round(100 * part / (part + rest)) if part + rest > 0 else 0
