"""Says how far an address leads: no further than the network around a device, or into the internet."""

from __future__ import annotations

import ipaddress

_AROUND = tuple(
    ipaddress.ip_network(one)
    for one in ("0.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
                "169.254.0.0/16", "fc00::/7", "fe80::/10", "fec0::/10", "::/127")
)  # fmt: skip
"""RFC 1122, RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 3879, RFC 4291."""


def reach_of(text: str) -> str:
    """Returns home for an address of the device or of the network around it, internet for another, empty for a name."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return "home" if any(found in network for network in _AROUND if network.version == found.version) else "internet"
