"""Fixtures of the API: keys that ask, and a vault of their own for each test."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

sys.path.insert(0, str(Path(__file__).parent))

from vault_making import a_vault

from luciole.hub.members.models import Person
from luciole.hub.members.words import Kind, Role, Scope
from luciole.hub.samples import vault as vault_module
from luciole.hub.site import limits

PREFIX = "/api/v1"


class Caller:
    """Asks the API with one key."""

    def __init__(self, token: str, organisation: str, person: Person | None) -> None:
        self.token = token
        self.organisation = organisation
        self.person = person

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return self._client(headers).get(PREFIX + path)

    def post(
        self, path: str, data: Any = b"", content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> Any:
        return self._client(headers).post(PREFIX + path, _body(data), content_type)

    def patch(
        self, path: str, data: Any = b"", content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> Any:
        return self._client(headers).patch(PREFIX + path, _body(data), content_type)

    def delete(self, path: str) -> Any:
        return self._client(None).delete(PREFIX + path)

    def _client(self, headers: dict[str, str] | None) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.token}"} | (headers or {}))


def _body(data: Any) -> bytes:
    return data if isinstance(data, bytes) else json.dumps(data).encode()


def about(**said: object) -> bytes:
    return json.dumps(said).encode()


def file_form(data: bytes, said: dict[str, object], name: str = "app.apk") -> dict[str, Any]:
    """A form as curl sends it."""
    mark = b"------------------------d74496d66958873e"
    body = io.BytesIO()
    body.write(
        b"--" + mark + b'\r\nContent-Disposition: form-data; name="about"\r\nContent-Type: application/json\r\n\r\n'
    )
    body.write(json.dumps(said).encode() + b"\r\n--" + mark)
    body.write(f'\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode())
    body.write(b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--" + mark + b"--\r\n")
    return {"data": body.getvalue(), "content_type": f"multipart/form-data; boundary={mark.decode()}"}


def handed(caller: Caller, data: bytes, **said: object) -> dict[str, Any]:
    answer = caller.post("/samples", **file_form(data, said))
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture(autouse=True)
def an_api_vault(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A vault of its own on a database whose transactions are real, and limits that nobody used yet."""
    del transactional_db
    own = a_vault(tmp_path)
    vault_module.current.cache_clear()
    monkeypatch.setattr(vault_module, "open_vault", lambda *_: own)
    limits.forget_held()
    yield tmp_path
    vault_module.current.cache_clear()


@pytest.fixture
def key_of(a_person: Callable[..., Person], a_key: Callable[..., str]) -> Callable[..., Caller]:
    """Makes a key of a person with these scopes; an analyst of an organisation of their own where nothing is said."""

    def make(
        *scopes: Scope,
        roles: tuple[Role, ...] = (Role.ANALYST,),
        kind: Kind = Kind.SECURITY,
        person: Person | None = None,
    ) -> Caller:
        owner = person or a_person(*roles, kind=kind)
        return Caller(a_key(*scopes, person=owner), str(owner.organisation_id), owner)

    return make


@pytest.fixture
def caller(key_of: Callable[..., Caller]) -> Caller:
    """A key that may do all but fetch samples as they are."""
    return key_of(Scope.READ, Scope.SUBMIT, Scope.FETCH, Scope.MANAGE, roles=(Role.ANALYST, Role.OWNER))
