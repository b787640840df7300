"""How django-allauth is bound to the hub: invitations alone, our mails, wrapped secrets, sign-in servers of members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from luciole.hub.members import mails, outgoing
from luciole.hub.members.models import Person, SignInServer
from luciole.hub.members.sign_in_secrets import secret_of, unwrap, wrap
from luciole.hub.members.sign_ins import has_second_factor
from luciole.hub.members.words import COALITION_ROLES, State
from luciole.hub.site.jobs import later

if TYPE_CHECKING:
    import requests

OIDC = "openid_connect"
_SILENT = frozenset({
    "account/messages/logged_in.txt", "account/messages/logged_out.txt", "mfa/messages/recovery_codes_generated.txt"
})  # fmt: skip
"""What the page that follows says by itself."""


class Accounts(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Nobody signs up by themselves; mails are ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        del request
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Home; somebody without a second factor is led to setting one up."""
        person = request.user
        if isinstance(person, Person) and not has_second_factor(person):
            return reverse("mfa_index")
        return str(super().get_login_redirect_url(request))

    def send_password_reset_mail(self, user: Person, email: str, context: dict[str, Any]) -> None:
        """Mails the link later, so that nobody can tell by the time whether there is such an account."""
        del email, context
        later(mails.send_reset, str(user.pk))

    def send_notification_mail(
        self, template_prefix: str, user: Person, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tells a person that how they sign in was changed."""
        del template_prefix, context, email
        mails.tell(user.pk, "security", reverse("members:account"))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No mail but ours is ever sent."""
        raise NotImplementedError(template_prefix)

    def add_message(self, request: HttpRequest, level: int, *arguments: Any, **named: Any) -> None:
        """Shows what was done, where that is worth a line."""
        template = named.get("message_template") or (arguments[0] if arguments else "")
        if template not in _SILENT:
            super().add_message(request, level, *arguments, **named)


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc] # as above
    """Secrets of authenticator apps and recovery codes are wrapped with the hub's key."""

    def encrypt(self, text: str) -> str:
        """As `wrap`."""
        return wrap(text)

    def decrypt(self, encrypted_text: str) -> str:
        """As `unwrap`."""
        return unwrap(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last second factor stays until there is another one."""
        others = Authenticator.objects.filter(user=authenticator.user_id).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


class Servers(DefaultSocialAccountAdapter):  # type: ignore[misc] # as above
    """Each organisation's own sign-in server lets in the people of that organisation, and nobody else."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The servers of members, by the short name of the organisation."""
        del request
        rows = SignInServer.objects.select_related("organisation").filter(organisation__state=State.ACTIVE.value)
        if provider and provider != OIDC:
            rows = rows.filter(organisation__slug=provider)
        if client_id:
            rows = rows.filter(client=client_id)
        return [_app(one) for one in rows]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        del request, sociallogin
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Whether the first sign-in may find the account by a confirmed address."""
        found = Person.objects.filter(email__iexact=email).first()
        return found is not None and _is_of(login, found) and not found.role_names & COALITION_ROLES

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses people of other organisations, whatever their server says."""
        if sociallogin.is_existing and not _is_of(sociallogin, sociallogin.user):
            messages.error(request, _("This account does not belong to that organisation."))
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))

    def get_requests_session(self) -> requests.Session:
        """Speaks to addresses of the public internet alone, unless the operator said otherwise."""
        return outgoing.session()


def _app(server: SignInServer) -> SocialApp:
    secret = secret_of(server)
    return SocialApp(
        provider=OIDC, provider_id=server.organisation.slug, name=server.name, client_id=server.client, secret=secret,
        settings={"server_url": server.address, "oauth_pkce_enabled": True},
    )  # fmt: skip


def _is_of(login: SocialLogin, person: Person) -> bool:
    organisation = person.organisation
    account: SocialAccount = login.account
    return organisation is not None and organisation.slug == account.provider
