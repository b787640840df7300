"""Published vectors: RFC 9001 and RFC 9369 (QUIC), the examples of JA4, OpenSSL's own hello, names by the standard."""

import ssl
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from luciole.devices.parsers.network import dhcp, dns, http1, known, quic, tls
from luciole.devices.parsers.network.certificates import details
from luciole.devices.parsers.network.frames import MAPPED
from luciole.devices.parsers.network.ja4 import is_grease, ja4
from luciole.kernel.errors import ParseError
from luciole.simulate.network import datagrams, encryption, names

DCID = bytes.fromhex("8394c8f03e515708")
CRYPTO_FRAME = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c0000041301"
    "1302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007"
    "000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f5"
    "0f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00"
    "024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f0"
    "3e51570806048000ffff"
)
"""RFC 9001, appendix A.2: the frame with the client hello."""
V1_START = bytes.fromhex("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11")
V1_END = bytes.fromhex("e221af44860018ab0856972e194cd934")
V2_START = bytes.fromhex("d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485")
"""First and last bytes of the protected packets as printed in RFC 9001 A.2 and RFC 9369 A.2."""


def protected(header: bytes, key: str, iv: str, mask: str) -> bytes:
    """The packet of the RFC, made from its printed keys with the library alone."""
    number = header[-4:]
    payload = CRYPTO_FRAME.ljust(1162, b"\0")
    nonce = (int.from_bytes(bytes.fromhex(iv), "big") ^ int.from_bytes(number, "big")).to_bytes(12, "big")
    sealed = AESGCM(bytes.fromhex(key)).encrypt(nonce, payload, header)
    hide = Cipher(algorithms.AES(bytes.fromhex(mask)), modes.ECB()).encryptor().update(sealed[:16])  # noqa: S305 - as the RFC has it
    hidden = bytes(a ^ b for a, b in zip(number, hide[1:5], strict=True))
    return bytes([header[0] ^ (hide[0] & 0x0F)]) + header[1:-4] + hidden + sealed


VERSION_1 = protected(
    bytes.fromhex("c300000001088394c8f03e5157080000449e00000002"),
    "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2",
)  # fmt: skip
VERSION_2 = protected(
    bytes.fromhex("d36b3343cf088394c8f03e5157080000449e00000002"),
    "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9",
)  # fmt: skip


def test_the_packets_that_are_opened_are_those_of_the_rfcs() -> None:
    assert (VERSION_1[:32], VERSION_1[-16:], len(VERSION_1)) == (V1_START, V1_END, 1200)
    assert (VERSION_2[:32], len(VERSION_2)) == (V2_START, 1200)


def opened(data: bytes) -> tls.ClientHello:
    packet = quic.initial(data)
    assert packet is not None
    assert packet.target == DCID
    assembly = quic.Assembly()
    assembly.add(quic.crypto(quic.opened(data, packet, quic.keys(packet.version, packet.target))))
    body = assembly.message()
    assert body is not None
    return tls.client_hello(body)


@pytest.mark.parametrize("data", [VERSION_1, VERSION_2], ids=["RFC 9001", "RFC 9369"])
def test_the_initial_packet_of_the_rfc_opens_and_names_its_server(data: bytes) -> None:
    hello = opened(data)
    assert hello.server_name == "example.com"
    assert hello.alpn == (b"alpn",)
    assert hello.versions == (0x0304,)


def test_keys_are_those_of_the_rfcs() -> None:
    assert quic.keys(quic.VERSION_1, DCID) == (
        bytes.fromhex("1f369613dd76d5467730efcbe3b1a22d"), bytes.fromhex("fa044b2f42a3fd3b46fb255c"),
        bytes.fromhex("9f50449e04a0e810283a1e9933adedd2"),
    )  # fmt: skip
    assert quic.keys(quic.VERSION_1, DCID, server=True) == (
        bytes.fromhex("cf3a5331653c364c88f0f379b6067e37"), bytes.fromhex("0ac1493ca1905853b0bba03e"),
        bytes.fromhex("c206b8d9b9f0f37644430b490eeaa314"),
    )  # fmt: skip


def test_a_changed_byte_does_not_open() -> None:
    data = bytearray(VERSION_1)
    data[600] ^= 1
    packet = quic.initial(bytes(data))
    assert packet is not None
    with pytest.raises(ParseError, match="does not open"):
        quic.opened(bytes(data), packet, quic.keys(packet.version, packet.target))


