"""Reads configuration profiles: every part with its type, the servers and apps it names, and who put it there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.intel.apple_ids import SYSTEM, plain_id
from luciole.kernel.errors import ParseError

KINDS: dict[str, str] = {
    "com.apple.mdm": "mdm",
    "com.apple.security.root": "root-certificate",
    "com.apple.security.pkcs1": "certificate",
    "com.apple.security.pem": "certificate",
    "com.apple.security.pkcs12": "certificate",
    "com.apple.security.scep": "certificate",
    "com.apple.security.acme": "certificate",
    "com.apple.vpn.managed": "vpn",
    "com.apple.vpn.managed.applayer": "vpn",
    "com.apple.vpn.managed.appmapping": "vpn",
    "com.apple.relay.managed": "vpn",
    "com.apple.proxy.http.global": "proxy",
    "com.apple.webcontent-filter": "content-filter",
    "com.apple.dnsSettings.managed": "dns",
    "com.apple.dnsProxy.managed": "dns",
    "com.apple.notificationsettings": "notifications",
    "com.apple.applicationaccess": "restrictions",
    "com.apple.applicationaccess.new": "restrictions",
    "com.apple.wifi.managed": "wifi",
    "com.apple.cellular": "wifi",
    "com.apple.apn.managed": "wifi",
    "com.apple.mail.managed": "mail",
    "com.apple.eas.account": "mail",
    "com.apple.webClip.managed": "web-clip",
    "com.apple.homescreenlayout": "home-screen",
    "com.apple.app.lock": "single-app",
}
"""Payload type → kind (Apple, Device Management: profile-specific payload keys)."""
_HOSTS = ("ServerURL", "CheckInURL", "RemoteAddress", "ProxyServer", "ProxyPACURL", "HostName", "URL", "ServerName")
_PROVIDERS = (
    "VPNSubType", "ProviderBundleIdentifier", "PluginBundleID", "FilterDataProviderBundleIdentifier",
    "FilterPacketProviderBundleIdentifier", "AppBundleIdentifier", "FilterProviderBundleIdentifier", "Identifier",
)  # fmt: skip
_NESTED = (
    "VPN",
    "IKEv2",
    "IPSec",
    "PPP",
    "AlwaysOn",
    "DNSSettings",
    "TransparentProxy",
    "VendorConfig",
    "App",
    "ProviderConfiguration",
)
_MOST_PARTS = 2_000
_LONGEST_ADDRESS, _LONGEST_NAME = 8_192, 253


def host_of(text: str) -> str:
    """The host of an address or of `host:port`, in lower case (RFC 3986, 3.2); empty where there is none."""
    if len(text) > _LONGEST_ADDRESS:
        return ""
    rest = text.partition("://")[2] or text
    for end in "/?#":
        rest = rest.partition(end)[0]
    host = rest.rpartition("@")[2]
    found = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    found = found.strip().rstrip(".").lower()
    is_name = len(found) <= _LONGEST_NAME and ("." in found or ":" in found)
    return found if is_name and found.isprintable() and " " not in found else ""


def parse(value: Value, account: Account) -> Iterator[Row]:
    """One profile, as `profile-*.stub` keeps it. Raises ParseError where it has more parts than the limit."""
    identifier = plist.text(value, "PayloadIdentifier")
    if not identifier and not plist.at(value, "PayloadContent"):
        return
    account.anchor()
    parts = [part for part in plist.items(value, "PayloadContent") if isinstance(part, dict)]
    if len(parts) > _MOST_PARTS:
        raise ParseError("more parts of a profile than the limit", limit=True)
    when = plist.when(value, "InstallDate") or plist.when(value, "PayloadInstallDate")
    identifier = identifier or plist.text(value, "PayloadUUID") or "unnamed"
    yield Row(
        "management.profile",
        identifier,
        attributes={
            "organization": plist.text(value, "PayloadOrganization")[:200],
            "payloads": list(dict.fromkeys(plist.text(part, "PayloadType") for part in parts)),
            "removal_disallowed": bool(plist.flag(value, "PayloadRemovalDisallowed")),
        },
        when=when,
    )
    for number, part in enumerate(parts, 1):
        yield from _part(part, identifier, number, when)


def _part(part: Value, profile: str, number: int, when: str) -> Iterator[Row]:
    kind_id = plist.text(part, "PayloadType")
    if not kind_id:
        return
    kind = KINDS.get(kind_id, "other")
    hosts, providers = _hosts(part), _providers(part)
    rights = plist.number(part, "AccessRights")
    about: dict[str, str | int | float | bool | list[str]] = {
        "kind": kind,
        "profile": profile,
        "host": hosts[0] if hosts else "",
        "provider": providers[0] if providers else "",
        "always_on": _always_on(part),
        "detail": plist.text(part, "PayloadDisplayName")[:120],
    }
    if rights is not None:
        about["access_rights"] = rights
    yield Row("profile.payload", kind_id, number, attributes=about, when=when)
    yield from _named_apps(part, number, providers)
    if kind == "mdm":
        yield Row("device.managed", True, number, attributes={}, when=when)
        yield Row(
            "management.enrolment", profile, number, attributes={"kind": "mdm", "server": about["host"]}, when=when
        )
    if kind == "root-certificate":
        yield _certificate(part, number, when)


def _certificate(part: Value, number: int, when: str) -> Row:
    """The certificate by its digest; a stub without its bytes by its name."""
    content = plist.data(part, "PayloadContent")
    subject = plist.text(part, "PayloadCertificateFileName") or plist.text(part, "PayloadDisplayName")
    value = hashlib.sha256(content).hexdigest() if content else subject or plist.text(part, "PayloadUUID") or "unnamed"
    about: dict[str, str | int | float | bool | list[str]] = {"subject": subject[:200]}
    if content:
        about["sha1"] = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return Row("user_certificate", value, number, attributes=about, when=when)


def _named_apps(part: Value, number: int, providers: list[str]) -> Iterator[Row]:
    """Apps of others that a part names: providers, and the apps whose notifications or use it sets."""
    seen = dict.fromkeys(providers)
    for key in ("NotificationSettings", "allowListedAppBundleIDs", "blockedAppBundleIDs", "AppLayerVPNMapping"):
        for each in plist.items(part, key):
            seen[
                each
                if isinstance(each, str)
                else plist.text(each, "BundleIdentifier") or plist.text(each, "Identifier")
            ] = None
    for name in seen:
        package = plain_id(name)
        if package and not package.startswith(SYSTEM):
            yield Row(NAMED, "", number, package)


def _sections(part: Value) -> Iterator[Value]:
    yield part
    for key in _NESTED:
        found = plist.at(part, key)
        if isinstance(found, dict):
            yield found
    yield from (each for each in plist.items(part, "Relays") if isinstance(each, dict))


def _hosts(part: Value) -> list[str]:
    found = [host_of(plist.text(section, key)) for section in _sections(part) for key in _HOSTS]
    found += [host_of(plist.text(section, "HTTP3RelayURL")) for section in _sections(part)]
    for section in _sections(part):
        found += [host_of(each) for each in plist.items(section, "ServerAddresses") if isinstance(each, str)]
    return list(dict.fromkeys(each for each in found if each))


def _providers(part: Value) -> list[str]:
    found = [plain_id(plist.text(section, key)) for section in _sections(part) for key in _PROVIDERS]
    return list(dict.fromkeys(each for each in found if each))


def _always_on(part: Value) -> bool:
    if plist.text(part, "VPNType") == "AlwaysOn" or plist.at(part, "AlwaysOn") is not None:
        return True
    sections = list(_sections(part))
    forced = any(plist.flag(section, "OnDemandUserOverrideDisabled") for section in sections)
    routes = any(
        plist.flag(section, "IncludeAllNetworks") or plist.flag(section, "EnforceRoutes") for section in sections
    )
    return forced or (routes and any(plist.flag(section, "OnDemandEnabled") for section in sections))


def parse_cloud(value: Value, account: Account) -> Iterator[Row]:
    """CloudConfigurationDetails.plist: supervision, and enrolment through Apple's programme for organisations."""
    if isinstance(value, dict):
        account.anchor()
    supervised = plist.flag(value, "IsSupervised")
    if supervised is not None:
        organization = plist.text(value, "OrganizationName")[:200]
        yield Row("device.supervised", supervised, attributes={"organization": organization})
    address = plist.text(value, "ConfigurationURL") or plist.text(value, "ServerURL")
    if address or plist.flag(value, "IsMDMUnremovable"):
        yield Row("management.enrolment", "automatic", attributes={"kind": "mdm", "server": host_of(address)})
        yield Row("device.managed", True)


