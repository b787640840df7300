"""Every address of the hub against the policy table: each method, each role, each owner of what it is about.

The addresses come from the URL resolver, and those of the fast layer from itself. What is somebody else's must answer
to the byte as what is not there, whatever is sent along, and nothing may be written meanwhile. Every text that somebody
else wrote is hostile, and no page may make markup of it. Forms are sent without their CSRF mark being asked for: that
has tests of its own, and would hide here what the policy does.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from authorisation_cases import ABOUT, Case, cases_of, filled, look_ups, samples, some_of
from authorisation_routes import METHODS, OPERATIONS, PAGES, ROUTES, Route, changing, is_public, taken
from authorisation_world import Guest, World, a_world
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker

from luciole.hub.members.models import ApiKey, Remembered
from luciole.hub.members.policy import ANONYMOUS, TABLE, Actor, Target, Whose, allowed
from luciole.hub.members.words import Kind, Role, Scope, State, Tlp
from luciole.hub.site.fast import CERTIFICATES, HASHES, PACKAGES, Layer
from luciole.hub.site.fast_database import reader
from luciole.hub.site.models import Allowance, OnceAnswer

pytestmark = pytest.mark.django_db


def test_the_resolver_was_walked() -> None:
    assert len(PAGES) > 90
    assert len(OPERATIONS) > 40
    assert all(one.operations for one in ROUTES if one.path.startswith("api/"))


def test_every_address_names_an_action_of_the_table() -> None:
    """A view without `requires` has none."""
    assert [one.path for one in ROUTES if not set(one.actions.values()) <= set(TABLE)] == []


LOOKING = (".read", ".read-coalition", ".search", ".look", ".list", ".follow")
"""How actions end that only look."""


def test_no_operation_that_changes_something_asks_for_less_than_to_look() -> None:
    """A page that shows a form and takes it may ask for what looking needs, and for the rest by itself."""
    found = [(path, action) for path, action in changing() if path != "language"]  # a cookie of one's own
    assert len(found) > 50
    assert [one for one in found if one[1].endswith(LOOKING)] == []


def test_every_action_of_the_table_is_used_somewhere() -> None:
    import luciole.hub

    files = (path for path in Path(luciole.hub.__path__[0]).rglob("*.py") if path.name != "policy.py")
    code = "".join(path.read_text("utf-8") for path in files)
    assert [action for action in TABLE if f'"{action}"' not in code] == []


def test_the_table_gives_nothing_of_one_organisation_to_another() -> None:
    actor = Actor("p", organisation="ours", kind=Kind.SECURITY, roles=frozenset(Role), second_factor=True)
    reaching = [name for name, rule in TABLE.items() if rule.whose in {Whose.OWN, Whose.SELF} and not rule.public]
    assert [name for name in reaching if allowed(actor, name, Target("theirs", "somebody", shared=True))] == []


def test_every_scope_of_a_key_opens_something() -> None:
    assert set(Scope) == {one.scope for one in TABLE.values()} - {None}


def test_it_is_said_what_every_address_with_a_parameter_is_about() -> None:
    named = [start for start, _about in ABOUT]
    parameters = [one.path for one in ROUTES if "<" in one.path]
    assert [one for one in parameters if not one.startswith(tuple(named))] == []
    assert [one for one in named if not any(path.startswith(one) for path in parameters)] == []


FORM = {
    "text": "said", "sure": "yes", "tlp": "amber", "form": "zip", "purpose": "detection", "hand_ins": "keep",
    "choice": "yes", "way": "silence", "standing": "partner", "kind": "criterion", "name": "one", "query": "",
    "channel": "none", "roles": "analyst", "days": "30", "scopes": "read",
}  # fmt: skip
"""What forms of pages ask for, all of it at once."""


class Said(NamedTuple):
    """An answer without what is another in each: id of the request. written: tables that were changed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    written: tuple[str, ...]

    @property
    def told(self) -> tuple[object, ...]:
        """What whoever asked can tell it apart by."""
        return self[:3]


_REQUEST_ID = re.compile(rb"[0-9a-f]{16}")
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_HOUSEKEEPING = frozenset(one._meta.db_table for one in (Allowance, OnceAnswer, Session, ApiKey, Remembered))
"""Tables in which it is kept that somebody asked at all."""


