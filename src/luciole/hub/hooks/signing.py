"""The secret of a webhook, and the signature of what is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable

from django.conf import settings

_INFO = b"luciole webhook secret 2\n"


def secret_of(hook: uuid.UUID, version: int) -> str:
    """The secret of a webhook. It follows from the hub's own and is kept nowhere. version: from 1, by rotation."""
    told = _INFO + hook.bytes + version.to_bytes(8, "big")
    raw = hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).digest()
    return "whs_" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signature(secrets: Iterable[str], body: bytes, at: int) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 over the time in decimal, a full stop and the body. at: seconds since 1970.

    secrets: for each one `v1`, so that a receiver may change from one to the next whenever it likes.
    """
    said = str(at).encode() + b"." + body
    made = [hmac.new(one.encode(), said, hashlib.sha256).hexdigest() for one in secrets]
    return ",".join([f"t={at}", *(f"v1={one}" for one in made)])
