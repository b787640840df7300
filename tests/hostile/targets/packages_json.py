"""Fuzz target: any bytes as the small JSON lists of an acquisition."""

from __future__ import annotations

import contextlib

from luciole.devices.parsers import acquisition, intrusion, packages_json, processes, root
from luciole.devices.parsers.rows import Account, plain_lines
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Reads `data` as packages, processes, binaries, mounts, a record and an intrusion log."""
    for parse in (packages_json.parse, processes.parse_json, root.parse_binaries, root.parse_mounts):
        try:
            list(parse(data, Account()))
        except ParseError:
            continue
    with contextlib.suppress(ParseError):
        acquisition.parse(data)
    list(intrusion.parse(plain_lines(data.decode("utf-8", "replace")), Account()))