@contextmanager
def undone() -> Iterator[None]:
    """Takes back whatever is written meanwhile, as Django's own test cases do."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] # as TestCase does, for what must be durable
    with block:
        yield
        transaction.set_rollback(True)


def ask(guest: Guest, method: str, path: str, data: Any = None, media: str = "") -> Said:
    """What a guest is told. It is as if it had not been asked."""
    written: list[str] = []

    def watch(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - as Django calls it
        if found := _WRITES.match(sql):
            written.append(found[1])
        return execute(sql, parameters, many, context)

    kept = guest.client.cookies.output(header="", sep=";")
    more: dict[str, Any] = {"headers": {"Upload-Offset": "0"}} if guest.token else {}
    if media:
        more["content_type"] = media
    with undone(), connection.execute_wrapper(watch):
        answer: HttpResponse = getattr(guest.client, method.lower())(path, data, **more)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined] # of a stream
    guest.client.cookies = SimpleCookie(kept)
    request_id = answer.headers["X-Request-Id"].encode()
    del answer.headers["X-Request-Id"]
    assert _REQUEST_ID.fullmatch(request_id)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert not [one for one in (b"<script>", b"<svg onload", b"alert(2)>") if one in body], (guest.name, path)
    quoted = quote(path, safe=""), "-"  # where to come back to stands in the way to another page
    headers = tuple(sorted((name, value.replace(*quoted)) for name, value in answer.headers.items()))
    return Said(
        answer.status_code, headers, body.replace(request_id, b"-"),
        tuple(sorted(set(written) - _HOUSEKEEPING)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One coalition for all tests of this file; what is asked of it is taken back each time."""
    del django_db_setup
    with django_db_blocker.unblock(), a_world(tmp_path_factory.mktemp("world")) as made:
        yield made


def expected(actor: Actor, action: str) -> str:
    """What somebody meets before any object is looked at: in, sign-in, second-factor or denied."""
    best = Target(actor.organisation, actor.person, shared=True)
    if allowed(actor, action, best):
        return "in"
    if not actor.is_known:
        return "sign-in"
    strong = actor._replace(second_factor=True)
    return "second-factor" if not actor.second_factor and allowed(strong, action, best) else "denied"


def is_met(said: Said, met: str, *, of_api: bool) -> bool:
    """Whether an answer is that of a guard."""
    if of_api:
        return said.status == {"sign-in": 401, "second-factor": 403, "denied": 403}[met]
    there = dict(said.headers).get("Location", "")
    return {
        "sign-in": said.status == 303 and there.startswith("/sign-in/?next="),
        "second-factor": said.status == 303 and there.startswith("/account/second-factor/?next="),
        "denied": said.status == 403,
    }[met]


def check_guards(route: Route, guest: Guest, method: str, action: str, world: World, data: Any, media: str) -> None:
    """Who may not do this to anything is stopped in the same way whatever it is about, and nothing is written."""
    met = expected(guest.actor, action)
    answers = []
    for case in some_of(cases_of(route, world, guest), world, guest)[-3:]:
        said = ask(guest, method, filled(route, case), data, media)
        where = (guest.name, method, case.label, said.status, said.body[:200])
        assert is_met(said, met, of_api=bool(route.operations)), where
        assert said.written == (), (where, said.written)
        if met == "denied":
            answers.append(said.told)
    assert len(set(answers)) <= 1, (guest.name, method)


def check_objects(route: Route, guest: Guest, method: str, action: str, world: World, data: Any, media: str) -> None:
    """Who may do this to something reaches exactly what the table says; the rest is to them as what is not there."""
    *cases, last = some_of(cases_of(route, world, guest), world, guest)
    absent = ask(guest, method, filled(route, last), data, media) if last.target is None else None
    if absent is None:
        cases.append(last)
    else:
        assert absent.written == (), (guest.name, method, absent.written)
    secrets = unseen_by(world, guest)
    for case in cases:
        said = ask(guest, method, filled(route, case), data, media)
        where = (guest.name, method, case.label, said)
        if may(guest, action, case):
            assert is_reached(route, case, said), where
            assert not [one for one in secrets if one in said.body], where
        elif absent is None:
            assert (said.status, said.written) == (404, ()), where
        else:
            assert said == absent, where


def may(guest: Guest, action: str, case: Case) -> bool:
    """Whether the table lets them. Everybody may look things up; what is answered is what is shared with them."""
    if case.target is None or not allowed(guest.actor, action, case.target):
        return False
    return case.target.shared or action != "lookup"


