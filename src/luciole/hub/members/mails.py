"""Mails: plain text, in the language of whoever gets them, under subjects that say nothing to somebody who looks on.

Every mail is a job that knows ids alone, so that neither a secret link nor what people wrote waits in the queue, and a
mail server that does not answer is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as mark

from luciole.hub.members import links
from luciole.hub.members.models import Application, ApplicationStep, Invitation, Person
from luciole.hub.members.words import Role, State
from luciole.hub.site.jobs import job, later

_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}

SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "received": mark("Your message arrived"),
        "incomplete": mark("A question about your message"),
        "questions": mark("Some questions for you"),
        "answered": mark("Thank you for your answers"),
        "agreement": mark("A text for you to read"),
        "signed": mark("Thank you"),
        "refused": mark("An answer to your message"),
        "withdrawn": mark("Your message was taken back"),
        "invitation": mark("Your access"),
        "reset": mark("Your access"),
        "security": mark("A change to your account"),
        "forgotten": mark("A change to your account"),
        "applied": mark("Something new for you to look at"),
        "proposal": mark("Your organisation is asked"),
        "objection": mark("Your organisation is asked"),
        "suspended": mark("A message about your organisation"),
        "reinstated": mark("A message about your organisation"),
        "left": mark("A message about your organisation"),
        "news": mark("Something new for you to look at"),
    }
)
"""Every mail there is, and its subject."""


class Recipient(NamedTuple):
    """Who gets a mail, and in which language."""

    address: str
    language: str


def write(name: str, to: Recipient, values: Mapping[str, object]) -> EmailMessage:
    """One mail, as it is sent. name: of `SUBJECTS`, and of its template."""
    known = dict(settings.LANGUAGES)
    language = to.language if to.language in known else settings.LANGUAGE_CODE
    with translation.override(language):
        body = render_to_string(f"mails/{name}.txt.j2", {**values, "hub": links.absolute("/")})
        return EmailMessage(_(SUBJECTS[name]), body, to=[to.address], headers=_HEADERS | {"Content-Language": language})


@job(priority=50, seconds=120)
def send_to_applicant(application_id: str, name: str) -> None:
    """Job: tells an applicant where the application stands."""
    application = Application.objects.filter(pk=application_id).first()
    if application is None:
        return
    last = ApplicationStep.objects.filter(application=application).order_by("-at", "-pk").first()
    to = Recipient(application.contact_email, application.contact_language)
    link = links.link_to(links.APPLICATION, application.pk)
    write(name, to, {"link": link, "note": last.note if last else ""}).send()


@job(priority=50, seconds=120)
def send_invitation(invitation_id: str, language: str) -> None:
    """Job: sends the one-time link of an invitation that was not used."""
    invitation = Invitation.objects.filter(pk=invitation_id, used_at=None).first()
    if invitation is not None:
        values = {"link": links.link_to(links.INVITATION, invitation.pk), "until": invitation.expires_at}
        write("invitation", Recipient(invitation.email, language), values).send()


@job(priority=50, seconds=120)
def send_reset(person_id: str) -> None:
    """Job: sends the link with which a person sets a new password; it is made now and stands nowhere else."""
    from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR  # noqa: PLC0415 - needs the settings
    from allauth.account.utils import user_pk_to_url_str  # noqa: PLC0415 - the same
    from django.urls import reverse  # noqa: PLC0415 - the same

    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        return
    token = PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), token])
    to = Recipient(person.email, person.language)
    write("reset", to, {"link": links.absolute(path), "hours": settings.PASSWORD_RESET_TIMEOUT // 3600}).send()


@job(priority=40, seconds=120)
def send_to_person(person_id: str, name: str, path: str) -> None:
    """Job: tells one person that there is something to look at. path: where, on the hub."""
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is not None:
        write(name, Recipient(person.email, person.language), {"link": links.absolute(path), "person": person}).send()


def tell(person: UUID, name: str, path: str = "/") -> None:
    """Tells one person, once this transaction is committed."""
    later(send_to_person, str(person), name, path)


def tell_applicant(application: Application, name: str) -> None:
    """Tells an applicant, once this transaction is committed."""
    later(send_to_applicant, str(application.pk), name)


def tell_role(role: Role, name: str, path: str) -> None:
    """Tells everybody of the members who has a role."""
    people = Person.objects.filter(roles__role=role.value, is_active=True)
    active = people.exclude(organisation__state__in=(State.SUSPENDED.value, State.LEFT.value))
    for pk in active.values_list("pk", flat=True):
        tell(pk, name, path)
