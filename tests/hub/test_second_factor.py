"""The second factor: codes once and exactly, recovery codes, passkeys, and what a change of them ends."""

import html
import json
import re
import time
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from members_making import PASSWORD, Inbox, do_jobs, send, totp
from soft_passkey import SoftPasskey

from luciole.hub.audit.models import Entry
from luciole.hub.members.codes import use_totp
from luciole.hub.members.models import Person
from luciole.hub.members.words import Role

INSIDE = "/organisation/people/"
pytestmark = pytest.mark.django_db(transaction=True)


class Member:
    """A person with a password, and ways to sign in."""

    def __init__(self, person: Person) -> None:
        person.set_password(PASSWORD)
        person.save()
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        self.person, self.secret = person, ""

    def knock(self, **server: object) -> Client:
        """A browser that showed the password."""
        client = Client(**server)  # type: ignore[arg-type] # parts of a WSGI environment
        send(client, "/sign-in/", "", login=self.person.email, password=PASSWORD)
        return client


@pytest.fixture
def member(inbox: Inbox, a_person: Callable[..., Person]) -> Member:
    del inbox
    return Member(a_person(Role.OWNER))


@pytest.fixture
def enrolled_member(member: Member, enrolled: Callable[[Client, float], str]) -> Member:
    """Their app showed the code of now when it was set up."""
    client = member.knock()
    again(client)
    member.secret = enrolled(client, time.time())
    return member


def again(client: Client) -> None:
    """Shows the password once more, as pages of the second factor ask."""
    send(client, "/account/again/?next=/account/second-factor/", "", password=PASSWORD)


def recovery_codes(client: Client) -> list[str]:
    page = client.get("/account/second-factor/recovery/").content.decode()
    return re.findall(r'<li><code dir="ltr">(\d{8})</code>', page)


def options(client: Client, page: str) -> dict[str, object]:
    found = re.search(r'data-options="([^"]+)"', client.get(page).content.decode())
    assert found is not None
    made = json.loads(html.unescape(found[1]))
    assert isinstance(made, dict)
    return made


def test_without_a_second_factor_one_is_led_to_set_it_up(member: Member) -> None:
    client = member.knock()
    assert client.get("/account/").status_code == 200
    for page in (INSIDE, "/organisation/", "/account/keys/", "/coalition/"):
        answer = client.get(page)
        assert answer.status_code in {303, 403}, page
        assert answer.status_code == 403 or answer["Location"].startswith("/account/second-factor/"), page


def test_a_code_works_once_and_not_the_one_it_was_set_up_with(enrolled_member: Member) -> None:
    now, client = time.time(), enrolled_member.knock()
    used, fresh = totp(enrolled_member.secret, now), totp(enrolled_member.secret, now, 1)
    assert client.post("/sign-in/code/", {"code": used}).status_code == 200
    assert client.post("/sign-in/code/", {"code": fresh}).status_code == 302
    assert enrolled_member.knock().post("/sign-in/code/", {"code": fresh}).status_code == 200


@pytest.mark.parametrize(
    "spell",
    [
        lambda code: f"{code[:3]} {code[3:]}", lambda code: f" {code}", lambda code: f"{code}\n",
        lambda code: f"{code[:3]}-{code[3:]}",
        lambda code: code.translate({48 + n: 0xFF10 + n for n in range(10)}),
        lambda code: code.translate({48 + n: 0x0660 + n for n in range(10)}), lambda code: f"{code}\0", lambda _: "",
    ],
)  # fmt: skip
def test_another_spelling_of_a_code_is_no_code(spell: Callable[[str], str], enrolled_member: Member) -> None:
    client = enrolled_member.knock()
    code = totp(enrolled_member.secret, time.time(), 1)
    assert client.post("/sign-in/code/", {"code": spell(code)}).status_code == 200
    assert client.get("/account/").status_code == 303


