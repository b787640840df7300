"""Small tables of well-known servers and ports, as their operators publish them; nothing is ever looked up."""

from __future__ import annotations

from typing import NamedTuple


class Resolver(NamedTuple):
    """Who answers encrypted name questions. personal: its account shows somebody which names were asked for."""

    operator: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    source: str
    personal: bool = False


RESOLVERS = (
    Resolver("Google", ("dns.google", "dns.google.com", "dns64.dns.google"),
             ("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"),
             "https://developers.google.com/speed/public-dns/docs/using"),
    Resolver("Cloudflare", ("cloudflare-dns.com", "one.one.one.one", "1dot1dot1dot1.cloudflare-dns.com"),
             ("1.1.1.1", "1.0.0.1", "1.1.1.2", "1.0.0.2", "1.1.1.3", "1.0.0.3", "2606:4700:4700::1111",
              "2606:4700:4700::1001"),
             "https://developers.cloudflare.com/1.1.1.1/ip-addresses/"),
    Resolver("Quad9", ("dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net"),
             ("9.9.9.9", "149.112.112.112", "9.9.9.10", "9.9.9.11", "2620:fe::fe", "2620:fe::9"),
             "https://quad9.net/service/service-addresses-and-features/"),
    Resolver("OpenDNS", ("doh.opendns.com", "dns.opendns.com", "doh.familyshield.opendns.com"),
             ("208.67.222.222", "208.67.220.220", "208.67.222.123", "208.67.220.123"),
             "https://support.opendns.com/hc/en-us/articles/360038086532"),
    Resolver("AdGuard", ("dns.adguard.com", "adguard-dns.com"), ("94.140.14.14", "94.140.15.15"),
             "https://adguard-dns.io/kb/general/dns-providers/"),
    Resolver("Mullvad", ("dns.mullvad.net", "doh.mullvad.net"), ("194.242.2.2", "194.242.2.3", "194.242.2.4"),
             "https://mullvad.net/help/dns-over-https-and-dns-over-tls"),
    Resolver("Apple", ("doh.dns.apple.com",), (), "https://support.apple.com/guide/security/"),
    Resolver("DNS.SB", ("dns.sb", "doh.dns.sb", "dot.sb"), ("185.222.222.222", "45.11.45.11"), "https://dns.sb/"),
    Resolver("CleanBrowsing", ("doh.cleanbrowsing.org", "cleanbrowsing.org"), ("185.228.168.9", "185.228.169.9"),
             "https://cleanbrowsing.org/filters/", personal=True),
    Resolver("NextDNS", ("nextdns.io",), (), "https://help.nextdns.io/", personal=True),
    Resolver("Control D", ("controld.com",), ("76.76.2.0", "76.76.10.0"), "https://docs.controld.com/", personal=True),
)  # fmt: skip
"""Operators of encrypted name services; a name stands for itself and every name below it."""

ORDINARY: dict[str, tuple[str, ...]] = {
    "push": ("mtalk.google.com", "push.apple.com", "notify.windows.com", "wns.windows.com", "push.services.mozilla.com",
             "alt1-mtalk.google.com", "mqtt-mini.facebook.com", "whatsapp.net", "signal.org"),
    "time": ("ntp.org", "time.apple.com", "time.google.com", "time.android.com", "time.windows.com",
             "time.cloudflare.com", "time.facebook.com"),
    "check": ("connectivitycheck.gstatic.com", "connectivitycheck.android.com", "clients3.google.com",
              "captive.apple.com", "msftconnecttest.com", "msftncsi.com", "detectportal.firefox.com"),
}  # fmt: skip
"""Servers that phones call regularly by design: messages, the time, whether there is internet."""

TUNNEL_NAMES = ("mask.icloud.com", "mask-h2.icloud.com", "mask-api.icloud.com")
"""Apple's private relay (https://developer.apple.com/support/prepare-your-network-for-icloud-private-relay/)."""
TUNNEL_PORTS: dict[tuple[int, int], str] = {
    (17, 51820): "WireGuard", (17, 1194): "OpenVPN", (6, 1194): "OpenVPN", (17, 4500): "IPsec", (17, 500): "IPsec",
    (6, 1723): "PPTP", (17, 1701): "L2TP",
}  # fmt: skip
"""Transport protocol and port → tunnel (the register of service names and port numbers of IANA)."""
TUNNEL_PROTOCOLS: dict[int, str] = {47: "GRE", 50: "IPsec", 51: "IPsec", 4: "IP in IP", 41: "IPv6 in IP"}
NAME_PORTS = {53: "plain", 853: "encrypted"}
TLS_PORTS = frozenset({
    443, 465, 563, 587, 636, 853, 989, 990, 993, 995, 2083, 2087, 2096, 2195, 2196, 2197, 3478, 5061, 5222, 5223, 5228,
    5229, 5230, 5269, 5349, 8080, 8443, 8883, 9443,
})  # fmt: skip
"""Ports on which TLS is ordinary: web, mail, messages, push, calls (IANA; Apple support 103229; Firebase ports)."""
_SECOND_LEVEL = frozenset(
    {"co", "com", "org", "net", "gov", "gob", "edu", "ac", "or", "ne", "go", "gv", "gouv", "asso"}
)
_MOST_LABELS = 8
_RESOLVER_OF = {text: each for each in RESOLVERS for text in (*each.names, *each.addresses)}
_ORDINARY_OF = {name: kind for kind, names in ORDINARY.items() for name in names}
_TUNNELS = frozenset(TUNNEL_NAMES)


def resolver(name: str, address: str) -> Resolver | None:
    """Who runs the name service with this name or this address; None for one that is not in the table."""
    if address and address in _RESOLVER_OF:
        return _RESOLVER_OF[address]
    return next((_RESOLVER_OF[each] for each in _upwards(name) if each in _RESOLVER_OF), None)


def ordinary(names: list[str], ports: set[int]) -> str:
    """Which ordinary regular service this is: push, time or check; empty for none."""
    for name in names:
        for each in _upwards(name):
            if each in _ORDINARY_OF:
                return _ORDINARY_OF[each]
    return "time" if ports == {123} else "push" if ports and ports <= {5223, 5228, 5229, 5230} else ""


def is_tunnel_name(name: str) -> bool:
    """Whether a name is a server of Apple's private relay."""
    return not _TUNNELS.isdisjoint(_upwards(name))


def _upwards(name: str) -> list[str]:
    """A name and every name above it, label by label: notgoogle.com is not below google.com."""
    labels = name.split(".")[-_MOST_LABELS:]
    return [".".join(labels[start:]) for start in range(len(labels))] if name else []


def parent(name: str) -> str:
    """The part of a name that somebody registered, by its form: two labels, or three below such as co.uk."""
    labels = name.split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004 - a country
    return ".".join(labels[-3:] if short else labels[-2:])
