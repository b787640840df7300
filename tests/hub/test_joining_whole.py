"""An organisation joins: from the public form to the first sign-in with a second factor, by pages and mails alone."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from members_making import PASSWORD, Inbox, do_jobs, send, totp

from luciole.hub.audit.models import Entry
from luciole.hub.members.models import Application, Organisation, Person, Signature
from luciole.hub.members.words import Role

CONTACT = "aicha@example.org"
ASKED = {
    "name": "Maison d’Aïcha", "kind": "support", "country": "FR", "languages": "fr ar",
    "profile": "We run two shelters.", "website": "", "contact_name": "Aïcha", "contact_email": CONTACT,
    "contact_language": "fr",
}  # fmt: skip
ANSWERS = dict.fromkeys(("sells", "owned", "watches", "handed", "other"), "no")
pytestmark = pytest.mark.django_db(transaction=True)


def ask_to_join(inbox: Inbox) -> tuple[Client, str]:
    """The applicant's browser, and the secret page of the application."""
    applicant = Client()
    assert send(applicant, "/join/", "", **ASKED) == "/join/thanks/"
    do_jobs()
    return applicant, inbox.link(CONTACT)


def test_an_organisation_joins_from_its_application_to_its_first_sign_in(
    inbox: Inbox, enrolled: Callable[[Client, float], str],
    a_person: Callable[..., Person], signed_in: Callable[..., Client],
) -> None:  # fmt: skip
    coordinator = signed_in(a_person(Role.COORDINATOR))
    voters = [signed_in(a_person(Role.VOTER)) for _ in range(3)]

    applicant, follow = ask_to_join(inbox)
    application = Application.objects.get()
    page = f"/applications/{application.pk}/"
    send(coordinator, page, f"{page}complete/")
    do_jobs()
    assert inbox.link(CONTACT) == follow
    send(applicant, follow, f"{follow}answer/", **ANSWERS)
    for voter in voters[:2]:
        send(voter, page, f"{page}vouch/", text="We have worked with them for years.")
    send(coordinator, page, f"{page}propose/", text="A good house.", way="silence")
    send(voters[0], page, f"{page}vote/", choice="yes", reason="")
    Application.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    send(coordinator, page, f"{page}close/")
    send(applicant, follow, f"{follow}sign/", name="Aïcha", agrees="on")
    send(coordinator, page, f"{page}admit/", standing="partner")
    do_jobs()

    organisation = Organisation.objects.get(name="Maison d’Aïcha")
    signature = Signature.objects.get(organisation=organisation)
    assert (signature.version, signature.name) == ("1", "Aïcha")
    browser = Client()
    assert send(browser, inbox.link(CONTACT), "", password=PASSWORD, again=PASSWORD) == "/account/second-factor/"
    assert browser.get("/organisation/people/")["Location"].startswith("/account/second-factor/?")
    now = time.time()
    secret = enrolled(browser, now)
    assert browser.get("/organisation/people/").status_code == 200
    browser.post("/sign-out/")
    assert browser.get("/organisation/people/")["Location"].startswith("/sign-in/?")

    assert send(browser, "/sign-in/", "", login=CONTACT, password=PASSWORD) == "/sign-in/code/"
    assert browser.get("/organisation/people/")["Location"].startswith("/sign-in/?")
    assert send(browser, "/sign-in/code/", "", code=totp(secret, now, 1)) == "/"
    assert browser.get("/organisation/people/").status_code == 200

    steps = list(application.history.order_by("at", "pk").values_list("step", flat=True))
    assert steps == ["received", "complete", "conflicts", "references", "proposed", "agreed", "signed", "admitted"]
    logged = Entry.objects.filter(action="application.step", object_id=str(application.pk))
    assert [one.detail["step"] for one in logged.order_by("sequence")] == steps


def test_mails_are_plain_in_the_language_of_the_person_and_say_nothing_in_their_subject(inbox: Inbox) -> None:
    ask_to_join(inbox)
    (_, mail, text), *_ = [one for one in inbox.mails if one[0] == CONTACT]
    assert mail.get_content_type() == "text/plain"
    assert mail["Content-Language"] == "fr"
    assert mail["Auto-Submitted"] == "auto-generated"
    everything = " ".join(inbox.subjects(CONTACT)) + text
    assert not any(word in everything.lower() for word in ("stalker", "spy", "shelter", "maison", "aïcha"))
