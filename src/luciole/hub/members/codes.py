"""The codes of the second factor: exactly the digits, each code once, whoever sends it twice at the same moment."""

from __future__ import annotations

import hmac
import re
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luciole.hub.members.models import Person
from luciole.hub.members.sign_ins import ACTIVATED_WITH, LAST_COUNTER

_TOTP = re.compile(r"[0-9]{6}")
_RECOVERY = re.compile(r"[0-9]{8}")


def _field(help_text: Any) -> forms.CharField:
    """Kept as it was typed: what is not exactly a code is none, so that one code has one spelling."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(label=_("Code"), strip=False, max_length=16, widget=widget, help_text=help_text)


def counter_of(secret: str, code: str, after: int = 0) -> int | None:
    """The time step of a code (RFC 6238, section 5.2); None for a wrong one, or one that is not later than `after`."""
    if not _TOTP.fullmatch(code):
        return None
    fitting = [
        counter
        for counter in yield_hotp_counters_from_time()
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, counter)), code)
    ]
    return next((one for one in fitting if one > after), None)


@transaction.atomic
def use_totp(authenticator: Authenticator, code: str) -> bool:
    """Whether a code fits and was not used; from now on it is, and so is every earlier one."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    counter = counter_of(decrypt(row.data["secret"]), code, int(row.data.get(LAST_COUNTER, 0)))
    if counter is None:
        return False
    row.data[LAST_COUNTER] = counter
    row.save(update_fields=["data"])
    return True


def _used(person: Person, code: str) -> Authenticator | None:
    kind = Authenticator.Type.TOTP if _TOTP.fullmatch(code) else Authenticator.Type.RECOVERY_CODES
    found = Authenticator.objects.filter(user=person, type=kind).first()
    if found is None:
        return None
    if kind == Authenticator.Type.TOTP:
        return found if use_totp(found, code) else None
    return found if _RECOVERY.fullmatch(code) and found.wrap().validate_code(code) else None


class _Strict(forms.Form):
    """What both forms share. user: the person who signs in."""

    user: Person

    def clean_code(self) -> str:
        """The code, used up. Raises ValidationError for a wrong one, or after too many."""
        clear = check_rate_limit(self.user)
        code = str(self.cleaned_data["code"])
        found = _used(self.user, code)
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        found = Authenticator.objects.select_related("user").get(pk=found.pk)
        self.authenticator = found
        clear()
        return code


class SignInCode(_Strict, AuthenticateForm):  # type: ignore[misc] # allauth has no types
    """The code at sign-in."""

    code = _field(_("The six digits of your app, or eight digits of a recovery code. Nothing else, no spaces."))


class AgainCode(_Strict, ReauthenticateForm):  # type: ignore[misc] # as above
    """The code again, before something that matters."""

    code = _field(_("The six digits of your app, or eight digits of a recovery code. Nothing else, no spaces."))


class FirstCode(ActivateTOTPForm):  # type: ignore[misc] # as above
    """The first code of a new app, which shows that it has the secret. It cannot be used again to sign in."""

    code = _field(_("The six digits that your app shows now."))

    def clean_code(self) -> str:
        """The code. Raises ValidationError for a wrong one."""
        clear = check_rate_limit(self.user, error_key="rate_limited")
        code = str(self.cleaned_data["code"])
        counter = counter_of(self.secret, code)
        if counter is None:
            raise get_adapter().validation_error("incorrect_code")
        context.request.session[ACTIVATED_WITH] = counter
        clear()
        return code


class NewPasskey(AddWebAuthnForm):  # type: ignore[misc] # as above
    """A new passkey, and what its owner calls it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["name"].label = _("Name")
