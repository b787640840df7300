"""Sign-ins: which there are, how they are ended, and that a change of password or second factor ends the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset, authenticator_used
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.db import SessionStore
from django.db.models.signals import pre_save
from django.http import HttpRequest

from luciole.hub.audit.services import record
from luciole.hub.members.access import actor_of_person
from luciole.hub.members.models import Person
from luciole.hub.members.policy import ANONYMOUS, Actor

NOWHERE = "0.0.0.0"  # noqa: S104 - stands for an address that is not kept
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
LAST_COUNTER = "last_counter"
ACTIVATED_WITH = "luciole_totp_counter"
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def end_sign_ins(people: Iterable[UUID], *, but: str = "") -> int:
    """Ends every sign-in of these people; but: the key of one session that goes on. Returns how many were ended."""
    found = list(UserSession.objects.filter(user_id__in=list(people)).exclude(session_key=but))
    for one in found:
        one.end()
    return len(found)


def has_second_factor(person: Person) -> bool:
    """Whether a person has an authenticator app or a passkey. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=person, type__in=FACTORS).exists())


def words_for(browser: str) -> str:
    """What is kept of what a browser says about itself: enough to tell one's own apart, and no more."""
    name = next((word for pattern, word in _BROWSERS if pattern in browser), "")
    system = next((word for pattern, word in _SYSTEMS if re.search(pattern, browser)), "")
    return ", ".join(one for one in (name, system) if one)


def _keep_little(instance: UserSession, **_: Any) -> None:
    """No address is kept with a sign-in: it could tell where a helper works."""
    instance.ip = NOWHERE
    if " " in instance.user_agent and "/" in instance.user_agent:
        instance.user_agent = words_for(instance.user_agent)


def _keep_no_claims(instance: SocialAccount, **_: Any) -> None:
    """What another server says about a person is used and not kept."""
    instance.extra_data = {}


def _signed_in(request: HttpRequest, user: Person, **_: Any) -> None:
    methods = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    is_strong = any(one.get("method") == "mfa" for one in methods)
    record("account.sign-in", _actor(user), "person", user.pk, second_factor=is_strong)


def _signed_out(request: HttpRequest, user: Person | None, **_: Any) -> None:
    if user is not None:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        record("account.sign-out", _actor(user), "person", user.pk)


def _password_changed(request: HttpRequest, user: Person, **_: Any) -> None:
    end_sign_ins([user.pk], but=_key(request, user))
    record("account.password", _actor(user), "person", user.pk)


def _factor_added(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    """Whoever just showed a code or a passkey has used the second factor; the session gets a new id for it."""
    if authenticator.type == Authenticator.Type.TOTP:
        authenticator.data[LAST_COUNTER] = request.session.pop(ACTIVATED_WITH, 0)
        authenticator.save(update_fields=["data"])
    if authenticator.type in FACTORS and request.user == user:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
        renew(request, user)
    _factor_changed(request, user, authenticator, "added")


def _factor_removed(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    if not has_second_factor(user):
        methods = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [one for one in methods if one.get("method") != "mfa"]
    _factor_changed(request, user, authenticator, "removed")


def _factor_made_anew(request: HttpRequest, user: Person, authenticator: Authenticator, **_: Any) -> None:
    _factor_changed(request, user, authenticator, "made-anew")


def _factor_changed(request: HttpRequest, user: Person, authenticator: Authenticator, how: str) -> None:
    end_sign_ins([user.pk], but=_key(request, user))
    record("account.second-factor", _actor(user), "person", user.pk, kind=str(authenticator.type), how=how)


def _factor_used(user: Person, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record("account.recovery-code", _actor(user), "person", user.pk)


def renew(request: HttpRequest, person: Person) -> None:
    """Gives the session of this request a new id, as it may do more from now on."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(user=person, session_key=old).update(session_key=request.session.session_key)


def _key(request: HttpRequest, user: Person) -> str:
    return request.session.session_key or "" if request.user == user else ""


def _actor(person: Person) -> Actor:
    return actor_of_person(person, second_factor=False) if person.pk else ANONYMOUS


def session_exists(key: str) -> bool:
    """Whether a sign-in is still there."""
    return bool(SessionStore().exists(key))


def connect() -> None:
    """Called once, when Django starts."""
    pre_save.connect(_keep_little, sender=UserSession, dispatch_uid="luciole-keep-little")
    pre_save.connect(_keep_no_claims, sender=SocialAccount, dispatch_uid="luciole-keep-no-claims")
    user_logged_in.connect(_signed_in, dispatch_uid="luciole-in")
    user_logged_out.connect(_signed_out, dispatch_uid="luciole-out")
    for changed in (password_changed, password_reset, password_set):
        changed.connect(_password_changed, dispatch_uid="luciole-password")
    authenticator_added.connect(_factor_added, dispatch_uid="luciole-factor-added")
    authenticator_removed.connect(_factor_removed, dispatch_uid="luciole-factor-removed")
    authenticator_reset.connect(_factor_made_anew, dispatch_uid="luciole-factor-reset")
    authenticator_used.connect(_factor_used, dispatch_uid="luciole-factor-used")
