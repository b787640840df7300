"""The fixed texts of every result: before you read on, verdicts, limits, next steps. Reviewed like code.

English sentences here are the keys of the translation catalogues. Wording rules: plain, calm, no blame; nothing says
or implies that a device or a person is out of danger; removal is never advised before safety planning.
"""

from __future__ import annotations

from typing import NamedTuple

from luciole.kernel.text import mark as _

TITLE = _("What this check looked at, and what it saw")

BEFORE_TITLE = _("Before you read on")
DANGER = _(
    "If you are in danger now, call the emergency number of your country "
    "(112 in the European Union, 911 in North America)."
)
OTHER_DEVICE = _(
    "Read this on a device that the other person has never had in their hands. "
    "What is done on a watched device may be seen."
)
DO_NOT_REMOVE = _(
    "Do not remove anything yet. The person who put an app there may notice when it stops, and some people become "
    "more dangerous then. Removing it also destroys proof. First make a safety plan, with somebody trained for that."
)
WHERE_TO_TURN = _(
    "Where to turn to: a support organisation for domestic violence or stalking near you. The Coalition Against "
    "Stalkerware lists organisations by country: {link}"
)
RESOURCES_LINK = "https://stopstalkerware.org/get-help/resources/"
BEFORE = (DANGER, OTHER_DEVICE, DO_NOT_REMOVE, WHERE_TO_TURN)

EXAMINED_TITLE = _("What was examined")
NOT_EXAMINED_TITLE = _("What was not examined, and why")
EVERYTHING_EXAMINED = _("Every part of what was handed in, as far as this kind of evidence shows it, was examined.")
TOO_LONG_FOR_PAPER = _("The result is very long, so no PDF was written. To write one all the same, add: --pdf FILE")
UNREADABLE_TITLE = _("What could not be read")
SEEN_TITLE = _("What was seen")
DEVICE_TITLE = _("The device and its settings")
COMPUTER_TITLE = _("The computer and its settings")
TRAFFIC_TITLE = _("A device in the captured traffic")
OTHERS_TITLE = _("Apps in which nothing of what we look for was seen")
LIMITS_TITLE = _("What this check cannot tell")
LIMITS = (
    _(
        "A check can miss an app: one that is new, one that was changed, or one that hides in a part that was not "
        "examined."
    ),
    _("A check can be wrong about an ordinary app. What an app is able to do does not say what anybody did with it."),
    _(
        "Watching often needs no app at all: shared accounts, location sharing, a linked computer, a family plan, "
        "a car or a tracker. No check of apps sees that."
    ),
    _("Lists of known apps are never complete."),
    _("This result is about apps. It says nothing about who installed them, or why."),
)
RECORD_TITLE = _("How this check can be repeated")
OBSERVED = _("Observed")
INTERPRETED = _("What it may mean")
ORDINARY = _("Ordinary reasons")
WHY_IT_MATTERS = _("Why it matters")
WHERE_READ = _("Where it was read")
UNDECIDED_TITLE = _("What could not be decided, because something was not looked at")
NO_INDICATORS = _(
    "No list of known apps is installed here. Known apps can only be recognised by what they are able to do. "
    "To add a list: luciole intel import PATH"
)


class VerdictText(NamedTuple):
    """What a verdict is called, what it means and what to do next; all three are shown together."""

    title: str
    meaning: str
    next_steps: tuple[str, ...]


_PLAN = _("Talk with a support organisation before anything on the device is changed.")
_DOCUMENT = _(
    "If you want to keep proof, take photos of the screen with another device. Write down the date and the time."
)
_ASK = _("Ask yourself: did I know that this app is here, did I agree to it, and do I still agree?")
_EXPERT = _("Let a trained person look at the device or at this report.")
_ACCOUNTS = _("Look at accounts and sharing too: who knows your passwords, and which devices are signed in.")
_BELIEVE = _(
    "If somebody knows things about you that they should not know, trust that. Get help even when a check sees nothing."
)

