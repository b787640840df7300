"""Joining cannot be hurried, doubled or done by others: each refusal, and what happens at the same moment."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from members_making import Inbox, do_jobs

from luciole.hub.audit.models import Entry
from luciole.hub.members import agreement, joining, links
from luciole.hub.members.access import actor_of_person
from luciole.hub.members.joining import FOLLOWS, QUESTIONS, Answer, Asking, NotAtThisStep
from luciole.hub.members.models import AdmissionVote, Application, Invitation, Organisation, Person, Reference
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind, Role, Standing, State, Step

ASKING = Asking("House", Kind.SUPPORT, "FR", ("fr",), "We help.", "", "Ada", "ada@example.org", "en")
NO_CONFLICT = {name: Answer(is_yes=False) for name in QUESTIONS}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def someone(a_person: Callable[..., Person]) -> Callable[..., Actor]:
    return lambda *roles: actor_of_person(a_person(*roles), second_factor=True)


@pytest.fixture
def at(someone: Callable[..., Actor]) -> Callable[[Step], Application]:
    """An application that came to a step by the ordinary way."""

    def make(step: Step) -> Application:
        lead, text = someone(Role.COORDINATOR), agreement.current("en")
        application = joining.receive(ASKING)
        pk = application.pk
        ways: list[tuple[Step, Callable[[], object]]] = [
            (Step.COMPLETE, lambda: joining.complete(lead, pk)),
            (Step.CONFLICTS, lambda: joining.answer(pk, NO_CONFLICT)),
            (Step.REFERENCES, lambda: [joining.vouch(someone(Role.VOTER), pk, "yes") for _ in range(2)]),
            (Step.PROPOSED, lambda: joining.propose(lead, pk, "good", by_vote=step == Step.VOTING)),
            (Step.AGREED, lambda: (over(pk), joining.close(pk))),
            (Step.SIGNED, lambda: joining.sign(pk, "Ada", text.digest, "en")),
            (Step.ADMITTED, lambda: joining.admit(lead, pk, Standing.PARTNER)),
        ]
        for to, go in ways:
            application.refresh_from_db()
            if application.step == step:
                break
            go()
            del to
        application.refresh_from_db()
        assert application.step == step
        return application

    return make


def over(pk: object) -> None:
    Application.objects.filter(pk=pk).update(closes_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("step", [*FOLLOWS, Step.ADMITTED])
def test_at_each_step_nothing_can_be_done_but_what_follows_it(
    step: Step, at: Callable[[Step], Application], someone: Callable[..., Actor]
) -> None:
    application = at(step)
    pk, lead, voter, text = application.pk, someone(Role.COORDINATOR), someone(Role.VOTER), agreement.current("en")
    doings: dict[Callable[[], object], set[Step]] = {
        lambda: joining.add(pk, "", ""): {Step.RECEIVED},
        lambda: joining.ask_for_more(lead, pk, "why"): {Step.RECEIVED},
        lambda: joining.complete(lead, pk): {Step.RECEIVED},
        lambda: joining.answer(pk, NO_CONFLICT): {Step.COMPLETE},
        lambda: joining.vouch(voter, pk, "yes"): {Step.CONFLICTS, Step.REFERENCES},
        lambda: joining.propose(lead, pk, "good", by_vote=True): {Step.REFERENCES},
        lambda: joining.vote(voter, pk, "yes"): {Step.PROPOSED, Step.VOTING},
        lambda: joining.sign(pk, "Ada", text.digest, "en"): {Step.AGREED},
        lambda: joining.admit(lead, pk, Standing.PARTNER): {Step.SIGNED},
    }
    before = Entry.objects.count()
    for doing, fitting in doings.items():
        if step not in fitting:
            with pytest.raises(NotAtThisStep):
                doing()
    application.refresh_from_db()
    assert application.step == step
    assert Entry.objects.count() == before


@pytest.mark.parametrize("step", [*FOLLOWS])
def test_an_application_can_be_refused_or_taken_back_until_it_is_over_and_never_after(
    step: Step, at: Callable[[Step], Application], someone: Callable[..., Actor]
) -> None:
    lead = someone(Role.COORDINATOR)
    joining.withdraw((application := at(step)).pk)
    application.refresh_from_db()
    assert application.step == Step.WITHDRAWN
    with pytest.raises(NotAtThisStep):
        joining.refuse(lead, application.pk, "no")


def test_every_question_needs_an_answer_and_every_yes_an_explanation(at: Callable[[Step], Application]) -> None:
    pk = at(Step.COMPLETE).pk
    for wrong in (
        {},
        NO_CONFLICT | {"sells": Answer(is_yes=True, note=" ")},
        NO_CONFLICT | {"x": Answer(is_yes=False)},
    ):
        with pytest.raises(NotAtThisStep):
            joining.answer(pk, wrong)


def test_with_a_conflict_silence_is_no_agreement(
    at: Callable[[Step], Application], someone: Callable[..., Actor]
) -> None:
    pk = at(Step.COMPLETE).pk
    joining.answer(pk, NO_CONFLICT | {"sells": Answer(is_yes=True, note="An app for parents.")})
    for _ in range(2):
        joining.vouch(someone(Role.VOTER), pk, "yes")
    with pytest.raises(NotAtThisStep):
        joining.propose(someone(Role.COORDINATOR), pk, "good", by_vote=False)
    joining.propose(someone(Role.COORDINATOR), pk, "good", by_vote=True)
    assert Application.objects.get().step == Step.VOTING


def test_one_organisation_vouches_once_and_two_are_needed(
    at: Callable[[Step], Application], someone: Callable[..., Actor]
) -> None:
    pk, member = at(Step.CONFLICTS).pk, someone(Role.OWNER)
    joining.vouch(member, pk, "yes")
    with pytest.raises(NotAtThisStep):
        joining.vouch(member, pk, "yes again")
    assert Application.objects.get().step == Step.CONFLICTS


def test_an_objection_ends_the_silence_and_gives_everybody_time_to_vote(
    at: Callable[[Step], Application], someone: Callable[..., Actor]
) -> None:
    application = at(Step.PROPOSED)
    joining.vote(someone(Role.VOTER), application.pk, "no", "They sell one.")
    before, application = application.closes_at, Application.objects.get()
    assert (application.step, application.closes_at > before) == (Step.VOTING, True)


def test_nothing_is_decided_before_the_time_is_over(at: Callable[[Step], Application]) -> None:
    pk = at(Step.PROPOSED).pk
    assert joining.close(pk) is False
    over(pk)
    assert joining.close(pk) is True
    assert joining.close(pk) is False


def test_a_vote_after_the_end_does_not_count(at: Callable[[Step], Application], someone: Callable[..., Actor]) -> None:
    pk = at(Step.VOTING).pk
    over(pk)
    with pytest.raises(NotAtThisStep):
        joining.vote(someone(Role.VOTER), pk, "yes")


@pytest.mark.parametrize(
    ("votes", "step"), [("ynaa", "refused"), ("yyn", "agreed"), ("", "refused"), ("nna", "refused")]
)
def test_more_yes_than_no_is_agreement(
    votes: str, step: str, at: Callable[[Step], Application], someone: Callable[..., Actor]
) -> None:
    pk = at(Step.VOTING).pk
    for one in votes:
        joining.vote(someone(Role.VOTER), pk, {"y": "yes", "n": "no", "a": "abstain"}[one])
    over(pk)
    joining.close_due()
    assert Application.objects.get().step == step


def test_votes_of_organisations_that_are_suspended_by_then_do_not_count(
    at: Callable[[Step], Application], someone: Callable[..., Actor]
) -> None:
    pk = at(Step.VOTING).pk
    joining.vote(voter := someone(Role.VOTER), pk, "yes")
    Organisation.objects.filter(pk=voter.organisation).update(state=State.SUSPENDED.value)
    assert joining.tally(Application.objects.get()) == (0, 0, 0)


def test_two_votes_of_one_organisation_at_once_are_one(
    at: Callable[[Step], Application], a_person: Callable[..., Person],
    run_at_once: Callable[[Callable[[int], object], int], None],
) -> None:  # fmt: skip
    pk = at(Step.VOTING).pk
    first = a_person(Role.VOTER)
    voters = [first, *(a_person(Role.VOTER, organisation=first.organisation) for _ in range(3))]
    actors = [actor_of_person(one, second_factor=True) for one in voters]
    run_at_once(lambda number: joining.vote(actors[number % 4], pk, ("yes", "no")[number % 2]), 8)
    vote = AdmissionVote.objects.get()
    last = Entry.objects.filter(action="application.vote").order_by("sequence").last()
    assert last is not None
    assert vote.choice == last.detail["choice"]
    assert Entry.objects.filter(action="application.vote").count() == 8


def test_references_at_once_are_counted_exactly(
    at: Callable[[Step], Application], someone: Callable[..., Actor],
    run_at_once: Callable[[Callable[[int], object], int], None],
) -> None:  # fmt: skip
    pk, members = at(Step.CONFLICTS).pk, [someone(Role.VOTER) for _ in range(4)]
    run_at_once(lambda number: joining.vouch(members[number], pk, "yes"), 4)
    assert Reference.objects.count() == 4
    steps = list(Application.objects.get().history.values_list("step", flat=True))
    assert steps.count("references") == 1


def test_admitting_twice_at_once_makes_one_member(
    at: Callable[[Step], Application], someone: Callable[..., Actor],
    run_at_once: Callable[[Callable[[int], object], int], None],
) -> None:  # fmt: skip
    pk, lead = at(Step.SIGNED).pk, someone(Role.COORDINATOR)
    refused: list[NotAtThisStep] = []

    def admit(_: int) -> None:
        try:
            joining.admit(lead, pk, Standing.PARTNER)
        except NotAtThisStep as error:
            refused.append(error)

    run_at_once(admit, 4)
    assert len(refused) == 3
    assert Organisation.objects.filter(name="House").count() == Invitation.objects.count() == 1


def test_another_text_than_the_current_one_cannot_be_signed(at: Callable[[Step], Application]) -> None:
    pk = at(Step.AGREED).pk
    with pytest.raises(NotAtThisStep):
        joining.sign(pk, "Ada", bytes(32), "en")


def test_the_database_holds_no_secret_link(at: Callable[[Step], Application]) -> None:
    application = at(Step.RECEIVED)
    secret = links.secret_of(links.APPLICATION, application.pk)
    assert joining.by_secret(secret) == application
    assert joining.by_secret(secret[:-1]) is None
    assert not any(secret in str(value) for value in Application.objects.values().get().values())


PAGES = ("complete", "more", "propose", "close", "admit", "refuse")


@pytest.mark.parametrize("role", [Role.OWNER, Role.VOTER, Role.ADVISER, Role.AUDITOR])
def test_only_a_coordinator_leads_an_application(
    role: Role, at: Callable[[Step], Application], a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    application, client = at(Step.RECEIVED), signed_in(a_person(role))
    for page in PAGES:
        assert client.post(f"/applications/{application.pk}/{page}/").status_code == 403, page
    assert client.get(f"/applications/{application.pk}/").status_code == 200


def test_who_has_no_vote_cannot_vote_and_strangers_see_nothing(
    at: Callable[[Step], Application], a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    page = f"/applications/{at(Step.VOTING).pk}/"
    assert signed_in(a_person(Role.OWNER)).post(f"{page}vote/", {"choice": "no"}).status_code == 403
    assert signed_in(a_person(Role.ANALYST)).post(f"{page}vouch/", {"text": "x"}).status_code == 403
    weak = signed_in(a_person(Role.VOTER), second_factor=False)
    assert weak.post(f"{page}vote/", {"choice": "no"})["Location"].startswith("/account/second-factor/")
    assert Client().get(page)["Location"].startswith("/sign-in/")
    assert Client().get("/join/" + "x" * 43 + "/").status_code == 404
    assert not AdmissionVote.objects.exists()


def test_a_form_that_is_sent_too_often_from_one_place_is_refused() -> None:
    asked = {
        "name": "A", "kind": "support", "country": "FR", "languages": "fr", "profile": "x", "contact_name": "B",
        "contact_email": "b@example.org", "contact_language": "en",
    }  # fmt: skip
    answers = [Client().post("/join/", asked) for _ in range(6)]
    assert [one.status_code for one in answers] == [303] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "3600"


@pytest.mark.parametrize(
    "wrong",
    [{"country": "fr"}, {"languages": "<b>"}, {"kind": "seller"}, {"contact_email": "x"}, {"website": "javascript:x"}],
)
def test_what_does_not_fit_is_shown_again_and_not_kept(wrong: dict[str, str]) -> None:
    asked = {
        "name": "A", "kind": "support", "country": "FR", "languages": "fr", "profile": "x", "contact_name": "B",
        "contact_email": "b@example.org", "contact_language": "en",
    }  # fmt: skip
    assert Client().post("/join/", asked | wrong).status_code == 422
    assert not Application.objects.exists()


def test_mails_that_cannot_be_sent_are_tried_again(inbox: Inbox, settings: object) -> None:
    joining.receive(ASKING)
    good, settings.EMAIL_PORT = settings.EMAIL_PORT, 1  # type: ignore[attr-defined] # of pytest-django
    from django_tasks_db.models import DBTaskResult

    from luciole.hub.site.jobs import claim, do

    held = claim("tests")
    assert held is not None
    assert not do(held)
    settings.EMAIL_PORT = good  # type: ignore[attr-defined] # as above
    DBTaskResult.objects.update(run_after=timezone.now())
    assert do_jobs() == 1
    assert len(inbox.of("ada@example.org")) == 1
