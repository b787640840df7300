"""What tests of members share: a real SMTP server, jobs that are done, forms filled in from the page itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from pytest_django import Settings
from real_hub import a_free_port

from luciole.hub.site.jobs import claim, do
from luciole.hub.site.keys import HubKeys
from luciole.hub.site.passwords import Argon2id


class QuickArgon2id(Argon2id):
    """The same with little memory: these tests sign in a hundred times. What the hub uses is tested by itself."""

    time_cost, memory_cost, parallelism = 1, 64, 1


PASSWORD = "river lantern seventeen"  # noqa: S105 - of nobody
LINK = re.compile(r"http://127\.0\.0\.1:8000(/\S*)")


class Inbox:
    """Mails as they came over SMTP."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Message, str]] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        content: bytes = envelope.content  # type: ignore[attr-defined] # aiosmtpd has no types here
        message = message_from_bytes(content)
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        self.mails.extend((to, message, body.decode()) for to in envelope.rcpt_tos)  # type: ignore[attr-defined] # as above
        return "250 kept"

    def of(self, address: str) -> list[str]:
        """The texts that came for an address."""
        return [text for to, _, text in self.mails if to == address]

    def subjects(self, address: str) -> list[str]:
        """The subjects, decoded."""
        from email.header import decode_header, make_header

        return [str(make_header(decode_header(str(one["Subject"])))) for to, one, _ in self.mails if to == address]

    def link(self, address: str) -> str:
        """The path of the last link that came for an address."""
        return LINK.findall(self.of(address)[-1])[-1]


@pytest.fixture
def inbox(settings: Settings, hub_folder: Path) -> Iterator[Inbox]:
    """A running SMTP server, and the hub set to use it; the keys of the hub are there."""
    (hub_folder / "keys").mkdir(mode=0o700, exist_ok=True)
    HubKeys.make(hub_folder)
    settings.PASSWORD_HASHERS = ["members_making.QuickArgon2id"]
    box = Inbox()
    port = a_free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield box
    finally:
        controller.stop()


def do_jobs() -> int:
    """Does every job that waits; all of them have to succeed."""
    number = 0
    while (held := claim("tests")) is not None:
        assert do(held), held
        number += 1
    return number


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self.forms.append((named.get("action") or "", {}))
        if (
            tag == "input"
            and self.forms
            and named.get("name")
            and named.get("type") in {"hidden", "text", "email", None}
        ):
            self.forms[-1][1][str(named["name"])] = named.get("value") or ""


def send(client: Client, page: str, action: str, **values: object) -> str:
    """Fills in the form of a page that has this action, and returns where its answer leads.

    What the page hid in the form goes along, as a browser sends it; a form that is not on the page cannot be sent.
    """
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    parser = _Forms()
    parser.feed(answer.content.decode())
    found = [fields for where, fields in parser.forms if where == action]
    assert found, (action, parser.forms)
    sent = client.post(action or page, found[0] | values)
    assert sent.status_code in {302, 303}, (sent.status_code, sent.content.decode())
    return str(sent["Location"])


def totp(secret: str, at: float, steps: int = 0) -> str:
    """RFC 6238 with SHA-1, six digits and 30 seconds, written from the RFC and from nothing of the hub."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at) // 30 + steps), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


SECRET = re.compile(r'<p id="secret"><code dir="ltr">([A-Z2-7]{32})</code>')


@pytest.fixture
def enrolled(inbox: Inbox) -> Callable[[Client, float], str]:
    """Sets up an app with codes in the browser of somebody who just chose a password; returns its secret."""
    del inbox

    def enrol(client: Client, at: float) -> str:
        page = client.get("/account/second-factor/app/")
        assert page.status_code == 200, page.get("Location")
        found = SECRET.search(page.content.decode())
        assert found is not None
        sent = client.post("/account/second-factor/app/", {"code": totp(found[1], at)})
        assert sent.status_code == 302, sent.content.decode()
        return found[1]

    return enrol
