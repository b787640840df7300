"""How an organisation joins: each step of an application, who may take it, and that it is dated, logged and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit.services import record
from luciole.hub.members import agreement, invitations, links, mails
from luciole.hub.members.models import (
    AdmissionVote,
    Application,
    ApplicationStep,
    Organisation,
    Person,
    Reference,
    Signature,
)
from luciole.hub.members.policy import ANONYMOUS, Actor
from luciole.hub.members.words import Kind, Role, Standing, State, Step
from luciole.hub.site.jobs import job
from luciole.kernel.errors import LucioleError

REFERENCES_NEEDED = 2
YES, NO, ABSTAIN = "yes", "no", "abstain"
_OVER = frozenset({Step.REFUSED, Step.WITHDRAWN, Step.ADMITTED})
_LONGEST_SLUG = 48

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "sells": mark("Does your organisation make, sell or advertise apps with which one person can watch another?"),
        "owned": mark("Is it owned by, paid by, or otherwise close to somebody who does?"),
        "watches": mark("Does it watch people for others, as a detective or a security service does?"),
        "handed": mark("Could somebody make it hand over what members share, without a court?"),
        "other": mark("Is there anything else that members should know before they trust it?"),
    }
)
"""The questions about conflicts of interest; a yes needs an explanation, and then silence is no agreement."""

FOLLOWS: Mapping[Step, frozenset[Step]] = MappingProxyType(
    {
        Step.RECEIVED: frozenset({Step.COMPLETE}),
        Step.COMPLETE: frozenset({Step.CONFLICTS}),
        Step.CONFLICTS: frozenset({Step.REFERENCES}),
        Step.REFERENCES: frozenset({Step.PROPOSED, Step.VOTING}),
        Step.PROPOSED: frozenset({Step.VOTING, Step.AGREED}),
        Step.VOTING: frozenset({Step.AGREED}),
        Step.AGREED: frozenset({Step.SIGNED}),
        Step.SIGNED: frozenset({Step.ADMITTED}),
    }
)
"""What may follow what. An application that is not over may also be refused or withdrawn at any time."""


class NotAtThisStep(LucioleError):
    """What somebody wanted to do does not fit where the application stands."""


class Asking(NamedTuple):
    """What an organisation says when it asks to join. languages: tags; contact: the person who is written to."""

    name: str
    kind: Kind
    country: str
    languages: tuple[str, ...]
    profile: str
    website: str
    contact_name: str
    contact_email: str
    contact_language: str


class Answer(NamedTuple):
    """The answer to one question about conflicts of interest. note: the explanation that a yes needs."""

    is_yes: bool
    note: str = ""


def receive(asking: Asking) -> Application:
    """Keeps a new application and mails its secret link to the contact, which nobody else ever sees."""
    pk = uuid4()
    with transaction.atomic():
        application = Application.objects.create(
            id=pk,
            secret_digest=links.digest_of(links.secret_of(links.APPLICATION, pk)),
            **(asking._asdict() | {"kind": asking.kind.value, "languages": list(asking.languages)}),
        )
        _note(application, Step.RECEIVED, ANONYMOUS, "")
        mails.tell_applicant(application, "received")
        mails.tell_role(Role.COORDINATOR, "applied", _page(application))
    return application


def by_secret(secret: str) -> Application | None:
    """The application that a secret link belongs to."""
    return Application.objects.filter(secret_digest=links.digest_of(secret)).first()


def ask_for_more(actor: Actor, pk: UUID, note: str) -> None:
    """The coordinator needs to know more before the application is complete; the contact is told what."""
    with transaction.atomic():
        application = _at(pk, Step.RECEIVED)
        _note(application, Step.RECEIVED, actor, note)
        mails.tell_applicant(application, "incomplete")


def add(pk: UUID, profile: str, website: str) -> None:
    """The applicant adds what was missing."""
    with transaction.atomic():
        application = _at(pk, Step.RECEIVED)
        application.profile, application.website = profile, website
        application.save(update_fields=["profile", "website"])
        record("application.add", ANONYMOUS, "application", pk)
        mails.tell_role(Role.COORDINATOR, "applied", _page(application))


def complete(actor: Actor, pk: UUID) -> None:
    """The coordinator finds nothing missing; the contact is asked about conflicts of interest."""
    with transaction.atomic():
        application = _move(pk, Step.COMPLETE, actor)
        mails.tell_applicant(application, "questions")


def answer(pk: UUID, answers: Mapping[str, Answer]) -> None:
    """The applicant answers every question. Raises NotAtThisStep where one is open or a yes is not explained."""
    if set(answers) != set(QUESTIONS) or any(one.is_yes and not one.note.strip() for one in answers.values()):
        raise NotAtThisStep(mark("Every question needs an answer, and every yes an explanation."))
    with transaction.atomic():
        application = _move(pk, Step.CONFLICTS, ANONYMOUS)
        application.conflicts = {name: {"yes": one.is_yes, "note": one.note.strip()} for name, one in answers.items()}
        application.save(update_fields=["conflicts"])
        mails.tell_applicant(application, "answered")
        mails.tell_role(Role.COORDINATOR, "applied", _page(application))


def has_conflict(application: Application) -> bool:
    """Whether one of the answers was yes."""
    return any(one["yes"] for one in application.conflicts.values())


def vouch(actor: Actor, pk: UUID, text: str) -> None:
    """A member organisation vouches for the applicant, once. Two of them make the application ready to be proposed."""
    with transaction.atomic():
        application = _at(pk, Step.CONFLICTS, Step.REFERENCES)
        _, is_new = Reference.objects.get_or_create(
            application=application, organisation_id=actor.organisation,
            defaults={"by_id": actor.person or None, "text": text},
        )  # fmt: skip
        if not is_new:
            raise NotAtThisStep(mark("Your organisation has vouched for this applicant already."))
        record("application.vouch", actor, "application", pk)
        is_enough = application.references.count() >= REFERENCES_NEEDED
        if is_enough and application.step == Step.CONFLICTS:
            _move(pk, Step.REFERENCES, actor)
            mails.tell_role(Role.COORDINATOR, "applied", _page(application))


def propose(actor: Actor, pk: UUID, text: str, *, by_vote: bool) -> None:
    """The coordinator proposes to admit: by vote, or by silence when nobody objects. A conflict always needs a vote."""
    with transaction.atomic():
        application = _at(pk, Step.REFERENCES)
        if has_conflict(application) and not by_vote:
            raise NotAtThisStep(mark("The applicant declared a conflict of interest, so members have to vote."))
        application = _move(pk, Step.VOTING if by_vote else Step.PROPOSED, actor)
        application.proposal, application.closes_at = text, _end_of_silence()
        application.save(update_fields=["proposal", "closes_at"])
        mails.tell_role(Role.VOTER, "proposal", _page(application))


def vote(actor: Actor, pk: UUID, choice: str, reason: str = "") -> None:
    """One organisation votes; until the end it may change its mind, and has one vote whatever happens at once.

    An objection ends the silence: then everybody is asked to vote, with as much time again.
    """
    if choice not in {YES, NO, ABSTAIN} or not actor.organisation:
        raise NotAtThisStep(mark("A vote is yes, no or abstain, and belongs to an organisation."))
    with transaction.atomic():
        application = _at(pk, Step.PROPOSED, Step.VOTING)
        if application.closes_at is None or application.closes_at <= timezone.now():
            raise NotAtThisStep(mark("The vote is over."))
        AdmissionVote.objects.update_or_create(
            application=application, organisation_id=actor.organisation,
            defaults={"by_id": actor.person or None, "choice": choice, "reason": reason, "at": timezone.now()},
        )  # fmt: skip
        record("application.vote", actor, "application", pk, choice=choice)
        if choice == NO and application.step == Step.PROPOSED:
            application = _move(pk, Step.VOTING, actor)
            application.closes_at = _end_of_silence()
            application.save(update_fields=["closes_at"])
            mails.tell_role(Role.VOTER, "objection", _page(application))


class Tally(NamedTuple):
    """How members voted; one vote for each organisation that is a member now."""

    yes: int
    no: int
    abstain: int


def tally(application: Application) -> Tally:
    """Counts the votes."""
    votes = application.votes.filter(organisation__state=State.ACTIVE.value).values_list("choice", flat=True)
    cast = list(votes)
    return Tally(cast.count(YES), cast.count(NO), cast.count(ABSTAIN))


def close(pk: UUID, actor: Actor = ANONYMOUS) -> bool:
    """Ends a vote or a silence whose time is over. Whether it was. More yes than no, or silence, is agreement."""
    with transaction.atomic():
        application = _locked(pk)
        is_open = application.step in {Step.PROPOSED, Step.VOTING}
        if not is_open or application.closes_at is None or application.closes_at > timezone.now():
            return False
        votes = tally(application)
        record("application.tally", actor, "application", pk, yes=votes.yes, no=votes.no, abstain=votes.abstain)
        if application.step == Step.VOTING and votes.yes <= votes.no:
            _move(pk, Step.REFUSED, actor)
            mails.tell_applicant(application, "refused")
        else:
            _move(pk, Step.AGREED, actor)
            mails.tell_applicant(application, "agreement")
    return True


@job(every=timedelta(hours=1), seconds=600)
def close_due() -> None:
    """Job: ends every vote and silence whose time is over."""
    due = Application.objects.filter(step__in=(Step.PROPOSED.value, Step.VOTING.value), closes_at__lte=timezone.now())
    for pk in list(due.values_list("pk", flat=True)):
        close(pk)


def sign(pk: UUID, name: str, shown: bytes, language: str) -> Signature:
    """The applicant signs the agreement. shown: SHA-256 of the text on the page; another text is not signed."""
    text = agreement.current(language)
    if shown != text.digest:
        raise NotAtThisStep(mark("The agreement changed while you read it. Please read it again."))
    with transaction.atomic():
        application = _move(pk, Step.SIGNED, ANONYMOUS)
        signature = Signature.objects.create(
            application=application, version=text.version, language=text.language, digest=text.digest, name=name
        )
        record("agreement.sign", ANONYMOUS, "application", pk, version=text.version, digest=text.digest.hex())
        mails.tell_applicant(application, "signed")
        mails.tell_role(Role.COORDINATOR, "applied", _page(application))
    return signature


def admit(actor: Actor, pk: UUID, standing: Standing) -> Organisation:
    """The coordinator admits: the organisation is made, and its contact invited as its first owner and voter."""
    with transaction.atomic():
        application = _move(pk, Step.ADMITTED, actor)
        organisation = Organisation.objects.create(
            slug=_free_slug(application.name), name=application.name, kind=application.kind, standing=standing.value,
            country=application.country, languages=application.languages, profile=application.profile,
            website=application.website,
        )  # fmt: skip
        application.organisation = organisation
        application.save(update_fields=["organisation"])
        application.signatures.update(organisation=organisation)
        record("organisation.admit", actor, "organisation", organisation.pk, str(organisation.pk))
        contact = invitations.Invited(application.contact_email, application.contact_name, application.contact_language)
        invitations.invite(actor, contact, organisation, {Role.OWNER, Role.VOTER})
    return organisation


def refuse(actor: Actor, pk: UUID, note: str) -> None:
    """The coordinator refuses; the contact is told why."""
    with transaction.atomic():
        mails.tell_applicant(_move(pk, Step.REFUSED, actor, note), "refused")


def withdraw(pk: UUID) -> None:
    """The applicant takes the application back."""
    with transaction.atomic():
        mails.tell_applicant(_move(pk, Step.WITHDRAWN, ANONYMOUS), "withdrawn")


def _locked(pk: UUID) -> Application:
    """The application, which nobody else changes until this transaction ends."""
    return Application.objects.select_for_update().get(pk=pk)


def _at(pk: UUID, *steps: Step) -> Application:
    application = _locked(pk)
    if application.step not in steps:
        raise NotAtThisStep(mark("The application has moved on. Look at it again."))
    return application


def _move(pk: UUID, to: Step, actor: Actor, note: str = "") -> Application:
    application = _locked(pk)
    now = Step(application.step)
    may_end = to in {Step.REFUSED, Step.WITHDRAWN} and now not in _OVER
    if not may_end and to not in FOLLOWS.get(now, frozenset()):
        raise NotAtThisStep(mark("The application has moved on. Look at it again."))
    application.step = to.value
    application.save(update_fields=["step"])
    _note(application, to, actor, note)
    return application


def _note(application: Application, step: Step, actor: Actor, note: str) -> None:
    person = Person.objects.filter(pk=actor.person).first() if actor.person else None
    ApplicationStep.objects.create(application=application, step=step.value, by=person, note=note)
    record("application.step", actor, "application", application.pk, step=step.value)


def _end_of_silence() -> datetime:
    return timezone.now() + timedelta(days=settings.HUB.number("silence_days"))


def _page(application: Application) -> str:
    return reverse("members:an-application", args=[application.pk])


def _free_slug(name: str) -> str:
    wanted = slugify(name)[:_LONGEST_SLUG] or "member"
    is_free: Callable[[str], bool] = lambda slug: not Organisation.objects.filter(slug=slug).exists()  # noqa: E731 - named for the line below
    return next(one for one in (wanted, *(f"{wanted}-{n}" for n in range(2, 10_000))) if is_free(one))
