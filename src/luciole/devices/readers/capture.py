"""Reads a capture of network traffic, or the folder of a tool that holds one.

A host, an address or a certificate is looked for in names that are looked up and what they lead to (DNS, mDNS, LLMNR),
the start of encrypted connections and the certificates shown there, the server of plain web requests, requests to a
proxy (HTTP, SOCKS), addresses of packets of every protocol, what a network hands out with an address (DHCP), and the
alerts of another tool. No places are: contents and headers of requests and answers other than the server's name, what
other protocols say inside (mail, files, calls), certificates of the device itself, names of NetBIOS, which belong to a
network at home, addresses handed out over IPv6, and names that the capturing program wrote beside the packets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.parsers.network import alerts
from luciole.devices.parsers.network.account import CaptureAccount
from luciole.devices.parsers.network.compressed import MAGIC, unpacked
from luciole.devices.parsers.network.conversations import Analysis
from luciole.devices.parsers.network.findings import DeviceRows, Hidden, Told, clock
from luciole.devices.parsers.network.observed import Observed
from luciole.devices.parsers.network.traffic import Traffic
from luciole.devices.sources.capture import AREAS, captures
from luciole.devices.tree import read as read_file
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact, FactSet, Place, Subject, Value
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.vocabulary import AREAS as ALL_AREAS

_ALERTS = "alerts.json"
_MOST_CAPTURES = 16
_MOST_ALERTS = 4 << 20
_UNSEEN = (
    "only what passed this network while it was captured: not what went over mobile data, and nothing of apps that "
    "were silent"
)
_COUNTED = {
    "network.names": "network.lookup", "network.tls": "network.tls", "network.certificates": "network.certificate",
    "network.http": "network.http", "network.alerts": "network.alert",
}  # fmt: skip
"""Area → the facts that are counted in it."""
Gap = tuple[State, Reason, str]


def read(opened: Opened, collector: Collector) -> None:
    """Reads every capture; its local devices become the subjects."""
    collector.platform = "network"
    collector.areas = AREAS[:-1]
    names = captures(opened) if opened.tree is not None else [""]
    for name in names[:_MOST_CAPTURES]:
        _Capture(opened, name, collector).read()
    if len(names) > _MOST_CAPTURES:
        collector.mark("network.packets", State.PARTIAL, Reason.LIMIT, detail=f"{len(names)} captures")
    if opened.tree is not None:
        _read_alerts(opened, collector)
    if not collector.subjects and not collector.problem:
        collector.problem = "The capture holds no packets that could be read."


class _Capture:
    """One capture file. name: in the folder or archive, empty for the evidence itself."""

    def __init__(self, opened: Opened, name: str, collector: Collector) -> None:
        self._opened = opened
        self._name = name
        self._collector = collector
        self._file, self._member = opened.where(name) if name else (opened.name, opened.member)
        self._traffic = Traffic(_nanoseconds(collector.request.screen_off))

    def read(self) -> None:
        """Reads it and adds its devices."""
        account = self._traffic.account
        try:
            self._traffic.read(self._chunks())
        except ParseError as error:
            account.refused(error, 0)
        if account.packets:
            self._tell_devices()
            return
        told = account.told_damage() or "no packets"
        for area in AREAS[:-1]:
            reason = Reason.DAMAGED if account.damages else Reason.LIMIT if account.limits else Reason.MISSING
            self._collector.mark(area, State.NOT_LOOKED_AT, reason, detail=f"{self._label}: {told}")

    @property
    def _label(self) -> str:
        return self._name or self._opened.name

    def _chunks(self) -> Iterator[bytes]:
        pieces = self._collector.chunks(self._opened, self._name)
        first = next(pieces, b"")
        whole = _joined(first, pieces)
        return unpacked(whole, self._collector.limits) if first.startswith(MAGIC) else whole

    def _tell_devices(self) -> None:
        account = self._traffic.account
        analysis = Analysis(self._traffic)
        first = min((flow.first for flow in analysis.flows if flow.first), default=0)
        last = max((flow.last for flow in analysis.flows), default=0)
        details = self._collector.details
        details["packets"] = str(int(details.get("packets", "0")) + account.packets)
        details["from"], details["to"] = clock(first), clock(last)
        self._collector.taken = max(self._collector.taken, clock(last))
        routers = [station.name for station in analysis.stations if station.gateway]
        if routers:
            details["router"] = ", ".join(routers[:4])
        for device in analysis.devices:
            self._tell(DeviceRows(analysis, device), device.station.name, device.station.host)
        if not analysis.devices:
            self._add(Subject("device", "capture", platform="network"), (), Hidden(0, 0, 0, 0))

    def _tell(self, rows: DeviceRows, name: str, host: str) -> None:
        facts: list[Fact] = []
        for row in rows.rows():
            if len(facts) >= self._collector.limits.facts:
                self._traffic.account.limit("more facts than are kept")
                break
            facts.append(self._fact(row))
        self._add(Subject("device", name, host, platform="network"), tuple(facts), rows.hidden())

    def _fact(self, row: Told) -> Fact:
        place = Place(self._file, self._member, row.seen.offset, section=f"packet {row.seen.number}")
        return Fact(row.name, row.value, place, row.attributes, clock(row.seen.when))

    def _add(self, subject: Subject, facts: tuple[Fact, ...], hidden: Hidden) -> None:
        gaps = _gaps(self._traffic.account, hidden, self._traffic.observed)
        amounts = {area: sum(fact.name == name for fact in facts) for area, name in _COUNTED.items()}
        amounts["network.packets"] = self._traffic.account.packets
        for area in AREAS[:-1]:
            for state, reason, detail in gaps[area]:
                told = f"{self._label}: {detail}" if detail else ""
                self._collector.mark(area, state, reason, amounts[area], told)
        lines = tuple(_covered(area, gaps.get(area, []), amounts[area]) for area in ALL_AREAS if area in AREAS)
        self._collector.subjects.append(FactSet(subject, facts, lines))


def _joined(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _nanoseconds(times: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """Times as ISO 8601; without a zone they count as UTC. What is no time is left out."""
    found = []
    for start, end in times:
        try:
            pair = [dt.datetime.fromisoformat(text) for text in (start, end)]
        except ValueError:
            continue
        zoned = [each if each.tzinfo else each.replace(tzinfo=dt.UTC) for each in pair]
        found.append((int(zoned[0].timestamp()) * 10**9, int(zoned[1].timestamp()) * 10**9))
    return found


def _gaps(account: CaptureAccount, hidden: Hidden, observed: Observed) -> dict[str, list[Gap]]:
    """For each area why it was not looked at completely; the first of a list is the weightiest."""
    never = Reason.NOT_IN_THIS_EVIDENCE
    everywhere = _everywhere(account)
    started = _of_starts(account)
    names: list[Gap] = [(State.PARTIAL, never, _count(hidden.resolvers, "encrypted name services"))]
    tls: list[Gap] = [
        (State.PARTIAL, never, _count(hidden.hellos, "connections that hide the server's name (ECH)")),
        (State.PARTIAL, never, _count(observed.strange_quic, "packets of unknown versions of QUIC")),
    ]
    certificates: list[Gap] = [
        (State.PARTIAL, never, _count(hidden.certificates, "connections that hide their certificates (TLS 1.3, QUIC)"))
    ]
    tunnels: list[Gap] = [(State.PARTIAL, never, _count(hidden.tunnels, "connections through tunnels (VPN)"))]
    web: list[Gap] = [
        (State.PARTIAL, Reason.UNKNOWN_FORMAT, _count(observed.strange_web, "connections of HTTP/2 without encryption"))
    ]
    found = {
        "network.packets": [*everywhere, (State.EXAMINED, Reason.NONE, _UNSEEN)],
        "network.names": [*everywhere, *_cut(account), *names, *tunnels],
        "network.tls": [*everywhere, *started, *tls, *tunnels],
        "network.certificates": [*everywhere, *started, *certificates, *tunnels],
        "network.http": [*everywhere, *started, *web, *tunnels],
    }
    return {
        area: [gap for gap in gaps if gap[2]] or [(State.EXAMINED, Reason.NONE, "")] for area, gaps in found.items()
    }


def _everywhere(account: CaptureAccount) -> list[Gap]:
    """What takes something away from every area."""
    links = ", ".join(f"{link} ({count} packets)" for link, count in sorted(account.unknown_links.items())[:8])
    unread = _count(account.unread, "packets of protocols that carry others and are not read")
    read = account.packets - account.unread - sum(account.unknown_links.values())
    state = State.PARTIAL if read > 0 else State.NOT_LOOKED_AT
    return [
        (State.PARTIAL, Reason.DAMAGED, account.told_damage()),
        (State.PARTIAL, Reason.LIMIT, "; ".join(account.limits)),
        (state, Reason.UNKNOWN_FORMAT, f"link types that are not read: {links}" if links else ""),
        (state, Reason.UNKNOWN_FORMAT, unread),
        (State.PARTIAL, Reason.ENCRYPTED, _count(account.protected, "encrypted Wi-Fi frames")),
    ]


def _of_starts(account: CaptureAccount) -> list[Gap]:
    return [
        *_cut(account),
        (State.PARTIAL, Reason.MISSING, _count(account.gaps, "connections whose first packets are missing")),
        (
            State.PARTIAL,
            Reason.NOT_IN_THIS_EVIDENCE,
            _count(account.late, "conversations that began before the capture"),
        ),
    ]


def _cut(account: CaptureAccount) -> list[Gap]:
    text = "packets that could name a server and of which the capture kept only the first bytes"
    return [(State.PARTIAL, Reason.LIMIT, _count(account.wanted_cut, text))]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number else ""


def _covered(area: str, gaps: list[Gap], amount: int) -> Coverage:
    """One line for one device."""
    if not gaps:
        return Coverage(area, State.NOT_LOOKED_AT, Reason.NOT_IN_THIS_EVIDENCE)
    state, reason, _ = gaps[0]
    return Coverage(area, state, reason, amount, "; ".join(detail for _, _, detail in gaps if detail))


def _read_alerts(opened: Opened, collector: Collector) -> None:
    """Gives the alerts of TinyCheck or SpyGuard to the device that speaks most: those tools watch one device."""
    tree = opened.tree
    if tree is None:
        return
    names = [name for name in tree.names() if name.rpartition("/")[2] == _ALERTS]
    facts: list[Fact] = []
    problems: list[Gap] = []
    for name in names[:_MOST_CAPTURES]:
        try:
            found = list(alerts.parse(read_file(tree, name, _MOST_ALERTS)))
        except ParseError as error:
            problems.append(
                (State.PARTIAL, Reason.LIMIT if error.limit else Reason.DAMAGED, f"{name}: {error.message}")
            )
            continue
        facts += [_alert(each, opened, name) for each in found]
    if not names or not collector.subjects:
        return
    collector.areas = AREAS
    gaps = problems or [(State.EXAMINED, Reason.NONE, "in the words of the other tool")]
    for state, reason, detail in gaps:
        collector.mark("network.alerts", state, reason, len(facts), detail)
    first = collector.subjects[0]
    lines = tuple(
        _covered("network.alerts", gaps, len(facts)) if line.area == "network.alerts" else line
        for line in first.coverage
    )
    collector.subjects[0] = FactSet(first.subject, (*first.facts, *facts), lines)


def _alert(each: alerts.Alert, opened: Opened, name: str) -> Fact:
    file, member = opened.where(name)
    attributes: dict[str, Value] = {
        "tool": "TinyCheck or SpyGuard", "level": each.level, "host": each.host, "text": each.title,
        "named": list(each.named),
    }  # fmt: skip
    return Fact("network.alert", each.id or each.title, Place(file, member, section="alerts"), attributes)
