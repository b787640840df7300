"""Guidance page: children's devices."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="children-devices",
    version=1,
    order=50,
    title=_("Children's phones, tablets and toys"),
    lead=_("A child's device can show where both of you are. It can come as a gift, and travel between two homes."),
    platforms=("any",),
    verdicts=("visible-monitoring",),
    situations=("children",),
    criteria=("declared.monitoring-tool",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("List phones, tablets, watches, game consoles and toys of the children.")),
        Step(_("For each one: who gave it, who pays for it, and which account leads the family group?")),
        Step(_("Parental control shows itself on the device. Look who holds the parent's account.")),
        Step(_("Video calls and games show the room, and voices in it.")),
        Step(_("Do not make the child keep secrets or search for traces. Explain what fits their age.")),
        Step(_("A court order on contact may touch these devices. Ask a lawyer before you change them.")),
        Step(_("To stop the sharing on a child's device is noticed as fast as on yours.")),
    ),
    sources=("isdi-questionnaire", "bonnie", "parental-study", "cas-dual-use"),
    related=(PLAN_PAGE, "monitoring-you-knew-of", "family-and-contract"),
)