def is_reached(route: Route, case: Case, said: Said) -> bool:
    """Whether an answer shows that the thing was looked at. Beyond the table amber samples are never given out raw."""
    if route.path.endswith("/raw-fetches") and case.label not in {"own", "of others, green"}:
        return said.status == 403
    there = dict(said.headers).get("Location", "")
    return said.status < 500 and said.status not in {401, 403, 404} and not there.startswith("/sign-in/?")


def unseen_by(world: World, guest: Guest) -> list[bytes]:
    """What no answer to this guest may hold: what is not shared with them, and what is others' own."""
    found: list[object] = []
    for one in world.samples:
        found += [] if one.seen else [one.sha256, one.sample.package, one.hand_in.pk, one.comment.pk]
    for belongings in world.organisations.values():
        if str(belongings.organisation.pk) != guest.actor.organisation:
            own = belongings.own
            found += [own.sha256, own.sample.package, own.hand_in.pk, own.comment.pk, belongings.withdrawn.pk]
            found += [belongings.hunt.pk, belongings.hook.pk, belongings.key.pk, belongings.key.prefix]
            found += [belongings.invitation.email]
    theirs = world.strangers
    found += [theirs.search.pk, theirs.key.pk, theirs.key.prefix, theirs.upload.pk, theirs.session.session_key]
    if Role.COORDINATOR not in guest.actor.roles:
        found += [world.stranger.email, world.coalition_person.email]
    return [str(one).encode() for one in found]


def walk(route: Route, guests: list[Guest], world: World, method: str, data: Any = None, media: str = "") -> None:
    """One method of one address for everybody."""
    action = route.actions[method]
    for guest in guests:
        if is_public(action) or expected(guest.actor, action) == "in":
            check_objects(route, guest, method, action, world, data, media)
        else:
            check_guards(route, guest, method, action, world, data, media)


@pytest.mark.parametrize("route", [one for one in PAGES if not is_public(one.action)], ids=lambda one: one.path)
def test_every_page_does_what_the_table_says(route: Route, world: World) -> None:
    nobody = world.guests[-1]
    first = filled(route, cases_of(route, world, nobody)[0])
    taken = [method for method in METHODS if ask(nobody, method, first).status != 405]
    assert set(taken) & {"GET", "POST"}, "no method is taken"
    for method in set(METHODS) - set(taken):
        refused = {ask(guest, method, first).told for guest in (nobody, world.guests[0], world.guests[11])}
        assert len(refused) == 1, (method, refused)
    for method in taken:
        if method in {"GET", "POST"}:
            walk(route, world.guests, world, method, FORM if method == "POST" else None)
        else:
            check_guards(route, nobody, method, route.action, world, None, "")


@pytest.mark.parametrize("route", [one for one in PAGES if is_public(one.action)], ids=lambda one: one.path)
def test_public_pages_answer_everybody_and_tell_nothing_of_members(route: Route, world: World) -> None:
    for guest in (world.guests[-1], world.guests[0]):
        path = filled(route, cases_of(route, world, guest)[0])
        for method in ("GET", "POST"):
            said = ask(guest, method, path, FORM if method == "POST" else None)
            assert said.status < 500, (guest.name, method, said.status)
            assert not [one for one in unseen_by(world, guest) if one in said.body], (guest.name, method)


@pytest.mark.parametrize(
    ("route", "method"), [one for one in OPERATIONS if not is_public(one[0].actions[one[1]])],
    ids=lambda one: one.path if isinstance(one, Route) else one,
)  # fmt: skip
def test_every_operation_of_the_api_does_what_the_table_says(route: Route, method: str, world: World) -> None:
    data, media = asked_of(route.operations[method])
    walk(route, world.keys, world, method, data, media)
    if data and media == "application/json":
        for guest in world.keys[:1]:
            wrong = [ask(guest, method, filled(route, one), b"{", media).told for one in cases_of(route, world, guest)]
            assert len(set(wrong)) == 1, "what is wrong in a body is told before anything is looked up"


def asked_of(operation: Any) -> tuple[Any, str]:
    """A body that the operation takes, from the example in its own description."""
    content = (operation.openapi_extra or {}).get("requestBody", {}).get("content", {})
    if not content:
        return None, "application/json" if "POST" in operation.methods else ""
    media, described = next(iter(content.items()))
    if media == "application/json":
        return json.dumps(described["example"]).encode(), media
    return (b"piece", media) if media == "application/octet-stream" else (b"", media + "; boundary=b")


