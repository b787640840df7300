"""Reads the netpolicy section of dumpsys: which apps may use data in the background or may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, uid_number

SERVICE = "netpolicy"
AREAS = ("device.network-policy",)


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `background_data` by uid, from `UID=10123 policy=4 (ALLOW_METERED_BACKGROUND)`; NONE is left out."""
    inside = False
    for at, text in lines:
        stripped = text.strip()
        if stripped.startswith(("Policy for UIDs", "Restrict background", "Network policies")):
            account.anchor()
            inside = stripped.startswith("Policy for UIDs")
        elif inside and stripped.startswith("UID="):
            uid = uid_number(between(stripped, "UID="))
            policy = between(stripped, "(", ")") or between(stripped, "policy=")
            if uid is None or not policy:
                account.lose(at)
            elif policy != "NONE":
                yield Row("background_data", policy, at, uid=uid)
        elif stripped and not stripped.startswith("UID="):
            inside = False