VERDICTS: dict[str, VerdictText] = {
    "known-stalkerware": VerdictText(
        _("Known stalkerware"),
        _(
            "This is on a list of apps that were agreed to be stalkerware: software that lets somebody secretly "
            "watch another person."
        ),
        (_PLAN, _DOCUMENT, _ACCOUNTS),
    ),
    "behaves-like-stalkerware": VerdictText(
        _("Behaves like stalkerware"),
        _(
            "This app is on no list that was used. But what it is able to do, and the way it hides or resists, "
            "meets the agreed criteria for stalkerware."
        ),
        (_PLAN, _DOCUMENT, _EXPERT),
    ),
    "needs-a-person": VerdictText(
        _("Somebody should look at this"),
        _(
            "What was seen does not fit together, or something that matters could not be looked at. "
            "This needs the eyes of a trained person."
        ),
        (_EXPERT, _PLAN),
    ),
    "visible-monitoring": VerdictText(
        _("Monitors, and shows itself"),
        _(
            "This app can watch what happens on the device. It does not hide from the person who uses the device. "
            "Parents, schools and employers use such apps. They can also be used against a partner."
        ),
        (_ASK, _PLAN),
    ),
    "dual-use": VerdictText(
        _("An ordinary app with a second use"),
        _(
            "This app has an ordinary purpose. It is also able to show another person where somebody is, "
            "or what they write or see."
        ),
        (_ASK, _ACCOUNTS),
    ),
    "nothing-seen": VerdictText(
        _("Nothing of what we look for was seen"),
        _(
            "In what was examined, none of the things that Luciole looks for was seen. That does not mean that "
            "nothing is there: read what was not examined, and what this check cannot tell."
        ),
        (_BELIEVE, _ACCOUNTS),
    ),
}

STATES = {
    "examined": _("examined"),
    "partial": _("partly examined"),
    "not-looked-at": _("not looked at"),
}
REASONS = {
    "none": "",
    "missing": _("it is missing from what was handed in"),
    "not-in-this-evidence": _("this kind of evidence does not hold it"),
    "unknown-format": _("it has a form that Luciole does not know"),
    "encrypted": _("it is encrypted and no key was given"),
    "permission": _("it may not be read"),
    "limit-reached": _("a limit was reached"),
    "damaged": _("it is damaged or contradicts itself"),
    "not-asked": _("nobody asked for it"),
}
STRENGTHS = {
    "strong": _("a strong sign"),
    "supporting": _("a sign that supports others"),
    "weak": _("a weak sign"),
}