def test_a_sign_in_opens_nothing_in_the_api_and_a_key_opens_no_page(world: World) -> None:
    everything = next(one for one in world.guests if one.name == f"every role, {Kind.SECURITY}")
    key = next(one for one in world.keys if one.name == f"every role, {Kind.SECURITY}")
    for route, method in OPERATIONS:
        if not is_public(route.actions[method]):
            path = filled(route, cases_of(route, world, everything)[0])
            assert ask(everything, method, path).status == 401, (method, path)
    for route in PAGES:
        if not is_public(route.action):
            assert ask(key, "GET", filled(route, cases_of(route, world, key)[0])).status in {303, 405}, route.path


def test_no_page_takes_anything_without_the_mark_of_its_form(world: World) -> None:
    everything = next(one for one in world.guests if one.name == f"every role, {Kind.SECURITY}")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = everything.client.cookies
    forms = [one for one in PAGES if "POST" in taken(one.view)]
    assert len(forms) > 60
    for route in forms:
        said = ask(
            everything._replace(client=strict), "POST", filled(route, cases_of(route, world, everything)[0]), FORM
        )
        assert (said.status, said.written) == (403, ()), (route.path, said)


class Fast(NamedTuple):
    """The fast layer, with nothing behind it."""

    layer: Layer

    def ask(self, guest: Guest, method: str, path: str, body: bytes = b"") -> tuple[int, Any] | None:
        """Its status and document without the id of the request; None where it leaves the answer to Django."""
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
            "HTTP_AUTHORIZATION": f"Bearer {guest.token}" if guest.token else "",
        }  # fmt: skip
        said: list[Any] = []
        with undone():
            answer = b"".join(self.layer(environ, lambda *given: said.extend(given)))
        return (int(said[0][:3]), _without_instance(answer)) if said else None


def _without_instance(body: bytes) -> Any:
    document = json.loads(body)
    return {name: value for name, value in document.items() if name != "instance"}


@pytest.fixture(scope="module")
def fast(world: World) -> Iterator[Fast]:
    del world
    database = reader()
    yield Fast(Layer(lambda *_: [], database))
    database.close()


def test_the_fast_layer_reaches_what_the_table_says_and_leaves_every_refusal(world: World, fast: Fast) -> None:
    for guest in world.keys:
        is_in = expected(guest.actor, "lookup") == "in"
        for case in some_of(list(look_ups(world, guest)), world, guest):
            for path in (f"{HASHES}/{case.values['digest']}", f"{PACKAGES}{case.values['name']}",
                         f"{CERTIFICATES}{case.values['sha256']}"):  # fmt: skip
                answer, where = fast.ask(guest, "GET", path), (guest.name, case.label, path)
                assert (answer is not None) == is_in, where
                if answer is not None:
                    slow = ask(guest, "GET", path)
                    assert answer == (slow.status, _without_instance(slow.body)), where
                    assert answer[0] == (200 if may(guest, "lookup", case) else 404), where


def test_bulklook_ups_name_exactly_what_is_shared(world: World, fast: Fast) -> None:
    for guest in world.keys:
        cases = list(samples(world, guest))
        body = "\n".join(str(one.values["sha256"]) for one in cases).encode()
        answer, slow = fast.ask(guest, "POST", HASHES, body), ask(guest, "POST", HASHES, body, "text/plain")
        if expected(guest.actor, "lookup") != "in":
            assert answer is None
            assert slow.status in {401, 403}
            continue
        assert answer == (slow.status, _without_instance(slow.body))
        shared = {one.values["sha256"] for one in cases if one.target is not None and one.target.shared}
        assert set(answer[1]["found"]) == shared


def test_the_fast_layer_answers_no_address_that_the_resolver_does_not_have() -> None:
    answered = [one.path.partition("<")[0] for one in ROUTES if one.actions.get("GET") == "lookup"]
    assert sorted(f"/{one}" for one in answered) == sorted((f"{HASHES}/", PACKAGES, CERTIFICATES))


def test_the_world_has_every_way_to_be_kept_from_something(world: World) -> None:
    """So that nothing above is shown about nobody."""
    kinds = {one.actor.kind for one in world.guests} & set(Kind)
    roles = {role for one in world.guests for role in one.actor.roles}
    assert (kinds, roles) == (set(Kind), set(Role))
    assert {one.hand_in.tlp for one in world.samples} > {Tlp.GREEN, Tlp.AMBER, Tlp.RED}
    assert any(one.actor.state is State.SUSPENDED for one in world.guests)
    assert sum(one.actor == ANONYMOUS for one in world.keys) == 6
