"""Guidance page: finding the way by what the other person knows."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="what-do-they-know",
    version=1,
    order=33,
    title=_("What does the other person know?"),
    lead=_("What somebody knows points to how they know it. This helps more than a hot phone or an empty battery."),
    situations=("nothing-seen", "helping"),
    verdicts=("nothing-seen", "needs-a-person"),
    steps=(
        Step(
            _(
                "They know that you called somebody, but not what you said: look at the phone bill and the list "
                "of calls."
            )
        ),
        Step(_("They know what you wrote: look at linked devices, shared accounts and apps.")),
        Step(_("They know where you are: look at sharing in maps, Find My or Find Hub, the car, and small trackers.")),
        Step(_("They know what is said at home: look at speakers, cameras and old phones in the rooms.")),
        Step(_("They know what you search or plan: look at shared computers, browsers and mail.")),
        Step(_("They know a thing that only one person was told: perhaps somebody talked, without meaning harm.")),
        Step(_("Write down examples with dates. A pattern shows more than one event.")),
    ),
    sources=("nnedv-phone-plan", "nnedv-phone", "other-causes", "warning-signs"),
    related=("messengers", "family-and-contract", "smart-home", "trackers"),
)
