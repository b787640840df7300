"""Sentences of django-allauth that our catalogues say anew, in the words that the rest of the hub uses."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as mark

SAID_ANEW: Final = (
    mark("Be patient, you are sending too many requests."),
    mark("Too many failed login attempts. Try again later."),
    mark("This account is currently inactive."),
    mark("Authenticator code"),
    mark("Authenticator app activated."),
    mark("Authenticator app deactivated."),
    mark("Security key added."),
    mark("Security key removed."),
    mark("Master key"),
    mark("Backup key"),
    mark("Passwordless"),
    mark(
        "Enabling passwordless operation allows you to sign in using just this key, but imposes additional "
        "requirements such as biometrics or PIN protection."
    ),
    mark("Password successfully set."),
    mark("Password successfully changed."),
    mark("The third-party account has been connected."),
    mark("The third-party account has been disconnected."),
    mark("The third-party account is already connected to a different account."),
    mark("You cannot disconnect your last remaining third-party account."),
    mark("Current Password"),
    mark("New Password"),
    mark("New Password (again)"),
    mark("You must type the same password each time."),
)
"""As django-allauth writes them; a sentence that it no longer has is one too many here."""
