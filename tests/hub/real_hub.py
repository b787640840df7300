"""A hub as an operator has it: made, run and asked through the command line, each in processes of their own."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_numbers = itertools.count(1)
_PRELUDE = """
import sys
from luciole.hub.site.starting import set_up
settings = set_up()
from luciole.hub.members.access import actor_of_person
from luciole.hub.members.models import Organisation, Person, PersonRole
from luciole.hub.samples.handin import About, hand_in

def an_analyst():
    fields = dict(name="One", kind="security", country="FR")
    organisation, _ = Organisation.objects.get_or_create(slug="one", defaults=fields)
    person = Person.objects.filter(email="analyst@example.org").first()
    if person is None:
        person = Person.objects.invited("analyst@example.org", name="Analyst", organisation=organisation)
        PersonRole.objects.create(person=person, role="analyst")
    return actor_of_person(person, second_factor=True)
"""


class RealHub(NamedTuple):
    """One hub. environment: what its processes get beside the data folder."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """`luciole hub …` on this hub."""
        return subprocess.run(
            [sys.executable, "-m", "luciole", "hub", *arguments],
            env=self.variables(folder), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """The same, not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", "luciole", "hub", *arguments],
            env=self.variables(None) | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def script(self, code: str, folder: Path | None = None) -> str:
        """Runs Python in a process in which Django is set up for this hub; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", _PRELUDE + code], env=self.variables(folder), capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def variables(self, folder: Path | None) -> dict[str, str]:
        """The environment of a process of this hub, or of another folder."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("LUCIOLE_", "DJANGO_"))}
        return own | self.environment | {"LUCIOLE_HUB": str(folder or self.folder)}

    def hand_in(self, count: int, size: int = 2000) -> None:
        """Hands in files, each with other bytes."""
        start = next(_numbers) * 1_000_000
        self.script(f"""
actor = an_analyst()
for number in range({count}):
    hand_in(actor, [(({start} + number).to_bytes(8, "big") * ({size} // 8))], About(file_name="a.bin"))
""")


def a_database(address: str, like: str = "") -> str:
    """A new database on the PostgreSQL of this test run, empty or a copy of another; its address."""
    import psycopg

    name = f"hub_{os.getpid()}_{next(_numbers)}"
    copy = f' TEMPLATE "{like.rpartition("/")[2]}"' if like else ""
    with psycopg.connect(f"{address.rpartition('/')[0]}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{copy}')
    return f"{address.rpartition('/')[0]}/{name}"


def a_free_port() -> int:
    """A port at which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
