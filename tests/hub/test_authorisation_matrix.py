"""Every address of the hub against the policy table: for every method, role and owner of what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from luciole.hub.members.models import Organisation, Person
from luciole.hub.members.policy import TABLE, Actor, Target, Whose, allowed
from luciole.hub.members.words import Kind, Role

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OPEN = frozenset({"home", "health", "language", "static"})
"""Addresses of the site itself that hold nothing of anybody."""


class Route(NamedTuple):
    """One address. path: with its parameters; action: of the policy table, by method for the API."""

    path: str
    name: str
    actions: dict[str, str]


def routes() -> list[Route]:
    return list(_below(get_resolver(), ""))


def _below(resolver: URLResolver, before: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _below(one, path)
        elif isinstance(one, URLPattern):
            yield Route(path, one.name or "", _actions(one.callback))


def _actions(view: Callable[..., object]) -> dict[str, str]:
    """The action of each method: a page has one for all, an address of the API one for each operation."""
    found: dict[str, str] = {}
    operations = getattr(getattr(view, "__self__", None), "operations", None)
    for operation in operations or ():
        for method in operation.methods:
            found[method] = _action_of(operation.view_func)
    return found or dict.fromkeys(METHODS, _action_of(view))


def _action_of(view: object) -> str:
    """The action that `requires` wrote on a view, however it was wrapped afterwards."""
    while view is not None:
        action = getattr(view, "action", "")
        if action:
            return str(action)
        view = getattr(view, "__wrapped__", None)
    return ""


ROUTES = routes()


def test_every_address_names_its_action() -> None:
    unnamed = [
        one.path for one in ROUTES if "" in one.actions.values() and one.name not in OPEN and "openapi" not in one.name
    ]
    assert unnamed == []


def test_every_action_that_an_address_names_is_in_the_table() -> None:
    assert {action for one in ROUTES for action in one.actions.values() if action} <= set(TABLE)


def test_every_action_of_the_table_is_used_somewhere() -> None:
    from pathlib import Path

    import luciole.hub

    code = "".join(
        path.read_text("utf-8") for path in Path(luciole.hub.__path__[0]).rglob("*.py") if path.name != "policy.py"
    )
    assert [action for action in TABLE if f'"{action}"' not in code] == []


def filled(path: str) -> str | None:
    """The address with something that is not there in place of each parameter."""
    absent = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "987654321", "str": "nothing", "slug": "nothing"}
    out, rest = "/", path
    while "<" in rest:
        before, _, after = rest.partition("<")
        parameter, _, rest = after.partition(">")
        kind = parameter.partition(":")[0] if ":" in parameter else "str"
        value = "0" * 64 if "sha256" in parameter else absent.get(kind)
        if value is None:
            return None
        out += before + value
    return out + rest


PAGES = [one for one in ROUTES if not one.path.startswith("api/") and one.name not in OPEN and filled(one.path)]


@pytest.mark.django_db
@pytest.mark.parametrize("route", PAGES, ids=lambda one: one.path)
def test_nobody_gets_in_without_signing_in(route: Route, client: object) -> None:
    action = route.actions["GET"]
    for method in METHODS:
        answer = getattr(client, method.lower())(filled(route.path))
        if TABLE[action].public:
            assert answer.status_code < 500
        else:
            assert answer.status_code in {302, 401, 403, 405}
            if answer.status_code == 302:
                assert answer.url.startswith("/sign-in/")


PEOPLE = [(kind, role) for kind in Kind for role in Role]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "route", [one for one in PAGES if not TABLE[one.actions["GET"]].public], ids=lambda one: one.path
)
def test_a_role_that_the_table_does_not_name_is_denied(
    route: Route, a_person: Callable[..., Person], signed_in: Callable[..., object],
    an_organisation: Callable[..., Organisation],
) -> None:  # fmt: skip
    action = route.actions["GET"]
    for kind in Kind:
        organisation = an_organisation(kind)
        for role in Role:
            person = a_person(role, organisation=organisation)
            actor = Actor(
                str(person.pk),
                organisation=str(organisation.pk),
                kind=kind,
                roles=frozenset({role}),
                second_factor=True,
            )
            may = allowed(actor, action, Target(actor.organisation, actor.person, shared=True))
            answer = signed_in(person).get(filled(route.path))  # type: ignore[attr-defined]
            if not may:
                assert answer.status_code == 403, (route.path, kind, role)
            else:
                assert answer.status_code in {200, 302, 303, 404, 405}, (route.path, kind, role, answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "route", [one for one in PAGES if TABLE[one.actions["GET"]].second_factor and not TABLE[one.actions["GET"]].public],
    ids=lambda one: one.path,
)  # fmt: skip
def test_without_the_second_factor_a_person_is_led_to_it(
    route: Route, a_person: Callable[..., Person], signed_in: Callable[..., object]
) -> None:
    action = route.actions["GET"]
    roles = TABLE[action].roles or frozenset({Role.ANALYST})
    person = a_person(*roles)
    answer = signed_in(person, second_factor=False).get(filled(route.path))  # type: ignore[attr-defined]
    assert answer.status_code in {302, 303, 403}
    assert answer.status_code == 403 or "second-factor" in answer.url or "code" in answer.url


def test_the_table_gives_nothing_of_one_organisation_to_another() -> None:
    actor = Actor("p", organisation="ours", kind=Kind.SECURITY, roles=frozenset(Role), second_factor=True)
    reaching = [name for name, rule in TABLE.items() if rule.whose in {Whose.OWN, Whose.SELF} and not rule.public]
    assert [name for name in reaching if allowed(actor, name, Target("theirs", "somebody", shared=True))] == []
