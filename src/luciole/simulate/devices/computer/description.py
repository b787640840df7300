"""Describes a simulated computer: its programs, browser extensions and settings, as data."""

from __future__ import annotations

from typing import Literal

import msgspec

System = Literal["windows", "macos", "linux"]


class Program(msgspec.Struct, frozen=True):
    """One program. id: its id in the list of programs; path: of its file.

    listed: the list of programs names it; starts: kinds of places that start it, such as run-key, launch-agent or unit;
    state: of its signature, empty where none is asked for; grants: rights of macOS; content: bytes that are hashed.
    """

    id: str
    path: str
    label: str = ""
    version: str = "1.0"
    publisher: str = "Example"
    listed: bool = True
    list_hidden: bool = False
    starts: tuple[str, ...] = ()
    hidden_task: bool = False
    hidden_file: bool = False
    state: str = "valid"
    signer: str = "CN=Example Programs, O=Example"
    thumbprint: str = "ab" * 20
    grants: tuple[str, ...] = ()
    no_window: bool = False
    arguments: str = ""
    content: bytes = b"inert"


class Extension(msgspec.Struct, frozen=True):
    """One browser extension. location: as Chromium numbers it (1 store, 4 unpacked, 7 policy)."""

    id: str
    name: str = "Extension"
    permissions: tuple[str, ...] = ()
    browser: Literal["chrome", "firefox"] = "chrome"
    location: int = 1
    forced: bool = False


class Computer(msgspec.Struct, frozen=True):
    """One computer. hosts: address and name; certificates: in DER; denied: paths that cannot be read.

    given_name_servers: those of the network around; administrators: accounts with full rights; on Windows the built-in
    one is among them where it is named here.
    """

    system: System
    programs: tuple[Program, ...] = ()
    extensions: tuple[Extension, ...] = ()
    hosts: tuple[tuple[str, str], ...] = ()
    proxy: str = ""
    proxy_script: str = ""
    name_servers: tuple[str, ...] = ()
    given_name_servers: tuple[str, ...] = ()
    certificates: tuple[bytes, ...] = ()
    exclusions: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    waiting_scripts: tuple[tuple[str, str], ...] = ()
    remote_accounts: tuple[str, ...] = ()
    hidden_accounts: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ("home",)
    input_group: tuple[str, ...] = ()
    remote_on: bool = False
    protection_off: bool = False
    management: str = ""
    profiles: tuple[str, ...] = ()
    shell_lines: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
