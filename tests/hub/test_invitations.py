"""Invitations: one link, one account, once; looking at it uses nothing up."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from members_making import PASSWORD, Inbox, do_jobs, send

from luciole.hub.members import invitations, links
from luciole.hub.members.access import actor_of_person
from luciole.hub.members.invitations import InvitationProblem, Invited
from luciole.hub.members.models import Invitation, Organisation, Person
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Role, State

NEW = Invited("New@Example.org", "New", "fr")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.OWNER)


@pytest.fixture
def secret(owner: Person) -> str:
    actor = actor_of_person(owner, second_factor=True)
    made = invitations.invite(actor, NEW, owner.organisation, {Role.ANALYST})
    return links.secret_of(links.INVITATION, made.pk)


def test_an_owner_invites_by_page_and_the_mail_leads_to_an_account(
    owner: Person, inbox: Inbox, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(owner)
    page = "/organisation/people/invite/"
    assert (
        send(client, page, "", email="New@Example.org", name="New", language="fr", roles=["analyst"])
        == "/organisation/people/"
    )
    do_jobs()
    there = inbox.link("new@example.org")
    browser = Client()
    for _ in range(3):
        assert browser.get(there).status_code == browser.head(there).status_code == 200
    assert send(browser, there, "", password=PASSWORD, again=PASSWORD) == "/account/second-factor/"
    person = Person.objects.get(email="new@example.org")
    assert (person.organisation, person.role_names) == (owner.organisation, {Role.ANALYST})
    assert person.password.startswith("argon2$argon2id$")
    assert Client().get(there).status_code == 422


def test_of_many_who_use_one_invitation_at_once_one_gets_an_account(
    secret: str, run_at_once: Callable[[Callable[[int], object], int], None]
) -> None:
    refused: list[InvitationProblem] = []

    def accept(number: int) -> None:
        try:
            invitations.accept(secret, f"Name {number}", PASSWORD, "en")
        except InvitationProblem as error:
            refused.append(error)

    run_at_once(accept, 6)
    assert len(refused) == 5
    assert Person.objects.filter(email="new@example.org").count() == 1


def test_a_link_that_is_too_old_cancelled_or_made_up_does_nothing(secret: str) -> None:
    Invitation.objects.update(expires_at=timezone.now())
    for one in (secret, links.secret_of(links.INVITATION, uuid4()), "x"):
        assert Client().get(f"/invitation/{one}/").status_code == 422
        with pytest.raises(InvitationProblem):
            invitations.accept(one, "Name", PASSWORD, "en")
    assert Person.objects.count() == 1


def test_a_new_invitation_ends_the_one_before(secret: str, owner: Person) -> None:
    invitations.invite(actor_of_person(owner, second_factor=True), NEW, owner.organisation, {Role.VOTER})
    assert invitations.open_by_secret(secret) is None
    assert Invitation.objects.filter(expires_at__gt=timezone.now()).count() == 1


def test_nobody_is_invited_twice_and_an_address_has_one_account(secret: str, owner: Person) -> None:
    invitations.accept(secret, "New", PASSWORD, "en")
    with pytest.raises(InvitationProblem):
        invitations.invite(actor_of_person(owner, second_factor=True), NEW, owner.organisation, set())


@pytest.mark.parametrize("state", [State.SUSPENDED, State.LEFT])
def test_an_invitation_of_an_organisation_that_is_no_member_is_void(state: State, secret: str, owner: Person) -> None:
    Organisation.objects.filter(pk=owner.organisation_id).update(state=state.value)
    assert invitations.open_by_secret(secret) is None


@pytest.mark.parametrize("password", ["short", "password1234", "new@example.org", "a" * 257])
def test_a_weak_password_is_refused_and_the_link_still_works(password: str, secret: str) -> None:
    page = f"/invitation/{secret}/"
    assert Client().post(page, {"name": "New", "password": password, "again": password}).status_code == 422
    assert invitations.open_by_secret(secret) is not None


def test_the_database_holds_no_secret_of_an_invitation(secret: str) -> None:
    assert not any(secret in str(value) for value in Invitation.objects.values().get().values())


def test_people_of_the_coalition_have_roles_of_the_coalition_alone() -> None:
    with pytest.raises(InvitationProblem):
        invitations.invite(Actor(), NEW, None, {Role.OWNER})


def test_the_first_coordinator_gets_a_link_without_a_mail() -> None:
    link = invitations.first_coordinator("first@example.org", "First")
    secret = link.rstrip("/").rpartition("/")[2]
    person = invitations.accept(secret, "First", PASSWORD, "en")
    assert (person.organisation, person.role_names) == (None, {Role.COORDINATOR})


def test_there_is_no_way_to_sign_up_by_oneself() -> None:
    for page in ("/signup/", "/accounts/signup/", "/sign-up/", "/account/signup/"):
        assert Client().get(page).status_code == 404


def test_an_invitation_is_ended_by_its_organisation_alone(
    secret: str, owner: Person, a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    page = f"/organisation/invitations/{Invitation.objects.get().pk}/cancel/"
    assert signed_in(a_person(Role.OWNER)).post(page).status_code == 404
    assert invitations.open_by_secret(secret) is not None
    assert signed_in(owner).post(page).status_code == 303
    assert Invitation.objects.filter(expires_at__gt=timezone.now() + timedelta(seconds=1)).count() == 0