def parse_mdm(value: Value, account: Account) -> Iterator[Row]:
    """MDM.plist: the management server to which the device belongs; empty where it belongs to none."""
    if isinstance(value, dict):
        account.anchor()
    host = host_of(plist.text(value, "ServerURL")) or host_of(plist.text(value, "CheckInURL"))
    profile = plist.text(value, "ManagingProfileIdentifier")
    if host or profile:
        yield Row("management.enrolment", profile or host, attributes={"kind": "mdm", "server": host})
        yield Row("device.managed", True)


def parse_truth(value: Value, account: Account) -> Iterator[Row]:
    """ProfileTruth, ClientTruth, PayloadManifest and settings lists: they name profiles and apps; all texts count."""
    if isinstance(value, dict):
        account.anchor()
    for key in ("OrderedProfiles", "HiddenProfiles"):
        for number, name in enumerate(plist.items(value, key), 1):
            if isinstance(name, str) and name:
                yield Row("profile.event", name, number, attributes={"operation": "listed", "process": key})
    for text in dict.fromkeys(each for each in plist.texts(value) if 5 < len(each) < 256):  # noqa: PLR2004 - ids only
        yield Row("text", text)


def parse_events(value: Value, account: Account) -> Iterator[Row]:
    """MCProfileEvents.plist: profiles that were installed, changed or removed, when, and by which process."""
    events = plist.at(value, "ProfileEvents")
    if isinstance(events, list):
        account.anchor()
        for number, event in enumerate(events, 1):
            for name, about in plist.mapping(event).items():
                operation, process = plist.text(about, "operation"), plist.text(about, "process")
                when = plist.when(about, "timestamp")
                yield Row(
                    "profile.event", name, number, attributes={"operation": operation, "process": process}, when=when
                )
