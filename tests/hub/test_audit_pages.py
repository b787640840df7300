"""The log on the page: an organisation reads its own, the coordinator and auditors that of the coalition."""

from collections.abc import Callable

import pytest
from django.test import Client

from luciole.hub.audit.services import record
from luciole.hub.members.models import Person
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Role

pytestmark = pytest.mark.django_db
People = Callable[..., Person]
SignedIn = Callable[..., Client]


def test_an_owner_reads_what_was_done_in_their_organisation_and_nothing_else(
    a_person: People, signed_in: SignedIn
) -> None:
    ours, theirs = a_person(Role.OWNER), a_person(Role.OWNER)
    for person in (ours, theirs):
        record(
            "sample.read", Actor(str(person.pk), organisation=str(person.organisation_id)), "sample", f"of-{person.pk}"
        )
    page = signed_in(ours).get("/log/").content.decode()
    assert f"of-{ours.pk}" in page
    assert f"of-{theirs.pk}" not in page


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OWNER, 200), (Role.AUDITOR, 200), (Role.ANALYST, 403), (Role.HELPER, 403)]
)
def test_the_log_is_for_owners_and_auditors(a_person: People, signed_in: SignedIn, role: Role, status: int) -> None:
    assert signed_in(a_person(role)).get("/log/").status_code == status


@pytest.mark.parametrize(("role", "status"), [(Role.OWNER, 403), (Role.AUDITOR, 200), (Role.COORDINATOR, 200)])
def test_the_log_of_the_coalition(a_person: People, signed_in: SignedIn, role: Role, status: int) -> None:
    record("application.write", Actor(), "application", "of-the-coalition")
    answer = signed_in(a_person(role)).get("/log/coalition/")
    assert answer.status_code == status
    assert ("of-the-coalition" in answer.content.decode()) == (status == 200)


def test_older_entries_stand_on_further_pages(a_person: People, signed_in: SignedIn) -> None:
    owner = a_person(Role.OWNER)
    actor = Actor(str(owner.pk), organisation=str(owner.organisation_id))
    for number in range(120):
        record("sample.read", actor, "sample", f"thing-{number}-")
    client = signed_in(owner)
    first = client.get("/log/").content.decode()
    assert "thing-119-" in first
    assert "thing-5-" not in first
    assert "thing-5-" in client.get("/log/?before=21").content.decode()


@pytest.mark.parametrize("wrong", ["x", "-1", "9" * 40, "١"])
def test_a_strange_address_shows_the_newest(a_person: People, signed_in: SignedIn, wrong: str) -> None:
    assert signed_in(a_person(Role.OWNER)).get("/log/", {"before": wrong, "action": wrong}).status_code == 200
