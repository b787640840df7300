"""Webhooks: what is sent is signed and tried again, and nothing is ever sent to a place inside."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import contextlib
import datetime as dt
import http.server
import ipaddress
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_making import Caller, an_api_vault, caller, key_of  # noqa: F401 - fixtures

from luciole.client.webhooks import is_from_hub
from luciole.hub.audit.models import Entry
from luciole.hub.hooks import addresses, jobs, sending, services
from luciole.hub.hooks.models import Delivery, Hook
from luciole.hub.hooks.sending import Sender, Sent, Trouble
from luciole.hub.hooks.services import Event
from luciole.hub.members.words import Scope

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
LOCAL = (ipaddress.ip_network("127.0.0.1/32"),)
INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0",  # noqa: S104 - refused
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
    "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2001:0:0:0:0:0:f5ff:fffe", "fec0::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_a_place_to_send_to(address: str) -> None:
    assert not addresses.is_allowed(address)
    with pytest.raises(addresses.NotThere):
        addresses.resolved("https://hooks.example.org/", lambda *_: ["8.8.8.8", address])


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_the_public_internet_is(address: str) -> None:
    assert addresses.is_allowed(address)


@pytest.mark.parametrize(
    "address",
    ["http://x.example.org/", "https://u:p@x.example.org/", "file:///etc/passwd", "https://", "gopher://x", "https://x:99999/",
     "https://x.example.org/a b", "https://x.example.org/\r\nX: y", "https://exämple.org/", "https://[::1", "", "//x"],
)  # fmt: skip
def test_what_is_no_https_address_is_not_kept(address: str) -> None:
    with pytest.raises(addresses.NotThere):
        addresses.written(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_spellings_of_this_computer_lead_nowhere(host: str, listener: Listener) -> None:
    sent = Sender(trust=listener.trust).send(f"https://{host}:{listener.port}/", b"{}", {})
    assert sent == Sent(0, Trouble.FORBIDDEN)
    assert listener.connections == 0


class Listener:
    """A server with TLS on this computer that keeps what it gets and answers what it is told to."""

    def __init__(self, folder: Path) -> None:
        certificate, key = folder / "cert.pem", folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",  # noqa: E501 - one row
             "-subj", "/CN=hooks.example.org", "-addext", "subjectAltName=DNS:hooks.example.org", "-keyout", str(key),
             "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.location, self.connections = 200, "", 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self) -> Any:
                outer.connections += 1
                return super().get_request()

            def handle_error(self, *_: object) -> None:
                """A client that does not trust it goes away."""

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port: int = self.server.server_address[1]
        self.context = context
        self.trust = ssl.create_default_context(cafile=str(certificate))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def sender(self, resolve: Callable[[str, int], list[str]] = lambda *_: ["127.0.0.1"]) -> Sender:
        """Sends to this computer alone, as a setting could allow it."""
        return Sender(resolve, LOCAL, self.trust)

    @property
    def address(self) -> str:
        return f"https://hooks.example.org:{self.port}/hook?a=b"


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    made = Listener(tmp_path)
    yield made
    made.close()


def test_a_name_is_looked_up_once_and_what_was_checked_is_what_is_reached(listener: Listener) -> None:
    asked: list[str] = []

    def rebinding(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    assert listener.sender(rebinding).send(listener.address, b"{}", {}) == Sent(200, Trouble.NONE)
    assert asked == ["hooks.example.org"]
    assert len(listener.got) == 1
    assert listener.sender(rebinding).send(listener.address, b"{}", {}) == Sent(0, Trouble.FORBIDDEN)
    assert len(listener.got) == 1


def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.status, listener.location = 307, listener.address
    assert listener.sender().send(listener.address, b"{}", {}) == Sent(307, Trouble.ANSWER)
    assert len(listener.got) == 1


def test_a_certificate_of_somebody_else_is_not_believed(listener: Listener) -> None:
    wrong = listener.address.replace("hooks.", "other.")
    assert listener.sender().send(wrong, b"{}", {}) == Sent(0, Trouble.TLS)
    assert Sender(lambda *_: ["127.0.0.1"], LOCAL).send(listener.address, b"{}", {}) == Sent(0, Trouble.TLS)
    assert listener.got == []


def test_a_server_that_is_not_there_or_speaks_nothing_is_trouble(listener: Listener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    sent = listener.sender().send(f"https://hooks.example.org:{port}/", b"{}", {})
    assert sent == Sent(0, Trouble.CONNECTION)


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_a_server_that_answers_byte_by_byte_for_ever_is_left(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, begins: bytes
) -> None:
    """Otherwise one member's server could keep the worker from everybody's jobs."""
    monkeypatch.setattr(sending, "WHOLE", 0.5)
    ended = threading.Event()

    def drip(request: Any, *_: object) -> None:
        secured = listener.context.wrap_socket(request, server_side=True)
        try:
            secured.recv(1)
            secured.sendall(begins)
            while not ended.wait(0.02):
                secured.sendall(b"H")
        except OSError:
            pass
        finally:
            secured.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: drip(server.accept()[0]), daemon=True)
        thread.start()
        address = f"https://hooks.example.org:{server.getsockname()[1]}/"
        try:
            assert listener.sender().send(address, b"{}", {}) == Sent(0, Trouble.TIME)
        finally:
            ended.set()
            thread.join(10)


def test_what_follows_the_head_of_an_answer_is_not_waited_for(listener: Listener) -> None:
    """A body that never comes changes nothing: the status is what counts."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            secured = listener.context.wrap_socket(server.accept()[0], server_side=True)
            secured.recv(65_536)
            secured.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 1000000\r\n\r\n")
            with contextlib.suppress(OSError):
                while secured.recv(65_536):
                    pass
            secured.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        address = f"https://hooks.example.org:{server.getsockname()[1]}/"
        assert listener.sender().send(address, b"{}", {}) == Sent(204, Trouble.NONE)
        thread.join(10)


