"""Guidance page: an ordinary app that was given much."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="ordinary-app-with-powers",
    version=1,
    order=38,
    title=_("An ordinary app that was allowed much"),
    lead=_("Many honest apps ask for more than they need. What an app may do is not what it did."),
    criteria=("collection", "persistence", "insecure-handling"),
    verdicts=("dual-use",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Ask what the app is for, and whether that fits what it was allowed.")),
        Step(_("Did you allow it yourself? Somebody who held the phone could have done so too.")),
        Step(_("Look who sees what the app keeps: an account, a group, a family, a web page with a login.")),
        Step(_("An app from outside the store deserves a closer look. It can still be honest.")),
        Step(_("In the settings of the device, the page of the app lists what it was allowed.")),
        Step(_("Taking back a permission may show up on the other side, as a gap or a message.")),
    ),
    sources=("cas-definition", "gallardo", "privacy-international"),
    related=(PLAN_PAGE, "android-sharing", "iphone-sharing"),
)
