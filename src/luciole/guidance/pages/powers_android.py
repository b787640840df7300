"""Guidance page: special powers of an app on Android."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="powers-android",
    version=1,
    order=37,
    title=_("An app with special powers on Android"),
    lead=_("Three powers show an app much: Accessibility, reading of notices, and rights of a device administrator."),
    platforms=("android",),
    criteria=(
        "resistance-to-removal",
        "weakening-protection",
        "remote-control",
        "collect.accessibility-on",
        "collect.notifications-on",
        "collect.keyboard-on",
    ),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(
            _(
                "Accessibility lets an app read the screen and tap for you. Tools for people who see or move "
                "differently need it."
            )
        ),
        Step(_("In Settings, Accessibility shows which apps have this power. Look for one that you do not know.")),
        Step(_("Reading of notices shows an app the start of each message. Watches and cars need it.")),
        Step(
            _(
                "In Settings, look for “Special app access”, and there for access to notifications and for "
                "device admin apps."
            ),
            system="android",
            since=8,
            verify=True,
        ),
        Step(_("A device administrator can lock the phone, and it is hard to take away. Mail at work may need it.")),
        Step(_("Write down or take photos of what is switched on, with another device.")),
        Step(_("Switching a power off can be seen by the other person at once. Leave it until there is a plan.")),
    ),
    sources=("ucsd", "predator-report", "warning-signs"),
    related=(PLAN_PAGE, "hidden-app-android", "documenting"),
)
