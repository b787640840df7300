"""The API as a whole: its description, what every operation shares, and each way in which it says no."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.db import OperationalError
from django.test import Client

sys.path.insert(0, str(Path(__file__).parent))

from api_making import Caller, an_api_vault, caller, file_form, key_of  # noqa: F401 - fixtures

from luciole.hub.members.models import ApiKey, Organisation, Person
from luciole.hub.members.words import Role, Scope
from luciole.hub.samples import api_hand_ins
from luciole.hub.samples.failures import StorageFailed, StorageFull
from luciole.hub.site import limits
from luciole.hub.site.limits import Limit
from luciole.hub.site.models import Allowance, OnceAnswer

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def description() -> dict[str, Any]:
    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in description["paths"].items() for method, one in methods.items()]


def test_every_operation_is_described_with_an_example_that_fits(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    found = operations(description)
    assert len(found) > 35
    for path, method, one in found:
        where = f"{method} {path}"
        assert one["summary"], where
        bodies = [one["requestBody"]] if "requestBody" in one else []
        bodies += [answer for status, answer in one["responses"].items() if status.startswith("2")]
        for body in bodies:
            for media, said in body.get("content", {}).items():
                example = said.get("example", said["schema"].get("example", _of(description, said["schema"])))
                assert example is not None, where
                if media == "application/json":
                    schema = said["schema"] | {"components": description["components"]}
                    jsonschema.Draft202012Validator(schema).validate(example)
        for status in ("401", "403", "422", "429", "500"):
            if "look-ups" not in one["tags"]:
                assert "application/problem+json" in one["responses"][status]["content"], where


def _of(description: dict[str, Any], schema: dict[str, Any]) -> object:
    named = schema.get("$ref", "").rsplit("/", 1)[-1]
    return description["components"]["schemas"].get(named, {}).get("example", schema.get("example"))


def test_every_id_of_an_operation_is_its_own(description: dict[str, Any]) -> None:
    ids = [one["operationId"] for _, _, one in operations(description)]
    assert len(ids) == len(set(ids))


def test_the_page_about_the_api_asks_nobody_else_and_runs_nothing() -> None:
    answer = Client().get("/api/v1/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "/api/v1/samples" in page
    assert "<script" not in page
    assert "https://" not in page.replace("https://hooks.example.org", "")
    assert "Set-Cookie" not in answer.headers


def test_every_operation_refuses_who_has_no_key(description: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", {**limits.LIMITS, "refused": Limit(10_000, 1)})
    for path, method, _ in operations(description):
        filled = path.replace("{sha256}", "0" * 64)
        for name in ("upload", "hand_in", "comment", "search", "hunt", "hook", "key"):
            filled = filled.replace("{" + name + "}", "3f0c5d1e-7a57-4b52-9c11-0d0f5a8d2b6e")
        answer = Client().generic(method.upper(), filled)
        assert answer.status_code == 401, (method, path)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_without_the_scope_is_denied(key_of: Callable[..., Caller]) -> None:
    reader, sender = key_of(Scope.READ), key_of(Scope.SUBMIT)
    assert reader.post("/uploads", {"size": 1}).status_code == 403
    assert reader.post("/webhooks", {"address": "https://x.example.org", "events": ["hunt.ended"]}).status_code == 403
    for path in ("/samples", "/members", "/log", "/searches", "/hunts", "/webhooks", "/hand-ins"):
        assert sender.get(path).status_code == 403


def test_a_key_that_is_revoked_over_or_of_a_suspended_member_is_refused(key_of: Callable[..., Caller]) -> None:
    one = key_of(Scope.READ)
    Organisation.objects.filter(pk=one.organisation).update(state="suspended")
    assert one.get("/samples").status_code == 403
    Organisation.objects.filter(pk=one.organisation).update(state="active")
    assert one.get("/samples").status_code == 200
    ApiKey.objects.update(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert one.get("/samples").status_code == 401


def test_a_sign_in_is_no_key(a_person: Callable[..., Person], signed_in: Callable[..., Client]) -> None:
    assert signed_in(a_person(Role.ANALYST)).get("/api/v1/samples").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/samples", 405),
        ("DELETE", "/samples", 405),
        ("GET", "/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/samples/x", 422),
    ],
)
def test_what_is_not_there_or_cannot_be_done_is_a_problem(caller: Caller, method: str, path: str, status: int) -> None:
    answer = caller._client(None).generic(method, f"/api/v1{path}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert ("Allow" in answer) is (status == 405)
    assert answer.json()["instance"] == f"urn:luciole:request:{answer['X-Request-Id']}"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"size": "x"}', b'{"size": 1e400}', b'{"size": 1, "more": 1}', b"null",  # noqa: E501 - one row
                                  b'{"size":1,"about":{"note":"\\ud800"}}', b'{"size":1,"about":{"note":"\\u0000"}}'])  # fmt: skip  # noqa: E501 - one row
def test_a_body_that_is_not_as_described_is_a_problem(caller: Caller, body: bytes) -> None:
    answer = caller.post("/uploads", body)
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_413(caller: Caller) -> None:
    answer = caller.post("/uploads", b'{"size": 1, "about": {"note": "' + b"a" * (2 << 20) + b'"}}')
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    named = caller.post("/uploads", b"a" * (2 << 20), headers={"Idempotency-Key": "x"})
    assert named.status_code == 413


def test_no_room_is_507_and_no_store_is_503(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status in (
        (StorageFull("full"), 507), (StorageFailed("gone"), 503), (OperationalError("database or disk is full"), 507),
        (OperationalError("connection lost"), 503), (RuntimeError("a secret"), 500),
    ):  # fmt: skip

        def fail(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(api_hand_ins, "take", fail)
        answer = caller.post("/samples", **file_form(b"x", {}), headers={"Idempotency-Key": "x"})
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert ("Retry-After" in answer) is (status == 503)
        assert b"secret" not in answer.content
        assert not OnceAnswer.objects.exists()


def test_whoever_asks_too_often_waits_and_another_key_does_not(
    caller: Caller, key_of: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIMITS", {**limits.LIMITS, "read": Limit(6, 2), "write": Limit(2, 1)})
    statuses = [caller.get("/me").status_code for _ in range(8)]
    assert statuses == [200] * 6 + [429] * 2
    over = caller.get("/me")
    assert 0 < int(over["Retry-After"]) <= 10
    assert key_of(Scope.READ).get("/me").status_code == 200
    assert caller.post("/uploads", {"size": 1}).status_code == 201


def test_a_limit_holds_beyond_a_restart_and_fills_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", {"read": Limit(60, 10)})
    for _ in range(60):
        assert limits.take("key", "read") == 0.0
    limits.forget_held()
    assert limits.take("key", "read") > 0
    Allowance.objects.update(at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30))
    allowed = 0
    while not limits.take("key", "read"):
        allowed += 1
    assert 30 <= allowed <= 33


def test_processes_that_take_at_once_never_give_more_than_the_limit(
    monkeypatch: pytest.MonkeyPatch, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    monkeypatch.setattr(limits, "LIMITS", {"read": Limit(60, 10)})
    given: list[int] = []

    def another_process(_: int) -> None:
        now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        given.extend(limits._from_bucket("key", "read", now, 1, 10)[0] for _ in range(4))

    run_at_once(another_process, 8)
    assert sum(given) == 60


def test_addresses_without_a_key_are_counted_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", {**limits.LIMITS, "refused": Limit(3, 1)})
    asked = [Client().get("/api/v1/me", REMOTE_ADDR="198.51.100.7").status_code for _ in range(5)]
    assert asked == [401, 401, 401, 429, 429]
    assert Client().get("/api/v1/me", REMOTE_ADDR="198.51.100.8").status_code == 401
    assert "198.51" not in json.dumps(list(Allowance.objects.values("owner", "kind")))


# Members, keys, the log, searches and hunts.


def test_a_key_knows_itself_and_its_person_ends_keys_with_it(caller: Caller, key_of: Callable[..., Caller]) -> None:
    second = key_of(Scope.READ, person=caller.person)
    assert caller.get("/me").json()["key"]["scopes"] == ["read", "submit", "fetch", "manage"]
    mine = caller.get("/keys").json()
    assert len(mine) == 2
    stranger = key_of(Scope.READ)
    theirs = stranger.get("/keys").json()
    assert caller.delete(f"/keys/{theirs[0]['id']}").status_code == 404
    ended = second.get("/me").json()["key"]["id"]
    assert caller.delete(f"/keys/{ended}").status_code == 204
    assert second.get("/me").status_code == 401
    assert stranger.get("/me").status_code == 200
    assert not any(one.token in caller.get("/keys").content.decode() for one in (caller, second))


def test_members_are_paged_and_the_own_organisation_is_told(caller: Caller, key_of: Callable[..., Caller]) -> None:
    for _ in range(4):
        key_of(Scope.READ)
    first = caller.get("/members?limit=3").json()
    second = caller.get(f"/members?limit=3&after={first['next']}").json()
    assert len({one["slug"] for one in first["members"] + second["members"]}) == 5
    assert second["next"] is None
    assert caller.get("/organisation").json()["id"] == caller.organisation


def test_the_log_is_the_own_one_and_of_those_who_may_read_it(caller: Caller, key_of: Callable[..., Caller]) -> None:
    for _ in range(3):
        assert caller.post("/samples", **file_form(b"x", {})).status_code == 201
    first = caller.get("/log?limit=2").json()
    second = caller.get(f"/log?limit=2&after={first['next']}").json()
    assert [one["action"] for one in first["entries"] + second["entries"]] == ["sample.submit"] * 3
    assert key_of(Scope.READ).get("/log").status_code == 403
    assert key_of(Scope.READ, roles=(Role.OWNER,)).get("/log").json()["entries"] == []


def test_searches_are_kept_for_a_person(caller: Caller, key_of: Callable[..., Caller]) -> None:
    made = caller.post("/searches", {"name": "n", "query": "package:com.example.*", "channel": "webhook"})
    assert made.status_code == 201
    assert [one["name"] for one in caller.get("/searches").json()] == ["n"]
    assert caller.post("/searches", {"name": "n", "query": "nonsense:x"}).status_code == 422
    other = key_of(Scope.READ, Scope.MANAGE)
    assert other.get("/searches").json() == []
    assert other.delete(f"/searches/{made.json()['id']}").status_code == 404
    assert caller.delete(f"/searches/{made.json()['id']}").status_code == 204


def test_a_hunt_is_begun_looked_at_and_stopped_by_its_own(caller: Caller, key_of: Callable[..., Caller]) -> None:
    begun = caller.post("/hunts", {"kind": "yara", "text": "rule a { condition: true }", "most": 10})
    assert (begun.status_code, begun.json()["state"]) == (202, "waiting")
    address = f"/hunts/{begun.json()['id']}"
    assert caller.get("/hunts").json()["hunts"][0]["id"] == begun.json()["id"]
    assert key_of(Scope.READ).get(address).status_code == 404
    assert caller.post(f"{address}/stop").json()["state"] == "stopped"
    assert caller.get(address).json()["found"] == []
    assert caller.post("/hunts", {"kind": "criterion", "text": "rule: {nonsense: 1}"}).status_code == 422
