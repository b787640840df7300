"""How mails leave: over SMTP as the setting `mail` says, else into files in the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

_FILES = "django.core.mail.backends.filebased.EmailBackend"
_SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Mailing(NamedTuple):
    """What Django wants to know. folder: for mails that are only written down; tls: from the first byte on."""

    backend: str
    folder: str = ""
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = False


def mailing(address: str, folder: Path) -> Mailing:
    """Reads smtp://USER:PASSWORD@HOST:PORT?tls=starttls or smtps://…; empty: files in `folder`."""
    if not address:
        return Mailing(_FILES, str(folder))
    parts = urlsplit(address)
    tls = parts.scheme == "smtps"
    starttls = not tls and parse_qs(parts.query).get("tls") == ["starttls"]
    port = parts.port or (465 if tls else 587 if starttls else 25)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Mailing(_SMTP, "", parts.hostname or "", port, user, password, tls, starttls)
