"""Secrets of accounts that are wrapped with the hub's key, and how they are wrapped anew when that key changes."""

from __future__ import annotations

import base64

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from luciole.hub.members.models import SignInServer
from luciole.hub.site.keys import HubKeys

_FIELDS = ("secret", "seed")


def wrap(text: str) -> str:
    """A secret as the database keeps it: the id of the hub's key, and what that key encrypted."""
    wrapped, key_id = HubKeys.load(settings.HUB.folder).wrap(text.encode())
    return f"{key_id}:{base64.b64encode(wrapped).decode()}"


def unwrap(kept: str) -> str:
    """The secret. Raises KeyProblem where it was changed, or its key is not here."""
    key_id, _colon, wrapped = kept.partition(":")
    return HubKeys.load(settings.HUB.folder).unwrap(base64.b64decode(wrapped), key_id).decode()


def rewrap() -> int:
    """Wraps every one anew. Returns how many. Raises KeyProblem where one cannot be unwrapped; then nothing changed."""
    with transaction.atomic():
        return sum(map(_factor, Authenticator.objects.select_for_update())) + sum(
            map(_server, SignInServer.objects.select_for_update())
        )


def needed_keys() -> frozenset[str]:
    """The ids of the keys of the hub by which something here is wrapped."""
    factors = (row[name].partition(":")[0] for row in Authenticator.objects.values_list("data", flat=True)
               for name in _FIELDS if name in row)  # fmt: skip
    servers = SignInServer.objects.exclude(hub_key="").values_list("hub_key", flat=True).distinct()
    return frozenset(factors) | frozenset(servers)


def _factor(row: Authenticator) -> bool:
    found = [name for name in _FIELDS if name in row.data]
    for name in found:
        row.data[name] = wrap(unwrap(row.data[name]))
    if found:
        row.save(update_fields=["data"])
    return bool(found)


def keep_secret(server: SignInServer, secret: str) -> None:
    """Puts the secret of a sign-in server into its row, wrapped; not saved yet."""
    server.hub_key, _, wrapped = wrap(secret).partition(":")
    server.wrapped_secret = base64.b64decode(wrapped)


def secret_of(server: SignInServer) -> str:
    """The secret of a sign-in server."""
    return unwrap(f"{server.hub_key}:{base64.b64encode(bytes(server.wrapped_secret)).decode()}")


def _server(row: SignInServer) -> bool:
    if not row.hub_key:  # a client without a secret
        return False
    keep_secret(row, secret_of(row))
    row.save(update_fields=["hub_key", "wrapped_secret"])
    return True
