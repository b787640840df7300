"""How far an address leads, compared with what the standard library says of the same address."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luciole.devices.parsers.reach import reach_of


@pytest.mark.parametrize("name", ["", "vpn.example.org", "10.0.0", "1.2.3.4:51820", "fe80::1::2", "999.1.1.1", "\0"])
def test_what_is_no_address_has_no_reach(name: str) -> None:
    assert reach_of(name) == ""


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "0.1.2.3", "::1", "::", "192.168.4.1", "100.100.100.100", "fe80::1%en0", "fec0:0:0:ffff::1"],
)
def test_an_address_of_the_device_or_the_network_around_leads_nowhere_else(address: str) -> None:
    assert reach_of(address) == "home"


@given(st.ip_addresses())
def test_whatever_anybody_on_the_internet_can_reach_is_said_to_lead_there(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    # The library calls site-local addresses global; Windows names servers there that no network has (RFC 3879)
    site_local = address.version == 6 and address.is_site_local
    if address.is_global and not site_local:
        assert reach_of(str(address)) == "internet"
    if address.is_loopback or address.is_link_local:
        assert reach_of(str(address)) == "home"


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert reach_of(text) in {"", "home", "internet"}
