"""Texts that computers share: the hosts file, name servers, settings of Secure Shell, and answers of PowerShell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from luciole.devices.parsers.computer.linux import lines
from luciole.devices.parsers.computer.records import Record, start, text_of
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.devices.parsers.times import iso
from luciole.kernel.errors import ParseError

_NOWHERE = ("0.0.0.0", "127.", "::1", "::", "0:0:0:0:0:0:0:", "255.255.255.255")  # noqa: S104 - addresses that are read
_OWN_NAMES = frozenset(
    {
        "localhost",
        "localhost.localdomain",
        "broadcasthost",
        "ip6-localhost",
        "ip6-loopback",
        "ip6-allnodes",
        "ip6-allrouters",
        "ip6-localnet",
        "ip6-mcastprefix",
        "localhost4",
        "localhost6",
        "localhost6.localdomain6",
        "localhost4.localdomain4",
        "kubernetes.docker.internal",
        "host.docker.internal",
        "gateway.docker.internal",
    }
)
_MOST_HOSTS = 20_000
Answer = TypeVar("Answer")
_BAD = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def hosts(data: bytes, account: Account) -> Iterator[Record]:
    """The hosts file: an address and names in each line (hosts(5)); a computer's own names are left out."""
    account.anchor()
    count = 0
    for number, line in lines(data, account):
        words = line.partition("#")[0].split()
        if len(words) < 2:  # noqa: PLR2004 - an address and a name
            if words:
                account.lose(number)
            continue
        blocks = words[0].startswith(_NOWHERE)
        for name in words[1:]:
            plain = name.lower().rstrip(".")
            if plain in _OWN_NAMES or "." not in plain or plain.endswith((".local", ".localdomain", ".lan", ".home")):
                continue
            count += 1
            if count > _MOST_HOSTS:
                account.skip(number)
                return
            yield Row("hosts.entry", plain, number, attributes={"address": words[0], "blocks": blocks})


def resolver(data: bytes, account: Account) -> Iterator[Record]:
    """/etc/resolv.conf (resolv.conf(5)), or the lines of `resolvectl dns`."""
    account.anchor()
    for number, line in lines(data, account):
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver" and not words[1].startswith("127."):
            yield Row("dns.server", words[1], number, attributes={"interface": ""})
        elif line.startswith(("Link ", "Global:")):
            name, _, said = line.partition(":")
            for word in said.split():
                # an address, perhaps with the name that its certificate must bear (systemd-resolved, resolved.conf)
                for each in filter(None, word.split("#")):
                    yield Row("dns.server", each.partition("%")[0], number, attributes={"interface": name})


def secure_shell(data: bytes, account: Account) -> Iterator[Record]:
    """sshd_config: only whether passwords and the administrator may sign in; that the service runs stands elsewhere."""
    account.anchor()
    for number, line in lines(data, account):
        words = line.split()
        if len(words) > 1 and words[0].lower() == "permitrootlogin" and words[1].lower() == "yes":
            yield Row("remote.account", "root", number, attributes={"kind": "administrator", "enabled": True})


# ---------------------------------------------------------------------- answers of PowerShell, in JSON


def _answer(data: bytes, kind: type[Answer], account: Account) -> list[Answer]:
    """One object or a list of them; an empty answer is an empty list. Raises ParseError."""
    encoded = text_of(data).strip().encode("utf-8", "replace")
    account.anchor()
    if not encoded:
        return []
    try:
        parts = msgspec.json.decode(encoded, type=list[msgspec.Raw]) if encoded[:1] == b"[" else [msgspec.Raw(encoded)]
        return [msgspec.json.decode(part, type=kind) for part in parts]
    except _BAD:
        raise ParseError("an answer that is not of the form asked for") from None


class _Consumer(msgspec.Struct, rename="pascal"):
    name: str = ""
    command_line_template: str | None = None
    executable_path: str | None = None
    script_text: str | None = None
    script_file_name: str | None = None
    scripting_engine: str | None = None
    class_: str = msgspec.field(name="Class", default="")


_USUAL_CONSUMERS = frozenset({"SCM Event Log Consumer", "BVTConsumer"})
"""Windows itself, and an old test of Microsoft."""


