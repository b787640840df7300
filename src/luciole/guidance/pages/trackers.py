"""Guidance page: small trackers."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="trackers",
    version=1,
    order=51,
    title=_("Small trackers"),
    lead=_("A tracker is a small disc or box in a bag, a coat or a car. A check of a phone does not find it."),
    platforms=("any",),
    verdicts=("nothing-seen",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Look in bags, linings, coats, prams and toys, and in and under the car. A garage can help.")),
        Step(_("Phones can tell you that an unknown tracker moves with you. Do not wait for that alone.")),
        Step(
            _("The app Find My lists alerts about unknown items that were found with you."),
            system="ios",
            since=15,
            verify=True,
        ),
        Step(
            _("In Settings, look for alerts about unknown trackers, under location or under emergency."),
            system="android",
            since=6,
            verify=True,
        ),
        Step(_("If you find one, take photos of it and of where it was. It carries a number that police can use.")),
        Step(_("To take it away or to empty its battery is noticed. Ask for help first.")),
        Step(_("Keys, earphones and watches can be followed in the same way.")),
    ),
    sources=("other-causes", "canada-checklist", "nnedv-phone-plan"),
    related=(PLAN_PAGE, "car", "what-police-need"),
)