@pytest.mark.parametrize("pieces", [1, 2, 3, 5])
def test_a_hello_in_several_packets_is_put_together_in_any_order(pieces: int) -> None:
    hello = encryption.client_hello("split.example", alpn=(b"h3",))
    assembly = quic.Assembly()
    for each in datagrams.initials(hello, DCID, pieces=pieces):
        assert assembly.message() is None
        packet = quic.initial(each)
        assert packet is not None
        assembly.add(quic.crypto(quic.opened(each, packet, quic.keys(packet.version, DCID))))
    assert assembly.message() == hello[4:]


CHROME_CIPHERS = (
    0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F,
    0x0035,
)  # fmt: skip
CHROME_EXTENSIONS = (
    0x001B, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002D, 0x000D, 0x0005, 0x0023, 0x0012, 0x002B, 0xFF01, 0x000B,
    0x000A, 0x0015,
)  # fmt: skip
CHROME_SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
CHROME = "t13d1516h2_8daaf6152771_e5627efa2ab1"
"""The worked example of the method's own description."""


def chrome() -> tls.ClientHello:
    return tls.ClientHello(
        0x0303, (0x1A1A, *CHROME_CIPHERS), (0x2A2A, *CHROME_EXTENSIONS, 0x3A3A), "a.example", (b"h2", b"http/1.1"),
        CHROME_SIGNATURES, (0x4A4A, 0x0304, 0x0303),
    )  # fmt: skip


def test_ja4_of_the_published_example() -> None:
    assert ja4(chrome()) == CHROME


def test_ja4_does_not_depend_on_the_order_of_ciphers_and_extensions() -> None:
    mixed = chrome()._replace(ciphers=CHROME_CIPHERS[::-1], extensions=CHROME_EXTENSIONS[::-1])
    assert ja4(mixed) == CHROME
    assert ja4(chrome()._replace(signatures=CHROME_SIGNATURES[::-1])) != CHROME
    assert ja4(chrome(), quic=True) == "q" + CHROME[1:]


@pytest.mark.parametrize(
    ("alpn", "said"),
    [("ab", "ab"), ("abcd", "ad"), ("30ab", "3b"), ("3031abcd", "3d"), ("30abcd31", "01"), ("6832", "h2"), ("", "00")],
)
def test_ja4_writes_odd_protocols_as_the_method_says(alpn: str, said: str) -> None:
    found = ja4(chrome()._replace(alpn=(bytes.fromhex(alpn),)))
    assert found.partition("_")[0][-2:] == said


def test_ja4_of_a_hello_without_anything() -> None:
    assert ja4(tls.ClientHello(0x0301, (), ())) == "t10i000000_000000000000_000000000000"
    assert [is_grease(each) for each in (0x0A0A, 0xFAFA, 0x0A1A, 0x0A0B)] == [True, True, False, False]


def openssl_hello(name: str) -> bytes:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_the_hello_of_openssl_is_read() -> None:
    [(kind, body)] = _first(openssl_hello("www.shop.example"))
    hello = tls.client_hello(body)
    assert kind == tls.CLIENT_HELLO
    assert hello.server_name == "www.shop.example"
    assert hello.alpn == (b"h2", b"http/1.1")
    assert 0x0304 in hello.versions
    assert 0x1301 in hello.ciphers
    assert not hello.encrypted


def _first(stream: bytes) -> list[tuple[int, bytes]]:
    for each in tls.handshakes(stream):
        return [each]
    return []


@pytest.mark.parametrize("size", [1, 7, 100, 16_384])
def test_a_handshake_in_many_records_is_the_same(size: int) -> None:
    content = encryption.server_hello(0x0303) + encryption.certificate_message(encryption.certificate("a.example"))
    stream = encryption.records(content, size) + encryption.records(b"\1", kind=20)
    found = list(tls.handshakes(stream))
    assert [kind for kind, _ in found] == [tls.SERVER_HELLO, tls.CERTIFICATE]
    assert tls.server_hello(found[0][1]).version == 0x0303
    assert tls.certificates(found[1][1]) == (encryption.certificate("a.example"),)


def test_tls_1_3_is_told_by_the_servers_choice() -> None:
    [(_, body)] = _first(encryption.records(encryption.server_hello()))
    assert tls.server_hello(body).version == tls.TLS13


def test_a_hello_that_is_not_all_there_is_incomplete_and_not_damaged() -> None:
    stream = openssl_hello("www.shop.example")
    for end in range(3, len(stream)):
        assert tls.looks_like(stream[:end])
        with pytest.raises(tls.Incomplete):
            list(tls.handshakes(stream[:end]))


def test_an_encrypted_hello_is_noticed() -> None:
    hello = encryption.client_hello("cover.example", encrypted=True)
    assert tls.client_hello(hello[4:]).encrypted


