"""Pages of members: who belongs to the coalition, an organisation's profile, its people, suspension and leaving."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from luciole.hub.audit.services import record
from luciole.hub.members import forms, invitations, links, services, sign_in_servers, sign_ins
from luciole.hub.members.access import need, requires
from luciole.hub.members.asking import attempt, done, freshly, go, organisation_of, own, show
from luciole.hub.members.models import Invitation, Organisation, Person, SignInServer
from luciole.hub.members.names import name_of, short_name_of
from luciole.hub.members.policy import Actor, allowed
from luciole.hub.members.words import COALITION_ROLES, Kind, Role, Standing, State


@require_safe
@requires("public.read")
def public(request: HttpRequest) -> HttpResponse:
    """The members that wish to be named."""
    rows = Organisation.objects.filter(is_listed=True, state=State.ACTIVE.value)
    return show(request, "public", members=[(name_of(Kind(one.kind)), one) for one in rows])


@require_safe
@requires("member.read")
def members(request: HttpRequest) -> HttpResponse:
    """Every member, for members."""
    actor = need(request, "member.read")
    rows = Organisation.objects.exclude(state=State.LEFT.value)
    named = [(_words(one), one) for one in rows]
    return show(request, "members", members=named, may_manage=allowed(actor, "coalition.roles"))


def _words(organisation: Organisation) -> dict[str, str]:
    return {
        "kind": name_of(Kind(organisation.kind)),
        "standing": name_of(Standing(organisation.standing)),
        "state": name_of(State(organisation.state)),
    }


def _organisation(slug: str) -> Organisation:
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


@require_safe
@requires("member.read")
def member(request: HttpRequest, slug: str) -> HttpResponse:
    """One member: its profile, who speaks for it, and what the coordinator can do."""
    actor, organisation = need(request, "member.read"), _organisation(slug)
    people = organisation.people.filter(is_active=True).prefetch_related("roles").order_by("name")
    speaking = {Role.OWNER, Role.VOTER}
    named = [(one, _names(one.role_names & speaking)) for one in people if one.role_names & speaking]
    return show(
        request, "member", organisation=organisation, words=_words(organisation), people=named,
        is_own=actor.organisation == str(organisation.pk), may_edit=allowed(actor, "member.edit", own(organisation)),
        may_suspend=allowed(actor, "member.suspend"), state=State(organisation.state),
        signatures=organisation.signatures.order_by("at"),
    )  # fmt: skip


def _names(roles: frozenset[Role] | set[Role]) -> str:
    return ", ".join(short_name_of(one) for one in Role if one in roles)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("member.edit")
def organisation(request: HttpRequest) -> HttpResponse:
    """The profile of one's own organisation."""
    found = organisation_of(request)
    actor = need(request, "member.edit", own(found))
    form = forms.OrganisationForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        record("organisation.change", actor, "organisation", found.pk, fields=" ".join(sorted(form.changed_data)))
        done(request, _("Kept."))
        return go("members:organisation")
    return show(request, "organisation", form=form, wrong=form.is_bound, slug=found.slug)


@require_POST
@requires("member.suspend")
def suspend(request: HttpRequest, slug: str) -> HttpResponse:
    """The coordinator suspends a member."""
    actor, found = need(request, "member.suspend"), _organisation(slug)
    attempt(request, lambda: services.suspend(actor, found), _("Suspended: its sign-ins and keys are ended."))
    return go("members:member", slug)


