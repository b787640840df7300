"""What other parts of the hub may ask about members, and everything that changes organisations and people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit.services import record
from luciole.hub.members import mails, sign_in_secrets
from luciole.hub.members.models import ApiKey, Invitation, Organisation, Person, PersonRole
from luciole.hub.members.policy import Actor
from luciole.hub.members.sign_ins import end_sign_ins
from luciole.hub.members.words import COALITION_ROLES, Role, State
from luciole.kernel.errors import LucioleError

organisation_left = Signal()
"""Sent in the transaction in which a membership ends. organisation: its id; keep: whether its hand-ins stay under their
marking, else they are withdrawn; actor: who ended it."""


class MemberProblem(LucioleError):
    """What somebody wanted to do to an organisation or a person does not go."""


def organisation_names(ids: Iterable[str]) -> Mapping[str, str]:
    """Names of organisations by their id, for pages of other domains."""
    return {str(pk): name for pk, name in Organisation.objects.filter(pk__in=set(ids)).values_list("pk", "name")}


def person_names(ids: Iterable[str]) -> Mapping[str, str]:
    """Names of people by their id, for pages of other domains."""
    return {str(pk): name for pk, name in Person.objects.filter(pk__in=set(ids)).values_list("pk", "name")}


def key_names(ids: Iterable[str]) -> Mapping[str, str]:
    """Names that keys were given, by their id."""
    return {str(pk): name for pk, name in ApiKey.objects.filter(pk__in=set(ids)).values_list("pk", "name")}


def age_recipient(organisation: str) -> str:
    """The public key to which what an organisation fetches is encrypted; empty where it set none."""
    return Organisation.objects.values_list("age_recipient", flat=True).get(pk=organisation)


def tell_news(person: str, path: str) -> None:
    """Mails a person that there is something new. path: where to read it; no content goes into a mail."""
    mails.tell(UUID(person), "news", path)


def suspend(actor: Actor, organisation: Organisation) -> None:
    """Ends every sign-in and key of a member, until it is reinstated."""
    with transaction.atomic():
        _to(organisation, State.SUSPENDED, State.ACTIVE)
        _end_access(organisation)
        record("organisation.suspend", actor, "organisation", organisation.pk, str(organisation.pk))
        _tell_owners(organisation, "suspended")


def reinstate(actor: Actor, organisation: Organisation) -> None:
    """Ends a suspension. People sign in again; keys are made anew."""
    with transaction.atomic():
        _to(organisation, State.ACTIVE, State.SUSPENDED)
        record("organisation.reinstate", actor, "organisation", organisation.pk, str(organisation.pk))
        _tell_owners(organisation, "reinstated")


def leave(actor: Actor, organisation: Organisation, *, keep: bool) -> None:
    """Ends a membership for good. keep: whether what it handed in stays under its marking; else it is withdrawn."""
    with transaction.atomic():
        _to(organisation, State.LEFT, State.ACTIVE, State.SUSPENDED)
        Organisation.objects.filter(pk=organisation.pk).update(left_at=timezone.now(), is_listed=False)
        record("organisation.leave", actor, "organisation", organisation.pk, str(organisation.pk), keep=keep)
        _tell_owners(organisation, "left")
        _end_access(organisation)
        organisation_left.send(sender=Organisation, organisation=organisation.pk, keep=keep, actor=actor)


def _to(organisation: Organisation, state: State, *befores: State) -> None:
    states = [one.value for one in befores]
    if Organisation.objects.filter(pk=organisation.pk, state__in=states).update(state=state.value) != 1:
        raise MemberProblem(mark("The membership has changed meanwhile. Look at it again."))
    organisation.state = state.value


def _end_access(organisation: Organisation) -> None:
    now = timezone.now()
    ApiKey.objects.filter(organisation=organisation, revoked_at=None).update(revoked_at=now)
    Invitation.objects.filter(organisation=organisation, used_at=None, expires_at__gt=now).update(expires_at=now)
    end_sign_ins(organisation.people.values_list("pk", flat=True))


def _tell_owners(organisation: Organisation, name: str) -> None:
    for pk in organisation.people.filter(roles__role=Role.OWNER.value, is_active=True).values_list("pk", flat=True):
        mails.tell(pk, name)


def give_role(actor: Actor, person: Person, role: Role) -> None:
    """Gives a role. Roles of the coalition and of an organisation are given by different people: see the table."""
    if person.organisation is None and role not in COALITION_ROLES:
        raise MemberProblem(mark("Without an organisation there are only roles of the coalition."))
    with transaction.atomic():
        _, is_new = PersonRole.objects.get_or_create(
            person=person, role=role.value, defaults={"given_by_id": actor.person or None}
        )
        if is_new:
            record("person.role", actor, "person", person.pk, _of(person), role=role.value, given=True)


def take_role(actor: Actor, person: Person, role: Role) -> None:
    """Takes a role; the last owner of an organisation, and the last coordinator, keep theirs."""
    with transaction.atomic():
        _lock(person)
        if role in {Role.OWNER, Role.COORDINATOR} and not _others_with(person, role):
            raise MemberProblem(mark("Nobody else has this role. Give it to somebody first."))
        if PersonRole.objects.filter(person=person, role=role.value).delete()[0]:
            record("person.role", actor, "person", person.pk, _of(person), role=role.value, given=False)


def disable(actor: Actor, person: Person) -> None:
    """Ends an account: its sign-ins and keys end with it."""
    with transaction.atomic():
        _lock(person)
        for role in {Role.OWNER, Role.COORDINATOR} & person.role_names:
            if not _others_with(person, role):
                raise MemberProblem(mark("Nobody else has the role of this person. Give it to somebody first."))
        Person.objects.filter(pk=person.pk).update(is_active=False)
        ApiKey.objects.filter(person=person, revoked_at=None).update(revoked_at=timezone.now())
        end_sign_ins([person.pk])
        record("person.disable", actor, "person", person.pk, _of(person))


def enable(actor: Actor, person: Person) -> None:
    """Opens an account again; its keys stay revoked."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(is_active=True)
        record("person.enable", actor, "person", person.pk, _of(person))


def forget_second_factor(actor: Actor, person: Person) -> None:
    """Removes the second factor of somebody who lost it; they are told, signed out, and set up a new one."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        end_sign_ins([person.pk])
        record("person.second-factor", actor, "person", person.pk, _of(person), how="forgotten")
        mails.tell(person.pk, "forgotten", reverse("members:account"))


def _of(person: Person) -> str:
    return str(person.organisation_id or "")


def _lock(person: Person) -> None:
    """One change of roles after the other: two owners cannot take each other's role at the same time."""
    if person.organisation_id:
        Organisation.objects.select_for_update().get(pk=person.organisation_id)
    list(PersonRole.objects.select_for_update().filter(role=Role.COORDINATOR.value))


def _others_with(person: Person, role: Role) -> bool:
    others = Person.objects.filter(roles__role=role.value, is_active=True).exclude(pk=person.pk)
    return (others if role in COALITION_ROLES else others.filter(organisation=person.organisation)).exists()


def needed_keys() -> frozenset[str]:
    """The ids of the hub keys that wrap a secret of an account or of a sign-in server."""
    return sign_in_secrets.needed_keys()


def rewrap_secrets() -> int:
    """Wraps every secret of accounts anew with the current hub key, so that an old one can be retired. How many."""
    return sign_in_secrets.rewrap()
