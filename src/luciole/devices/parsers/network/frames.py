"""Frames of many packets at once: from link layer to transport layer, as columns; nothing is copied but numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luciole.devices.parsers.network.account import CaptureAccount
from luciole.devices.parsers.network.records import Numbers, Octets, Records

Flags = npt.NDArray[np.bool_]

ETHERNET, RAW, OLD_RAW, BSD_RAW, NULL, LOOP, COOKED, COOKED2, WIFI, RADIOTAP = (
    1,
    101,
    12,
    14,
    0,
    108,
    113,
    276,
    105,
    127,
)
IPV4_LINK, IPV6_LINK = 228, 229
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, ACK = 1, 2, 4, 16
_IPV4, _IPV6 = 0x0800, 0x86DD
_TAGS = (0x8100, 0x88A8, 0x9100)
_SESSION = 0x8864
_POINT_TO_POINT = {0x0021: _IPV4, 0x0057: _IPV6}
"""PPP over Ethernet (RFC 2516): six bytes, then the protocol of PPP."""
_CARRIERS = (0x8847, 0x8848, 0x88E5, 0x88E7, 0x6558, 0x894F)
"""MPLS, MACsec, and Ethernet inside others: what they carry is not read."""
_MOST_TAGS = 4
_FAMILIES6 = (10, 24, 28, 30)
"""Numbers of the address family of IPv6: Linux; NetBSD and OpenBSD; FreeBSD; macOS."""
_EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
"""Headers that may stand between IPv6 and its content (RFC 8200 and the register of IANA)."""
_OUTGOING = 4
_SNAP = 0xAAAA
_ALL_ONES = 0xFFFF
MAPPED = bytes(10) + b"\xff\xff"
"""What stands before an IPv4 address, so that every address has 16 bytes (RFC 4291, section 2.5.5.2)."""


class Packets(NamedTuple):
    """The IP packets among some records. All columns have one row for each.

    row: which record; protocol: of the transport; source, target: 16 bytes each; source_port, target_port: 0 where the
    protocol has none; inner: where the transport header lies in the data; payload, size: where the content lies and
    how long it is in the capture; length: bytes of the whole IP packet on the wire; sequence, flags: of TCP; hardware:
    12 bytes, source then target, zeros where the link has none; cut: the capture kept only a part of it.
    """

    row: Numbers
    protocol: Numbers
    source: Octets
    target: Octets
    source_port: Numbers
    target_port: Numbers
    inner: Numbers
    payload: Numbers
    size: Numbers
    length: Numbers
    sequence: Numbers
    flags: Numbers
    hardware: Octets
    cut: Flags


class Network(NamedTuple):
    """Where IP begins. row: which record; at: where in the data; end: where the captured bytes end; six: IPv6."""

    row: Numbers
    at: Numbers
    end: Numbers
    six: Flags
    hardware: Octets


def byte(data: Octets, at: Numbers) -> Numbers:
    """The byte at each place; places behind the end read the last byte, which is padding."""
    return data.take(at, mode="clip").astype(np.int64)


def pair(data: Octets, at: Numbers) -> Numbers:
    """The 16-bit number, network order, at each place."""
    return byte(data, at) << 8 | byte(data, at + 1)


def spans(data: Octets, at: Numbers, count: int) -> Octets:
    """`count` bytes at each place, as rows."""
    return data.take(at[:, None] + np.arange(count), mode="clip")


def network(records: Records, account: CaptureAccount) -> Network:
    """Where IP begins in each record that holds IP; others are counted."""
    data, at = records.data, records.start.copy()
    end = at + records.captured
    kind = np.zeros(len(at), np.int64)
    hardware = np.zeros((len(at), 12), np.uint8)
    for link in np.unique(records.link).tolist():
        rows = np.flatnonzero(records.link == link)
        if link not in _LINKS:
            account.unknown_links[link] = account.unknown_links.get(link, 0) + len(rows)
            continue
        at[rows], kind[rows] = _LINKS[link](data, at[rows], end[rows], hardware, rows)
    kind, at = _out_of_session(data, *_untagged(data, at, kind))
    return _only_ip(records, account, Network(np.arange(len(at)), at, end, kind == _IPV6, hardware), kind)


def _only_ip(records: Records, account: CaptureAccount, found: Network, kind: Numbers) -> Network:
    """The records that hold IP. One that says it does and does not is damage."""
    version = byte(records.data, found.at) >> 4
    said = (kind == _IPV4) | (kind == _IPV6)
    whole = records.captured == records.original
    least = np.where(found.six, 40, 20)
    fits = (version == np.where(found.six, 6, 4)) & (found.at + least <= found.end)
    wrong = np.flatnonzero((said & ~fits & whole) | ((kind == 0) & whole & (records.link == ETHERNET)))
    if len(wrong):
        account.damage("a packet contradicts its format", int(records.offset[wrong[0]]), len(wrong))
    account.protected += int((kind == _PROTECTED).sum())
    carriers = int(np.isin(kind, _CARRIERS).sum())
    account.unread += carriers
    account.other += int((~said & (kind != _PROTECTED)).sum()) - carriers
    account.wanted_cut += int((said & ~fits & ~whole).sum())
    kept = np.flatnonzero(said & fits)
    return Network(found.row[kept], found.at[kept], found.end[kept], found.six[kept], found.hardware[kept])


_PROTECTED = -1
Links = tuple[Numbers, Numbers]


def _ethernet(data: Octets, at: Numbers, end: Numbers, hardware: Octets, rows: Numbers) -> Links:
    """IEEE 802.3: target, source, type. A frame that is too short has no type."""
    hardware[rows, :6] = spans(data, at + 6, 6)
    hardware[rows, 6:] = spans(data, at, 6)
    return at + 14, np.where(at + 14 <= end, pair(data, at + 12), 0)


def _raw(data: Octets, at: Numbers, end: Numbers, hardware: Octets, rows: Numbers) -> Links:  # noqa: ARG001 - one form
    version = byte(data, at) >> 4
    return at, np.where(at < end, np.where(version == 6, _IPV6, _IPV4), 1)  # noqa: PLR2004 - of IP


def _null(data: Octets, at: Numbers, end: Numbers, hardware: Octets, rows: Numbers) -> Links:  # noqa: ARG001 - one form
    """The address family in four bytes, in the byte order of whoever captured."""
    family = byte(data, at) | byte(data, at + 3)
    kind = np.where(np.isin(family, _FAMILIES6), _IPV6, np.where(family == 2, _IPV4, 1))  # noqa: PLR2004 - AF_INET
    return at + 4, np.where(at + 4 <= end, kind, 1)


def _cooked(data: Octets, at: Numbers, end: Numbers, hardware: Octets, rows: Numbers) -> Links:
    """LINKTYPE_LINUX_SLL: direction, hardware type, length and address of the sender, protocol."""
    _sender(data, pair(data, at) == _OUTGOING, at + 6, hardware, rows)
    return at + 16, np.where(at + 16 <= end, pair(data, at + 14), 1)


def _cooked2(data: Octets, at: Numbers, end: Numbers, hardware: Octets, rows: Numbers) -> Links:
    """LINKTYPE_LINUX_SLL2: protocol first; the address of the sender at byte 12."""
    _sender(data, byte(data, at + 10) == _OUTGOING, at + 12, hardware, rows)
    return at + 20, np.where(at + 20 <= end, pair(data, at), 1)


def _sender(data: Octets, outgoing: Flags, address: Numbers, hardware: Octets, rows: Numbers) -> None:
    """Only packets to this computer tell the address of another device; of sent ones it is the computer's own."""
    known = ~outgoing
    hardware[rows[known], :6] = spans(data, address[known], 6)


