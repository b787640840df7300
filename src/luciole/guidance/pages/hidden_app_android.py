"""Guidance page: an app on Android that hides."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="hidden-app-android",
    version=1,
    order=36,
    title=_("An app on Android that hides"),
    lead=_("Some apps have no icon, or pose as a part of the system. The full list of apps still names most of them."),
    platforms=("android",),
    criteria=("concealment",),
    verdicts=("behaves-like-stalkerware",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Looking at the list of apps can be seen by an app that watches the screen. Decide first.")),
        Step(
            _(
                "In Settings, open Apps, and choose to see all apps. On many phones, system apps are a choice "
                "in the menu there."
            )
        ),
        Step(
            _(
                "Compare the list with the name in the report. A plain name such as “Sync” or “Service” is not "
                "bad by itself."
            )
        ),
        Step(
            _(
                "The page of an app shows what it was allowed, and how much data it used. Take photos with "
                "another device."
            )
        ),
        Step(
            _("Settings, Privacy, Privacy dashboard shows which apps used the camera, the microphone and the place."),
            system="android",
            since=12,
            verify=True,
        ),
        Step(_("A work profile, a second user or a locked folder can hold apps that the first list does not show.")),
        Step(_("Apps for screens, keyboards or backups also have no icon. That is ordinary.")),
    ),
    sources=("ucsd", "predator-report", "warning-signs"),
    related=(PLAN_PAGE, "powers-android", "documenting"),
)
