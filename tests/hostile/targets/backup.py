"""Fuzz target: any bytes as a backup, its header, its tar archive, and an encrypted one."""

from __future__ import annotations

from luciole.devices.collect import Collector, Request
from luciole.devices.opened import Opened
from luciole.devices.parsers import tar
from luciole.devices.sources import backup
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Reads `data` as a tar archive, as a plain backup of it, and as a whole backup."""
    try:
        for _ in tar.members(iter([data])):
            pass
    except ParseError:
        pass
    for whole in (b"ANDROID BACKUP\n5\n0\nnone\n" + data, b"ANDROID BACKUP\n5\n1\nnone\n" + data, data):
        collector = Collector(Request(password="x"))  # noqa: S106 - any password
        backup.read(Opened.data(whole, "backup.ab"), collector)
