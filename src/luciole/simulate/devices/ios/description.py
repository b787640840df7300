"""Describes a simulated iPhone or iPad: apps, grants, profiles, shortcuts, accounts, and traces to be found."""

from __future__ import annotations

from typing import Literal

import msgspec

Origin = Literal[
    "app-store", "testflight", "marketplace", "management", "enterprise", "developer", "sideloaded", "unknown"
]
Access = Literal["", "never", "when-in-use", "always"]
Place = Literal[
    "installed",
    "applications",
    "manifest-applications",
    "domain",
    "plug-in",
    "group",
    "tcc",
    "location",
    "state",
    "usage",
    "daily",
    "notifications",
    "keyboard",
    "vpn",
    "install-state",
    "shortcut",
    "profile",
    "provisioning",
    "wifi",
    "event",
    "mdm",
    "message",
    "browsing",
    "install-log",
    "process",
    "crash",
    "power-log",
    "container-log",
    "app-database",
]


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A right that was asked for. state: 0 denied, 2 allowed, 3 limited; when: ISO 8601, UTC."""

    service: str
    state: int = 2
    when: str = "2025-01-10T08:00:00Z"


class App(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One app. extensions, groups: whole ids; removed: only traces are left; sent, received: bytes; files: further ones
    in its own folder, by path."""  # noqa: D205, D209 - a list of fields follows the sentence

    bundle: str
    name: str = ""
    version: str = "1.0"
    origin: Origin = "app-store"
    grants: tuple[Grant, ...] = ()
    location: Access = ""
    extensions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    keyboard: str = ""
    sent: int = 0
    received: int = 0
    removed: bool = False
    files: tuple[str, ...] = ()


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a profile. fields: further keys of the part, as its type has them."""

    type: str
    fields: dict[str, str | int | bool | list[str] | dict[str, str | int | bool | list[str]]] = {}


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A configuration profile."""

    identifier: str
    organization: str = ""
    payloads: tuple[Payload, ...] = ()
    removal_disallowed: bool = False
    installed: str = "2025-01-05T10:00:00Z"


class Shortcut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shortcut. actions: the last parts of their names; automation: it runs by itself; asks: before it runs."""

    actions: tuple[str, ...] = ()
    automation: bool = False
    asks: bool = True
    text: str = ""


class Vpn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A configuration of the network. kind: the key under which it stands, such as VPN or ContentFilter."""

    kind: str = "VPN"
    app: str = ""
    provider: str = ""
    server: str = ""
    enabled: bool = True
    on_demand: bool = False


class AccountOfDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account. type: Apple's identifier of its kind."""

    type: str
    owner: str = "somebody@example.org"


class Planted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name put into one place and nowhere else."""

    value: str
    place: Place


class IosDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device. taken: when the evidence was made; filler: further files of the backup; tcc: form of the table."""

    model: str = "iPhone14,5"
    version: str = "18.1.1"
    build: str = "22B91"
    serial: str = "F2LLINERT123"
    udid: str = "00008110-000A1C2E3F40801E"
    taken: str = "2025-03-20T09:00:00Z"
    apps: tuple[App, ...] = ()
    profiles: tuple[Profile, ...] = ()
    supervised: bool = False
    organization: str = ""
    mdm_server: str = ""
    shortcuts: tuple[Shortcut, ...] = ()
    vpns: tuple[Vpn, ...] = ()
    proxy: str = ""
    name_servers: tuple[str, ...] = ()
    accounts: tuple[AccountOfDevice, ...] = (AccountOfDevice("com.apple.account.AppleAccount"),)
    computers: tuple[str, ...] = ("B1B1B1B1-0000-4000-8000-000000000001",)
    jailbreak_paths: tuple[str, ...] = ()
    lockdown_mode: bool = False
    computer_over_wifi: bool = False
    managed_by_family: bool = False
    tcc: Literal["auth_value", "allowed"] = "auth_value"
    filler: int = 0
    applications: bool = True
    planted: tuple[Planted, ...] = ()
    absent: tuple[str, ...] = ()
    password: str = ""
    rounds: int = 1_000
    seed: str = "inert"
