"""Pages of one's own account: invitation, profile, sign-ins, keys; and the keys of an organisation."""

from __future__ import annotations

from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from luciole.hub.audit.services import record
from luciole.hub.members import api_keys, forms, invitations, sign_ins
from luciole.hub.members.access import need, requires
from luciole.hub.members.asking import (
    attempt,
    done,
    freshly,
    go,
    oneself,
    organisation_of,
    own,
    person_of,
    show,
    too_many,
)
from luciole.hub.members.models import ApiKey, Organisation, Person, SignInServer
from luciole.hub.members.names import name_of, short_name_of
from luciole.hub.members.policy import Target
from luciole.hub.members.words import Kind, Role, Scope, State


@require_http_methods(["GET", "HEAD", "POST"])
@requires("account.enter")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Whoever has the link sets a password, and is led to the second factor. Looking at it uses nothing up."""
    if not ratelimit.consume(request, action="invitation"):
        return too_many(60)
    found = invitations.open_by_secret(secret)
    if found is None:
        return show(request, "invitation_over", wrong=True)
    form = forms.PasswordForm(request.POST or None, email=found.email, initial={"name": found.name})
    if request.method != "POST" or not form.is_valid():
        return show(request, "invitation", form=form, invitation=found, wrong=form.is_bound)
    said = form.cleaned_data
    try:
        language = translation.get_language() or "en"
        person = invitations.accept(secret, said["name"], said["password"], language)
    except invitations.InvitationProblem:
        return show(request, "invitation_over", wrong=True)
    record_authentication(request, person, "password", email=person.email, reauthenticated=True)
    response: HttpResponse = perform_login(request, Login(user=person, email=person.email))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@requires("account.self")
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: name, language, time zone, and the ways to everything else."""
    actor, person = need(request, "account.self", oneself(request)), person_of(request)
    form = forms.AccountForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        record("account.change", actor, "person", person.pk)
        done(request, _("Kept."))
        return go("members:account")
    person = Person.objects.select_related("organisation").get(pk=person.pk)
    return show(
        request, "account", form=form, person=person, wrong=form.is_bound, roles=_roles(person),
        has_second_factor=sign_ins.has_second_factor(person), has_password=person.has_usable_password(),
        passkeys=Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).count(),
        has_server=SignInServer.objects.filter(organisation=person.organisation).exists(),
        connected=SocialAccount.objects.filter(user=person).count(),
    )  # fmt: skip


def _roles(person: Person) -> list[str]:
    return [name_of(role) for role in Role if role in person.role_names]


@require_safe
@requires("account.self")
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    need(request, "account.self", oneself(request))
    rows = UserSession.objects.filter(user=person_of(request)).order_by("-created_at")
    here = request.session.session_key
    found = [(one, one.session_key == here) for one in rows if sign_ins.session_exists(one.session_key)]
    return show(request, "sessions", sessions=found)


@require_POST
@requires("account.self")
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one of one's own sign-ins."""
    actor = need(request, "account.self", oneself(request))
    found = UserSession.objects.filter(pk=pk, user=person_of(request)).first()
    if found is None:
        raise Http404
    found.end()
    record("account.end-sign-in", actor, "person", actor.person)
    done(request, _("That sign-in is ended."))
    return go("members:sessions")


@require_POST
@requires("account.self")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Ends all of one's own sign-ins but this one."""
    actor = need(request, "account.self", oneself(request))
    sign_ins.end_sign_ins([person_of(request).pk], but=request.session.session_key or "")
    record("account.end-sign-in", actor, "person", actor.person, all=True)
    done(request, _("All other sign-ins are ended."))
    return go("members:sessions")


def _listed(keys: list[ApiKey]) -> list[tuple[ApiKey, list[str]]]:
    return [(one, [short_name_of(Scope(scope)) for scope in one.scopes]) for one in keys]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("key.self")
@freshly
def own_keys(request: HttpRequest) -> HttpResponse:
    """One's own keys, and a form for a new one. The new one is shown once, on the very answer to the form."""
    need(request, "key.self", oneself(request))
    person = person_of(request)
    return _keys(request, organisation_of(request), person, "keys")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("key.manage")
@freshly
def organisation_keys(request: HttpRequest) -> HttpResponse:
    """The keys of the organisation and of everybody in it, and a form for a new one of the organisation."""
    organisation = organisation_of(request)
    need(request, "key.manage", own(organisation))
    return _keys(request, organisation, None, "organisation_keys")


def _keys(request: HttpRequest, organisation: Organisation, person: Person | None, page: str) -> HttpResponse:
    form = forms.KeyForm(request.POST or None, kind=Kind(organisation.kind))
    token, key = "", None
    if request.method == "POST" and form.is_valid():
        action, target = ("key.self", oneself(request)) if person else ("key.manage", own(organisation))
        key, token = api_keys.make(need(request, action, target), organisation, person, form.wanted())
        form = forms.KeyForm(kind=Kind(organisation.kind))
    rows = ApiKey.objects.select_related("person").filter(organisation=organisation).order_by("-created_at")
    keys = list(rows.filter(person=person) if person else rows)
    return show(request, page, form=form, keys=_listed(keys), token=token, key=key, wrong=form.is_bound)


@require_POST
@requires("key.self")
def revoke_own_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ends one of one's own keys."""
    key = ApiKey.objects.filter(pk=pk).exclude(person=None).first()
    if key is None:
        raise Http404
    actor = need(request, "key.self", Target(str(key.organisation_id), str(key.person_id)))
    attempt(request, lambda: api_keys.revoke(actor, key), _("The key is revoked."))
    return go("members:keys")


@require_POST
@requires("key.manage")
def revoke_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ends a key of the organisation, or of somebody in it."""
    key = ApiKey.objects.filter(pk=pk).first()
    if key is None:
        raise Http404
    actor = need(request, "key.manage", own(key.organisation_id))
    attempt(request, lambda: api_keys.revoke(actor, key), _("The key is revoked."))
    return go("members:organisation-keys")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("account.enter")
def server_of(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in server of one's organisation, by its short name; which ones there are is not told."""
    if request.method != "POST":
        return show(request, "server_of")
    if not ratelimit.consume(request, action="server"):  # names of members are not to be tried out
        return too_many(60)
    slug = request.POST.get("name", "").strip().lower()
    rows = SignInServer.objects.filter(organisation__slug=slug, organisation__state=State.ACTIVE.value)
    if rows.exists():
        return go("openid_connect_login", slug)
    messages.error(request, _("There is no sign-in server under this name."))
    return go("members:server-of")
