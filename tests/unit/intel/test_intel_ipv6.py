"""Addresses of IPv6 are indicators like others: in one form, from every list, met wherever such an address stands."""

from pathlib import Path

import pytest

from luciole import devices
from luciole.intel import values
from luciole.intel.index import Index
from luciole.intel.match import match
from luciole.intel.model import Family, Indicator, Knowledge, canonical
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact, FactSet, Place, Subject
from luciole.simulate.network import containers, packets

SERVER = "2001:db8::7"
INDICATORS = (
    Indicator("ipv6", SERVER, "command-and-control", ("spy",), ("list",), "reported", "2022-01-01", "2026-01-01"),
    Indicator("url", "http://[2001:db8::8]:8080/up", "command-and-control", ("spy",), ("list",), "reported", "", ""),
)
KNOWLEDGE = Knowledge(1, "", (Family("spy", "ExampleSpy", "stalkerware"),), INDICATORS)
INDEX = Index.open(Index.build(canonical(KNOWLEDGE), ()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2001:DB8:0:0::7", ("ipv6", SERVER)),
        ("[2001:db8::7]", ("ipv6", SERVER)),
        ("[2001:db8::7]:443", ("ipv6", SERVER)),
        ("::ffff:192.0.2.7", ("ipv4", "192.0.2.7")),
        ("::ffff:c000:207", ("ipv4", "192.0.2.7")),
        ("HTTP://[2001:DB8::7]:80/a", ("url", "http://[2001:db8::7]/a")),
        ("https://u:p@[2001:db8::7]:8443/a?b", ("url", "https://[2001:db8::7]:8443/a?b")),
    ],
)
def test_an_address_has_one_form(text: str, expected: tuple[str, str]) -> None:
    assert tuple(values.network(text)) == expected


@pytest.mark.parametrize("text", ["fe80::1%eth0", "1::2::3", "[", "[]", "12:34:56", "http://[::1/", "http://[a]/"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        values.network(text)


@pytest.mark.parametrize(
    ("name", "value", "matched"),
    [
        ("network.server", SERVER, SERVER),
        ("dns.server", "2001:0db8::0007", SERVER),
        ("proxy", "[2001:db8::7]:3128", SERVER),
        ("proxy", SERVER, SERVER),
        ("code.url", "https://[2001:db8::7]/x", ""),
        ("code.host", SERVER, SERVER),
        ("code.url", "http://[2001:db8::8]:8080/up", "http://[2001:db8::8]:8080/up"),
        ("network.server", "2001:db8::9", ""),
    ],
)
def test_a_fact_meets_the_address_that_is_listed(name: str, value: str, matched: str) -> None:
    found = match(FactSet(Subject("device", "x"), (Fact(name, value, Place("evidence")),)), INDEX)
    assert [each.value for each in found] == ([matched] if matched else [])


def test_a_capture_meets_it_too(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    frames = [(10**18, packets.tcp("fd00::10", SERVER, (40_000, 443), (5, 0), packets.SYN))]
    path.write_bytes(containers.pcap(frames, link=containers.RAW))
    subjects = devices.read_evidence(path).subjects
    assert {each.value for one in subjects for each in match(one, INDEX)} == {SERVER}
