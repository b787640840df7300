"""Guidance page: the verdict behaves like stalkerware."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="verdict-behaves-like-stalkerware",
    version=1,
    order=5,
    title=_("It behaves like stalkerware: what now?"),
    lead=_("This app is on no list that was used. Yet it can watch, and it hides or is hard to take away."),
    verdicts=("behaves-like-stalkerware",),
    steps=(
        Step(_("Read the reasons in the report one by one. Each has an ordinary reason beside it.")),
        Step(_("Do you know this app? Did you put it there yourself, for a purpose that you remember?")),
        Step(_("A check can be wrong about an ordinary app. A trained person should look at the report.")),
        Step(_("Until that is clear, use another device for what matters.")),
        Step(_("Call a support organisation before anything is changed.")),
        Step(_("New and renamed apps are on no list. That an app is unknown says nothing good or bad.")),
    ),
    sources=("cas-definition", "predator-report", "av-test-2025", "nnedv-phone"),
    related=("do-not-remove-yet", "hidden-app-android", "documenting"),
)