# Made and told.


@pytest.fixture
def hook(caller: Caller, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> tuple[Hook, str]:
    monkeypatch.setattr(jobs, "sender", listener.sender)
    made = caller.post("/webhooks", {"address": listener.address, "events": ["sample.analysed"]})
    assert made.status_code == 201, made.content
    return Hook.objects.get(pk=made.json()["id"]), made.json()["secret"]


def test_an_event_arrives_signed_with_the_secret_that_was_shown(
    caller: Caller, hook: tuple[Hook, str], listener: Listener
) -> None:
    assert services.tell(caller.organisation, Event.ANALYSED, {"sha256": "ab"}) == 1
    delivery = Delivery.objects.get()
    jobs.deliver(delivery.pk)
    headers, body = listener.got[0]
    told = json.loads(body)
    assert (told["event"], told["about"], told["id"]) == ("sample.analysed", {"sha256": "ab"}, str(delivery.key))
    at = int(headers["luciole-signature"].split(",")[0][2:])
    assert is_from_hub(hook[1], headers["luciole-signature"], body, at)
    assert not is_from_hub(hook[1], headers["luciole-signature"], body + b" ", at)
    shown = caller.get(f"/webhooks/{hook[0].pk}/deliveries").json()["deliveries"]
    assert [(one["state"], one["status"], one["tries"]) for one in shown] == [("arrived", 200, 1)]
    jobs.deliver(delivery.pk)
    assert len(listener.got) == 1


def test_the_secret_is_shown_once_and_lies_nowhere(caller: Caller, hook: tuple[Hook, str]) -> None:
    assert hook[1] not in caller.get(f"/webhooks/{hook[0].pk}").content.decode()
    assert hook[1] not in str(Hook.objects.values().get())


def test_only_what_was_asked_for_is_told(caller: Caller, hook: tuple[Hook, str], key_of: Callable[..., Caller]) -> None:
    assert services.tell(caller.organisation, Event.HUNT, {}) == 0
    assert services.tell(key_of(Scope.READ).organisation, Event.ANALYSED, {}) == 0
    caller.patch(f"/webhooks/{hook[0].pk}", {"on": False})
    assert services.tell(caller.organisation, Event.ANALYSED, {}) == 0


def test_what_does_not_arrive_is_tried_again_later_and_later_and_then_given_up(
    caller: Caller, hook: tuple[Hook, str], listener: Listener
) -> None:
    listener.status = 500
    services.tell(caller.organisation, Event.ANALYSED, {})
    delivery, now, pauses = Delivery.objects.get(), NOW, []
    while delivery.state == "waiting":
        services.note(delivery.pk, Sent(500, Trouble.ANSWER), now)
        delivery.refresh_from_db()
        if delivery.next_at:
            pauses.append((delivery.next_at - now).total_seconds())
            now = delivery.next_at
    assert pauses == sorted(pauses)
    assert tuple(pauses) == services.PAUSES
    assert (delivery.state, delivery.tries, delivery.status) == ("given-up", len(services.PAUSES) + 1, 500)
    del hook


def test_a_webhook_that_fails_for_days_is_switched_off_and_can_be_switched_on(
    caller: Caller, hook: tuple[Hook, str]
) -> None:
    for day in range(4):
        services.tell(caller.organisation, Event.ANALYSED, {})
        row = Delivery.objects.order_by("-pk").first()
        assert row is not None
        services.note(row.pk, Sent(0, Trouble.TIME), NOW + dt.timedelta(days=day))
    shown = caller.get(f"/webhooks/{hook[0].pk}").json()
    assert (shown["why"], shown["disabled_at"] is not None) == ("failing", True)
    assert Entry.objects.filter(action="webhook.disabled").count() == 1
    on = caller.patch(f"/webhooks/{hook[0].pk}", {"on": True}).json()
    assert (on["disabled_at"], on["failing_since"]) == (None, None)


def test_one_that_arrives_ends_the_failing(caller: Caller, hook: tuple[Hook, str]) -> None:
    services.tell(caller.organisation, Event.ANALYSED, {})
    row = Delivery.objects.get()
    services.note(row.pk, Sent(0, Trouble.TIME), NOW)
    services.note(row.pk, Sent(204, Trouble.NONE), NOW + dt.timedelta(minutes=1))
    assert caller.get(f"/webhooks/{hook[0].pk}").json()["failing_since"] is None


def test_a_test_is_sent_and_a_webhook_removed(caller: Caller, hook: tuple[Hook, str], listener: Listener) -> None:
    made = caller.post(f"/webhooks/{hook[0].pk}/ping")
    assert (made.status_code, made.json()["event"]) == (202, "ping")
    jobs.deliver(Delivery.objects.get().pk)
    assert listener.got[0][0]["luciole-event"] == "ping"
    assert caller.delete(f"/webhooks/{hook[0].pk}").status_code == 204
    assert caller.get("/webhooks").json() == []


def test_webhooks_of_others_are_not_there(hook: tuple[Hook, str], key_of: Callable[..., Caller]) -> None:
    other = key_of(Scope.READ, Scope.MANAGE)
    assert other.get("/webhooks").json() == []
    for answer in (
        other.get(f"/webhooks/{hook[0].pk}"), other.get(f"/webhooks/{hook[0].pk}/deliveries"),
        other.delete(f"/webhooks/{hook[0].pk}"), other.post(f"/webhooks/{hook[0].pk}/ping"),
        other.patch(f"/webhooks/{hook[0].pk}", {"on": False}),
    ):  # fmt: skip
        assert answer.status_code == 404


def test_a_webhook_to_no_address_or_of_no_event_is_not_made(caller: Caller) -> None:
    for asked in (
        {"address": "http://x.example.org/", "events": ["sample.analysed"]}, {"address": "https://x.example.org/", "events": []},  # noqa: E501 - one row
        {"address": "https://x.example.org/", "events": ["ping"]}, {"address": "https://x.example.org/", "events": ["x"]},  # noqa: E501 - one row
    ):  # fmt: skip
        assert caller.post("/webhooks", asked).status_code == 422