BLIND_SPOTS = {
    "app-file": _(
        "An app file shows what the app is able to do. It does not show what was allowed, switched on or used on a "
        "device, nor whether another version came in its place."
    ),
    "device": _(
        "What was taken from a phone or tablet shows that moment. It does not show accounts, other devices, or apps "
        "that were removed without leaving a trace."
    ),
    "computer": _(
        "What was collected from a computer shows that moment. It does not show accounts, other devices, or programs "
        "that were removed without leaving a trace."
    ),
    "capture": _(
        "A capture shows the network traffic of one time and one place. It does not show what was sent at other times, "
        "over mobile data or over another network, nor what encrypted traffic says."
    ),
    "private": _("Messages, calls, contacts, photos and visited pages are only read when a person asks for them."),
}
KINDS = {
    "app-file": _("app file"),
    "app-set": _("app in several files"),
    "androidqf": _("acquisition of an Android device"),
    "bugreport": _("bug report of an Android device"),
    "dumpsys": _("service report of an Android device"),
    "backup": _("backup of an Android device"),
    "age-encrypted": _("encrypted acquisition"),
    "apk-folder": _("app files taken from a device"),
    "ios-backup": _("backup of an iPhone or iPad"),
    "sysdiagnose": _("diagnosis archive of an iPhone or iPad"),
    "ios-live": _("answers of a connected iPhone or iPad"),
    "capture": _("capture of network traffic"),
    "computer": _("what was collected from a computer"),
}
APP_FILE_KINDS = frozenset({"app-file", "app-set"})
LABELS = {
    "app": _("App"),
    "device": _("Device"),
    "package": _("Package"),
    "version": _("Version"),
    "user": _("User of the device"),
    "sha256": _("SHA-256"),
    "certificate": _("Signer"),
    "first_installed": _("First installed"),
    "installer": _("Installed by"),
    "state": _("State"),
    "verdict": _("In short"),
    "because": _("Because"),
    "next": _("What you can do next"),
    "created": _("Checked on"),
    "evidence": _("Handed in"),
    "tool": _("Program"),
    "criteria": _("Criteria"),
    "indicators": _("List of known apps"),
    "technical": _("For experts"),
    "family": _("Family"),
    "reference": _("Reference"),
}
FAMILY_KINDS = {
    "stalkerware": _("agreed to be stalkerware"),
    "watchware": _("watches, but does not hide"),
    "dual-use": _("has an ordinary and a second use"),
    "disputed": _("its place in the lists is disputed"),
}
MATCH_TITLE = _("On a list of known apps: {family}")
NONE_LISTED = _("nothing")
MORE_APPS_ONE = _("and {count} more app; the page lists all of them")
MORE_APPS_MANY = _("and {count} more apps; the page lists all of them")
MORE_FILES_ONE = _("and {count} more file; the page lists all of them")
MORE_FILES_MANY = _("and {count} more files; the page lists all of them")
APPS_ONE = _("{count} app")
APPS_MANY = _("{count} apps")
PRINT_NOTE = _("Keep this report where the other person cannot find it.")
OPENING_NOTE = _("Opening or printing this page leaves traces in the history of the device that you use.")
YES = _("yes")
NO = _("no")
GROUPS = {
    "match": _("On lists of known apps"),
    "concealment": _("How it can hide"),
    "resistance-to-removal": _("How it can resist removal"),
    "weakening-protection": _("How it can weaken protections"),
    "remote-control": _("What somebody far away could do with it"),
    "collection": _("What it can collect"),
    "account-model": _("Who could receive it"),
    "delivery": _("How it came to the device"),
    "persistence": _("How it can stay running"),
    "insecure-handling": _("How it handles data"),
    "device": _("How the device is set up"),
    "declared": _("What it says about itself"),
}
COMPUTER_GROUPS = {
    "delivery": _("How it came to the computer"),
    "device": _("How the computer is set up"),
}
"""The same for computers, where it is said in another way."""
APP_STATES = {
    "installed": _("installed"),
    "disabled": _("disabled"),
    "hidden": _("hidden"),
    "suspended": _("suspended"),
    "archived": _("archived"),
    "removed-data-kept": _("removed, its data is still there"),
    "removed-traces": _("removed, traces are left"),
    "running-unlisted": _("running, on no list of apps"),
}
STATE_NOTES = {
    "removed-traces": _("This app does not seem to be installed any more. Traces of it are left on the device."),
    "running-unlisted": _("Something of this app was running, but no list of installed apps names it."),
    "removed-data-kept": _("This app does not seem to be installed for this user. Its data may still be there."),
    "archived": _("This app is put away: it does not run, and it can be brought back."),
    "disabled": _("This app is installed and switched off."),
}
WITHOUT_FILE = _(
    "The app file was not in what was handed in. What the app is able to do is known only from what the device says "
    "of it."
)
PROGRAM_WITHOUT_FILE = _(
    "The file of the program was not in what was handed in. What the program is able to do is known only from what the "
    "computer says of it."
)
SHORT_NOT_EXAMINED = _("Not examined, or only in part; the reasons stand below:")
NOTHING_READ = _("Nothing of what was handed in could be read.")
DETAILS_TITLE = _("What was and what was not examined, in detail")
LINE = _("line {number}")
PAIR = _("{name}: {value}")
INTRODUCTION = _("{name}:")

PROBLEMS = (
    _("the file is empty"),
    _("not a ZIP archive: no directory found"),
    _("this archive is not an Android app: it holds no manifest and no code"),
    _("none of the files is an Android app that can be read"),
    _("reading took longer than allowed and was stopped"),
    _("the reader ended unexpectedly and was stopped"),
    _("reading needs more memory than allowed"),
    _("the file is nested more deeply than allowed"),
    _("No such file or directory"),
    _("Permission denied"),
)
"""What is most often said of evidence that cannot be read; other reasons are shown in English."""
