"""The dumpsys sections about the device itself: user, adb, settings, vpn_management and connectivity."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from luciole.simulate.devices.description import App, Setting, TrustedKey, User
from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.settings import settings_of

Lines = Iterator[str]

_FLAGS = {
    "ADMIN": 0x2, "FULL": 0x400, "GUEST": 0x4, "INITIALIZED": 0x10, "MAIN": 0x4000, "MANAGED_PROFILE": 0x20,
    "PRIMARY": 0x1, "PROFILE": 0x1000, "SYSTEM": 0x800,
}  # fmt: skip
_SINCE = {"FULL": 11, "SYSTEM": 11, "PROFILE": 11, "MAIN": 14}
_SECURE_FOLDER = 0x61000000
"""What Samsung adds to the flags of a secure folder."""

_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "owner": ("full.SYSTEM", ("ADMIN", "FULL", "INITIALIZED", "MAIN", "PRIMARY", "SYSTEM")),
    "secondary": ("full.SECONDARY", ("FULL", "INITIALIZED")),
    "work-profile": ("profile.MANAGED", ("INITIALIZED", "MANAGED_PROFILE", "PROFILE")),
    "private-profile": ("profile.PRIVATE", ("INITIALIZED", "PROFILE")),
    "clone": ("profile.CLONE", ("INITIALIZED", "PROFILE")),
    "secure-folder": ("profile.MANAGED", ("INITIALIZED", "MANAGED_PROFILE", "PROFILE")),
    "guest": ("full.GUEST", ("FULL", "GUEST", "INITIALIZED")),
}


def _flag_names(phone: Phone, user: User) -> list[str]:
    return [name for name in _KINDS[user.kind][1] if phone.since(_SINCE.get(name, 0))]


def _flags(phone: Phone, user: User) -> int:
    extra = _SECURE_FOLDER if user.kind == "secure-folder" else 0
    return sum(_FLAGS[name] for name in _flag_names(phone, user)) + extra


def user_info(phone: Phone, user: User) -> str:
    """A user as Android prints it in one word: UserInfo{10:Work profile:1030}."""
    return f"UserInfo{{{user.id}:{user.name}:{_flags(phone, user):x}}}"


def user(phone: Phone) -> Lines:
    """Users and profiles, with whether they have an owner."""
    if phone.since(11):
        yield "Current user: 0"
    yield "Users:"
    for row in phone.users:
        yield from _user(phone, row)
    owner = _owner(phone, "device", 0)
    yield ""
    yield f"  Device owner id:{0 if owner else -10000}"
    yield f"  Device managed: {str(owner is not None).lower()}"
    yield f"  Started users state: {{{', '.join(f'{row.id}=3' for row in phone.users if row.running)}}}"
    yield "  Max users: 4"
    yield "  Supports switchable users: true"


def _user(phone: Phone, row: User) -> Lines:
    kind = _KINDS[row.kind][0]
    primary = f" isPrimary={str(row.id == 0).lower()}" if phone.since(11) else ""
    parent = " parentId=0" if kind.startswith("profile") and phone.since(12) else ""
    yield f"  {user_info(phone, row)} serialNo={row.id}{primary}{parent}"
    if phone.since(11):
        yield f"    Type: android.os.usertype.{kind}"
        yield f"    Flags: {_flags(phone, row)} ({'|'.join(_flag_names(phone, row))})"
    yield f"    State: {'RUNNING_UNLOCKED' if row.running else '-1'}"
    yield "    Created: <unknown>" if row.id == 0 else f"    Created: +{30 + row.id}d2h11m9s120ms ago"
    yield "    Last logged in: +1h2m3s4ms ago"
    yield "    Last logged in fingerprint: example/phone/phone:14/UQ1A.240105"
    yield "    .004/11206848:user/release-keys"
    yield f"    Has profile owner: {str(_owner(phone, 'profile', row.id) is not None).lower()}"
    yield "    Restrictions:"
    yield "      none"
    for title in ("Device policy global", "Device policy local", "Effective"):
        yield f"    {title} restrictions:"
        yield "      none"


def _owner(phone: Phone, kind: str, number: int) -> App | None:
    return next((app for app in phone.apps if app.admin and app.admin.owner == kind and number in app.users), None)


def public_key(phone: Phone, key: TrustedKey) -> str:
    """A line of adb_keys: an invented public key in base64 and the computer's name."""
    parts = (phone.number(f"{key.name}{index}", 256) for index in range(131 * 4))
    return f"{base64.b64encode(b'QAAA' + bytes(parts)).decode()} {key.name}"


