"""Secret links: what they hold can be made again with the hub's own key, so that the database keeps a digest alone."""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

APPLICATION = "application"
INVITATION = "invitation"
_LONGEST = 128


def secret_of(kind: str, thing: UUID) -> str:
    """The secret of one application or invitation: 256 bits as base64url, made with the hub's own key."""
    made = salted_hmac(f"luciole.link.{kind}", str(thing), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def digest_of(secret: str) -> bytes:
    """SHA-256 of a secret, by which its thing is looked up. What is longer than any secret belongs to nothing."""
    return hashlib.sha256(secret[:_LONGEST].encode()).digest()


def link_to(kind: str, thing: UUID) -> str:
    """The whole address that is mailed."""
    return absolute(reverse(f"members:{kind}", args=[secret_of(kind, thing)]))


def absolute(path: str) -> str:
    """A path of the hub with the address at which people reach it."""
    return f"{settings.HUB.text('address').rstrip('/')}{path}"