def test_a_certificate_tells_its_names_and_who_vouches() -> None:
    own = details(encryption.certificate("panel.example", ("www.panel.example", "*.panel.example")))
    assert own.names == ("panel.example", "www.panel.example", "*.panel.example")
    assert own.self_signed
    assert (own.not_before, own.not_after) == ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    other = details(encryption.certificate("a.example", issuer="Some Authority"))
    assert (other.self_signed, other.issuer, other.common_name) == (False, "CN=Some Authority", "a.example")
    assert not details(b"no certificate").readable


# ---------------------------------------------------------------------- names


def test_an_answer_leads_over_its_aliases_to_addresses() -> None:
    message = dns.parse(
        names.answer(7, "www.shop.example", ("198.51.100.7", "198.51.100.8"), ("a.cdn.example", "b.cdn.example"))
    )
    aliases, addresses = dns.chain(message, "www.shop.example")
    assert aliases == ["a.cdn.example", "b.cdn.example"]
    assert addresses == [MAPPED + bytes([198, 51, 100, 7]), MAPPED + bytes([198, 51, 100, 8])]
    assert message.response


def test_a_question_is_read_and_names_are_compared_in_lower_case() -> None:
    message = dns.parse(names.question(1, "WWW.Shop.Example"))
    assert (message.response, message.questions) == (False, (("www.shop.example", 1),))


HEADER = struct.pack(">HHHHHH", 1, 0x8180, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "name",
    [
        b"\xc0\x0c",
        b"\x01a\xc0\x0c",
        b"\xc0\x10\x00\x00\xc0\x0c",
        b"\x40",
        b"\x3fabc",
        b"\xc0\xff",
        b"\xc0",
        b"\x01a" * 200,
    ],
)
def test_names_that_point_to_themselves_or_do_not_end_are_refused(name: bytes) -> None:
    with pytest.raises(ParseError):
        dns.parse(HEADER + name + b"\x00\x01\x00\x01")


def test_aliases_in_a_circle_end() -> None:
    circle = (dns.Answer("a.example", 5, target="b.example"), dns.Answer("b.example", 5, target="a.example"))
    message = dns.Message(1, response=True, code=0, questions=(("a.example", 1),), answers=circle)
    assert dns.chain(message, "a.example") == (["b.example"], [])


def test_odd_bytes_in_names_are_shown_and_never_taken_as_dots() -> None:
    message = dns.parse(HEADER + b"\x05a.b\x00\xff\x00\x00\x01\x00\x01")
    assert message.questions == (("a\\046b\\000\\255", 1),)


# ---------------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("head", "asked"),
    [
        (b"GET / HTTP/1.1\r\nHost: A.Example:8080\r\n\r\n", ("GET", "a.example", 8080)),
        (b"POST /x HTTP/1.1\r\nX: y\r\nhost:a.example\r\n\r\nbody", ("POST", "a.example", 0)),
        (b"CONNECT c.example:443 HTTP/1.1\r\n\r\n", ("CONNECT", "c.example", 443)),
        (b"GET http://proxied.example/p HTTP/1.1\r\nHost: proxied.example\r\n\r\n", ("GET", "proxied.example", 0)),
        (b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n\r\n", ("GET", "2001:db8::1", 81)),
        (b"GET / HTTP/1.0\r\n\r\n", ("GET", "", 0)),
    ],
)
def test_the_server_of_a_request_is_read(head: bytes, asked: tuple[str, str, int]) -> None:
    found = http1.request(head)
    assert found is not None
    assert found[:3] == asked


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 200 OK\r\n", b"GETAWAY\r\n", b"GET / SIP/2.0\r\n\r\n", b"\x16\x03\x01"]
)
def test_other_streams_are_no_requests(data: bytes) -> None:
    assert not http1.looks_like(data) or http1.request(data) is None


def test_resolvers_are_known_by_name_below_a_dot_or_by_address() -> None:
    assert known.resolver("abc.dns.nextdns.io", "") == known.resolver("dns.nextdns.io", "")
    assert known.resolver("notdns.google", "") is None
    found = known.resolver("", "2620:fe::fe")
    assert found is not None
    assert found.operator == "Quad9"


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("a.b.shop.example", "shop.example"),
        ("www.shop.co.uk", "shop.co.uk"),
        ("shop.example", "shop.example"),
        ("x", "x"),
    ],
)
def test_the_registered_part_of_a_name(name: str, parent: str) -> None:
    assert known.parent(name) == parent


def test_no_lease_is_read_from_other_bytes() -> None:
    assert dhcp.parse(bytes(300)) is None
    assert dhcp.parse(b"") is None
