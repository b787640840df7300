"""The addresses of this domain. Those of django-allauth are named one by one: what is not here cannot be reached."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkey
from allauth.socialaccount import views as server
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path

from luciole.hub.members import views, views_accounts, views_joining, views_servers
from luciole.hub.members.access import requires

_ours: list[URLPattern | URLResolver] = [
    path("about/members/", views.public, name="public"),
    path("join/", views_joining.apply, name="apply"),
    path("join/thanks/", views_joining.applied, name="applied"),
    path("join/<str:secret>/", views_joining.follow, name="application"),
    path("join/<str:secret>/add/", views_joining.follow_add, name="application-add"),
    path("join/<str:secret>/answer/", views_joining.follow_answer, name="application-answer"),
    path("join/<str:secret>/sign/", views_joining.follow_sign, name="application-sign"),
    path("join/<str:secret>/withdraw/", views_joining.follow_withdraw, name="application-withdraw"),
    path("invitation/<str:secret>/", views_accounts.invitation, name="invitation"),
    path("applications/", views_joining.applications, name="applications"),
    path("applications/<uuid:pk>/", views_joining.an_application, name="an-application"),
    path("applications/<uuid:pk>/vouch/", views_joining.vouch, name="application-vouch"),
    path("applications/<uuid:pk>/vote/", views_joining.vote, name="application-vote"),
    path("applications/<uuid:pk>/complete/", views_joining.complete, name="application-complete"),
    path("applications/<uuid:pk>/more/", views_joining.ask_for_more, name="application-more"),
    path("applications/<uuid:pk>/propose/", views_joining.propose, name="application-propose"),
    path("applications/<uuid:pk>/close/", views_joining.close, name="application-close"),
    path("applications/<uuid:pk>/admit/", views_joining.admit, name="application-admit"),
    path("applications/<uuid:pk>/refuse/", views_joining.refuse, name="application-refuse"),
    path("members/", views.members, name="list"),
    path("members/<slug:slug>/", views.member, name="member"),
    path("members/<slug:slug>/suspend/", views.suspend, name="suspend"),
    path("members/<slug:slug>/reinstate/", views.reinstate, name="reinstate"),
    path("members/<slug:slug>/end/", views.end_membership, name="end-membership"),
    path("organisation/", views.organisation, name="organisation"),
    path("organisation/leave/", views.leave, name="leave"),
    path("organisation/keys/", views_accounts.organisation_keys, name="organisation-keys"),
    path("organisation/keys/<uuid:pk>/revoke/", views_accounts.revoke_key, name="revoke-key"),
    path("organisation/sign-in/", views.sign_in_server, name="sign-in-server"),
    path("organisation/sign-in/remove/", views.remove_sign_in_server, name="remove-sign-in-server"),
    path("organisation/people/", views.people, name="people"),
    path("organisation/people/invite/", views.invite, name="invite"),
    path("organisation/people/<uuid:pk>/", views.person, name="person"),
    path("organisation/people/<uuid:pk>/disable/", views.disable_person, name="disable-person"),
    path("organisation/people/<uuid:pk>/enable/", views.enable_person, name="enable-person"),
    path("organisation/people/<uuid:pk>/factor/", views.forget_second_factor, name="forget-second-factor"),
    path("organisation/invitations/<uuid:pk>/cancel/", views.cancel_invitation, name="cancel-invitation"),
    path("coalition/", views.coalition, name="coalition"),
    path("coalition/invite/", views.invite_to_coalition, name="invite-to-coalition"),
    path("coalition/<uuid:pk>/", views.coalition_person, name="coalition-person"),
    path("account/", views_accounts.account, name="account"),
    path("account/sign-ins/", views_accounts.sessions, name="sessions"),
    path("account/sign-ins/<int:pk>/end/", views_accounts.end_session, name="end-session"),
    path("account/sign-ins/end-others/", views_accounts.end_other_sessions, name="end-other-sessions"),
    path("account/keys/", views_accounts.own_keys, name="keys"),
    path("account/keys/<uuid:pk>/revoke/", views_accounts.revoke_own_key, name="revoke-own-key"),
    path("sign-in/organisation/", views_accounts.server_of, name="server-of"),
]


def _anybody(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """An address of allauth for whoever wants to sign in."""
    return path(route, requires("account.enter")(view), name=name)


def _oneself(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """An address of allauth for whoever is signed in, about themselves."""
    return path(route, requires("account.self")(view), name=name)


_of_allauth: list[URLPattern] = [
    _anybody("sign-in/", account.login, "account_login"),
    _anybody("sign-out/", account.logout, "account_logout"),
    _anybody("sign-in/closed/", account.account_inactive, "account_inactive"),
    _anybody("sign-in/code/", factor.authenticate, "mfa_authenticate"),
    _anybody("sign-in/passkey/", passkey.login_webauthn, "mfa_login_webauthn"),
    _anybody("sign-in/forgotten/", account.password_reset, "account_reset_password"),
    _anybody("sign-in/forgotten/sent/", account.password_reset_done, "account_reset_password_done"),
    re_path(
        r"^sign-in/new-password/(?P<uidb36>[0-9A-Za-z]{1,40})-(?P<key>[0-9A-Za-z-]{1,100})/$",
        requires("account.enter")(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    _anybody(
        "sign-in/new-password/kept/", account.password_reset_from_key_done, "account_reset_password_from_key_done"
    ),
    _anybody("sign-in/with/<slug:provider_id>/", views_servers.login, "openid_connect_login"),
    _anybody("sign-in/with/<slug:provider_id>/back/", views_servers.callback, "openid_connect_callback"),
    _anybody("sign-in/cancelled/", server.login_cancelled, "socialaccount_login_cancelled"),
    _anybody("sign-in/failed/", server.login_error, "socialaccount_login_error"),
    _oneself("account/again/", account.reauthenticate, "account_reauthenticate"),
    _oneself("account/again/code/", factor.reauthenticate, "mfa_reauthenticate"),
    _oneself("account/again/passkey/", passkey.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    _oneself("account/password/", account.password_change, "account_change_password"),
    _oneself("account/password/first/", account.password_set, "account_set_password"),
    _oneself("account/second-factor/", factor.index, "mfa_index"),
    _oneself("account/second-factor/app/", totp.activate_totp, "mfa_activate_totp"),
    _oneself("account/second-factor/app/remove/", totp.deactivate_totp, "mfa_deactivate_totp"),
    _oneself("account/second-factor/passkeys/", passkey.list_webauthn, "mfa_list_webauthn"),
    _oneself("account/second-factor/passkeys/add/", passkey.add_webauthn, "mfa_add_webauthn"),
    _oneself("account/second-factor/passkeys/<int:pk>/remove/", passkey.remove_webauthn, "mfa_remove_webauthn"),
    _oneself("account/second-factor/recovery/", recovery.view_recovery_codes, "mfa_view_recovery_codes"),
    _oneself("account/second-factor/recovery/new/", recovery.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _oneself("account/server/", server.connections, "socialaccount_connections"),
]

urlpatterns: list[URLPattern | URLResolver] = [path("", include((_ours, "members"))), *_of_allauth]
