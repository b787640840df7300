"""API keys: their form, from where and until when they hold, and that only their digest is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from luciole.hub.members.access import actor_of
from luciole.hub.members.keys import TOKEN, KeyRecord, actor_of_key, bearer, make_key
from luciole.hub.members.models import ApiKey, Person
from luciole.hub.members.policy import ANONYMOUS
from luciole.hub.members.words import Role, Scope

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RECORD = KeyRecord("k", "o", "security", "active", "p", True, ["analyst"], ["read"], [], NOW + timedelta(days=1), False)


def test_a_key_has_its_form_and_256_bits() -> None:
    tokens = {make_key().token for _ in range(100)}
    assert len(tokens) == 100
    assert all(TOKEN.fullmatch(one) for one in tokens)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic luc_", "Bearer luc_aaaaaaaa_" + "a" * 42])
def test_what_is_no_key_is_never_looked_up(header: str) -> None:
    assert bearer(header) is None


def test_a_key_ends_when_it_was_said_to() -> None:
    assert actor_of_key(RECORD, "192.0.2.1", NOW) is not None
    assert actor_of_key(RECORD, "192.0.2.1", NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("change", [{"revoked": True}, {"person_active": False}])
def test_a_key_that_was_ended_is_nobody(change: dict[str, bool]) -> None:
    assert actor_of_key(RECORD._replace(**change), "192.0.2.1", NOW) is None


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("198.51.100.1", False),
        ("2001:db8::1", True),
        ("", False),
        ("x", False),
    ],
)
def test_a_key_may_come_from_its_networks_alone(address: str, *, may: bool) -> None:
    record = RECORD._replace(networks=["192.0.2.0/24", "2001:db8::/32"])
    assert (actor_of_key(record, address, NOW) is not None) is may


def test_the_database_holds_no_key(a_key: Callable[..., str]) -> None:
    token = a_key(Scope.READ)
    row = ApiKey.objects.values().get()
    assert not any(token[13:] in str(value) for value in row.values())


def test_the_api_knows_keys_and_never_sign_ins(a_key: Callable[..., str], a_person: Callable[..., Person]) -> None:
    token = a_key(Scope.READ, person=a_person(Role.ANALYST))
    asks = RequestFactory().get("/api/v1/samples", headers={"Authorization": f"Bearer {token}"})
    assert actor_of(asks).scopes == {Scope.READ}
    asks = RequestFactory().get("/samples/", headers={"Authorization": f"Bearer {token}"})
    assert actor_of(asks) == ANONYMOUS
