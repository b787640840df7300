"""The hub as it runs: answers, stops, holds together, and stays small."""

from __future__ import annotations

import http.client
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil
import pytest
from real_hub import RealHub, a_free_port

from luciole.hub.site.proxies import client_of, networks_of
from luciole.hub.site.serve import CannotServe, places
from luciole.hub.site.table import load

MOST_IDLE = 200 << 20
"""Bytes of all processes together in small mode, shared memory counted once."""
READY_TRIES = 600


class Running:
    """A hub that runs. get: one request on a connection of its own."""

    def __init__(self, hub: RealHub, process: subprocess.Popen[str], port: int) -> None:
        self.hub = hub
        self.process = process
        self.port = port

    def get(self, path: str, **sent: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined] # kept beside the answer
        connection.close()
        return answer

    def family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]


def start(hub: RealHub, **environment: str) -> Running:
    """Starts a hub and returns when it answers."""
    process = hub.start("serve", **environment)
    running = Running(hub, process, urlsplit(hub.environment["LUCIOLE_ADDRESS"]).port or 0)
    for _ in range(READY_TRIES):
        try:
            if running.get("/health").status == 200:
                return running
        except OSError:
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
    raise AssertionError(process.communicate()[1])


@pytest.fixture
def running(real_hub: RealHub) -> Iterator[Running]:
    made = start(real_hub)
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.communicate()


def test_it_answers_is_small_and_stops_when_it_is_told_to(running: Running) -> None:
    for _ in range(8):
        assert running.get("/").status == 200
        assert running.get("/nothing").status == 404
    processes = running.family()
    assert len(processes) >= 5  # the parent, the server, its two workers, a job worker
    assert sum(one.memory_full_info().pss for one in processes) < MOST_IDLE
    running.process.terminate()
    assert running.process.wait(40) == 0
    assert psutil.wait_procs(processes, 5)[1] == []


def test_answers_over_the_wire_have_their_length_and_headers(running: Running) -> None:
    answer = running.get("/api/v1/nothing")
    assert answer.status == 404
    assert answer.getheader("Content-Type") == "application/problem+json"
    assert answer.getheader("Content-Length") == str(len(answer.text))  # type: ignore[attr-defined] # see `get`
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert running.get("/", Host="evil.example").status == 400


def test_what_a_stranger_says_about_their_address_is_not_believed(running: Running) -> None:
    assert running.get("/health", **{"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https"}).status == 200


def test_all_of_it_ends_when_the_parent_is_killed(running: Running) -> None:
    others = running.family()[1:]
    os.kill(running.process.pid, signal.SIGKILL)
    assert psutil.wait_procs(others, 30)[1] == []


def test_a_job_worker_that_is_killed_is_replaced_and_answers_go_on(running: Running) -> None:
    parent = psutil.Process(running.process.pid)
    worker = max(parent.children(), key=lambda one: one.create_time())
    worker.kill()
    for _ in range(READY_TRIES):
        if len([one for one in parent.children() if one.pid != worker.pid]) == 2 and not worker.is_running():
            break
        psutil.wait_procs(parent.children(), 0.05)
    assert len(parent.children()) == 2
    assert running.get("/health").status == 200


def test_a_server_worker_that_is_killed_is_replaced(running: Running) -> None:
    server = min(psutil.Process(running.process.pid).children(), key=lambda one: one.create_time())
    killed = server.children()[0]
    killed.kill()
    psutil.wait_procs([killed], 10)
    for _ in range(READY_TRIES):
        if len(server.children()) == 2:
            break
        psutil.wait_procs(server.children(), 0.05)
    assert {running.get("/health").status for _ in range(10)} == {200}


def test_two_hubs_never_share_a_port(running: Running) -> None:
    done = running.hub.run("serve")
    assert done.returncode == 11
    assert "cannot listen" in done.stderr


def test_uploads_can_have_a_place_of_their_own(real_hub: RealHub) -> None:
    port = a_free_port()
    made = start(real_hub, LUCIOLE_LISTEN_UPLOADS=f"127.0.0.1:{port}")
    try:
        made.port = port
        for _ in range(READY_TRIES):
            try:
                assert made.get("/health").status == 200
                break
            except OSError:
                assert made.process.poll() is None
    finally:
        made.process.terminate()
        made.process.communicate()
    assert made.process.returncode == 0


@pytest.mark.parametrize("length", [100, 50_000_000])
def test_nobody_waits_behind_clients_that_never_send_their_bodies(running: Running, length: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", running.port), timeout=20) for _ in range(2 * 12)]
    try:
        for one in slow:
            one.sendall(b"POST /api/v1/samples HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\nx" % length)
        for _ in range(20):
            assert running.get("/health").status == 200
        refused = [one for one in slow if select.select([one], [], [], 0)[0] and b" 503 " in one.recv(64)]
        assert refused  # those for whom there was no room were told at once
    finally:
        for one in slow:
            one.close()
    assert running.get("/health").status == 200


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("LUCIOLE_ADDRESS", "http://hub.example.org", "travel in the open"),
        ("LUCIOLE_LISTEN", "0.0.0.0:8000", "without TLS"),
        ("LUCIOLE_WORKERS", "many", "not a whole number"),
        ("LUCIOLE_DATABASE", "mysql://a@b/c", "database begins"),
        ("LUCIOLE_BLOBS", "ftp://a/b", "blobs begins"),
    ],
)
def test_it_does_not_start_on_a_setting_that_is_unsafe(real_hub: RealHub, setting: str, value: str, why: str) -> None:
    done = real_hub._replace(environment=real_hub.environment | {setting: value}).run("serve")
    assert done.returncode == 11
    assert why in done.stderr


def test_it_does_not_start_where_others_can_read_its_folder(real_hub: RealHub) -> None:
    real_hub.folder.chmod(0o755)
    done = real_hub.run("serve")
    assert done.returncode == 11
    assert "chmod 700" in done.stderr


def test_a_place_to_listen_is_a_host_and_a_port() -> None:
    settings = load({"LUCIOLE_HUB": "/x", "LUCIOLE_LISTEN": "[::1]:81", "LUCIOLE_LISTEN_UPLOADS": "127.0.0.1:82"})
    assert [(one.host, one.port) for one in places(settings)] == [("::1", 81), ("127.0.0.1", 82)]
    with pytest.raises(CannotServe):
        places(load({"LUCIOLE_HUB": "/x", "LUCIOLE_LISTEN": "8000"}))


OURS = networks_of("127.0.0.1, 10.0.0.0/8, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # a stranger says what they like
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"),  # what stands before was written by the client
        ("127.0.0.1", "1.1.1.1, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("127.0.0.1", "unknown, 198.51.100.7", "198.51.100.7"),
        ("::ffff:127.0.0.1", "2001:db8::5", "2001:db8::5"),
        ("fd00::1", " , 198.51.100.7 , ", "198.51.100.7"),
    ],
)
def test_the_address_of_a_client_is_the_last_that_no_proxy_of_ours_is(peer: str, forwarded: str, client: str) -> None:
    assert client_of(peer, forwarded, OURS) == client
