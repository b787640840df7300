"""Reads the netpolicy section of dumpsys: which apps may use data in the background or may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, uid_number

SERVICE = "netpolicy"
AREAS = ("device.network-policy",)
_NEXT = ("Power save", "Status for all", "Default restrict", "SUBID", "Uid state", "UID state", "Statistics")
"""What follows the list of apps; right below its title it says that the list is empty."""


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `background_data` by uid, from `UID=10123 policy=4 (ALLOW_METERED_BACKGROUND)`; NONE is left out."""
    inside, empty = False, False
    for at, text in lines:
        stripped = text.strip()
        if stripped.startswith(("Policy for UIDs", "Restrict background", "Network policies")):
            account.heading()
            inside = empty = stripped.startswith("Policy for UIDs")
        elif inside and stripped.startswith("UID="):
            uid = uid_number(between(stripped, "UID="))
            policy = between(stripped, "(", ")") or between(stripped, "policy=")
            if uid is None or not policy:
                account.lose(at)
                continue
            account.anchor()
            if policy != "NONE":
                yield Row("background_data", policy, at, uid=uid)
        elif stripped and not stripped.startswith("UID="):
            if empty and stripped.startswith(_NEXT):
                account.anchor()
            inside = False
        empty = empty and (not stripped or stripped.startswith("Policy for UIDs"))
