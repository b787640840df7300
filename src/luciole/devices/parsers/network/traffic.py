"""Reads a whole capture: columns of packets into conversations, and the few packets that name something into names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from luciole.devices.parsers.network import dhcp, dns, http1, quic, socks, tls
from luciole.devices.parsers.network.account import CaptureAccount
from luciole.devices.parsers.network.flows import FlowTable
from luciole.devices.parsers.network.fragments import Fragments
from luciole.devices.parsers.network.frames import RAW, SYN, TCP, UDP, Network, Packets, byte, network, pair, transport
from luciole.devices.parsers.network.ja4 import ja4
from luciole.devices.parsers.network.observed import Ends, Hello, Observed, Offer, Passed, Seen, Shown
from luciole.devices.parsers.network.records import PADDING, Numbers, Records, records
from luciole.devices.parsers.network.streams import MOST_STREAM, Stream, Streams
from luciole.devices.parsers.network.sums import Sums
from luciole.kernel.errors import ParseError

_FIRST_WORDS = np.array([int.from_bytes(method[:4], "big") for method in http1.METHODS], np.int64)
_NAME_PORTS = (dns.PORT, dns.MULTICAST_PORT, dns.LOCAL_PORT)
_LEASE_PORTS = (67, 68)
_QUIC_VERSIONS = np.array([quic.VERSION_1, quic.VERSION_2], np.int64)
_HELLOS = np.array([tls.CLIENT_HELLO, tls.SERVER_HELLO], np.int64)
_HELLO_LEAST = 6
_PLAIN_SECOND = b"PRI * HTTP/2"
"""What a connection of HTTP/2 without encryption begins with; its requests are packed and not read."""
_WEB = 443
_MOST_QUIC = 16 << 20
_MOST_WRAPPINGS = 4


class Traffic:
    """One capture. account: what was lost; flows: conversations; observed: names and what they led to.

    screen_off: times at which the screen was off, from and to, in nanoseconds since 1970.
    """

    def __init__(self, screen_off: Sequence[tuple[int, int]] = ()) -> None:
        self.account = CaptureAccount()
        self.flows = FlowTable(self.account, screen_off)
        self.observed = Observed(self.account)
        self._fragments = Fragments(self.account)
        self._streams = Streams(self.account)
        self._done = np.zeros(1, np.bool_)
        self._quic: dict[int, tuple[quic.Keys, quic.Assembly]] = {}
        self._quic_bytes = 0
        self._sums = Sums()

    def read(self, chunks: Iterable[bytes]) -> None:
        """Reads a capture handed over in chunks. Raises ParseError where it is none."""
        for block in records(chunks, self.account):
            self._block(block)
        self.account.gaps += self._streams.unfinished() + sum(
            assembly.message() is None for _, assembly in self._quic.values()
        )
        self._sums.tell(self.account)
        if unfinished := self._fragments.unfinished():
            self.account.gaps += unfinished

    def _block(self, block: Records) -> None:
        found = network(block, self.account)
        packets, split = transport(block, found, self.account)
        self._packets(block, packets)
        for _ in range(_MOST_WRAPPINGS):
            if not len(split):
                return
            block, found, split = self._split(block, found, split)
        if len(split):
            self.account.damage("a packet is split again and again", int(block.offset[found.row[split[0]]]), len(split))

    def _split(self, block: Records, found: Network, split: Numbers) -> tuple[Records, Network, Numbers]:
        """Packets in fragments or with extension headers, made plain and read like others; those that still are not."""
        whole: list[bytes] = []
        rows: list[int] = []
        for place in split.tolist():
            row, at, end = int(found.row[place]), int(found.at[place]), int(found.end[place])
            if block.captured[row] != block.original[row]:
                self.account.wanted_cut += 1
                continue
            plain = self._fragments.feed(block.data[at:end].tobytes(), int(block.offset[row]))
            if plain is not None:
                whole.append(plain)
                rows.append(row)
        again = _as_records(block, np.array(rows, np.int64), whole)
        inner = network(again, self.account)
        packets, still = transport(again, inner, self.account)
        self._packets(again, packets)
        return again, inner, still

    # ------------------------------------------------------------------ which packets name something

    def _packets(self, block: Records, packets: Packets) -> None:
        if not len(packets.row):
            return
        ids = self.flows.add(block, packets)
        if len(self._done) < len(self.flows):
            self._done = np.concatenate([self._done, np.zeros(len(self.flows) - len(self._done), np.bool_)])
        self._udp(block, packets, ids)
        self._tcp(block, packets, ids)

    def _udp(self, block: Records, packets: Packets, ids: Numbers) -> None:
        udp = (packets.protocol == UDP) & (packets.size > 0)
        names = np.isin(packets.source_port, _NAME_PORTS) | np.isin(packets.target_port, _NAME_PORTS)
        leases = np.isin(packets.source_port, _LEASE_PORTS) & np.isin(packets.target_port, _LEASE_PORTS)
        data, at = block.data, packets.payload
        long_header = udp & ~names & (byte(data, at) & 0xC0 == 0xC0) & (packets.size > _HELLO_LEAST)  # noqa: PLR2004 - two bits
        version = pair(data, at + 1) << 16 | pair(data, at + 3)
        known = np.isin(version, _QUIC_VERSIONS)
        web = (packets.source_port == _WEB) | (packets.target_port == _WEB)
        self.observed.strange_quic += int((long_header & web & ~known & (version != 0)).sum())
        for place in np.flatnonzero(udp & (names | leases | (long_header & known))).tolist():
            if packets.cut[place]:
                self.account.wanted_cut += 1
                continue
            self._datagram(block, packets, place, int(ids[place]))

    def _datagram(self, block: Records, packets: Packets, place: int, row: int) -> None:
        self._sums.check(block, packets, place)
        payload, ends, seen = _content(block, packets, place), _ends(packets, place), _seen(block, packets, place)
        source_port = int(packets.source_port[place])
        if not {source_port, ends.port}.isdisjoint(_NAME_PORTS):
            self._name_message(payload, ends, seen, source_port)
        elif source_port in _LEASE_PORTS:
            self._lease(payload, seen)
        elif row:
            self._initial(payload, row, ends, seen, source_port)

    def _tcp(self, block: Records, packets: Packets, ids: Numbers) -> None:
        tcp = (packets.protocol == TCP) & (ids > 0)
        begins = tcp & (packets.flags & SYN != 0)
        carries = tcp & (packets.size > 0)
        wanted = carries & ~self._done[ids]
        data, at = block.data, packets.payload
        begun = np.isin(byte(data, at + 5), _HELLOS)
        hello = (byte(data, at) == tls.HANDSHAKE) & (byte(data, at + 1) == 3) & begun  # noqa: PLR2004 - of TLS
        method = np.isin(pair(data, at) << 16 | pair(data, at + 2), _FIRST_WORDS)
        again = carries & ((hello & (packets.size > _HELLO_LEAST)) | (method & (packets.size > _HELLO_LEAST)))
        for place in np.flatnonzero(begins | wanted | again).tolist():
            row = int(ids[place])
            if begins[place]:
                self._streams.begin(row, int(packets.sequence[place]))
                self._done[row] = False
                if carries[place]:
                    self._segment(block, packets, place, row)
            elif not self._done[row]:
                self._segment(block, packets, place, row)
            elif hello[place] and again[place]:
                self._streams.reopen(row, int(packets.sequence[place]))
                self._done[row] = False
                self._segment(block, packets, place, row)
            elif method[place] and again[place]:
                self._one_request(_content(block, packets, place), row, block, packets, place)

    # ------------------------------------------------------------------ TCP

    def _segment(self, block: Records, packets: Packets, place: int, row: int) -> None:
        # a SYN counts as one number itself; content may come with it (RFC 7413)
        sequence = int(packets.sequence[place]) + bool(int(packets.flags[place]) & SYN)
        stream = self._streams.get(row, sequence)
        if packets.cut[place]:
            self.account.wanted_cut += 1
        else:
            self._sums.check(block, packets, place)
        if self._streams.add(row, stream, sequence, _content(block, packets, place)):
            source_port = int(packets.source_port[place])
            ends, seen = _ends(packets, place), _seen(block, packets, place)
            if self._understood(stream, row, ends, seen, source_port):
                self._finish(row)
        elif len(stream.content) >= MOST_STREAM or stream.size >= 2 * MOST_STREAM:
            self.account.gaps += stream.trusted
            self._finish(row)

    def _finish(self, row: int) -> None:
        self._streams.close(row)
        self._done[row] = True

    def _understood(self, stream: Stream, row: int, ends: Ends, seen: Seen, source_port: int) -> bool:
        """Whether the start of a stream said all that it can say; False where more bytes are needed."""
        content = stream.content
        if {ends.port, source_port} & {dns.PORT}:
            return self._name_stream(stream, ends, seen, source_port)
        if not stream.due() and len(content) < MOST_STREAM:
            return False
        if tls.looks_like(content):
            return self._handshake(stream, row, ends, seen, source_port)
        if http1.looks_like(content):
            asked = http1.request(content)
            done = asked is None or asked.whole or len(content) >= MOST_STREAM // 2
            if done:
                self._asked(asked, row, ends, seen)
            return done
        if stream.known and socks.looks_like(content):
            return self._proxied(socks.request(content), row, ends, seen)
        self.observed.strange_web += content.startswith(_PLAIN_SECOND)
        return True

    def _asked(self, asked: http1.Asked | None, row: int, ends: Ends, seen: Seen) -> None:
        if asked is not None and asked.method:
            self.observed.request(row, asked.host, asked.method, ends, seen)
            if asked.beside:
                self.observed.pass_on(row, Passed(ends, asked.beside, "HTTP", seen))

    def _proxied(self, asked: socks.Asked | None, row: int, ends: Ends, seen: Seen) -> bool:
        """A request to a proxy of SOCKS; False where more bytes are needed."""
        if asked is not None and asked.host:
            self.observed.pass_on(row, Passed(ends, asked.host, "SOCKS", seen))
        return asked is not None

    def _one_request(self, content: bytes, row: int, block: Records, packets: Packets, place: int) -> None:
        """A further request of a connection; what is split over two packets is left out."""
        self._asked(http1.request(content), row, _ends(packets, place), _seen(block, packets, place))

    def _handshake(self, stream: Stream, row: int, ends: Ends, seen: Seen, source_port: int) -> bool:
        try:
            for kind, body in tls.handshakes(stream.content):
                if kind == tls.CLIENT_HELLO:
                    self._hello(tls.client_hello(body), row, ends, seen, is_quic=False)
                    return True
                if self._answer(kind, body, Ends(ends.server, ends.client, source_port), seen):
                    return True
        except tls.Incomplete:
            return len(stream.content) >= MOST_STREAM
        except ParseError:
            if stream.trusted and stream.known:
                self.account.damage("the start of an encrypted connection contradicts its format", seen.offset)
        return True

    def _answer(self, kind: int, body: bytes, ends: Ends, seen: Seen) -> bool:
        """What a server says; whether nothing more can be read. ends: with the roles as they are."""
        if kind == tls.SERVER_HELLO:
            version = tls.server_hello(body).version
            if self.observed.room(len(self.observed.chosen), "servers"):
                self.observed.chosen[ends.server, ends.port] = version
            self.observed.hidden_certificates += version >= tls.TLS13
            return version >= tls.TLS13
        if kind == tls.CERTIFICATE:
            for place, der in enumerate(tls.certificates(body)):
                sha1 = hashlib.sha1(der, usedforsecurity=False).hexdigest()
                self.observed.shown(Shown(ends, place, hashlib.sha256(der).hexdigest(), sha1, der, seen))
            return True
        return False

    def _hello(self, hello: tls.ClientHello, row: int, ends: Ends, seen: Seen, *, is_quic: bool) -> None:
        alpn = tuple(each.decode("ascii", "backslashreplace") for each in hello.alpn)
        fingerprint = ja4(hello, quic=is_quic)
        found = Hello(ends, hello.server_name, hello.version, alpn, fingerprint, hello.encrypted, is_quic, seen)
        self.observed.hello(row, found)

    # ------------------------------------------------------------------ names

    def _name_stream(self, stream: Stream, ends: Ends, seen: Seen, source_port: int) -> bool:
        """Messages over TCP have their length before them (RFC 1035, section 4.2.2)."""
        content = stream.content
        while stream.used + 2 <= len(content):
            length = int.from_bytes(content[stream.used : stream.used + 2], "big")
            if stream.used + 2 + length > len(content):
                break
            self._name_message(content[stream.used + 2 : stream.used + 2 + length], ends, seen, source_port)
            stream.used += 2 + length
        if stream.used == len(content) and stream.used > MOST_STREAM // 2:
            return True
        return len(content) >= MOST_STREAM

    def _name_message(self, payload: bytes, ends: Ends, seen: Seen, source_port: int) -> None:
        try:
            message = dns.parse(payload)
        except ParseError as error:
            self.account.damage(error.message, seen.offset)
            return
        local = dns.PORT not in {source_port, ends.port}
        if message.response and local:
            return
        asked = Ends(ends.server, ends.client, source_port) if message.response else ends
        for name, _ in message.questions:
            found = self.observed.lookup(name, asked, seen, local=local) if name else None
            if found is None:
                continue
            if not message.response:
                found.count += 1
            else:
                found.failed = message.code != 0
                self.observed.answered(found, *dns.chain(message, name))

    def _lease(self, payload: bytes, seen: Seen) -> None:
        try:
            lease = dhcp.parse(payload)
        except ParseError as error:
            self.account.damage(error.message, seen.offset)
            return
        if lease is None:
            return
        for kind, text in lease.told:
            self.observed.offer(Offer(lease.hardware, lease.address, kind, text, seen))
        if self.observed.room(len(self.observed.hosts), "names of devices"):
            if lease.host:
                self.observed.hosts[lease.hardware] = lease.host
            for router in lease.routers:
                self.observed.routers[router] = None

    # ------------------------------------------------------------------ QUIC

    def _initial(self, payload: bytes, row: int, ends: Ends, seen: Seen, source_port: int) -> None:
        packet = quic.initial(payload)
        if packet is None or self._done[row] or self._is_answer(ends, source_port):
            return
        self._make_room()
        frames = None
        for known in self._possible_keys(row, packet):
            try:
                frames = quic.opened(payload, packet, known)
            except ParseError:
                continue
            if row not in self._quic or self._quic[row][0] != known:
                self._forget(row)
                self._quic[row] = (known, quic.Assembly())
            break
        if frames is None:
            if row not in self._quic and ends.port == _WEB:
                self.account.gaps += 1
            return
        self._assemble(frames, row, ends, seen)

    def _make_room(self) -> None:
        """Unfinished hellos are given up together where they hold too much."""
        if self._quic_bytes > _MOST_QUIC:
            self.account.limit("more unfinished QUIC connections than are kept")
            self._quic.clear()
            self._quic_bytes = 0

    def _possible_keys(self, row: int, packet: quic.Initial) -> list[quic.Keys]:
        """Those of the connection so far; then new ones, as after a Retry or when ports are used again."""
        before = [self._quic[row][0]] if row in self._quic else []
        if not before and not self.observed.room(len(self._quic), "QUIC connections"):
            return []
        return [*before, quic.keys(packet.version, packet.target)]

    def _is_answer(self, ends: Ends, source_port: int) -> bool:
        """Whether the other side spoke first."""
        row = self.flows.row(ends.server, ends.client, ends.port, source_port, UDP)
        return row in self._quic or (row > 0 and bool(self._done[row]))

    def _assemble(self, frames: bytes, row: int, ends: Ends, seen: Seen) -> None:
        try:
            assembly = self._quic[row][1]
            before = assembly.held
            assembly.add(quic.crypto(frames))
            self._quic_bytes += assembly.held - before
            body = assembly.message()
            if body is None:
                return
            self._hello(tls.client_hello(body), row, ends, seen, is_quic=True)
        except ParseError as error:
            self.account.damage(error.message, seen.offset)
        self._forget(row)
        self._done[row] = True

    def _forget(self, row: int) -> None:
        """What was kept of a hello makes room."""
        kept = self._quic.pop(row, None)
        self._quic_bytes -= kept[1].held if kept is not None else 0


def _content(block: Records, packets: Packets, place: int) -> bytes:
    at = int(packets.payload[place])
    return block.data[at : at + int(packets.size[place])].tobytes()


def _ends(packets: Packets, place: int) -> Ends:
    """The sender as client; whoever calls knows whether it is."""
    return Ends(packets.source[place].tobytes(), packets.target[place].tobytes(), int(packets.target_port[place]))


def _seen(block: Records, packets: Packets, place: int) -> Seen:
    row = int(packets.row[place])
    return Seen(int(block.number[row]), int(block.offset[row]), int(block.when[row]))


def _as_records(block: Records, rows: Numbers, whole: list[bytes]) -> Records:
    """Plain packets in the place of those they were made from."""
    lengths = np.array([len(each) for each in whole], np.int64)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)[:-1]])
    data = np.frombuffer(b"".join(whole) + PADDING, np.uint8)
    link = np.full(len(rows), RAW, np.int64)
    return Records(data, start, lengths, lengths, block.when[rows], link, block.number[rows], block.offset[rows])
