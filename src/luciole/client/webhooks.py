"""Checks what a hub sends to a webhook."""

from __future__ import annotations

import hashlib
import hmac


def is_from_hub(secret: str, header: str, body: bytes, now: int, within: int = 300) -> bool:
    """Whether `body` was sent by the hub that showed this secret, at most `within` seconds ago or ahead.

    header: `Luciole-Signature`, `t=SECONDS,v1=HEX`; now: seconds since 1970.
    """
    parts = dict(one.partition("=")[::2] for one in header.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not at.isascii() or not at.isdigit() or len(at) > 12 or abs(now - int(at)) > within:  # noqa: PLR2004 - digits of a time
        return False
    made = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return given.isascii() and hmac.compare_digest(made, given)