def _radiotap(data: Octets, at: Numbers, end: Numbers, hardware: Octets, rows: Numbers) -> Links:
    """A header of its own length (little end first), then IEEE 802.11."""
    return _wifi(data, at + (byte(data, at + 2) | byte(data, at + 3) << 8), end, hardware, rows)


def _wifi(data: Octets, at: Numbers, end: Numbers, hardware: Octets, rows: Numbers) -> Links:
    """IEEE 802.11, section 9.3.2.1: data frames; encrypted ones cannot be read."""
    control, bits = byte(data, at), byte(data, at + 1)
    is_data = ((control >> 2) & 3) == 2  # noqa: PLR2004 - the type of data frames
    quality = control >> 7
    body = at + 24 + 6 * ((bits & 3) == 3) + 2 * quality + 4 * ((bits >> 7) & quality)  # noqa: PLR2004 - both bits
    first, third = spans(data, at + 4, 6), spans(data, at + 16, 6)
    second = spans(data, at + 10, 6)
    to_access, from_access = (bits & 1 != 0)[:, None], (bits & 2 != 0)[:, None]
    hardware[rows, :6] = np.where(from_access, third, second)
    hardware[rows, 6:] = np.where(to_access, third, first)
    wrapped = (pair(data, body) == _SNAP) & (body + 8 <= end)
    kind = np.where(is_data & wrapped, pair(data, body + 6), 1)
    return body + 8, np.where(is_data & (bits & 0x40 != 0), _PROTECTED, kind)


_LINKS = {
    ETHERNET: _ethernet, RAW: _raw, OLD_RAW: _raw, BSD_RAW: _raw, IPV4_LINK: _raw, IPV6_LINK: _raw, NULL: _null,
    LOOP: _null, COOKED: _cooked, COOKED2: _cooked2, WIFI: _wifi, RADIOTAP: _radiotap,
}  # fmt: skip


def _untagged(data: Octets, at: Numbers, kind: Numbers) -> tuple[Numbers, Numbers]:
    """Past the tags of virtual networks (IEEE 802.1Q and 802.1ad)."""
    for _ in range(_MOST_TAGS):
        tagged = np.isin(kind, _TAGS)
        if not tagged.any():
            break
        kind = np.where(tagged, pair(data, at + 2), kind)
        at = at + 4 * tagged
    return kind, at


