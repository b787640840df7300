"""A hub of its own in processes of its own, with people and keys, for tests that speak to it over a socket."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec
import pytest

from luciole.hub.site.keys import HubKeys

_DJANGO = "from luciole.hub.site import settings; import django; django.setup(); "
_SERVE = _DJANGO + "from luciole.hub.site.serve import serve; serve(settings.HUB)"
_SEED = (
    _DJANGO
    + """
import sys, json
from datetime import timedelta
from django.utils import timezone
from luciole.hub.members.keys import make_key
from luciole.hub.members.models import ApiKey, Organisation, Person, PersonRole
out = {}
for name in ("one", "two"):
    organisation = Organisation.objects.create(
        name=name, slug=name, kind="security", country="FR", age_recipient=sys.argv[1])
    person = Person.objects.invited(f"{name}@example.org", name=name, organisation=organisation)
    for role in ("analyst", "owner"):
        PersonRole.objects.create(person=person, role=role)
    new = make_key()
    ApiKey.objects.create(organisation=organisation, person=person, name="test", prefix=new.prefix, digest=new.digest,
        scopes=["read", "submit", "fetch", "fetch-raw", "manage"], expires_at=timezone.now() + timedelta(days=1))
    out[name] = new.token
print(json.dumps(out))
"""
)
_WITHIN = 120.0


class Running(NamedTuple):
    """A hub that answers. keys: of two organisations; environment: of its processes."""

    address: str
    keys: dict[str, str]
    folder: Path
    environment: dict[str, str]


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _database() -> str:
    """A database of its own, beside that of the tests, where they run on PostgreSQL."""
    url = os.environ.get("LUCIOLE_DATABASE", "")
    if not url:
        return ""
    import psycopg

    name = f"hub_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.rsplit("/", 1)[0] + "/" + quote(name)


def _until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("the hub does not answer")


def run_hub(folder: Path, recipient: str, **settings: str) -> Iterator[Running]:
    HubKeys.make(folder)
    (folder / "keys").mkdir(exist_ok=True)
    (folder / "keys" / "django").write_text("a secret of a test that is long enough for anything at all\n")
    port = a_free_port()
    environment = os.environ | {
        "LUCIOLE_HUB": str(folder), "LUCIOLE_DATABASE": _database(), "LUCIOLE_LISTEN": f"127.0.0.1:{port}",
        "LUCIOLE_ADDRESS": f"http://127.0.0.1:{port}", "LUCIOLE_JOB_WORKERS": "0", "LUCIOLE_WORKERS": "2",
        "DJANGO_SETTINGS_MODULE": "luciole.hub.site.settings",
    } | settings  # fmt: skip
    for command in ("migrate", "createcachetable"):
        done = subprocess.run(
            [sys.executable, "-m", "django", command], env=environment, check=False, capture_output=True
        )  # fmt: skip
        assert command != "migrate" or done.returncode == 0, done.stderr.decode()[-2000:]
    seeded = subprocess.run(
        [sys.executable, "-c", _SEED, recipient], env=environment, check=True, capture_output=True
    )  # fmt: skip
    keys = msgspec.json.decode(seeded.stdout.splitlines()[-1], type=dict[str, str])
    process = subprocess.Popen([sys.executable, "-c", _SERVE], env=environment, stdout=subprocess.DEVNULL)
    try:
        _until_it_answers(port, process)
        yield Running(f"http://127.0.0.1:{port}", keys, folder, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def identity_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("age") / "key"
    subprocess.run(["age-keygen", "-o", str(path)], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def running_hub(tmp_path_factory: pytest.TempPathFactory, identity_file: Path) -> Iterator[Running]:
    public = subprocess.run(["age-keygen", "-y", str(identity_file)], check=True, capture_output=True).stdout
    yield from run_hub(tmp_path_factory.mktemp("hub"), public.decode().strip())
