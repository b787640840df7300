"""The words of comparisons and timelines. A change is told, never explained: who made it stands in no evidence."""

from __future__ import annotations

from luciole.kernel.text import mark as _

COMPARE_TITLE = _("What is different between two checks")
TIMELINE_TITLE = _("What happened when, as far as the evidence tells")

COMPARED = _("What was compared")
OLDER = _("Earlier")
NEWER = _("Later")
TAKEN = _("taken on {when}")
CHECKED = _("checked on {when}")

ABOUT_CHANGES = _(
    "A change can come from an update, from the person who uses the device, or from somebody else. This comparison "
    "does not tell which."
)
NOT_ALL_FACTS = _(
    "One of the two results does not hold every fact. What it left out could not be compared. To keep every fact: "
    "luciole check PATH --facts --out FOLDER"
)
OTHER_DEVICE = _("The two seem to come from different devices. Then a difference is no change.")
OTHER_KNOWLEDGE = _(
    "The two were checked with different criteria or lists. Then another verdict can come from that alone."
)
SAME_ONE = _("{count} app or device has no difference.")
SAME_MANY = _("{count} apps or devices have no difference.")
NO_CHANGE = _("In what could be compared, no difference was seen.")

VERDICTS_TITLE = _("Verdicts that differ")
APPEARED_TITLE = _("Apps that appeared")
VANISHED_TITLE = _("Apps that vanished")
CHANGED_TITLE = _("What changed in apps and in the device")
NOT_COMPARED_TITLE = _("What could not be compared")
AREAS_TITLE = _("What was examined in only one of the two")
VERDICT_CHANGE = _("{name}: before: {old}; now: {new}.")
VERDICT_OPEN = _("Not everything about it could be compared, so the reason may lie there.")
AREA_CHANGE = _("{name}: before: {old}; now: {new}")
NOT_THERE = _("not part of the evidence")
OPEN_ONE = _("{count} thing")
OPEN_MANY = _("{count} things")
EVERYDAY_ONE = _("{count} difference of everyday use is not shown here. The JSON holds it.")
EVERYDAY_MANY = _("{count} differences of everyday use are not shown here. The JSON holds them.")

KINDS = {
    "appeared": _("appeared"),
    "vanished": _("vanished"),
    "changed": _("changed"),
    "could-not-be-compared": _("could not be compared"),
}
WHYS = {
    "not-looked-at-before": _("the earlier check did not look there"),
    "not-looked-at-now": _("the later check did not look there"),
    "not-kept-before": _("the earlier result does not hold every fact"),
    "not-kept-now": _("the later result does not hold every fact"),
    "not-an-inventory": _("one of the two has no whole list of apps"),
    "other-knowledge": _("the two were checked with different criteria or lists"),
}
CHANGE_FROM = _("{new} (before: {old})")
COLUMNS_CHANGE = (_("What"), _("Difference"), _("Where it was read"))

WHEN, HOW_EXACT, WHAT, WHOSE, WHERE = _("When"), _("Clock"), _("What"), _("App or device"), _("Where it was read")
ABOUT_TIMES = _(
    "Times stand here as they were read. Nothing is converted. A time whose zone is not stated may be off by some "
    "hours, and its place in this order too."
)
CLOCKS = {"times": _("Times"), "timezone": _("Time zone"), "clock": _("Clock")}
"""What the evidence says of its own clock, and the words in which it does."""
CLOCK_WORDS = (_("in UTC"), _("as printed; where they name no zone, the device's own"))
CLOCKS_TITLE = _("Clocks and time zones")
EVENTS_TITLE = _("In the order of time")
UNDATED_ONE = _("{count} text that should be a date is none, and is left out.")
UNDATED_MANY = _("{count} texts that should be dates are none, and are left out.")
TIMELINE_NOT_ALL = _(
    "Not every fact is in this result, so dates may be missing. To keep every fact: luciole check PATH --facts --out "
    "FOLDER"
)
NO_EVENTS = _("Nothing that was read has a date.")
WAS_TAKEN = _("The evidence was taken from the device")
WAS_CHECKED = _("The evidence was checked")
BY_APP = _("{sentence} (by {package})")

ZONES = {
    "utc": _("UTC"),
    "offset": _("with its time zone"),
    "not-stated": _("zone not stated"),
}
PRECISIONS = {
    "second": "",
    "minute": _("to the minute"),
    "day": _("only the day"),
    "month": _("only the month"),
    "year": _("only the year"),
    "period": _("some time in this period"),
}
ATTRIBUTES = {
    "last_foreground": _("last used while open"),
    "last_background": _("last used in the background"),
    "last_rejected": _("last refused"),
    "last_used": _("last used"),
    "first_seen": _("first seen"),
    "last_seen": _("last seen"),
    "granted": _("granted"),
    "installed": _("installed"),
    "modified": _("changed"),
    "changed": _("changed"),
    "created": _("made"),
}
"""What a date in an attribute speaks of; other attributes are shown by their names."""
EVENT = _("{sentence} – {what}")