def _out_of_session(data: Octets, kind: Numbers, at: Numbers) -> tuple[Numbers, Numbers]:
    """Past the headers of PPP over Ethernet, as a router at a telephone line has it."""
    session = kind == _SESSION
    if not session.any():
        return kind, at
    protocol = pair(data, at + 6)
    inner = np.ones(len(kind), np.int64)
    for number, found in _POINT_TO_POINT.items():
        inner[protocol == number] = found
    return np.where(session, inner, kind), at + 8 * session


def transport(records: Records, found: Network, account: CaptureAccount) -> tuple[Packets, Numbers]:
    """The packets with whole IP headers, and the places in `found` of those that need `fragments` first."""
    data, at = records.data, found.at
    four = ~found.six
    header = np.where(four, (byte(data, at) & 15) * 4, 40)
    said = np.where(four, pair(data, at + 2), pair(data, at + 4) + 40)
    said = np.where(said <= header, found.end - at, said)
    protocol = np.where(four, byte(data, at + 9), byte(data, at + 6))
    split = (four & (pair(data, at + 6) & 0x3FFF != 0)) | (found.six & np.isin(protocol, _EXTENSIONS))
    whole = (records.captured == records.original)[found.row]
    wrong = (header < 20) | (at + header > found.end) | (whole & (at + said > found.end))  # noqa: PLR2004 - the least
    wrong |= _sum_is_wrong(data, at, header, four)
    for place in np.flatnonzero(wrong)[:1].tolist():
        account.damage("an IP packet contradicts itself", int(records.offset[found.row[place]]), int(wrong.sum()))
    kept = np.flatnonzero(~wrong & ~split)
    end = np.minimum(at + said, found.end)
    cut = at + said > found.end
    columns = _Kept(records, found, kept, header[kept], protocol[kept], end[kept], said[kept], cut[kept])
    return _packets(columns, account), np.flatnonzero(~wrong & split)


class _Kept(NamedTuple):
    records: Records
    found: Network
    rows: Numbers
    header: Numbers
    protocol: Numbers
    end: Numbers
    length: Numbers
    cut: Flags


def _sum_is_wrong(data: Octets, at: Numbers, header: Numbers, four: Flags) -> Flags:
    """Whether the checksum of an IPv4 header without options is wrong (RFC 791); 0 stands for not computed."""
    plain = four & (header == 20)  # noqa: PLR2004 - no options
    total = np.zeros(len(at), np.int64)
    for step in range(0, 20, 2):
        total += pair(data, at + step)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    wrong: Flags = plain & (total != _ALL_ONES) & (pair(data, at + 10) != 0)
    return wrong


def _packets(kept: _Kept, account: CaptureAccount) -> Packets:
    data, rows = kept.records.data, kept.rows
    at, six = kept.found.at[rows], kept.found.six[rows]
    inner = at + kept.header
    tcp, udp = kept.protocol == TCP, kept.protocol == UDP
    ported = (tcp | udp) & (inner + 8 <= kept.end)
    offset = np.where(tcp, (byte(data, inner + 12) >> 4) * 4, np.where(udp, 8, 0))
    broken = (tcp | udp) & ~kept.cut & ((inner + offset > kept.end) | (tcp & (offset < 20)))  # noqa: PLR2004 - of TCP
    for place in np.flatnonzero(broken)[:1].tolist():
        row = int(kept.found.row[rows[place]])
        account.damage("a transport header contradicts itself", int(kept.records.offset[row]), int(broken.sum()))
    payload = np.minimum(inner + offset, kept.end)
    is_tcp = tcp & ported & ~broken
    word = pair(data, inner + 4) << 16 | pair(data, inner + 6)
    return Packets(
        row=kept.found.row[rows],
        protocol=kept.protocol,
        source=_address(data, at, six, 12, 8),
        target=_address(data, at, six, 16, 24),
        source_port=np.where(ported, pair(data, inner), 0),
        target_port=np.where(ported, pair(data, inner + 2), 0),
        inner=inner,
        payload=payload,
        size=np.where(broken, 0, kept.end - payload),
        length=kept.length,
        sequence=np.where(is_tcp, word, 0),
        flags=np.where(is_tcp, byte(data, inner + 13), 0),
        hardware=kept.found.hardware[rows],
        cut=kept.cut,
    )


def _address(data: Octets, at: Numbers, six: Flags, four_at: int, six_at: int) -> Octets:
    """16 bytes for each packet; IPv4 addresses are mapped."""
    found = np.empty((len(at), 16), np.uint8)
    short = ~six
    found[short, :12] = np.frombuffer(MAPPED, np.uint8)
    found[short, 12:] = spans(data, at[short] + four_at, 4)
    found[six] = spans(data, at[six] + six_at, 16)
    return found
