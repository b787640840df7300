"""The forms of this domain: what they ask, in words, and what comes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from luciole.hub.members.words import Purpose, Tlp
from luciole.hub.samples.about import NOTE_LENGTH, About
from luciole.hub.samples.marking import Marking
from luciole.hub.samples.search_language import LONGEST
from luciole.hub.samples.searches import FEED, LONGEST_NAME, MAIL, NONE, WEBHOOK

CONSENT = "survivor-1"
"""Id of the consent statement of the hand-in form; another text gets another id."""
CONSENT_TEXT = _(
    "The person whose device the file comes from knows what is handed in, who may see it and that it may stay here, "
    "and agrees. They may change their mind: then the hand-in is withdrawn."
)
TLP = (
    (Tlp.CLEAR.value, _("TLP:CLEAR – everybody may know of it")),
    (Tlp.GREEN.value, _("TLP:GREEN – every member, and who works with them")),
    (Tlp.AMBER.value, _("TLP:AMBER – members, and whom they must tell")),
    (Tlp.AMBER_STRICT.value, _("TLP:AMBER+STRICT – your organisation alone")),
    (Tlp.RED.value, _("TLP:RED – your organisation alone, and there only who must know")),
)
PURPOSES = (
    (Purpose.DETECTION.value, _("detection in products")),
    (Purpose.RESEARCH.value, _("research")),
    (Purpose.SUPPORT.value, _("support of survivors")),
    (Purpose.CASEWORK.value, _("casework")),
)
SOURCES = (
    ("other", _("somewhere else")),
    ("device", _("a device")),
    ("website", _("the vendor's website")),
    ("store", _("a store")),
    ("partner", _("a partner")),
    ("telemetry", _("our own products")),
)
TELLING = (
    (NONE, _("not at all")),
    (MAIL, _("by mail, at most once a day")),
    (WEBHOOK, _("by the webhooks of your organisation")),
    (FEED, _("by an Atom feed with a secret address")),
)


class ManyFiles(forms.FileInput):
    """A field for several files."""

    allow_multiple_selected = True


class Files(forms.FileField):
    """Several files. Each is checked when it is handed in."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The files; an error of the form where there is none. data: as the widget has them."""
        del initial
        given = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return given


class MarkingForm(forms.Form):
    """How far a hand-in may travel."""

    tlp = forms.ChoiceField(label=_("Who may see it"), choices=TLP, initial=Tlp.AMBER.value, widget=forms.RadioSelect)
    purposes = forms.MultipleChoiceField(
        label=_("What it may be used for"), choices=PURPOSES, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: for everything that the agreement of the members allows."),
    )  # fmt: skip
    embargo = forms.DateField(
        label=_("Nobody else sees it before"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Everybody who may see the hand-in reads it. Name no people."),
    )  # fmt: skip

    def embargo_until(self) -> dt.datetime | None:
        """The first moment of the day that was named, where the person is."""
        day = self.cleaned_data.get("embargo")
        return timezone.make_aware(dt.datetime.combine(day, dt.time())) if day else None

    def purposes_chosen(self) -> tuple[Purpose, ...]:
        """What it may be used for; empty: everything."""
        return tuple(Purpose(one) for one in self.cleaned_data["purposes"])

    def marking(self) -> Marking:
        """What was chosen, once the form is valid."""
        said = self.cleaned_data
        return Marking(
            tlp=Tlp(said["tlp"]), purposes=self.purposes_chosen(), embargo_until=self.embargo_until(), note=said["note"]
        )


class HandInForm(MarkingForm):
    """A hand-in. The files stand last, so that everything about them has arrived before they do."""

    source = forms.ChoiceField(label=_("Where it comes from"), choices=SOURCES)
    from_survivor = forms.BooleanField(
        label=_("It comes from a survivor's device"), required=False,
        help_text=_("Then file names are not kept, for names of people and cases often stand in them."),
    )  # fmt: skip
    consent = forms.BooleanField(label=CONSENT_TEXT, required=False)
    file = Files(
        label=_("Files"), widget=ManyFiles(attrs={"multiple": True}),
        help_text=_(
            "App files, or ZIP archives of them under the password “infected”. They are never opened on this page."
        ),
    )  # fmt: skip
    field_order: Sequence[str] = (
        "source", "from_survivor", "consent", "tlp", "purposes", "embargo", "note", "file",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Asks for the consent where it is needed."""
        said = super().clean() or self.cleaned_data
        if said.get("from_survivor") and not said.get("consent"):
            self.add_error("consent", _("Without this consent a file from a survivor's device cannot be handed in."))
        return said

    def about(self, file_name: str) -> About:
        """What is said about one of the files, once the form is valid."""
        said, from_survivor = self.cleaned_data, self.cleaned_data["from_survivor"]
        return About(
            file_name=file_name, source=said["source"], tlp=Tlp(said["tlp"]), purposes=self.purposes_chosen(),
            embargo_until=self.embargo_until(), note=said["note"], from_survivor=from_survivor,
            consent=CONSENT if from_survivor else "",
        )  # fmt: skip


class AnnouncedForm(HandInForm):
    """The same for a file that arrives in pieces."""

    file = None  # type: ignore[assignment] # Django's way of leaving a field out
    file_name = forms.CharField(required=False, max_length=1000, strip=False)
    size = forms.IntegerField(min_value=0)


class SearchForm(forms.Form):
    """A search that is kept."""

    name = forms.CharField(label=_("Name"), required=False, max_length=LONGEST_NAME)
    query = forms.CharField(label=_("Search"), max_length=LONGEST, required=False)
    channel = forms.ChoiceField(label=_("How to tell you"), choices=TELLING)


class HuntForm(forms.Form):
    """A hunt. most: samples it may look at, newest first."""

    kind = forms.ChoiceField(
        label=_("What to look with"), initial="yara", widget=forms.RadioSelect,
        choices=(("yara", _("a YARA rule, over the files")), ("criterion", _("a criterion, over the facts"))),
    )  # fmt: skip
    text = forms.CharField(
        label=_("The rule"), max_length=20_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "ltr", "spellcheck": "false", "class": "mono"}),
    )  # fmt: skip
    most = forms.IntegerField(
        label=_("Look at no more than so many samples"), required=False, min_value=1, max_value=1_000_000,
    )  # fmt: skip
