"""Tells local devices, the router and everybody else apart, from addresses and from who speaks for whom."""

from __future__ import annotations

import functools
import ipaddress
from collections import Counter
from collections.abc import Mapping, Sequence

from luciole.devices.parsers.network.flows import Flow
from luciole.devices.parsers.network.frames import MAPPED, TCP

MOST_STATIONS = 256
_MOST_ADDRESSES = 64
_WELL_KNOWN = 1_024
_LOCAL = tuple(map(ipaddress.ip_network, (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10",
)))  # fmt: skip
_NOBODY = bytes(6)


class Station:
    """A local device. hardware: 6 bytes, or empty where the link tells none; gateway: it passes on for others."""

    __slots__ = ("addresses", "gateway", "hardware", "host")

    def __init__(self, hardware: bytes, *, gateway: bool = False) -> None:
        self.hardware = hardware
        self.gateway = gateway
        self.addresses: dict[bytes, None] = {}
        self.host = ""

    @property
    def name(self) -> str:
        """Its hardware address, else its first address."""
        return self.hardware.hex(":") if self.hardware else shown(next(iter(self.addresses)))


@functools.lru_cache(maxsize=1 << 16)
def address(raw: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address in 16 bytes."""
    return ipaddress.IPv4Address(raw[12:]) if raw.startswith(MAPPED) else ipaddress.IPv6Address(raw)


def shown(raw: bytes) -> str:
    """An address as text."""
    return str(address(raw))


@functools.lru_cache(maxsize=1 << 16)
def is_local(raw: bytes) -> bool:
    """Whether an address only has a meaning inside a network (RFC 1918, 6598, 3927, 4193, 4291)."""
    found = address(raw)
    return any(found in network for network in _LOCAL if network.version == found.version)


@functools.lru_cache(maxsize=1 << 16)
def is_everybody(raw: bytes) -> bool:
    """Whether an address names a group, all of a network, or nobody."""
    found = address(raw)
    whole = isinstance(found, ipaddress.IPv4Address) and (raw[15] == 255 or raw[12] in {0, 255})  # noqa: PLR2004 - broadcast
    return found.is_multicast or found.is_unspecified or whole


def client_rows(flows: Sequence[Flow], rows: Mapping[bytes, int]) -> list[bool]:
    """For each direction, whether its sender began the conversation.

    Who sent a SYN began it; else whoever has the higher of a well-known and an other port; else who is seen first.
    rows: key of a direction → its index in `flows`.
    """
    return [_is_client(flow, _back(flow, flows, rows)) for flow in flows]


def key(flow: Flow, *, back: bool = False) -> bytes:
    """What tells a direction apart; back: of the other direction."""
    left, right = (flow.target, flow.source) if back else (flow.source, flow.target)
    first, second = (flow.target_port, flow.source_port) if back else (flow.source_port, flow.target_port)
    return left + right + first.to_bytes(2, "big") + second.to_bytes(2, "big") + bytes([flow.protocol])


def _back(flow: Flow, flows: Sequence[Flow], rows: Mapping[bytes, int]) -> Flow | None:
    row = rows.get(key(flow, back=True))
    return None if row is None else flows[row]


def _is_client(flow: Flow, back: Flow | None) -> bool:
    if flow.protocol == TCP and flow.opened != (back is not None and back.opened):
        return flow.opened
    if (flow.source_port < _WELL_KNOWN) != (flow.target_port < _WELL_KNOWN):
        return flow.target_port < _WELL_KNOWN
    return back is None or (flow.first, flow.number) < (back.first, back.number)


def stations(
    flows: Sequence[Flow], clients: Sequence[bool], hosts: Mapping[bytes, str], routers: Mapping[bytes, None]
) -> list[Station]:
    """The local devices, those that speak most first. hosts: hardware → name; routers: addresses that DHCP told."""
    found = _by_hardware(flows, clients, routers)
    known = {each for station in found for each in station.addresses}
    for raw, _ in Counter(flow.source for flow in flows if is_local(flow.source)).most_common():
        if raw not in known and len(found) < MOST_STATIONS:
            station = Station(b"", gateway=raw in routers)
            station.addresses[raw] = None
            found.append(station)
    if not any(not station.gateway for station in found):
        found += _most_speaking(flows, clients, {each for station in found for each in station.addresses})
    for station in found:
        station.host = hosts.get(station.hardware, "")
    return found


def _by_hardware(flows: Sequence[Flow], clients: Sequence[bool], routers: Mapping[bytes, None]) -> list[Station]:
    """Devices by hardware address; one that passes on packets of public addresses is the router."""
    spoken: Counter[bytes] = Counter()
    held: dict[bytes, dict[bytes, bool]] = {}
    for flow, client in zip(flows, clients, strict=True):
        for hardware, raw, began in (
            (flow.hardware[:6], flow.source, client),
            (flow.hardware[6:], flow.target, not client),
        ):
            if hardware != _NOBODY and not hardware[0] & 1 and not is_everybody(raw):
                spoken[hardware] += 1
                table = held.setdefault(hardware, {})
                table[raw] = table.get(raw, False) or began
    found = []
    for hardware, _ in spoken.most_common(MOST_STATIONS):
        station = _station(hardware, held[hardware], routers)
        if station.addresses:
            found.append(station)
    return found


def _station(hardware: bytes, held: Mapping[bytes, bool], routers: Mapping[bytes, None]) -> Station:
    """held: address → whether it began a conversation. Public addresses that never do are behind the device."""
    behind = [raw for raw, began in held.items() if not is_local(raw) and (raw.startswith(MAPPED) or not began)]
    station = Station(hardware, gateway=bool(behind) or any(raw in routers for raw in held))
    own = [raw for raw, began in held.items() if is_local(raw) or (began and not station.gateway)]
    station.addresses = dict.fromkeys(own[:_MOST_ADDRESSES])
    return station


def _most_speaking(flows: Sequence[Flow], clients: Sequence[bool], taken: set[bytes]) -> list[Station]:
    """Where no address is local: the one that begins most conversations."""
    begun = Counter(
        flow.source for flow, client in zip(flows, clients, strict=True)
        if client and flow.source not in taken and not is_everybody(flow.source)
    )  # fmt: skip
    found = []
    for raw, _ in begun.most_common(1):
        station = Station(b"")
        station.addresses[raw] = None
        found.append(station)
    return found
