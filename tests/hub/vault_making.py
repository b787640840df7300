"""Fixtures of the vault: one of its own for each test, in a folder or in a bucket."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from s3_server import S3Server, s3_server

from luciole.hub.members.models import Person
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind, Role
from luciole.hub.samples.blobs import open_store
from luciole.hub.samples.vault import Vault, open_vault
from luciole.hub.site.keys import HubKeys
from luciole.hub.site.table import load


def some(size: int, seed: int = 0) -> bytes:
    """Bytes that cannot be told from sealed ones."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - bytes of a test


def parts(data: bytes, step: int = 65_536) -> Iterator[bytes]:
    """The bytes in pieces, as a server hands them on."""
    return (data[at : at + step] for at in range(0, len(data), step))


def actor_for(person: Person) -> Actor:
    """A person with their second factor, as the policy sees them."""
    organisation = person.organisation
    assert organisation is not None
    return Actor(
        person=str(person.pk), organisation=str(organisation.pk), kind=Kind(organisation.kind),
        roles=person.role_names, second_factor=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(params=["folder", "s3"])
def vault(request: pytest.FixtureRequest, tmp_path: Path, transactional_db: None) -> Vault:
    """A vault on a database whose transactions are real."""
    del transactional_db
    blobs = request.getfixturevalue("s3").bucket() if request.param == "s3" else ""
    return a_vault(tmp_path, blobs)


@pytest.fixture
def folder_vault(tmp_path: Path, transactional_db: None) -> Vault:
    """The same, in a folder."""
    del transactional_db
    return a_vault(tmp_path)


def a_vault(folder: Path, blobs: str = "") -> Vault:
    """A vault with new keys."""
    HubKeys.make(folder)
    settings = load({"LUCIOLE_HUB": str(folder), "LUCIOLE_BLOBS": blobs})
    return open_vault(folder, open_store(settings), settings.number("quota_gib"))


@pytest.fixture
def actor(a_person: Callable[..., Person]) -> Actor:
    return actor_for(a_person(Role.ANALYST))


@pytest.fixture
def another_actor(a_person: Callable[..., Person]) -> Actor:
    return actor_for(a_person(Role.ANALYST))
