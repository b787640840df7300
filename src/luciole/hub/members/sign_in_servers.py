"""Each organisation's own sign-in server (OpenID Connect): asked once whether it is one, then kept."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit.services import record
from luciole.hub.members import outgoing
from luciole.hub.members.models import Organisation, SignInServer
from luciole.hub.members.policy import Actor
from luciole.hub.members.sign_in_secrets import keep_secret
from luciole.kernel.errors import LucioleError

WELL_KNOWN = "/.well-known/openid-configuration"
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
_LARGEST = 1 << 18
_NO_ANSWER = mark("The server did not answer as an OpenID Connect server does. Nothing was kept.")


class ServerRefused(LucioleError):
    """This is not a server that people could sign in with."""


def keep(actor: Actor, server: SignInServer, secret: str) -> None:
    """Asks the server what it is (OpenID Connect Discovery 1.0, section 4), and keeps it; an empty secret as it was.

    Raises ServerRefused where it does not answer, is not public, or names another issuer.
    """
    if urlsplit(server.address).scheme != "https" and not settings.HUB.values.get("private_networks"):
        raise ServerRefused(mark("The address has to begin with https://."))
    server.address = server.address.rstrip("/").removesuffix(WELL_KNOWN)
    described = _described(server.address)
    server.leads_to = _origin(described["authorization_endpoint"])
    if secret or not server.wrapped_secret:
        keep_secret(server, secret)
    with transaction.atomic():
        server.save()
        record("sign-in-server.keep", actor, "organisation", server.organisation_id)


def _described(address: str) -> dict[str, str]:
    try:
        with outgoing.session() as asking, asking.get(address + WELL_KNOWN, stream=True) as answer:
            answer.raise_for_status()
            if len(body := answer.raw.read(_LARGEST + 1, decode_content=True)) > _LARGEST:
                raise ServerRefused(_NO_ANSWER)
            answer._content = body  # noqa: SLF001 - read with a bound, which requests itself has not
            said = answer.json()
    except (requests.RequestException, OSError, ValueError):
        raise ServerRefused(_NO_ANSWER) from None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in _NEEDED):
        raise ServerRefused(_NO_ANSWER)
    if said["issuer"].rstrip("/") != address:
        raise ServerRefused(mark("The server names another issuer than the address. Write the issuer as the address."))
    return said


def _origin(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ServerRefused(_NO_ANSWER)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def remove(actor: Actor, organisation: Organisation) -> None:
    """Forgets the server, and which accounts there belonged to whom."""
    with transaction.atomic():
        SignInServer.objects.filter(organisation=organisation).delete()
        SocialAccount.objects.filter(provider=organisation.slug).delete()
        record("sign-in-server.remove", actor, "organisation", organisation.pk)
