"""Sums up what each local device did: with which servers, under which names, how much and how regularly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from luciole.devices.parsers.network import known, stations
from luciole.devices.parsers.network.flows import Flow
from luciole.devices.parsers.network.frames import TCP, UDP
from luciole.devices.parsers.network.observed import Seen
from luciole.devices.parsers.network.regular import Beat, beat
from luciole.devices.parsers.network.stations import Station, is_everybody, is_local, shown
from luciole.devices.parsers.network.traffic import Traffic

_PROTOCOLS = {TCP: "tcp", UDP: "udp"}
_MOST_PORTS = 32
_MOST_NAMES = 16


class Destination:
    """Everything between one device and one server, under one name or address.

    rows: indexes of the directions from the device; names: under which it was asked for; began: how many conversations
    the device began; answered: whether the other side began all of them.
    """

    __slots__ = (
        "addresses", "began", "conversations", "dark", "first", "last", "names", "ports", "protocols", "received",
        "rows", "seen", "sent",
    )  # fmt: skip

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.addresses: dict[bytes, None] = {}
        self.names: dict[str, None] = {}
        self.ports: dict[tuple[int, int], None] = {}
        self.rows: list[int] = []
        self.sent = self.received = self.dark = self.conversations = self.began = 0
        self.first = self.last = 0

    def add(self, talk: Talk) -> None:
        """Adds one conversation."""
        self.addresses[talk.remote] = None
        if talk.name and len(self.names) < _MOST_NAMES:
            self.names[talk.name] = None
        if len(self.ports) < _MOST_PORTS:
            self.ports[talk.protocol, talk.port] = None
        self.rows += [talk.row] if talk.row >= 0 else []
        self.sent += talk.sent
        self.received += talk.received
        self.dark += talk.dark
        self.conversations += 1
        self.began += talk.began
        self.first = min(self.first or talk.first, talk.first or self.first)
        self.last = max(self.last, talk.last)
        self.seen = min(self.seen, talk.seen)

    def port_texts(self) -> list[str]:
        """Such as tcp/443, in the order in which they were used."""
        return [port_text(protocol, port) for protocol, port in self.ports]


class Talk(NamedTuple):
    """One conversation of a device, seen from it. row: index of its direction, -1 where only the other was seen; name:
    as shown on the way or looked up before; began: the device began it; dark: bytes sent while the screen was off."""  # noqa: D205, D209 - a list of fields follows the sentence

    row: int
    remote: bytes
    port: int
    protocol: int
    name: str
    shown_name: bool
    began: bool
    sent: int
    received: int
    dark: int
    first: int
    last: int
    seen: Seen


class Device:
    """One local device. servers: by address; destinations: by name, else address; visitors: who began a conversation
    with it, by protocol and port."""  # noqa: D205, D209 - a list of fields follows the sentence

    def __init__(self, station: Station) -> None:
        self.station = station
        self.talks: list[Talk] = []
        self.servers: dict[bytes, Destination] = {}
        self.destinations: dict[str, Destination] = {}
        self.visitors: dict[tuple[int, int], Destination] = {}
        self.packets = self.sent = self.received = 0
        self.first = self.last = 0
        self.seen = Seen(1 << 62, 0, 0)

    def add(self, talk: Talk, packets: int) -> None:
        """Sorts one conversation to its server or visitor."""
        self.packets += packets
        self.sent += talk.sent
        self.received += talk.received
        self.first = min(self.first or talk.first, talk.first or self.first)
        self.last = max(self.last, talk.last)
        self.seen = min(self.seen, talk.seen)
        self.talks.append(talk)
        if is_everybody(talk.remote):
            return
        if not talk.began:
            self.visitors.setdefault((talk.protocol, talk.port), Destination(talk.seen)).add(talk)
        if not is_local(talk.remote):
            self.servers.setdefault(talk.remote, Destination(talk.seen)).add(talk)
            self.destinations.setdefault(talk.name or shown(talk.remote), Destination(talk.seen)).add(talk)


class Analysis:
    """A capture, sorted by local devices. devices: those that speak most first; routers are only among them where they
    speak to the internet in their own name."""  # noqa: D205, D209 - a list of fields follows the sentence

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.flows = traffic.flows.flows()
        self._rows = {stations.key(flow): place for place, flow in enumerate(self.flows)}
        self.clients = stations.client_rows(self.flows, self._rows)
        observed = traffic.observed
        self.stations = stations.stations(self.flows, self.clients, observed.hosts, observed.routers)
        self._of = {raw: station for station in self.stations for raw in station.addresses}
        self._devices: dict[int, Device] = {}
        self._activity = traffic.flows.activity()
        self._hours = traffic.flows.hours()
        for place, flow in enumerate(self.flows):
            self._sort(place, flow)
        asked_about = [device for device in self._devices.values() if _is_asked_about(device)]
        self.devices = sorted(asked_about, key=lambda device: -device.packets)

    def _sort(self, place: int, flow: Flow) -> None:
        """Gives a conversation to the device that sends in this direction, else to the one that receives."""
        back_place = self._rows.get(stations.key(flow, back=True), -1)
        sender, receiver = self._of.get(flow.source), self._of.get(flow.target)
        back = self.flows[back_place] if back_place >= 0 else None
        if sender is not None:
            self._add(sender, place, flow, back)
        if receiver is not None and back is None:
            self._add(receiver, -1, None, flow)

    def _add(self, station: Station, place: int, out: Flow | None, back: Flow | None) -> None:
        one = out or back
        if one is None:
            return
        began = self.clients[place] if out is not None else not self.clients[self._rows[stations.key(one)]]
        remote, port = _other(one, out is not None, began=began)
        found = [each for each in (out, back) if each is not None]
        name, is_shown = self._name(place, remote)
        talk = Talk(
            place, remote, port, one.protocol, name, is_shown, began,
            out.sent if out else 0, back.sent if back else 0, out.dark if out else 0,
            min(each.first for each in found), max(each.last for each in found),
            min(Seen(each.number, each.offset, each.first) for each in found),
        )  # fmt: skip
        device = self._devices.setdefault(id(station), Device(station))
        device.add(talk, sum(each.packets for each in found))

    def _name(self, place: int, remote: bytes) -> tuple[str, bool]:
        """The name of a server: as the connection itself shows it, else one that was looked up and led to it."""
        named = self.traffic.observed.named.get(place + 1, "") if place >= 0 else ""
        if named:
            return named, True
        return next(iter(self.traffic.observed.answers.get(remote, ())), ""), False

    def beat(self, destination: Destination) -> Beat | None:
        """The beat of the contacts that a device sought with a server."""
        parts = [self._activity[row + 1] for row in destination.rows if row + 1 in self._activity]
        if not parts:
            return None
        return beat(np.unique(np.concatenate(parts)))

    def hours(self, destination: Destination) -> dict[int, tuple[int, int]]:
        """Hour since 1970 → bytes sent and received."""
        found: dict[int, tuple[int, int]] = {}
        for row in destination.rows:
            back = self._rows.get(stations.key(self.flows[row], back=True), -2)
            for number, is_out in ((row + 1, True), (back + 1, False)):
                for hour, size in self._hours.get(number, ()):
                    sent, received = found.get(hour, (0, 0))
                    found[hour] = (sent + size, received) if is_out else (sent, received + size)
        return found


def _is_asked_about(device: Device) -> bool:
    """Every local device; of routers those that speak to the internet in their own name."""
    talks = device.talks
    return not device.station.gateway or any(
        talk.began and not is_local(talk.remote) and not is_everybody(talk.remote) for talk in talks
    )


def _other(one: Flow, is_out: bool, *, began: bool) -> tuple[bytes, int]:  # noqa: FBT001 - which side
    """The other side's address, and the port of the side that was asked."""
    remote, remote_port, own_port = (
        (one.target, one.target_port, one.source_port) if is_out else (one.source, one.source_port, one.target_port)
    )
    return remote, remote_port if began else own_port


def port_text(protocol: int, port: int) -> str:
    """Such as tcp/443; the number of the protocol where it has no ports."""
    name = _PROTOCOLS.get(protocol)
    return f"{name}/{port}" if name else f"protocol {protocol}"


def tunnel(talk: Talk) -> str:
    """Which tunnel a conversation is by its port or protocol; empty for none."""
    if known.is_tunnel_name(talk.name):
        return "iCloud Private Relay"
    return known.TUNNEL_PROTOCOLS.get(talk.protocol) or known.TUNNEL_PORTS.get((talk.protocol, talk.port), "")
