"""Runs the endpoint under Granian in a process group of its own, and uploads to it; shared by all fault tests."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple, Self

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from s3_server import free_port, wait_until_it_answers  # noqa: E402


class Hub(NamedTuple):
    """A data folder that is ready. environment: what the endpoint needs to know."""

    folder: Path
    environment: dict[str, str]


def make_hub(folder: Path, database: str = "") -> Hub:
    """Makes tables, keys and a person in a folder, in another process. database: a PostgreSQL's address."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LUCIOLE_", "DJANGO_"))}
    environment |= {"LUCIOLE_HUB": str(folder), "LUCIOLE_DATABASE": database}
    made = subprocess.run(
        [sys.executable, str(HERE / "fault_endpoint.py")], env=environment, check=True, stdout=subprocess.PIPE
    )
    return Hub(folder, environment | {"FAULT_ACTOR": made.stdout.decode().strip()})


class Server:
    """The endpoint, answering on a port of its own. mode: safe, or unsafe for the negative control."""

    def __init__(self, hub: Hub, *, threads: int = 4, mode: str = "safe", port: int = 0) -> None:
        self.hub = hub
        self.port = port or free_port()
        command = [
            *(sys.executable, "-m", "granian", "fault_endpoint:wsgi", "--interface", "wsgi"),
            *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
            *("--blocking-threads", str(threads), "--log-level", "error"),
        ]
        with (hub.folder.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=HERE, env={**hub.environment, "FAULT_MODE": mode}, start_new_session=True,
                stdout=log, stderr=log,
            )  # fmt: skip
        wait_until_it_answers(self.port, self.process)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Signals the whole group; waits for its end where it was killed."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        if how is signal.SIGKILL:
            self.process.wait()
            self._wait_for_the_group()

    def _wait_for_the_group(self) -> None:
        """Granian's workers are killed with it, but are not its zombies at once."""
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.killpg(self.process.pid, 0)
                time.sleep(0.002)

    def ask(self, method: str, path: str, body: bytes = b"", timeout: float = 30) -> tuple[int, bytes]:
        """One request on a connection of its own: status and text."""
        return ask(self.port, method, path, body, timeout)


def ask(port: int, method: str, path: str, body: bytes = b"", timeout: float = 30) -> tuple[int, bytes]:
    """One request to a port of this computer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


PIECE = 1 << 16


class Uploaders:
    """Threads that hand in random bytes until told to stop; every third file of a thread travels in pieces.

    acknowledged: sizes by digest, of everything that was answered with 201; statuses: how often each came.
    """

    def __init__(self, port: int, count: int, sizes: tuple[int, ...], seed: int = 0) -> None:
        self.acknowledged: dict[str, int] = {}
        self.statuses: Counter[int] = Counter()
        self.broken_off = 0
        self.port = port
        self._sizes = sizes
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(seed + number,)) for number in range(count)]

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.halt()
        for one in self._threads:
            one.join()

    def halt(self) -> None:
        """No further file is begun."""
        self._stop.set()

    def _run(self, seed: int) -> None:
        chance, number = random.Random(seed), 0  # noqa: S311 - chance of a test
        while not self._stop.is_set():
            number += 1
            body = chance.randbytes(chance.choice(self._sizes))
            try:
                status, text = self._in_pieces(body) if number % 3 == 0 else self._at_once(body)
            except (OSError, http.client.HTTPException):
                self.broken_off += 1
                time.sleep(0.01)
                continue
            if status >= 500:
                time.sleep(0.01)
            with self._lock:
                self.statuses[status] += 1
                if status == 201 and text.decode() == hashlib.sha256(body).hexdigest():
                    self.acknowledged[text.decode()] = len(body)

    def _at_once(self, body: bytes) -> tuple[int, bytes]:
        return ask(self.port, "POST", "/hand-in", body, 10)

    def _in_pieces(self, body: bytes) -> tuple[int, bytes]:
        status, text = ask(self.port, "POST", f"/uploads?size={len(body)}", b"", 10)
        upload, at = text.decode(), 0
        while status < 300 and at < len(body):
            piece = body[at : at + max(PIECE, len(body) // 3 + 1)]
            path = f"/uploads/{upload}?offset={at}"
            status, text = ask(self.port, "PATCH", path, piece, 10)
            at += len(piece)
        return ask(self.port, "POST", f"/uploads/{upload}", b"", 10) if status < 300 else (status, text)