def consumers(data: bytes, account: Account) -> Iterator[Record]:
    """Event consumers of WMI: what runs when something happens, without standing in any list of programs."""
    for each in _answer(data, _Consumer, account):
        command = each.executable_path or each.command_line_template or each.script_file_name or ""
        yield Row(LOOK, f"{each.name}\n{command}\n{each.script_text or ''}", 1)
        if each.name in _USUAL_CONSUMERS:
            continue
        if command:
            yield start(
                "autostart.hook", "wmi", each.name or "(no name)", each.command_line_template or command, line=1
            )
        elif each.script_text:
            yield Row(
                "hook", each.name or "(no name)", 1, attributes={"kind": "wmi", "command": each.script_text[:2000]}
            )


class _Preferences(msgspec.Struct, rename="pascal"):
    exclusion_path: list[str] | str | None = None
    exclusion_process: list[str] | str | None = None
    exclusion_extension: list[str] | str | None = None
    exclusion_ip_address: list[str] | str | None = None
    disable_realtime_monitoring: bool | None = None


def defender_preferences(data: bytes, account: Account) -> Iterator[Record]:
    """`Get-MpPreference`: what the protection leaves out, and whether it is on."""
    for each in _answer(data, _Preferences, account):
        for kind, found in (
            ("path", each.exclusion_path), ("process", each.exclusion_process), ("extension", each.exclusion_extension),
            ("address", each.exclusion_ip_address),
        ):  # fmt: skip
            for value in [found] if isinstance(found, str) else found or ():
                if value.startswith("N/A"):
                    account.note("only an administrator may see what the protection leaves out", "computer.protection")
                    continue
                yield Row("protection.exclusion", value, 1, attributes={"kind": kind})
        if each.disable_realtime_monitoring:
            yield Row("protection.off", "windows-defender", 1, attributes={"value": "DisableRealtimeMonitoring"})


class _Threat(msgspec.Struct):
    ThreatName: str = ""
    ThreatID: int = 0
    IsActive: bool | None = None


def defender_threats(data: bytes, account: Account) -> Iterator[Record]:
    """`Get-MpThreat`: names of what the protection found."""
    for each in _answer(data, _Threat, account):
        if each.ThreatName:
            state = "active" if each.IsActive else "handled"
            yield Row("protection.finding", each.ThreatName, 1, attributes={"path": "", "state": state})


class _Detection(msgspec.Struct):
    ThreatID: int = 0
    ThreatStatusID: int = 0
    Resources: list[str] | str | None = None
    Time: str | None = None


def defender_detections(data: bytes, account: Account) -> Iterator[Record]:
    """`Get-MpThreatDetection`: where and when."""
    for each in _answer(data, _Detection, account):
        for resource in [each.Resources] if isinstance(each.Resources, str) else (each.Resources or ())[:50]:
            attributes = {"path": resource[:1000], "state": str(each.ThreatStatusID)}
            yield Row(
                "protection.finding", f"threat {each.ThreatID}", 1, attributes=attributes, when=iso(each.Time or "")
            )


class _Account(msgspec.Struct):
    Name: str = ""
    Enabled: bool = True
    SID: str = ""
    ObjectClass: str = ""


def local_accounts(data: bytes, account: Account) -> Iterator[Record]:
    """`Get-LocalUser`; accounts of Windows itself (numbers below 1000) are left out."""
    for each in _answer(data, _Account, account):
        number = each.SID.rpartition("-")[2]
        if each.Name and each.Enabled and (not number.isdigit() or int(number) >= 1000):  # noqa: PLR2004 - first number of people
            yield Row("account.local", each.Name, 1, attributes={"kind": "standard", "hidden": each.Name.endswith("$")})


def members(kind: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of members of a group; kind: remote-desktop or administrator."""

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        for each in _answer(data, _Account, account):
            name = each.Name.rpartition("\\")[2]
            if name and kind == "remote-desktop":
                yield Row("remote.account", name, 1, attributes={"kind": kind, "enabled": True})
            elif name:
                yield Row("account.local", name, 1, attributes={"kind": kind, "hidden": False})

    return parse


class _Driver(msgspec.Struct):
    Name: str = ""
    PathName: str | None = None
    DisplayName: str | None = None


def drivers(data: bytes, account: Account) -> Iterator[Record]:
    """Running drivers of Windows."""
    for each in _answer(data, _Driver, account):
        if each.PathName:
            yield start("autostart.service", "driver", each.Name, each.PathName, line=1, trigger=each.DisplayName or "")