@require_POST
@requires("member.suspend")
def reinstate(request: HttpRequest, slug: str) -> HttpResponse:
    """The coordinator ends a suspension."""
    actor, found = need(request, "member.suspend"), _organisation(slug)
    attempt(request, lambda: services.reinstate(actor, found), _("It is an active member again."))
    return go("members:member", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("member.suspend")
def end_membership(request: HttpRequest, slug: str) -> HttpResponse:
    """The coordinator ends a membership."""
    actor, found = need(request, "member.suspend"), _organisation(slug)
    return _leave(request, actor, found, back=("members:member", slug))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("member.leave")
@freshly
def leave(request: HttpRequest) -> HttpResponse:
    """An owner ends the membership of their organisation."""
    found = organisation_of(request)
    actor = need(request, "member.leave", own(found))
    return _leave(request, actor, found, back=("home",))


def _leave(request: HttpRequest, actor: Actor, found: Organisation, back: tuple[str, ...]) -> HttpResponse:
    form = forms.LeaveForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return show(request, "leave", form=form, organisation=found, wrong=form.is_bound)
    keep = form.cleaned_data["hand_ins"] == "keep"
    attempt(request, lambda: services.leave(actor, found, keep=keep), _("The membership is ended."))
    return go(*back)


@require_safe
@requires("people.manage")
def people(request: HttpRequest) -> HttpResponse:
    """The people of one's organisation, and who is invited."""
    found = organisation_of(request)
    need(request, "people.manage", own(found))
    rows = found.people.prefetch_related("roles").order_by("-is_active", "name")
    named = [(one, _names(one.role_names), sign_ins.has_second_factor(one)) for one in rows]
    open_ones = Invitation.objects.filter(organisation=found, used_at=None, expires_at__gt=timezone.now())
    return show(request, "people", people=named, invitations=open_ones.order_by("created_at"), organisation=found)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.manage")
def invite(request: HttpRequest) -> HttpResponse:
    """An owner invites somebody into their organisation."""
    found = organisation_of(request)
    actor = need(request, "people.manage", own(found))
    return _invite(request, actor, found, back="members:people")


def _invite(request: HttpRequest, actor: Actor, organisation: Organisation | None, back: str) -> HttpResponse:
    form = forms.InviteForm(request.POST or None, of_coalition=organisation is None)
    if request.method != "POST" or not form.is_valid():
        return show(request, "invite", form=form, back=back, wrong=form.is_bound)
    said = form.cleaned_data
    who = invitations.Invited(said["email"], said["name"], said["language"])
    roles = {Role(one) for one in said["roles"]}
    attempt(request, lambda: invitations.invite(actor, who, organisation, roles), _("The invitation is on its way."))
    return go(back)


@require_POST
@requires("people.manage")
def cancel_invitation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An owner ends an invitation that was not used."""
    found = Invitation.objects.filter(pk=pk).exclude(organisation=None).first()
    if found is None:
        raise Http404
    actor = need(request, "people.manage", own(found.organisation_id or ""))
    attempt(request, lambda: invitations.cancel(actor, found.pk), _("The invitation is ended."))
    return go("members:people")


def _person(request: HttpRequest, pk: UUID) -> tuple[Actor, Person]:
    """Somebody of one's own organisation; others answer like nobody."""
    found = Person.objects.prefetch_related("roles").select_related("organisation").filter(pk=pk).first()
    if found is None:
        raise Http404
    return need(request, "people.manage", own(found.organisation_id or "")), found


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.manage")
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One person: their roles, and what else an owner can do."""
    actor, found = _person(request, pk)
    form = forms.RolesForm(request.POST or None, initial={"roles": [one.value for one in found.role_names]})
    if request.method == "POST" and form.is_valid():
        wanted = {Role(one) for one in form.cleaned_data["roles"]}
        attempt(request, lambda: _set_roles(actor, found, wanted, of_coalition=False), _("Kept."))
        return go("members:person", pk)
    return show(
        request, "person", form=form, person=found, has_second_factor=sign_ins.has_second_factor(found),
        wrong=form.is_bound,
    )  # fmt: skip


def _set_roles(actor: Actor, person: Person, wanted: set[Role], *, of_coalition: bool) -> None:
    ours = {one for one in Role if (one in COALITION_ROLES) is of_coalition}
    now = person.role_names & ours
    for role in sorted(now - wanted):
        services.take_role(actor, person, role)
    for role in sorted((wanted & ours) - now):
        services.give_role(actor, person, role)


@require_POST
@requires("people.manage")
def disable_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ends an account."""
    actor, found = _person(request, pk)
    attempt(request, lambda: services.disable(actor, found), _("The account is ended, with its sign-ins and keys."))
    return go("members:person", pk)


@require_POST
@requires("people.manage")
def enable_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Opens an account again."""
    actor, found = _person(request, pk)
    attempt(request, lambda: services.enable(actor, found), _("The account is open again."))
    return go("members:person", pk)


@require_POST
@requires("people.manage")
def forget_second_factor(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Removes the second factor of somebody who lost it, but never of somebody who acts for the coalition."""
    actor, found = _person(request, pk)
    if found.role_names & COALITION_ROLES and not allowed(actor, "coalition.roles"):
        raise Http404
    attempt(request, lambda: services.forget_second_factor(actor, found), _("They have to set up a new second factor."))
    return go("members:person", pk)


@require_safe
@requires("coalition.roles")
def coalition(request: HttpRequest) -> HttpResponse:
    """Who acts for the coalition, and who of the members could."""
    need(request, "coalition.roles")
    roles = [one.value for one in COALITION_ROLES]
    acting = Person.objects.filter(roles__role__in=roles).distinct().prefetch_related("roles").order_by("name")
    others = Person.objects.filter(is_active=True).exclude(roles__role__in=roles).select_related("organisation")
    open_ones = Invitation.objects.filter(organisation=None, used_at=None, expires_at__gt=timezone.now())
    named = [(one, _names(one.role_names & COALITION_ROLES)) for one in acting]
    return show(
        request, "coalition", people=named, invitations=open_ones.order_by("created_at"),
        others=others.filter(roles__role=Role.OWNER.value).order_by("name"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("coalition.roles")
def invite_to_coalition(request: HttpRequest) -> HttpResponse:
    """The coordinator invites somebody who acts for the coalition alone."""
    return _invite(request, need(request, "coalition.roles"), None, back="members:coalition")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("coalition.roles")
def coalition_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The coordinator gives and takes roles of the coalition."""
    actor = need(request, "coalition.roles")
    found = Person.objects.prefetch_related("roles").filter(pk=pk).first()
    if found is None:
        raise Http404
    initial = {"roles": [one.value for one in found.role_names]}
    form = forms.RolesForm(request.POST or None, of_coalition=True, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = {Role(one) for one in form.cleaned_data["roles"]}
        attempt(request, lambda: _set_roles(actor, found, wanted, of_coalition=True), _("Kept."))
        return go("members:coalition")
    return show(request, "coalition_person", form=form, person=found, wrong=form.is_bound)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.manage")
@freshly
def sign_in_server(request: HttpRequest) -> HttpResponse:
    """The OpenID Connect server with which the people of an organisation sign in."""
    found = organisation_of(request)
    actor = need(request, "people.manage", own(found))
    kept = SignInServer.objects.filter(organisation=found).first()
    form = forms.ServerForm(request.POST or None, instance=kept or SignInServer(organisation=found))
    if request.method == "POST" and form.is_valid():
        server, secret = form.save(commit=False), form.cleaned_data["secret"]
        if attempt(request, lambda: sign_in_servers.keep(actor, server, secret), _("Kept.")):
            return go("members:sign-in-server")
    back_to = links.absolute(reverse("openid_connect_callback", args=[found.slug]))
    return show(request, "sign_in_server", form=form, kept=kept, back_to=back_to, wrong=form.is_bound)


@require_POST
@requires("people.manage")
def remove_sign_in_server(request: HttpRequest) -> HttpResponse:
    """People of the organisation sign in with a password or a passkey again."""
    found = organisation_of(request)
    actor = need(request, "people.manage", own(found))
    attempt(request, lambda: sign_in_servers.remove(actor, found), _("The server is forgotten."))
    return go("members:organisation")
