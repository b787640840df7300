"""Measures a hub that is asked over HTTP: look-ups beside the ORM in one run, pages, hand-ins, and idle memory.

Server and clients share the machine. LUCIOLE_BENCH_BEFORE is put before their commands, such as `chrt -f 50`, so that
other work on the machine waits; LUCIOLE_BENCH_HUB names a hub that was filled before, which is used again.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RECORDS = 1_000_000
SMALL, MIDDLE = 10_000, 100_000
SECONDS = 8
UPLOADERS = 16
UPLOAD_SECONDS = 12
UPLOAD_BYTES = 5_000_000
READERS = 20
BULK = 1_000
_HERE = Path(__file__).parent
_BEFORE = os.environ.get("LUCIOLE_BENCH_BEFORE", "").split()
_START = """
local tokens, digests = {}, {}
for one in io.lines(FOLDER .. "/tokens") do tokens[#tokens + 1] = one end
for one in io.lines(FOLDER .. "/digests") do digests[#digests + 1] = one end
math.randomseed(SEED)
local function key() return "Bearer " .. tokens[math.random(#tokens)] end
function done(summary, latency, requests)
  local wrong = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("FIGURES %f %f %f %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, wrong))
end
"""
_REQUESTS = {
    "single": 'return wrk.format("GET", "/api/v1/hashes/" .. digests[math.random(#digests)], {Authorization = key()})',
    "bulk": """local asked = {}
  for one = 1, 1000 do asked[one] = digests[math.random(#digests)] end
  return wrk.format("POST", "/api/v1/hashes", {Authorization = key(), ["Content-Type"] = "text/plain"},
    table.concat(asked, "\\n"))""",
    "package": """local n = math.random(1000000)
  return wrk.format("GET", "/api/v1/packages/com.vendor" .. n % 5003 .. ".app" .. n % 97, {Authorization = key()})""",
    "list": 'return wrk.format("GET", "/samples/", {Cookie = SESSION})',
    "search": """local n = math.random(1000000)
  local asked = "verdict:needs-a-person+package:com.vendor" .. n % 5003 .. "*"
  return wrk.format("GET", "/samples/?q=" .. asked, {Cookie = SESSION})""",
}


class Figures(NamedTuple):
    """What wrk saw. p95, p99: milliseconds; wrong: requests without an answer."""

    rate: float
    p95: float
    p99: float
    wrong: int


def measure() -> dict[str, float]:
    """Every figure by name: a second, milliseconds, megabytes, ratios."""
    figures: dict[str, float] = {}
    with _hub(RECORDS) as folder:
        figures |= lookups(folder) | pages(folder, "1000000")
    with _hub(MIDDLE) as folder:
        figures |= pages(folder, "100000") | {"idle memory MB": idle_memory(folder)} | hand_ins(folder)
    with _hub(SMALL) as folder:
        figures |= pages(folder, "10000")
    for name in ("list", "search"):
        figures[f"{name} 1000000 to 10000"] = figures[f"{name} 1000000 p95 ms"] / figures[f"{name} 10000 p95 ms"]
    return figures


def lookups(folder: Path) -> dict[str, float]:
    """Single, bulk and package look-ups; and single ones through the ORM."""
    figures: dict[str, float] = {}
    with _serving(folder, "fast") as port:
        ask(folder, port, "single", seconds=2)
        for name, connections in (("single", 32), ("bulk", 8), ("package", 16)):
            found = ask(folder, port, name, connections=connections)
            figures |= {f"{name}/s": found.rate, f"{name} p99 ms": found.p99, f"{name} unanswered": found.wrong}
    figures["bulk hashes/s"] = figures["bulk/s"] * BULK
    with _serving(folder, "orm") as port:
        ask(folder, port, "single", seconds=2)
        figures["single through the ORM/s"] = ask(folder, port, "single").rate
    figures["single to the ORM"] = figures["single/s"] / figures["single through the ORM/s"]
    return figures


def pages(folder: Path, name: str) -> dict[str, float]:
    """The list of samples and a search, with 20 readers at once."""
    figures: dict[str, float] = {}
    with _serving(folder, "fast") as port:
        for what in ("list", "search"):
            ask(folder, port, what, connections=READERS, seconds=2)
            found = ask(folder, port, what, connections=READERS)
            figures |= {f"{what} {name} p95 ms": found.p95, f"{what} {name}/s": found.rate}
    return figures


def idle_memory(folder: Path, wait: float = 20) -> float:
    """Megabytes of all processes of a hub in small mode, shared pages counted once, some seconds after its start."""
    with _serving(folder, "fast", workers=1) as port:
        _get(port, "/health")
        time.sleep(wait)
        return sum(map(_proportional, _family(_SERVERS[port].pid)))


def hand_ins(folder: Path) -> dict[str, float]:
    """16 uploaders with files of 5 MB, sent where a proxy would send them, and look-ups beside them. Analyses wait."""
    with _serving(folder, "fast") as port:
        tokens = (folder / "tokens").read_text("ascii").split()
        ask(folder, port, "single", seconds=1)
        uploads = _Uploads(_UPLOADS[port], tokens)
        uploads.start()
        found = ask(folder, port, "single", connections=4, seconds=UPLOAD_SECONDS)
        taken, refused, seconds = uploads.stop()
    return {
        "hand-ins/s": taken / seconds, "hand-ins refused": refused, "single p99 ms meanwhile": found.p99,
        "single/s meanwhile": found.rate,
    }  # fmt: skip


class _Uploads:
    """Threads that hand in one file after the other, each file another."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self._port = port
        self._until = threading.Event()
        self._base = _app()
        self._taken = [0] * UPLOADERS
        self._refused = [0] * UPLOADERS
        self._threads = [threading.Thread(target=self._run, args=(n, tokens[n])) for n in range(UPLOADERS)]
        self._begun = 0.0

    def start(self) -> None:
        self._begun = time.monotonic()
        for one in self._threads:
            one.start()

    def stop(self) -> tuple[int, int, float]:
        """How many were acknowledged and refused, and in which time, the last one of each thread with it."""
        self._until.set()
        for one in self._threads:
            one.join()
        return sum(self._taken), sum(self._refused), time.monotonic() - self._begun

    def _run(self, number: int, token: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        kind = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=part"}
        while not self._until.is_set():
            connection.request("POST", "/api/v1/samples", self._body(), kind)
            answer = connection.getresponse()
            answer.read()
            self._taken[number] += answer.status == 201
            self._refused[number] += answer.status != 201

    def _body(self) -> bytes:
        head = (
            b'--part\r\nContent-Disposition: form-data; name="about"\r\nContent-Type: application/json\r\n\r\n{}\r\n'
            b'--part\r\nContent-Disposition: form-data; name="file"; filename="a.apk"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n"
        )
        return head + self._base + secrets.token_bytes(16) + b"\r\n--part--\r\n"


def _app() -> bytes:
    """An inert app of 5 MB; what follows its end makes each one another file."""
    from luciole.simulate.apps.build import build_apk
    from luciole.simulate.apps.demonstration import DEMONSTRATIONS

    data = build_apk(DEMONSTRATIONS["messenger"])
    return secrets.token_bytes(UPLOAD_BYTES - len(data)) + data


def ask(folder: Path, port: int, name: str, *, connections: int = 32, seconds: int = SECONDS) -> Figures:
    """What wrk measures with these requests."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        session = (folder / "session").read_text("ascii")
        head = f'FOLDER, SEED, SESSION = "{folder}", {secrets.randbelow(1 << 30)}, "{session}"\n'
        script.write(f"{head}{_START}\nfunction request()\n  {_REQUESTS[name]}\nend\n")
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name, f"http://127.0.0.1:{port}"]
        done = subprocess.run([*_BEFORE, *command], check=True, capture_output=True, text=True)
    line = next(one for one in done.stdout.splitlines() if one.startswith("FIGURES"))
    if "Non-2xx" in done.stdout and name not in {"single", "package"}:  # not every digest is known
        raise RuntimeError(f"{name}: {done.stdout}")
    rate, p95, p99, wrong = line.split()[1:]
    return Figures(float(rate), float(p95), float(p99), int(wrong))


@contextlib.contextmanager
def _hub(records: int) -> Iterator[Path]:
    """A filled hub; the one that was named where it has as many records."""
    named = os.environ.get("LUCIOLE_BENCH_HUB")
    if named and records == RECORDS:
        yield Path(named)
        return
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    try:
        subprocess.run([sys.executable, str(_HERE / "hub_filling.py"), str(folder / "hub"), str(records)], check=True)
        yield folder / "hub"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_SERVERS: dict[int, subprocess.Popen[bytes]] = {}
_UPLOADS: dict[int, int] = {}


@contextlib.contextmanager
def _serving(folder: Path, way: str, workers: int = 0) -> Iterator[int]:
    """A server; the port it listens at. way: fast or orm."""
    port, uploads = _free_port(), _free_port()
    asked = [str(folder), str(port), str(uploads), way, str(workers)]
    command = [sys.executable, str(_HERE / "hub_serving.py"), *asked]
    server = subprocess.Popen([*_BEFORE, *command])
    _SERVERS[port], _UPLOADS[port] = server, uploads
    try:
        _wait(port, server)
        yield port
    finally:
        del _SERVERS[port], _UPLOADS[port]
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            if _get(port, "/health") == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the hub did not start")


def _get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for one in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in one.read_text().split():
            yield from _family(int(child))


def _proportional(pid: int) -> float:
    """Megabytes of one process, pages that several share divided among them (PSS, proc(5))."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
