"""A real S3 server for tests: s3rver from npm, installed once by its locked digests; that of moto if none runs."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LOCKED = Path(__file__).parent / "s3"
INSTALLED = Path(sys.prefix) / "share" / "luciole-tests" / "s3"
KEY, SECRET = "S3RVER", "S3RVER"


class S3Server(NamedTuple):
    """What runs, and the setting that names a new bucket of it."""

    kind: str
    port: int
    process: subprocess.Popen[bytes]

    def bucket(self) -> str:
        import boto3

        name = f"test-{secrets.token_hex(6)}"
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=name)
        client.close()
        return f"s3://{KEY}:{SECRET}@127.0.0.1:{self.port}/{name}?tls=no"


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Runs the server with its objects in `folder`."""
    program = installed()
    port = free_port()
    if program:
        kind = "s3rver"
        command = [program, "-d", str(folder), "-a", "127.0.0.1", "-p", str(port), "-s", "--no-vhost-buckets"]
    else:
        kind = "moto"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=_environment()
    )
    try:
        wait_until_it_answers(port, process)
        yield S3Server(kind, port, process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def installed() -> str:
    """The path of s3rver, installed now if it was not; empty where there is no npm or it cannot reach its packages."""
    program = INSTALLED / "node_modules" / ".bin" / "s3rver"
    if not shutil.which("npm"):
        return ""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(LOCKED / name, INSTALLED)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=INSTALLED, check=False, capture_output=True)
    return str(program) if program.exists() else ""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Waits for any answer over HTTP."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            time.sleep(0.01)
            continue
        return
    raise AssertionError("the server does not answer")


def _environment() -> dict[str, str]:
    return {**os.environ, "NODE_OPTIONS": "--no-deprecation"}
