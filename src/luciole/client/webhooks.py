"""Checks what a hub sends to a webhook."""

from __future__ import annotations

import hashlib
import hmac


def is_from_hub(secret: str, header: str, body: bytes, now: int, within: int = 300) -> bool:
    """Whether `body` was sent by the hub that showed this secret, at most `within` seconds ago or ahead.

    header: `Luciole-Signature`, `t=SECONDS,v1=HEX`, with one more `v1` for a day after the secret was changed; now:
    seconds since 1970.
    """
    parts = [one.partition("=")[::2] for one in header.split(",")]
    at = next((value for name, value in parts if name == "t"), "")
    if not at.isascii() or not at.isdigit() or len(at) > 12 or abs(now - int(at)) > within:  # noqa: PLR2004 - digits of a time
        return False
    made = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = [value for name, value in parts if name == "v1" and value.isascii()]
    return any(hmac.compare_digest(made, one) for one in given)
