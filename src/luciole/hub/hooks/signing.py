"""The secret of a webhook, and the signature of what is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

_INFO = b"luciole webhook secret 1\n"


def secret_of(hook: uuid.UUID) -> str:
    """The secret of a webhook. It follows from the hub's own secret and is kept nowhere."""
    raw = hmac.new(settings.SECRET_KEY.encode(), _INFO + hook.bytes, hashlib.sha256).digest()
    return "whs_" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signature(secret: str, body: bytes, at: int) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 over the time in decimal, a full stop and the body. at: seconds since 1970."""
    made = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"
