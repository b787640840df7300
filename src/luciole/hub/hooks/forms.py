"""The form of a webhook."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from luciole.hub.hooks.addresses import LONGEST
from luciole.hub.hooks.services import Event

EVENTS = (
    (Event.ANALYSED.value, _("a file that you handed in was read")),
    (Event.JUDGED.value, _("something else is concluded than before of files that you handed in")),
    (Event.SEARCH.value, _("a saved search that tells by webhook has something new")),
    (Event.HUNT.value, _("a hunt came to its end")),
)
"""What a webhook may be told, in the words of its form."""


class HookForm(forms.Form):
    """A webhook."""

    address = forms.CharField(
        label=_("Address"), max_length=LONGEST, widget=forms.URLInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        help_text=_("It begins with https:// and leads to the public internet."),
    )  # fmt: skip
    events = forms.MultipleChoiceField(
        label=_("What it is told of"), choices=EVENTS, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
