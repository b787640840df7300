"""Reads exported intrusion logs (Advanced Protection, Android 16): hosts that apps looked up or contacted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from luciole.devices.parsers.rows import Account, Line
from luciole.devices.parsers.times import from_milliseconds

AREAS = ("device.logs",)


class Contact(NamedTuple):
    """One entry of the log. kind: dns, connect or security; host: name or address, lower case, perhaps empty."""

    line: int
    kind: str
    host: str
    package: str
    when: str


class AddedCertificate(NamedTuple):
    """A certificate authority that was added, as a security event says."""

    line: int
    subject: str
    when: str


class _Certificate(msgspec.Struct, gc=False):
    subject: str = ""
    success: bool = True


class _Security(msgspec.Struct, gc=False):
    event_time: int | float = 0
    cert_authority_installed: _Certificate | None = None


class _Event(msgspec.Struct, gc=False):
    event_time: int | float = 0
    package_name: str = ""
    hostname: str = ""
    ip_address: str = ""
    ip_addresses: list[str] = []


class _Line(msgspec.Struct, gc=False):
    dns_event: _Event | None = None
    connect_event: _Event | None = None
    security_event: _Security | None = None


_decoder = msgspec.json.Decoder(_Line)


def parse(lines: Iterable[Line], account: Account) -> Iterator[Contact | AddedCertificate]:
    """Contacts of DNS and connect events and added certificates, one JSON object a line; other events only count."""
    for at, text in lines:
        if not text.strip():
            continue
        try:
            found = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            account.lose(at)
            continue
        if found.dns_event is not None:
            account.anchor()
            yield from _contacts(at, "dns", found.dns_event)
        elif found.connect_event is not None:
            account.anchor()
            yield from _contacts(at, "connect", found.connect_event)
        elif found.security_event is not None:
            account.anchor()
            added = found.security_event.cert_authority_installed
            if added is not None and added.success:
                nanoseconds = found.security_event.event_time
                yield AddedCertificate(at, added.subject, from_milliseconds(nanoseconds // 10**6))
        else:
            account.lose(at)


def _contacts(at: int, kind: str, event: _Event) -> Iterator[Contact]:
    when = from_milliseconds(event.event_time)
    hosts = [event.hostname, event.ip_address, *event.ip_addresses[:64]]
    for host in hosts:
        host = host.lstrip("/").rstrip(".").lower()  # noqa: PLW2901 - as Java prints addresses
        if host:
            yield Contact(at, kind, host, event.package_name, when)
