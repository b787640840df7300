"""Guidance page: how a helper talks with the person."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="talking-with-the-person",
    version=1,
    order=26,
    title=_("For helpers: talking with the person"),
    lead=_("The person knows their life best. You bring knowledge of devices. They decide."),
    audience="helper",
    situations=("helping", "person-not-asked"),
    steps=(
        Step(_("Ask first how you may reach them, and at what times. Use only that way.")),
        Step(_("Say what you want to look at, why, and what you will write down. Ask for a yes to each part.")),
        Step(_("If the person does not know about the check, stop. Ask them first, or have somebody ask them.")),
        Step(_("Believe what they tell you. Say “this check saw” or “this check did not see”, and promise nothing.")),
        Step(_("Ask what the other person knows. Ask how and since when. That tells more than a hot phone.")),
        Step(_("Never ask why they gave out a password or took a gift. Ask who can use it now.")),
        Step(_("Offer choices with what each may lead to. “Not now” is a good answer.")),
        Step(_("Do not keep their proof, unless that is your work. You could be made to hand it over.")),
        Step(_("Some of what you hear you may have to report by law. Say so before they tell you.")),
        Step(_("Take a break, and talk with your team after a hard day.")),
    ),
    sources=("clinic-appointments", "clinic-overview", "nnedv-survivors", "trauma-informed"),
    related=("before-you-look", "documenting", "what-do-they-know"),
)