def adb(phone: Phone) -> Lines:
    """Computers that may debug the device; the store of connections is XML from Android 12 on."""
    description = phone.description
    yield "ADB MANAGER STATE (dumpsys adb):"
    yield "{"
    yield "  debugging_manager={"
    yield "    connected_to_adb=true"
    keys = [(public_key(phone, key), key) for key in description.adb_keys]
    if keys:
        yield f"    user_keys={keys[0][0]}"
        yield from (line for line, _ in keys[1:])
        yield ""
    if phone.since(11):
        yield "    keystore=<?xml version='1.0' encoding='utf-8' standalone='yes' ?>"
        yield '    <keyStore version="1">'
        for line, key in keys:
            yield f'    <adbKey key="{line}" lastConnection="{phone.epoch_ms(key.last or description.taken)}" />'
        yield "    </keyStore>"
        yield ""
    yield "  }"
    if phone.since(12):
        yield "  adb_wifi={enabled=false, port=-1}"
    yield "}"


def settings(phone: Phone) -> Lines:
    """Settings with the package that set each one, history where there is any, and the last operations."""
    for user_row in phone.users:
        for namespace in ("global", "secure", "system") if user_row.id == 0 else ("secure", "system"):
            yield f"{namespace.upper()} SETTINGS (user {user_row.id})"
            rows = [row for row in settings_of(phone, user_row.id) if row.namespace == namespace]
            for index, row in enumerate(rows):
                yield from _setting(phone, index, row)
            yield ""
    yield "Historical operations"
    for row in settings_of(phone, 0):
        if row.at:
            yield f"  {phone.local(row.at):%m-%d %H:%M:%S} update {row.key}"
    yield ""
    yield "GENERATION REGISTRY"
    yield "Maximum number of backing stores:8"


def _setting(phone: Phone, index: int, row: Setting) -> Lines:
    default = (
        f" default:{row.value} defaultSystemSet:true" if row.package in {"android", "com.android.settings"} else ""
    )
    yield f"_id:{index + 2} name:{row.key} pkg:{row.package} value:{row.value}{default}"
    if row.before:
        when = phone.stamp_ms(row.at or phone.description.taken)[5:]
        yield f"\tHistory ({row.key})"
        yield f"\t\ttime:{when} mode:update oldValue:{row.before} newValue:{row.value} package:{row.package}"


def vpn_management(phone: Phone) -> Lines:
    """VPN services by user; a section of Android 12 and later."""
    for app in phone.at("dumpsys vpn_management"):
        if app.vpn:
            yield "VPNs:"
            yield f"  {app.users[0]}: {app.package}"
            yield f"    Active package name: {app.package}"
            yield "    Active vpn type: 1"
            yield "    NetworkCapabilities: [ Transports: WIFI|VPN Capabilities: INTERNET&TRUSTED ]"
            if app.vpn in {"always-on", "lockdown"}:
                yield f"    mAlwaysOn=true mLockdown={str(app.vpn == 'lockdown').lower()}"


def connectivity(phone: Phone) -> Lines:
    """Networks with their name servers and the private DNS server."""
    strict = phone.description.private_dns
    yield "NetworkProviders for:"
    yield "Active default network: 101"
    yield "Current Networks:"
    yield "  NetworkAgentInfo{network{101} handle{437898} ni{WIFI CONNECTED extra: }"
    yield "    lp{{InterfaceName: wlan0 LinkAddresses: [ 192.0.2.7/24 ] DnsAddresses: [ /192.0.2.1 ] "
    yield f"      UsePrivateDns: {str(bool(strict)).lower()} PrivateDnsServerName: {strict or 'null'} Domains: null}}}}"
    for host in phone.planted("host", "dumpsys connectivity"):
        yield f"    HttpProxy: [{host}] 8080 xl= "
    yield ""
