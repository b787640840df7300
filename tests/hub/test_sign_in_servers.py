"""Signing in through one's organisation: its people alone, with the hub's second factor, never an address inside."""

import time
from collections.abc import Callable, Iterator

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from members_making import send, totp
from pytest_django import Settings
from sign_in_server import CLIENT, SECRET, SignIn, sign_in_server

from luciole.hub.members import outgoing, sign_in_secrets, sign_in_servers
from luciole.hub.members.access import actor_of_person
from luciole.hub.members.models import Organisation, Person, SignInServer
from luciole.hub.members.sign_in_servers import ServerRefused
from luciole.hub.members.words import Role, State

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("inbox")]


@pytest.fixture
def at_home(settings: Settings) -> None:
    """Servers on this computer may be asked."""
    settings.HUB = settings.HUB._replace(values={**settings.HUB.values, "private_networks": "127.0.0.0/8"})


@pytest.fixture
def server(at_home: None) -> Iterator[SignIn]:
    del at_home
    with sign_in_server() as running:
        yield running


@pytest.fixture
def colleague(a_person: Callable[..., Person], server: SignIn) -> Person:
    """Somebody whose organisation has a server, where they have the same address."""
    person = a_person(Role.OWNER)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    kept = SignInServer(organisation=person.organisation, name="Our server", address=server.address, client=CLIENT)
    sign_in_servers.keep(actor_of_person(person, second_factor=True), kept, SECRET)
    server.claims["email"] = person.email
    return person


def slug_of(person: Person) -> str:
    assert person.organisation is not None
    return person.organisation.slug


def through(server: SignIn, slug: str, client: Client) -> str:
    """Goes through the server, and where one comes out."""
    page = f"/sign-in/with/{slug}/"
    back = server.sign_in(send(client, page, ""))
    answer = client.get(back.partition("8000")[2] if ":8000" in back else back.partition("testserver")[2])
    return str(answer.get("Location", answer.status_code))


def test_a_person_signs_in_through_their_organisation_and_still_needs_the_second_factor(
    colleague: Person, server: SignIn, enrolled: Callable[[Client, float], str]
) -> None:
    client = Client()
    assert send(client, "/sign-in/organisation/", "", name=slug_of(colleague)) == f"/sign-in/with/{slug_of(colleague)}/"
    policy = client.get(f"/sign-in/with/{slug_of(colleague)}/").headers["Content-Security-Policy"]
    assert f"form-action 'self' {server.address};" in policy
    assert through(server, slug_of(colleague), client) == "/account/second-factor/"
    assert client.get("/organisation/people/")["Location"].startswith("/account/second-factor/")
    now = time.time()
    secret = enrolled(client, now)
    server.claims["email"] = "changed@example.org"
    again = Client()
    assert through(server, slug_of(colleague), again) == "/sign-in/code/"
    assert send(again, "/sign-in/code/", "", code=totp(secret, now, 1)) == "/"
    assert again.get("/organisation/people/").status_code == 200


def test_what_the_server_says_about_a_person_is_not_kept_and_its_secret_not_in_the_clear(
    colleague: Person, server: SignIn
) -> None:
    through(server, slug_of(colleague), Client())
    assert SocialAccount.objects.get().extra_data == {}
    row = SignInServer.objects.values().get()
    assert not any(SECRET.encode() in bytes(str(one), "utf-8") for one in row.values())
    assert SECRET.encode() not in bytes(SignInServer.objects.get().wrapped_secret)
    assert sign_in_secrets.rewrap() == 1
    assert sign_in_secrets.secret_of(SignInServer.objects.get()) == SECRET


def test_a_server_lets_in_nobody_of_another_organisation(
    colleague: Person, server: SignIn, a_person: Callable[..., Person]
) -> None:
    stranger = a_person(Role.OWNER)
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=True, primary=True)
    server.claims["email"] = stranger.email
    client = Client()
    through(server, slug_of(colleague), client)
    assert client.get("/account/").status_code == 303
    server.claims["email"] = colleague.email
    through(server, slug_of(colleague), Client())
    SocialAccount.objects.update(user=stranger)
    assert through(server, slug_of(colleague), client) == "/sign-in/"
    assert client.get("/account/").status_code == 303


@pytest.mark.parametrize("change", [{"email_verified": False}, {"email": "nobody@example.org"}, {"email": None}])
def test_who_is_not_known_gets_no_account(change: dict[str, object], colleague: Person, server: SignIn) -> None:
    server.claims |= change
    client = Client()
    through(server, slug_of(colleague), client)
    assert client.get("/account/").status_code == 303
    assert Person.objects.count() == 1


def test_somebody_who_acts_for_the_coalition_is_not_found_by_address(
    colleague: Person, server: SignIn, a_person: Callable[..., Person]
) -> None:
    lead = a_person(Role.COORDINATOR, organisation=colleague.organisation)
    EmailAddress.objects.create(user=lead, email=lead.email, verified=True, primary=True)
    server.claims["email"] = lead.email
    client = Client()
    through(server, slug_of(colleague), client)
    assert client.get("/account/").status_code == 303


def test_the_server_of_a_suspended_member_lets_in_nobody(colleague: Person) -> None:
    Organisation.objects.update(state=State.SUSPENDED.value)
    assert Client().get(f"/sign-in/with/{slug_of(colleague)}/").status_code == 404
    assert Client().post("/sign-in/organisation/", {"name": slug_of(colleague)})["Location"] == "/sign-in/organisation/"


def test_an_answer_that_nobody_asked_for_is_refused(colleague: Person, server: SignIn) -> None:
    client, other = Client(), Client()
    back = server.sign_in(send(other, f"/sign-in/with/{slug_of(colleague)}/", ""))
    assert client.get(back.partition("testserver")[2]).status_code in {401, 200}
    assert client.get("/account/").status_code == 303


INSIDE = (
    "http://127.0.0.1:1", "http://localhost:1", "http://0.0.0.0:1", "http://10.0.0.1:1", "http://192.168.1.1:1",
    "http://169.254.169.254", "http://100.64.0.1:1", "http://[::1]:1", "http://[::ffff:127.0.0.1]:1", "http://2130706433:1",
    "http://0177.0.0.1:1", "http://[fd00::1]:1", "http://[fe80::1]:1", "http://224.0.0.1:1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_never_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    tried: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, place: tried.append(place))
    with outgoing.session() as session, pytest.raises(requests.ConnectionError):
        session.get(address)
    assert tried == []


def test_a_redirect_is_not_followed(at_home: None) -> None:
    del at_home
    with outgoing.session() as session:
        assert not session.trust_env
        assert session.resolve_redirects is not None
    with sign_in_server() as running, outgoing.session() as session:
        answer = session.get(running.address, allow_redirects=True)
        assert answer.history == []


def test_what_is_no_server_is_not_kept(server: SignIn, a_person: Callable[..., Person], settings: Settings) -> None:
    owner = a_person(Role.OWNER)
    actor = actor_of_person(owner, second_factor=True)

    def keep(address: str) -> None:
        row = SignInServer(organisation=owner.organisation, name="x", address=address, client=CLIENT)
        with pytest.raises(ServerRefused):
            sign_in_servers.keep(actor, row, SECRET)

    keep(server.address.replace("127.0.0.1", "localhost"))
    keep("http://127.0.0.1:1")
    settings.HUB = settings.HUB._replace(values={**settings.HUB.values, "private_networks": ""})
    keep(server.address)
    assert not SignInServer.objects.exists()
