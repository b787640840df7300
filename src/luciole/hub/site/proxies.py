"""Whose word is believed about the address that a request came from; pure."""

from __future__ import annotations

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks_of(setting: str) -> tuple[Network, ...]:
    """The networks of the setting `proxies`. Raises ValueError for what is none."""
    return tuple(ipaddress.ip_network(one.strip(), strict=False) for one in setting.split(",") if one.strip())


def client_of(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """The address of the client: the last of X-Forwarded-For that no proxy of ours is, when one of ours says so.

    peer: who is connected; forwarded: the header. What stands before an address that is not ours anybody can write.
    """
    chain = [peer, *reversed([one.strip() for one in forwarded.split(",") if one.strip()])]
    for address in chain:
        if not _is_within(address, proxies):
            return address if _is_address(address) else peer
    return chain[-1]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in one for one in networks)
