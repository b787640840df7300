"""Reads the network settings: VPN, content filters, name servers and proxies, and the apps that carry them."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.ios.profiles import host_of
from luciole.devices.parsers.reach import reach_of
from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.intel.apple_ids import SYSTEM, plain_id

_KINDS = {
    "VPN": "vpn",
    "AppVPN": "app-vpn",
    "AlwaysOnVPN": "always-on",
    "ContentFilter": "content-filter",
    "DNSProxy": "dns-proxy",
    "DNSSettings": "dns-settings",
    "Relay": "relay",
}
_MOST = 2_000
_PROVIDERS = (
    "NEProviderBundleIdentifier",
    "ProviderBundleIdentifier",
    "PluginType",
    "dataProviderBundleIdentifier",
    "BundleIdentifier",
)
_PROXIES = (("HTTPEnable", "HTTPProxy", "HTTPPort"), ("HTTPSEnable", "HTTPSProxy", "HTTPSPort"))


def parse(value: Value, account: Account) -> Iterator[Row]:
    """com.apple.networkextension.plist, unwrapped: every configuration that holds a VPN, filter or name server."""
    if isinstance(value, dict):
        account.anchor()
    stack: list[tuple[Value, str]] = [(value, "")]
    seen = 0
    while stack and seen < 100 * _MOST:
        found, owner = stack.pop()
        seen += 1
        if isinstance(found, dict):
            owner = plist.text(found, "Application") or owner
            for key, kind in _KINDS.items():
                section = found.get(key)
                if isinstance(section, dict):
                    yield from _configuration(found, section, kind, owner, seen)
            stack += [(part, owner) for part in found.values() if isinstance(part, dict | list)]
        elif isinstance(found, list):
            stack += [(part, owner) for part in found if isinstance(part, dict | list)]


def _configuration(whole: Value, section: Value, kind: str, owner: str, line: int) -> Iterator[Row]:
    protocol = (
        plist.at(section, "Protocol") or plist.at(section, "Provider") or plist.at(section, "Settings") or section
    )
    provider = next((each for key in _PROVIDERS if (each := plain_id(plist.text(protocol, key)))), "")
    app = plain_id(owner)
    servers = [plist.text(protocol, key) for key in ("ServerAddress", "Server", "ServerURL", "Organization")]
    hosts = [host_of(each) for each in servers]
    addresses = [each for each in plist.items(protocol, "Servers") if isinstance(each, str)]
    server = next((each for each in hosts if each), addresses[0] if addresses else "")
    about: dict[str, str | int | float | bool | list[str]] = {
        "kind": kind,
        "server": server,
        "reach": reach_of(server),
        "enabled": bool(plist.flag(section, "Enabled")),
        "on_demand": bool(plist.flag(section, "OnDemandEnabled")),
        "always_on": kind == "always-on" or bool(plist.flag(protocol, "IncludeAllNetworks")),
        "name": plist.text(whole, "Name")[:120],
    }
    yield Row("vpn.configuration", app or provider or "built-in", line, attributes=about)
    parts = (app,) if app and provider.startswith(app + ".") else (app, provider)
    for package in dict.fromkeys(parts):
        if package and not package.startswith(SYSTEM):
            yield Row(NAMED, "", line, package)
    if kind == "dns-settings":
        yield from (_name_server(each, line) for each in addresses[:20])


def parse_services(value: Value, account: Account) -> Iterator[Row]:
    """SystemConfiguration/preferences.plist: proxies and name servers of each network service."""
    services = plist.at(value, "NetworkServices")
    if isinstance(services, dict):
        account.anchor()
        for number, service in enumerate(list(services.values())[:_MOST], 1):
            yield from _proxies(plist.at(service, "Proxies"), number)
            for server in plist.items(service, "DNS", "ServerAddresses")[:20]:
                if isinstance(server, str):
                    yield _name_server(server, number)


def _name_server(address: str, line: int) -> Row:
    return Row("dns.server", address, line, attributes={"interface": "", "reach": reach_of(address)})


def parse_wifi(value: Value, account: Account) -> Iterator[Row]:
    """Wi-Fi lists: only the proxies that were set for networks, never the names of networks."""
    account.anchor()
    stack, number = [value], 0
    while stack:
        found = stack.pop()
        number += 1
        if isinstance(found, dict):
            yield from _proxies(found, number)
            stack += [part for part in found.values() if isinstance(part, dict | list)]
        elif isinstance(found, list):
            stack += [part for part in found if isinstance(part, dict | list)]


def _proxies(proxies: Value, number: int) -> Iterator[Row]:
    for enabled, host, port in _PROXIES:
        name = plist.text(proxies, host)
        if plist.flag(proxies, enabled) and name:
            found = plist.number(proxies, port) or plist.text(proxies, port)
            yield Row("proxy", f"{name}:{found}" if found else name, number)
    script = plist.text(proxies, "ProxyAutoConfigURLString")
    if plist.flag(proxies, "ProxyAutoConfigEnable") and host_of(script):
        yield Row("proxy", host_of(script), number)
