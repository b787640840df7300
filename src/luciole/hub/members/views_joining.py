"""Pages of joining: the public form, the applicant's secret page, and what members and coordinators do."""

from __future__ import annotations

from uuid import UUID

from allauth.core import ratelimit
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from luciole.hub.members import agreement, forms, joining
from luciole.hub.members.access import actor_of, need, requires
from luciole.hub.members.asking import attempt, done, go, own, show, too_many
from luciole.hub.members.models import AdmissionVote, Application, ApplicationStep, Reference
from luciole.hub.members.names import VOTES, name_of, short_name_of
from luciole.hub.members.policy import allowed
from luciole.hub.members.words import Kind, Standing, Step

OVER = (Step.ADMITTED, Step.REFUSED, Step.WITHDRAWN)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("application.write")
def apply(request: HttpRequest) -> HttpResponse:
    """The public form; the link to the application is mailed and never shown here."""
    form = forms.ApplicationForm(request.POST or None, initial={"contact_language": translation.get_language()})
    if request.method != "POST":
        return show(request, "apply", form=form)
    if not form.is_valid():
        return show(request, "apply", form=form, wrong=True)
    if not ratelimit.consume(request, action="apply"):
        return too_many(3600)
    joining.receive(form.asking())
    return go("members:applied")


@require_safe
@requires("public.read")
def applied(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    return show(request, "applied")


def _by_secret(secret: str) -> Application:
    application = joining.by_secret(secret)
    if application is None:
        raise Http404
    return application


@require_safe
@requires("application.follow")
def follow(request: HttpRequest, secret: str) -> HttpResponse:
    """Where an application stands, and what its contact can do now."""
    application = _by_secret(secret)
    step = Step(application.step)
    text = agreement.current(translation.get_language() or "")
    signing = forms.SignForm(initial={"shown": text.digest.hex(), "language": text.language})
    more = forms.MoreForm(initial={"profile": application.profile, "website": application.website})
    return show(
        request, "follow", application=application, secret=secret, step=step, step_name=name_of(step), text=text,
        questions=forms.QuestionsForm(), signing=signing, more=more, is_over=step in OVER,
        history=_history(application),
    )  # fmt: skip


@require_POST
@requires("application.write")
def follow_add(request: HttpRequest, secret: str) -> HttpResponse:
    """The applicant adds what was missing."""
    application, form = _by_secret(secret), forms.MoreForm(request.POST)
    if not form.is_valid():
        return show(request, "follow_form", form=form, title=_("Add what was missing"), wrong=True)
    said = form.cleaned_data
    attempt(request, lambda: joining.add(application.pk, said["profile"], said["website"]), _("Thank you."))
    return go("members:application", secret)


@require_POST
@requires("application.write")
def follow_answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The applicant answers the questions about conflicts of interest."""
    application, form = _by_secret(secret), forms.QuestionsForm(request.POST)
    if not form.is_valid():
        return show(request, "follow_form", form=form, title=_("Questions for your organisation"), wrong=True)
    attempt(request, lambda: joining.answer(application.pk, form.answers()), _("Thank you for your answers."))
    return go("members:application", secret)


@require_POST
@requires("application.write")
def follow_sign(request: HttpRequest, secret: str) -> HttpResponse:
    """The applicant signs the agreement that was shown."""
    application, form = _by_secret(secret), forms.SignForm(request.POST)
    if not form.is_valid():
        return show(request, "follow_form", form=form, title=_("Sign the agreement"), wrong=True)
    said = form.cleaned_data
    shown = bytes.fromhex(said["shown"])
    attempt(
        request,
        lambda: joining.sign(application.pk, said["name"], shown, said["language"]),
        _("The agreement is signed."),
    )
    return go("members:application", secret)


@require_POST
@requires("application.write")
def follow_withdraw(request: HttpRequest, secret: str) -> HttpResponse:
    """The applicant takes the application back."""
    application = _by_secret(secret)
    attempt(request, lambda: joining.withdraw(application.pk), _("The application is taken back."))
    return go("members:application", secret)


def _history(application: Application) -> list[tuple[str, ApplicationStep]]:
    return [(name_of(Step(one.step)), one) for one in application.history.select_related("by").order_by("at", "pk")]


@require_safe
@requires("application.read")
def applications(request: HttpRequest) -> HttpResponse:
    """Who asks to join, and who asked before; what waits comes first."""
    need(request, "application.read")
    rows = Application.objects.order_by("-created_at")
    ended = [one.value for one in OVER]
    named = [(short_name_of(Step(one.step)), one) for one in rows.exclude(step__in=ended)]
    over = [(short_name_of(Step(one.step)), one) for one in rows.filter(step__in=ended)[:100]]
    return show(request, "applications", applications=named, over=over)


def _application(pk: UUID) -> Application:
    votes = AdmissionVote.objects.select_related("organisation", "by").order_by("at")
    references = Reference.objects.select_related("organisation", "by").order_by("at")
    rows = Application.objects.prefetch_related(Prefetch("votes", votes), Prefetch("references", references))
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@requires("application.read")
def an_application(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One application, and what this person can do with it now."""
    actor = need(request, "application.read")
    application = _application(pk)
    step = Step(application.step)
    is_handling = allowed(actor, "application.handle")
    mine = next((one for one in application.votes.all() if str(one.organisation_id) == actor.organisation), None)
    may_vouch = allowed(actor, "application.vouch") and step in {Step.CONFLICTS, Step.REFERENCES}
    vouched = any(str(one.organisation_id) == actor.organisation for one in application.references.all())
    may_vote = allowed(actor, "application.vote") and bool(actor.organisation) and step in {Step.PROPOSED, Step.VOTING}
    return show(
        request, "an_application", application=application, step=step, step_name=name_of(step),
        kind_name=name_of(Kind(application.kind)), history=_history(application), is_handling=is_handling,
        answers=[(_(joining.QUESTIONS[name]), one) for name, one in application.conflicts.items()],
        votes=[(_(VOTES[one.choice]), one) for one in application.votes.all()], tally=joining.tally(application),
        note=forms.NoteForm(auto_id="note_%s"), refusal=forms.NoteForm(auto_id="refusal_%s"),
        reference=forms.NoteForm(auto_id="reference_%s") if may_vouch and not vouched else None,
        vote=_vote_form(mine) if may_vote else None,
        proposal=forms.ProposalForm(must_vote=joining.has_conflict(application), auto_id="proposal_%s"),
        admission=forms.AdmitForm(), is_over=step in OVER,
    )  # fmt: skip


def _vote_form(mine: AdmissionVote | None) -> forms.VoteForm:
    return forms.VoteForm(initial={"choice": mine.choice, "reason": mine.reason} if mine else None)


@require_POST
@requires("application.vouch")
def vouch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A member vouches for an applicant."""
    actor, form = need(request, "application.vouch"), forms.NoteForm(request.POST)
    _application(pk)
    if not form.is_valid() or not actor.organisation:
        return _again(request, pk, form, _("Vouch for it"))
    attempt(
        request, lambda: joining.vouch(actor, pk, form.cleaned_data["text"]), _("Your organisation vouches for it.")
    )
    return go("members:an-application", pk)


@require_POST
@requires("application.vote")
def vote(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A voter votes for their organisation, and no other."""
    actor, form = actor_of(request), forms.VoteForm(request.POST)
    need(request, "application.vote", own(actor.organisation))
    _application(pk)
    if not form.is_valid():
        return _again(request, pk, form, _("Vote"))
    said = form.cleaned_data
    attempt(request, lambda: joining.vote(actor, pk, said["choice"], said["reason"]), _("The vote is kept."))
    return go("members:an-application", pk)


def _again(request: HttpRequest, pk: UUID, form: object, title: str) -> HttpResponse:
    return show(request, "application_form", form=form, title=title, pk=pk, wrong=True)


@require_POST
@requires("application.handle")
def complete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Nothing is missing."""
    actor = need(request, "application.handle")
    _application(pk)
    attempt(request, lambda: joining.complete(actor, pk), _("The applicant is asked the questions."))
    return go("members:an-application", pk)


@require_POST
@requires("application.handle")
def ask_for_more(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Something is missing."""
    actor, form = need(request, "application.handle"), forms.NoteForm(request.POST)
    _application(pk)
    if not form.is_valid():
        return _again(request, pk, form, _("Ask for more"))
    attempt(request, lambda: joining.ask_for_more(actor, pk, form.cleaned_data["text"]), _("The applicant is asked."))
    return go("members:an-application", pk)


@require_POST
@requires("application.handle")
def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The coordinator proposes to admit."""
    actor = need(request, "application.handle")
    form = forms.ProposalForm(request.POST, must_vote=joining.has_conflict(_application(pk)))
    if not form.is_valid():
        return _again(request, pk, form, _("Propose to admit"))
    said = form.cleaned_data
    by_vote = said["way"] == "vote"
    attempt(request, lambda: joining.propose(actor, pk, said["text"], by_vote=by_vote), _("Members are asked."))
    return go("members:an-application", pk)


@require_POST
@requires("application.handle")
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The time of a vote or a silence is over."""
    actor = need(request, "application.handle")
    _application(pk)
    if joining.close(pk, actor):
        done(request, _("It is decided."))
    else:
        done(request, _("The time is not over yet."))
    return go("members:an-application", pk)


@require_POST
@requires("application.handle")
def admit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The organisation becomes a member."""
    actor, form = need(request, "application.handle"), forms.AdmitForm(request.POST)
    _application(pk)
    if not form.is_valid():
        return _again(request, pk, form, _("Admit"))
    standing = Standing(form.cleaned_data["standing"])
    attempt(request, lambda: joining.admit(actor, pk, standing), _("It is a member, and its contact is invited."))
    return go("members:an-application", pk)


@require_POST
@requires("application.handle")
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The application is refused."""
    actor, form = need(request, "application.handle"), forms.NoteForm(request.POST)
    _application(pk)
    if not form.is_valid():
        return _again(request, pk, form, _("Refuse"))
    attempt(request, lambda: joining.refuse(actor, pk, form.cleaned_data["text"]), _("The applicant is told."))
    return go("members:an-application", pk)
