"""The Python client and the commands against a real server on this computer."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running_hub import Running, identity_file, running_hub  # noqa: F401 - fixtures
from vault_making import some

from luciole.client import About, CannotReach, Hub, HubRefused
from luciole.client import hub as hub_module
from luciole.client.connection import Connection
from luciole.client.webhooks import is_from_hub
from luciole.kernel.errors import UsageError


@pytest.fixture
def hub(running_hub: Running) -> Iterator[Hub]:
    made = Hub(running_hub.address, running_hub.keys["one"])
    yield made
    made.close()


def a_file(folder: Path, size: int, seed: int) -> tuple[Path, str]:
    path = folder / f"app{seed}.apk"
    path.write_bytes(some(size, seed))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def luciole(running: Running, *arguments: str, key: str = "one") -> subprocess.CompletedProcess[str]:
    environment = running.environment | {"LUCIOLE_HUB_ADDRESS": running.address, "LUCIOLE_HUB_KEY": running.keys[key]}
    return subprocess.run(
        [sys.executable, "-m", "luciole", *arguments], env=environment, check=False, capture_output=True, text=True
    )  # fmt: skip


def test_a_file_goes_in_is_found_and_comes_back(hub: Hub, tmp_path: Path) -> None:
    path, digest = a_file(tmp_path, 200_000, 1)
    made = hub.submit(path, About(tlp="green", note="from a test"))
    assert (made.sha256, made.tlp, made.file_name, made.note) == (digest, "green", "app1.apk", "from a test")
    assert digest in [one.sha256 for one in hub.search()]
    assert [one.sha256 for one in hub.search(f"sha256:{digest}")] == [digest]
    assert hub.sample(digest).size == 200_000
    with hub.fetch(digest, "research", "raw") as stream:
        assert b"".join(stream.chunks()) == path.read_bytes()
    assert hub.comment(digest, "seen").text == "seen"
    assert [one.text for one in hub.comments(digest)] == ["seen"]
    assert hub.me().organisation == hub.organisation().name == "one"


def test_a_long_file_goes_in_pieces(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "AT_ONCE", 100_000)
    monkeypatch.setattr(hub_module, "PIECE", 300_000)
    path, digest = a_file(tmp_path, 1_000_000, 2)
    told: list[int] = []
    made = hub.submit(path, About(tlp="green"), lambda done, _: told.append(done))
    assert made.sha256 == digest
    assert told == [0, 300_000, 600_000, 900_000, 1_000_000]


class Unreliable:
    """Passes connections on to a server, and ends every `nth` after some bytes."""

    def __init__(self, port: int, after: int, every: int) -> None:
        self._port, self._after, self._every = port, after, every
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            server = socket.create_connection(("127.0.0.1", self._port))
            limit = self._after if number % self._every else None
            threading.Thread(target=self._pass, args=(client, server, limit), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, None), daemon=True).start()

    def _pass(self, here: socket.socket, there: socket.socket, limit: int | None) -> None:
        passed = 0
        try:
            while data := here.recv(65_536):
                passed += len(data)
                if limit is not None and passed > limit:
                    self.cut += 1
                    break
                there.sendall(data)
        except OSError:
            pass
        for one in (here, there):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        here.close()  # the other is closed by who reads from it


def test_a_hand_in_over_a_line_that_breaks_arrives_once_and_whole(
    running_hub: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "AT_ONCE", 100_000)
    monkeypatch.setattr(hub_module, "PIECE", 300_000)
    line = Unreliable(int(running_hub.address.rsplit(":", 1)[1]), after=500_000, every=1_000)
    connection = Connection(f"http://127.0.0.1:{line.port}", running_hub.keys["one"], pause=lambda _: None)
    path, digest = a_file(tmp_path, 2_000_000, 3)
    try:
        made = Hub("", "", connection).submit(path, About(tlp="red"))
    finally:
        connection.close()
        line.close()
    assert made.sha256 == digest
    assert line.cut >= 2
    with Hub(running_hub.address, running_hub.keys["one"]) as straight:
        with straight.fetch(digest, "research", "raw") as stream:
            assert b"".join(stream.chunks()) == path.read_bytes()
        assert len(straight.hand_ins(digest)) == 1


def test_what_the_hub_refuses_is_said_with_its_request(running_hub: Running, hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(HubRefused) as refused:
        hub.sample("0" * 64)
    assert refused.value.status == 404
    assert refused.value.request.startswith("urn:luciole:request:")
    with Hub(running_hub.address, "luc_aaaaaaaa_" + "a" * 43) as nobody, pytest.raises(HubRefused) as denied:
        nobody.me()
    assert denied.value.status == 401
    path, _ = a_file(tmp_path, 5_000_000, 4)
    connection = Connection(running_hub.address, "luc_aaaaaaaa_" + "a" * 43, lambda _: None)
    with Hub("", "", connection) as nobody, pytest.raises((HubRefused, CannotReach)):
        nobody.submit(path, About())


def test_a_key_is_sent_over_https_alone_and_not_where_a_redirect_leads() -> None:
    for address in ("http://hub.example.org", "ftp://hub.example.org", "hub.example.org"):
        with pytest.raises(UsageError):
            Connection(address, "luc_x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def redirect() -> None:
            client, _ = listener.accept()
            client.recv(65_536)
            client.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
            client.close()

        thread = threading.Thread(target=redirect)
        thread.start()
        with Hub(f"http://127.0.0.1:{port}", "luc_x") as led, pytest.raises(HubRefused) as refused:
            led.me()
        thread.join()
    assert refused.value.status == 302


@pytest.mark.parametrize(("said", "waits"), [("3", [3.0, 3.0]), ("", [1.0, 1.0])])
def test_the_client_waits_as_long_as_it_is_told(said: str, waits: list[float]) -> None:
    answers = [429, 503, 200]
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for status in answers:
                client, _ = listener.accept()
                client.recv(65_536)
                body = b'{"samples":[],"next":null}' if status == 200 else b'{"title":"x","status":429}'
                after = f"Retry-After: {said}\r\n" if said and status != 200 else ""
                client.sendall(
                    f"HTTP/1.1 {status} X\r\n{after}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
                client.close()

        thread = threading.Thread(target=answer)
        thread.start()
        waited: list[float] = []
        connection = Connection(f"http://127.0.0.1:{listener.getsockname()[1]}", "luc_x", waited.append)
        with Hub("", "", connection) as patient:
            assert list(patient.search()) == []
        thread.join()
    assert waited == waits


def test_the_commands_hand_in_search_and_fetch(running_hub: Running, tmp_path: Path, identity_file: Path) -> None:
    path, digest = a_file(tmp_path, 100_000, 5)
    done = luciole(running_hub, "submit", str(path), "--tlp", "green", "--purpose", "detection")
    assert (done.returncode, done.stdout) == (0, f"{digest}  app5.apk\n"), done.stderr
    found = luciole(running_hub, "search", f"sha256:{digest}", key="two")
    assert digest in found.stdout
    fetched = luciole(running_hub, "fetch", digest, "--purpose", "detection", "--out", str(tmp_path), key="two")
    assert fetched.returncode == 0, fetched.stderr
    sealed = tmp_path / f"{digest}.tar.age"
    tar = subprocess.run(["age", "-d", "-i", str(identity_file), str(sealed)], check=True, capture_output=True).stdout
    assert (
        subprocess.run(["tar", "-xO", digest], input=tar, check=True, capture_output=True).stdout == path.read_bytes()
    )
    again = luciole(running_hub, "fetch", digest, "--purpose", "detection", "--out", str(tmp_path), key="two")
    assert again.returncode == 2
    refused = luciole(running_hub, "fetch", digest, "--purpose", "research", "--out", str(tmp_path / "x"), key="two")
    assert (refused.returncode, list(tmp_path.glob("*.part")), (tmp_path / "x").exists()) == (11, [], False)


def test_nothing_is_sent_where_no_hub_is_named(running_hub: Running, tmp_path: Path) -> None:
    path, _ = a_file(tmp_path, 1_000, 6)
    bare = {name: value for name, value in running_hub.environment.items() if not name.startswith("LUCIOLE_")}
    bare |= {"XDG_CONFIG_HOME": str(tmp_path)}
    for arguments in (
        ["submit", str(path), "--tlp", "red"],
        ["search"],
        ["fetch", "0" * 64, "--purpose", "research", "--out", "x"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "luciole", *arguments], env=bare, check=False, capture_output=True, text=True
        )  # fmt: skip
        assert (done.returncode, "No hub is named" in done.stderr) == (2, True)


def test_a_request_without_a_key_is_a_problem_also_over_a_socket(running_hub: Running) -> None:
    host, port = running_hub.address.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", "/api/v1/samples")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (401, "application/problem+json")
    assert answer.getheader("WWW-Authenticate", "").startswith("Bearer")
    assert answer.getheader("X-Request-Id")
    connection.close()


def test_limits_count_over_all_workers_and_beyond_a_restart(running_hub: Running) -> None:
    limited = _used_up(running_hub)
    assert limited["status"] == 429
    assert 0 < int(limited["wait"]) <= 60


def _used_up(running: Running) -> dict[str, Any]:
    """Asks with nobody's key until the hub says that it is enough: 60 such requests in a minute, over two workers."""
    host, port = running.address.removeprefix("http://").split(":")
    for _ in range(200):
        connection = http.client.HTTPConnection(host, int(port))
        connection.request("GET", "/api/v1/me", headers={"Authorization": "Bearer luc_aaaaaaaa_" + "a" * 43})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status == 429:
            return {"status": 429, "wait": answer.getheader("Retry-After")}
    return {"status": 0, "wait": "0"}


def test_a_signature_is_believed_only_with_its_secret_body_and_time() -> None:
    from luciole.hub.hooks.signing import signature

    header = signature(["whs_x"], b"{}", 1_000)
    assert is_from_hub("whs_x", header, b"{}", 1_200)
    for secret, said, body, now in (
        ("whs_y", header, b"{}", 1_000), ("whs_x", header, b"{ }", 1_000), ("whs_x", header, b"{}", 1_301),
        ("whs_x", header.replace("t=1000", "t=1001"), b"{}", 1_000), ("whs_x", "", b"{}", 0), ("whs_x", "t=x,v1=y", b"{}", 0),  # noqa: E501 - one row
    ):  # fmt: skip
        assert not is_from_hub(secret, said, body, now)
