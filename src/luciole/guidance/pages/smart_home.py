"""Guidance page: the smart home."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="smart-home",
    version=1,
    order=48,
    title=_("Smart home: cameras, speakers, locks"),
    lead=_("Devices at home can show who is there and what is said. One account often opens all of them."),
    platforms=("any",),
    verdicts=("nothing-seen",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(
            _(
                "Walk through the rooms and list each device: cameras, doorbell, speakers, TV, locks, heating, "
                "lamps, toys."
            )
        ),
        Step(_("For each one: who bought it, who set it up, and on whose account does it run?")),
        Step(_("Look in its app for shared users, guests or a home with several members.")),
        Step(_("A speaker may keep what was said. The account shows it to all who can sign in.")),
        Step(_("An old phone or tablet in a room can also film or listen.")),
        Step(_("Talk about your plans outside, or in a room without such devices.")),
        Step(_("Pulling a plug or leaving a shared home is noticed. Put it into the plan.")),
    ),
    sources=("isdi-questionnaire", "bonnie", "refuge-tech"),
    related=(PLAN_PAGE, "router-and-wifi", "what-do-they-know"),
)
