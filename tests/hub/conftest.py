"""A hub for tests: a data folder, SQLite or a PostgreSQL of its own, and makers of organisations, people and keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

POSTGRES = Path("/usr/lib/postgresql")
DATABASE = os.environ.get("LUCIOLE_TEST_DATABASE", "sqlite")
"""sqlite, or postgresql: the whole suite runs once with each."""
_FOLDER = Path(tempfile.mkdtemp(prefix="hub-"))
_POSTGRESQL = Path(tempfile.mkdtemp(prefix="hub-postgresql-"))
"""Beside the data folder and not in it: that one is for its owner alone, and PostgreSQL runs as another user."""
os.environ["LUCIOLE_HUB"] = str(_FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "luciole.hub.site.settings"


def _binary(name: str) -> str:
    found = sorted(POSTGRES.glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


def _as_postgres(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def _start_postgresql(folder: Path) -> str:
    """Starts a PostgreSQL that listens on a socket in `folder` alone; returns the address of its database."""
    data = folder / "data"
    data.mkdir(parents=True)
    for path in (folder, data):
        path.chmod(0o777 if path != data else 0o700)
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
    subprocess.run(
        _as_postgres(_binary("initdb"), "-A", "trust", "-U", "hub", "-D", str(data)), check=True, capture_output=True
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=100"
    subprocess.run(
        _as_postgres(_binary("pg_ctl"), "-D", str(data), "-o", options, "-l", str(data / "log"), "-w", "start"),
        check=True, capture_output=True,
    )  # fmt: skip
    return f"postgresql://hub@{quote(str(folder), safe='')}/postgres"


if DATABASE == "postgresql":
    os.environ["LUCIOLE_DATABASE"] = _start_postgresql(_POSTGRESQL)


def pytest_configure(config: pytest.Config) -> None:
    """Keeps what was set here from the processes that run the tests: each has a folder and a database of its own."""
    if config.getoption("numprocesses", default=None):
        for name in ("LUCIOLE_HUB", "LUCIOLE_DATABASE", "DJANGO_SETTINGS_MODULE"):
            os.environ.pop(name, None)


def pytest_unconfigure() -> None:
    """Stops PostgreSQL and forgets the data folder."""
    data = _POSTGRESQL / "data"
    if data.exists():
        subprocess.run(
            _as_postgres(_binary("pg_ctl"), "-D", str(data), "-m", "immediate", "stop"),
            check=False,
            capture_output=True,
        )
    for folder in (_FOLDER, _POSTGRESQL):
        shutil.rmtree(folder, ignore_errors=True)


sys.path.insert(0, str(Path(__file__).parent))

import django  # noqa: E402

from luciole.hub.site import settings as _settings  # noqa: E402, F401 - puts the current SQLite in place first

django.setup()

from browser_hub import chromium, demonstration  # noqa: E402, F401 - fixtures of browser tests
from browser_world import furnished  # noqa: E402, F401 - as above
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from members_making import enrolled, inbox  # noqa: E402, F401 - fixtures for every test
from real_hub import RealHub, a_database, a_free_port  # noqa: E402
from vault_making import actor, another_actor, folder_vault, s3, vault  # noqa: E402, F401 - fixtures for every test

from luciole.hub.members.keys import make_key  # noqa: E402
from luciole.hub.members.models import ApiKey, Organisation, Person, PersonRole  # noqa: E402
from luciole.hub.members.words import Kind, Role, Scope  # noqa: E402

_numbers = iter(range(1, 1_000_000))


@pytest.fixture
def hub_folder() -> Path:
    """The data folder of this test run."""
    return _FOLDER


@pytest.fixture
def an_organisation(db: None) -> Callable[..., Organisation]:
    """Makes an organisation; what is not named is ordinary."""
    del db

    def make(kind: Kind = Kind.SECURITY, **fields: object) -> Organisation:
        number = next(_numbers)
        named: dict[str, object] = {"name": f"Organisation {number}", "slug": f"organisation-{number}", "country": "FR"}
        return Organisation.objects.create(kind=kind.value, **named | fields)

    return make


@pytest.fixture
def a_person(an_organisation: Callable[..., Organisation]) -> Callable[..., Person]:
    """Makes a person with roles, in an organisation of their own where none is named."""

    def make(*roles: Role, organisation: Organisation | None = None, kind: Kind = Kind.SECURITY) -> Person:
        number = next(_numbers)
        person = Person.objects.invited(
            f"person{number}@example.org", name=f"Person {number}", organisation=organisation or an_organisation(kind)
        )
        for role in roles:
            PersonRole.objects.create(person=person, role=role.value)
        return person

    return make


@pytest.fixture
def a_key(a_person: Callable[..., Person]) -> Callable[..., str]:
    """Makes an API key and returns its token."""

    def make(
        *scopes: Scope, person: Person | None = None, organisation: Organisation | None = None, days: int = 30
    ) -> str:
        owner = organisation or (person or a_person(Role.ANALYST)).organisation
        assert owner is not None
        new = make_key()
        ApiKey.objects.create(
            organisation=owner, person=person, name="test", prefix=new.prefix, digest=new.digest,
            scopes=[one.value for one in scopes], expires_at=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        return new.token

    return make


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """A browser in which a person is signed in, with their second factor unless told otherwise."""

    def make(person: Person, *, second_factor: bool = True) -> Client:
        client = Client()
        client.force_login(person)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password"},
            *([{"method": "mfa"}] if second_factor else []),
        ]
        session.save()
        return client

    return make


@pytest.fixture
def run_at_once() -> Callable[[Callable[[int], object], int], None]:
    """Runs something many times at once, each in a thread with a connection of its own; raises what one of them did."""

    def run(work: Callable[[int], object], times: int) -> None:
        def alone(number: int) -> None:
            try:
                work(number)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(times) as pool:
            for done in [pool.submit(alone, number) for number in range(times)]:
                done.result()

    return run


@pytest.fixture
def new_database() -> Callable[[], dict[str, str]]:
    """Makes an empty database for a hub of its own; the settings that name it, none for SQLite."""

    def make() -> dict[str, str]:
        return {"LUCIOLE_DATABASE": a_database(os.environ["LUCIOLE_DATABASE"])} if DATABASE == "postgresql" else {}

    return make


@pytest.fixture(scope="session")
def made_hub(tmp_path_factory: pytest.TempPathFactory) -> RealHub:
    """A hub as `luciole hub init` makes it. Nobody changes it; tests get copies."""
    named = {"LUCIOLE_DATABASE": a_database(os.environ["LUCIOLE_DATABASE"])} if DATABASE == "postgresql" else {}
    hub = RealHub(tmp_path_factory.mktemp("made") / "hub", named)
    made = hub.run("init", str(hub.folder), "--email", "first@example.org", "--name", "First", "--json")
    assert made.returncode == 0, made.stdout + made.stderr
    return hub


@pytest.fixture
def real_hub(tmp_path: Path, made_hub: RealHub) -> RealHub:
    """A hub of its own, at a free port."""
    shutil.copytree(made_hub.folder, tmp_path / "hub")
    port = a_free_port()
    at = {"LUCIOLE_ADDRESS": f"http://127.0.0.1:{port}", "LUCIOLE_LISTEN": f"127.0.0.1:{port}"}
    address = made_hub.environment.get("LUCIOLE_DATABASE")
    return RealHub(tmp_path / "hub", at | ({"LUCIOLE_DATABASE": a_database(address, address)} if address else {}))
