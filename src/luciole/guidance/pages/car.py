"""Guidance page: the car and its app."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="car",
    version=1,
    order=49,
    title=_("The car and its app"),
    lead=_("Many new cars report where they are. Whoever has the car's account can see it on a phone."),
    platforms=("any",),
    verdicts=("nothing-seen",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Does the car have an app? Who set it up, and whose account is the main one?")),
        Step(_("The menu of the car may list linked phones, users and keys."), verify=True),
        Step(_("Phones that were linked with the car may have left contacts and calls in it.")),
        Step(_("The maker or a garage can say who has access. Ask from another phone, and in your own name.")),
        Step(_("Insurance boxes, toll boxes and small trackers can show the way too.")),
        Step(_("Until there is a plan, go to places that matter by other means.")),
        Step(_("To sign somebody out of the car can be seen. Plan it first.")),
    ),
    sources=("other-causes", "canada-checklist", "bonnie"),
    related=(PLAN_PAGE, "trackers", "what-do-they-know"),
)
