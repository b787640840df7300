"""The forms of this domain: what people type, checked before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luciole.hub.members import api_keys
from luciole.hub.members.joining import QUESTIONS, Answer, Asking
from luciole.hub.members.models import Organisation, Person, SignInServer
from luciole.hub.members.names import NAMES, VOTES
from luciole.hub.members.words import COALITION_ROLES, Kind, Role, Scope, Standing
from luciole.hub.site.sentences import in_words

_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}")
_COUNTRY = RegexValidator(r"\A[A-Z]{2}\Z", _("Two capital letters, such as FR or KE."))
_AGE = RegexValidator(r"\Aage1[02-9ac-hj-np-z]{58}\Z", _("A public key of age begins with age1 and has 62 letters."))
_WEB = URLValidator(schemes=["https", "http"])
MOST_LANGUAGES = 20


def choices(words: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Words of a closed list with their names, for a field of a form."""
    return [(one.value, gettext(NAMES[type(one).__name__][one])) for one in words]


class _Plain(forms.Form):
    """Labels without a colon behind them."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **({"label_suffix": ""} | named))


def _text(label: Any, longest: int, **named: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, **named)


def _long_text(label: Any, longest: int, **named: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, widget=forms.Textarea(attrs={"rows": 6}), **named)


class LanguagesField(forms.CharField):
    """Language tags (BCP 47), separated by spaces or commas; becomes a list."""

    def to_python(self, value: str | None) -> list[str]:  # type: ignore[override] # a list instead of a text
        """The tags, in the order they were typed."""
        tags = list(dict.fromkeys(re.split(r"[\s,;]+", (value or "").strip())))
        tags = [one for one in tags if one]
        if len(tags) > MOST_LANGUAGES or not all(map(_TAG.fullmatch, tags)):
            raise ValidationError(_("Write languages as short tags, such as: en fr ar"))
        return tags

    def prepare_value(self, value: Any) -> Any:
        """A list shown as it is typed."""
        return " ".join(value) if isinstance(value, list) else value

    def run_validators(self, value: Any) -> None:
        """Those of a text do not apply to a list."""


class ApplicationForm(_Plain):
    """An organisation asks to join."""

    name = _text(_("Name of the organisation"), 200)
    kind = forms.ChoiceField(label=_("What it is"))
    country = _text(_("Country"), 2, validators=[_COUNTRY], help_text=_("Two capital letters, such as FR or KE."))
    languages = LanguagesField(label=_("Languages it works in"), max_length=200, help_text=_("Short tags: en fr ar"))
    profile = _long_text(_("What it does, and why it would like to join"), 4000)
    website = forms.URLField(label=_("Website"), required=False, validators=[_WEB], assume_scheme="https")
    contact_name = _text(_("Your name"), 150)
    contact_email = forms.EmailField(
        label=_("Your e-mail address"), help_text=_("We write to it with a link; keep that link to yourself.")
    )
    contact_language = forms.ChoiceField(label=_("Language of our mails to you"))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["kind"].choices = choices(Kind)  # type: ignore[attr-defined] # of this kind of field
        self.fields["contact_language"].choices = settings.LANGUAGES  # type: ignore[attr-defined] # the same

    def asking(self) -> Asking:
        """What was asked for."""
        said = self.cleaned_data
        return Asking(**(said | {"kind": Kind(said["kind"]), "languages": tuple(said["languages"])}))


class MoreForm(_Plain):
    """The applicant adds what was missing."""

    profile = _long_text(_("What it does, and why it would like to join"), 4000)
    website = forms.URLField(label=_("Website"), required=False, validators=[_WEB], assume_scheme="https")


class QuestionsForm(_Plain):
    """The questions about conflicts of interest: yes or no, and an explanation of each yes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name, question in QUESTIONS.items():
            options = [("no", gettext("No")), ("yes", gettext("Yes"))]
            self.fields[name] = forms.ChoiceField(label=gettext(question), choices=options, widget=forms.RadioSelect)
            self.fields[f"{name}_note"] = forms.CharField(
                label=gettext("If yes: please explain"), required=False, max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Every yes needs an explanation."""
        said = super().clean() or {}
        for name in QUESTIONS:
            if said.get(name) == "yes" and not said.get(f"{name}_note", "").strip():
                self.add_error(f"{name}_note", _("Please explain."))
        return said

    def answers(self) -> dict[str, Answer]:
        """By question."""
        said = self.cleaned_data
        return {name: Answer(said[name] == "yes", said[f"{name}_note"]) for name in QUESTIONS}


class SignForm(_Plain):
    """The agreement is signed. shown: digest of the text that was on the page; language: the one it was in."""

    name = _text(_("Your name, as a signature"), 150)
    agrees = forms.BooleanField(label=_("The organisation agrees, and I may sign for it."))
    shown = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)
    language = forms.RegexField(r"\A[a-z-]{2,10}\Z", widget=forms.HiddenInput)


class PasswordForm(_Plain):
    """A name and a password for a new account."""

    name = _text(_("Your name"), 150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"), strip=False, max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *arguments: Any, email: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._email = email
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """The same twice, and good enough."""
        said = super().clean() or {}
        if said.get("password") != said.get("again"):
            self.add_error("again", _("This is not the same password."))
        elif "password" in said:
            try:
                validate_password(said["password"], Person(email=self._email, name=said.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return said


class AccountForm(forms.ModelForm[Person]):
    """What a person may change about themselves."""

    name = _text(_("Your name"), 150)

    class Meta:
        model = Person
        fields = ("name", "language", "time_zone")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **({"label_suffix": ""} | named))
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
        zones = [(one, one.replace("_", " ")) for one in sorted(available_timezones())]
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=zones)


class OrganisationForm(forms.ModelForm[Organisation]):
    """The profile of an organisation, and the key to which what it fetches is encrypted."""

    name = _text(_("Name of the organisation"), 200)
    profile = _long_text(_("What it does"), 4000, required=False)
    is_listed = forms.BooleanField(label=_("Name this organisation on the public page of members"), required=False)
    country = _text(_("Country"), 2, validators=[_COUNTRY], help_text=_("Two capital letters, such as FR or KE."))
    languages = LanguagesField(label=_("Languages it works in"), max_length=200, help_text=_("Short tags: en fr ar"))
    website = forms.URLField(label=_("Website"), required=False, validators=[_WEB], assume_scheme="https")
    age_recipient = _text(
        _("Public key of age"), 128, required=False, validators=[_AGE],
        help_text=_("Samples you fetch are encrypted to it. Make one with age-keygen, and keep the secret half."),
    )  # fmt: skip

    class Meta:
        model = Organisation
        fields = ("name", "country", "languages", "profile", "website", "is_listed", "age_recipient")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **({"label_suffix": ""} | named))


class InviteForm(_Plain):
    """Somebody is invited."""

    email = forms.EmailField(label=_("E-mail address"))
    name = _text(_("Name"), 150)
    language = forms.ChoiceField(label=_("Language"))
    roles = forms.MultipleChoiceField(label=_("Roles"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *arguments: Any, of_coalition: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        fitting = [one for one in Role if (one in COALITION_ROLES) is of_coalition]
        self.fields["roles"].choices = choices(fitting)  # type: ignore[attr-defined] # of this kind of field
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined] # the same


class RolesForm(_Plain):
    """The roles of one person."""

    roles = forms.MultipleChoiceField(label=_("Roles"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *arguments: Any, of_coalition: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        fitting = [one for one in Role if (one in COALITION_ROLES) is of_coalition]
        self.fields["roles"].choices = choices(fitting)  # type: ignore[attr-defined] # of this kind of field


class KeyForm(_Plain):
    """A new key."""

    name = _text(_("What it is for"), 100)
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("Days until it ends"), min_value=1, max_value=api_keys.LONGEST_DAYS, initial=90)
    networks = forms.CharField(
        label=_("Networks it may come from"), required=False, max_length=1000,
        help_text=_("Such as 192.0.2.0/24, separated by spaces. Empty: from anywhere."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, kind: Kind, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["scopes"].choices = choices(api_keys.scopes_for(kind))  # type: ignore[attr-defined] # of this field

    def clean_networks(self) -> tuple[str, ...]:
        """Networks in their usual spelling."""
        try:
            return api_keys.networks_of(re.split(r"[\s,;]+", self.cleaned_data["networks"].strip()))
        except api_keys.KeyRefused as error:
            raise ValidationError(in_words(error)) from None

    def wanted(self) -> api_keys.Wanted:
        """What was asked for."""
        said = self.cleaned_data
        return api_keys.Wanted(said["name"], frozenset(map(Scope, said["scopes"])), said["days"], said["networks"])


class NoteForm(_Plain):
    """A text that somebody else will read."""

    text = _long_text(_("Your words"), 2000)


class ProposalForm(_Plain):
    """The coordinator proposes to admit."""

    text = _long_text(_("Why members should agree"), 4000)
    way = forms.ChoiceField(label=_("How members decide"), widget=forms.RadioSelect)

    def __init__(self, *arguments: Any, must_vote: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        by_silence = [] if must_vote else [("silence", gettext("By silence: agreed when nobody objects"))]
        field = self.fields["way"]
        field.choices = [*by_silence, ("vote", gettext("By vote"))]  # type: ignore[attr-defined] # of this kind of field


class VoteForm(_Plain):
    """The vote of an organisation."""

    choice = forms.ChoiceField(label=_("Your organisation says"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Members read it."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["choice"].choices = [(one, gettext(text)) for one, text in VOTES.items()]  # type: ignore[attr-defined] # as above


class AdmitForm(_Plain):
    """How the new member belongs to the coalition."""

    standing = forms.ChoiceField(label=_("How it belongs to the coalition"), widget=forms.RadioSelect)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["standing"].choices = choices((Standing.PARTNER, Standing.SUPPORTER, Standing.FOUNDING))  # type: ignore[attr-defined] # as above


class LeaveForm(_Plain):
    """The membership ends, and what becomes of what was handed in."""

    hand_ins = forms.ChoiceField(label=_("What your organisation handed in"), widget=forms.RadioSelect)
    sure = forms.BooleanField(label=_("End the membership now. It cannot be taken back."))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["hand_ins"].choices = [  # type: ignore[attr-defined] # of this kind of field
            ("keep", gettext("stays, under the marking it has")),
            ("withdraw", gettext("is withdrawn")),
        ]


class ServerForm(forms.ModelForm[SignInServer]):
    """The sign-in server of an organisation (OpenID Connect). The secret is never shown again."""

    name = _text(_("Name shown to your people"), 40)
    address = forms.URLField(
        label=_("Address of the server (issuer)"), max_length=400, assume_scheme="https", validators=[_WEB]
    )
    client = _text(_("Client id"), 190)
    secret = forms.CharField(
        label=_("Secret"), max_length=190, required=False, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}), help_text=_("Empty: the one that is kept stays."),
    )  # fmt: skip

    class Meta:
        model = SignInServer
        fields = ("name", "address", "client")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **({"label_suffix": ""} | named))