def test_one_code_sent_many_times_at_once_is_taken_once(
    enrolled_member: Member, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    authenticator = Authenticator.objects.get(type="totp")
    code = totp(enrolled_member.secret, time.time(), 1)
    taken: list[bool] = []
    run_at_once(lambda _: taken.append(use_totp(authenticator, code)), 8)
    assert sorted(taken) == [False] * 7 + [True]


def test_guessing_codes_ends_after_a_few(enrolled_member: Member) -> None:
    client = enrolled_member.knock()
    right = totp(enrolled_member.secret, time.time(), 1)
    for _ in range(5):
        assert client.post("/sign-in/code/", {"code": "000000" if right != "000000" else "000001"}).status_code == 200
    assert client.post("/sign-in/code/", {"code": right}).status_code == 200
    assert client.get("/account/").status_code == 303


def test_guessing_passwords_ends_after_a_few(member: Member) -> None:
    for _ in range(5):
        assert Client().post("/sign-in/", {"login": member.person.email, "password": "wrong"}).status_code == 200
    assert Client().post("/sign-in/", {"login": member.person.email, "password": PASSWORD}).status_code == 200


def test_recovery_codes_are_shown_once_and_each_works_once(
    member: Member, enrolled: Callable[[Client, float], str]
) -> None:
    client = member.knock()
    again(client)
    enrolled(client, time.time())
    codes = recovery_codes(client)
    assert len(set(codes)) == 10
    assert recovery_codes(client) == []
    other = member.knock()
    assert other.post("/sign-in/code/", {"code": codes[0]}).status_code == 302
    assert other.get(INSIDE).status_code == 200
    assert member.knock().post("/sign-in/code/", {"code": codes[0]}).status_code == 200
    assert member.knock().post("/sign-in/code/", {"code": f"{codes[1][:4]} {codes[1][4:]}"}).status_code == 200
    assert Entry.objects.filter(action="account.recovery-code").count() == 1


def test_the_database_holds_no_secret_of_a_second_factor(enrolled_member: Member) -> None:
    held = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert enrolled_member.secret not in held
    assert "hub" not in enrolled_member.secret


def test_setting_up_a_second_factor_ends_other_sign_ins_and_renews_this_one(
    member: Member, enrolled: Callable[[Client, float], str], inbox: Inbox
) -> None:
    here, there = member.knock(), member.knock()
    again(here)
    before = here.session.session_key
    enrolled(here, time.time())
    assert here.session.session_key != before
    assert here.get(INSIDE).status_code == 200
    assert there.get("/account/")["Location"].startswith("/sign-in/")
    do_jobs()
    assert inbox.subjects(member.person.email)[-1] == "A change to your account"


def test_the_last_second_factor_cannot_be_removed(enrolled_member: Member) -> None:
    client = enrolled_member.knock()
    client.post("/sign-in/code/", {"code": totp(enrolled_member.secret, time.time(), 1)})
    again(client)
    page = client.post("/account/second-factor/app/remove/", {})
    assert page.status_code == 200
    assert Authenticator.objects.filter(type="totp").exists()


def test_what_matters_asks_again_who_one_is(enrolled_member: Member) -> None:
    client = enrolled_member.knock()
    client.post("/sign-in/code/", {"code": totp(enrolled_member.secret, time.time(), 1)})
    for page in ("/account/keys/", "/organisation/keys/", "/organisation/leave/", "/organisation/sign-in/"):
        assert client.get(page)["Location"].startswith("/account/again/?next="), page
    assert client.post("/account/keys/", {"name": "secret of a form"})["Location"].startswith("/account/again/?next=")
    assert "secret of a form" not in str(dict(client.session.items()))


LOCAL = {"SERVER_NAME": "localhost", "SERVER_PORT": "8000"}


def with_a_passkey(
    member: Member, *, verifies: bool = True, origin: str = "http://localhost:8000"
) -> tuple[SoftPasskey, Client, int]:
    client, key = member.knock(**LOCAL), SoftPasskey(origin, "localhost", verifies=verifies)
    again(client)
    page = "/account/second-factor/passkeys/add/"
    made = key.make(options(client, page))
    return key, client, client.post(page, {"name": "Key", "credential": made, "passwordless": "on"}).status_code


def test_a_passkey_is_a_second_factor_and_signs_in_alone(member: Member) -> None:
    key, client, status = with_a_passkey(member)
    assert status == 302
    assert client.get(INSIDE).status_code == 200
    second = member.knock(**LOCAL)
    answer = second.post("/sign-in/code/", {"credential": key.use(options(second, "/sign-in/code/"))})
    assert answer.status_code == 302
    assert second.get(INSIDE).status_code == 200
    alone = Client(**LOCAL)
    asked = alone.get("/sign-in/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    assert alone.post("/sign-in/passkey/", {"credential": key.use(asked)})["Location"] == "/"
    assert alone.get(INSIDE).status_code == 200


def test_a_passkey_of_another_site_or_of_a_stranger_is_refused(member: Member) -> None:
    key, _, status = with_a_passkey(member, origin="http://evil.localhost.example:8000")
    assert status == 200
    assert not Authenticator.objects.exists()
    key, _, _ = with_a_passkey(member)
    stranger = SoftPasskey("http://localhost:8000", "localhost")
    stranger._identity, stranger._handle = key._identity, key._handle
    client = member.knock(**LOCAL)
    assert (
        client.post("/sign-in/code/", {"credential": stranger.use(options(client, "/sign-in/code/"))}).status_code
        == 200
    )
    assert client.get("/account/").status_code == 303


def test_an_answer_of_a_passkey_works_once(member: Member) -> None:
    key, _, _ = with_a_passkey(member)
    client = member.knock(**LOCAL)
    answer = key.use(options(client, "/sign-in/code/"))
    assert client.post("/sign-in/code/", {"credential": answer}).status_code == 302
    assert member.knock(**LOCAL).post("/sign-in/code/", {"credential": answer}).status_code == 200


def test_a_passkey_that_nobody_unlocked_does_not_sign_in_alone(member: Member) -> None:
    key, _, status = with_a_passkey(member, verifies=False)
    assert status == 200
    client = member.knock(**LOCAL)
    again(client)
    page = "/account/second-factor/passkeys/add/"
    assert client.post(page, {"name": "Key", "credential": key.make(options(client, page))}).status_code == 302
    alone = Client(**LOCAL)
    asked = alone.get("/sign-in/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    assert alone.post("/sign-in/passkey/", {"credential": key.use(asked)})["Location"] == "/sign-in/"
    assert alone.get(INSIDE)["Location"].startswith("/sign-in/")


def test_removing_the_only_passkey_takes_the_second_factor_from_the_sign_in(member: Member) -> None:
    _, client, _ = with_a_passkey(member)
    pk = Authenticator.objects.get(type="webauthn").pk
    assert client.post(f"/account/second-factor/passkeys/{pk}/remove/").status_code == 302
    assert client.get(INSIDE)["Location"].startswith("/account/second-factor/")


def test_a_passkey_of_somebody_else_cannot_be_removed(member: Member, a_person: Callable[..., Person]) -> None:
    with_a_passkey(member)
    pk, other = Authenticator.objects.get(type="webauthn").pk, Member(a_person(Role.OWNER)).knock()
    again(other)
    assert other.post(f"/account/second-factor/passkeys/{pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=pk).exists()
