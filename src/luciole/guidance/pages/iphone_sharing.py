"""Guidance page: sharing and access on Apple devices."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="iphone-sharing",
    version=1,
    order=42,
    title=_("iPhone and iPad: who has access, and what is shared"),
    lead=_("No check of apps sees this. Look only, and change nothing yet: many changes send a message."),
    platforms=("apple",),
    verdicts=("known-stalkerware", "behaves-like-stalkerware", "needs-a-person", "dual-use", "nothing-seen"),
    situations=("nothing-seen", "leaving"),
    criteria=(
        "device.ios-place-shared",
        "device.ios-use-shown-to-family",
        "device.ios-several-apple-accounts",
        "device.ios-several-computers",
        "device.ios-trusted-computer",
        "device.ios-computer-over-wifi",
    ),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(
            _("Settings, Privacy & Security, Safety Check, “Manage Sharing & Access” lists people, apps and devices."),
            system="ios",
            since=16,
        ),
        Step(
            _(
                "“Emergency Reset” in Safety Check stops all sharing at once. Others will notice. Plan before "
                "you use it."
            ),
            system="ios",
            since=16,
        ),
        Step(_("Settings, your name: at the bottom stand all devices that use your account. Do you know each one?")),
        Step(
            _(
                "Settings, your name, “Sign-In & Security” shows numbers and people who can help to get into "
                "the account."
            ),
            system="ios",
            since=17,
            verify=True,
        ),
        Step(
            _(
                "Settings, your name, “Password & Security” shows numbers and people who can help to get into "
                "the account."
            ),
            system="ios",
            since=15,
            until=16,
            verify=True,
        ),
        Step(_("Whoever knows the password of the account can open photos, notes and mail in iCloud on any computer.")),
        Step(_("In Settings, near your name, look for Family. Who is in it, and who set up the group?"), verify=True),
        Step(
            _("In the app Find My, under People, see who can follow where you are. Under Devices, see what is listed.")
        ),
        Step(_("In Photos, look for shared albums and a shared library. Who is in them?"), verify=True),
        Step(_("In the settings of Messages, look for the forwarding of text messages to other devices."), verify=True),
        Step(_("In Settings, Face ID or Touch ID: is there a second face or a finger that is not yours?")),
        Step(
            _("Calendars, notes and reminders can be shared too. A small sign beside the list shows it."), verify=True
        ),
    ),
    sources=("cas-help", "gallardo", "other-causes", "refuge-tech"),
    related=(PLAN_PAGE, "own-device-and-account", "messengers", "family-and-contract"),
)
