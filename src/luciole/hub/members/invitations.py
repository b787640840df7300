"""Invitations: one-time links by which people get an account. There is no other way to get one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit.services import record
from luciole.hub.members import links, mails
from luciole.hub.members.models import Invitation, Organisation, Person, PersonRole
from luciole.hub.members.policy import ANONYMOUS, Actor
from luciole.hub.members.words import COALITION_ROLES, Role, State
from luciole.hub.site.jobs import later
from luciole.kernel.errors import LucioleError

VALID = timedelta(days=7)


class InvitationProblem(LucioleError):
    """This person cannot be invited, or this link does not work (any more)."""


class Invited(NamedTuple):
    """Who is invited. language: of the mail, and of the account at first."""

    email: str
    name: str
    language: str = "en"


def invite(actor: Actor, who: Invited, organisation: Organisation | None, roles: Iterable[Role]) -> Invitation:
    """Invites somebody, and mails the link once this is committed.

    organisation: None for people of the coalition itself. Raises InvitationProblem where the roles do not fit, or the
    address has an account that whoever invites may know of. Of others they learn nothing: the link then opens nothing.
    """
    wanted = frozenset(roles)
    email = who.email.strip().lower()
    if organisation is None and not wanted <= COALITION_ROLES:
        raise InvitationProblem(mark("Without an organisation there are only roles of the coalition."))
    with transaction.atomic():
        if _is_known_to(organisation, email):
            raise InvitationProblem(mark("This address has an account already."))
        _end_open(email, organisation)
        pk = uuid4()
        invitation = Invitation.objects.create(
            id=pk, email=email, name=who.name, organisation=organisation, roles=sorted(one.value for one in wanted),
            secret_digest=links.digest_of(links.secret_of(links.INVITATION, pk)), by_id=actor.person or None,
            expires_at=timezone.now() + VALID,
        )  # fmt: skip
        record("invitation.make", actor, "invitation", pk, str(organisation.pk) if organisation else "")
        later(mails.send_invitation, str(pk), who.language)
    return invitation


def first_coordinator(email: str, name: str, language: str = "en") -> str:
    """Invites the first person of a hub, and returns the one-time link: nobody is there yet who could mail it."""
    invitation = invite(ANONYMOUS, Invited(email, name, language), None, {Role.COORDINATOR})
    return links.link_to(links.INVITATION, invitation.pk)


def open_by_secret(secret: str) -> Invitation | None:
    """The invitation that a link belongs to, while it can be used."""
    found = Invitation.objects.select_related("organisation").filter(secret_digest=links.digest_of(secret)).first()
    return found if found is not None and _is_open(found) else None


def _is_open(invitation: Invitation) -> bool:
    organisation = invitation.organisation
    is_member = organisation is None or organisation.state == State.ACTIVE.value
    return invitation.used_at is None and invitation.expires_at > timezone.now() and is_member


def accept(secret: str, name: str, password: str, language: str) -> Person:
    """Makes the account, once: of two that use one link at the same time, the second is refused.

    Raises InvitationProblem where the link is used, expired or unknown.
    """
    with transaction.atomic():
        invitation = _taken(secret)
        person = Person.objects.invited(
            invitation.email, name=name, organisation=invitation.organisation, language=_known(language)
        )
        person.set_password(password)
        person.save(update_fields=["password"])
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        PersonRole.objects.bulk_create(
            PersonRole(person=person, role=role, given_by=invitation.by) for role in invitation.roles
        )
        by = Actor(person=str(person.pk), organisation=str(invitation.organisation_id or ""))
        record("invitation.use", by, "person", person.pk)
    return person


def _taken(secret: str) -> Invitation:
    """The invitation, used from now on. One statement decides who is first."""
    found = open_by_secret(secret)
    now = timezone.now()
    rows = Invitation.objects.filter(pk=found.pk, used_at=None, expires_at__gt=now) if found else None
    if found is None or rows is None or rows.update(used_at=now) != 1:
        raise InvitationProblem(mark("This link was used, is too old, or is not one of ours. Ask for a new one."))
    if Person.objects.filter(email__iexact=found.email).exists():
        raise InvitationProblem(mark("This address has an account already."))
    return found


def cancel(actor: Actor, pk: UUID) -> None:
    """Ends an invitation that was not used."""
    with transaction.atomic():
        Invitation.objects.filter(pk=pk, used_at=None).update(expires_at=timezone.now())
        record("invitation.cancel", actor, "invitation", pk)


def _is_known_to(organisation: Organisation | None, email: str) -> bool:
    """Whether an account has this address: one of the organisation; of all, where the coalition itself invites."""
    known = Person.objects.filter(email__iexact=email)
    return (known if organisation is None else known.filter(organisation=organisation)).exists()


def _end_open(email: str, organisation: Organisation | None) -> None:
    """A new invitation of the same person ends the ones before; those of other organisations are not touched."""
    now = timezone.now()
    mine = Invitation.objects.filter(email=email, organisation=organisation, used_at=None, expires_at__gt=now)
    mine.update(expires_at=now)


def _known(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
