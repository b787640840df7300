"""Guidance page: family plans and the phone contract."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="family-and-contract",
    version=1,
    order=47,
    title=_("Family plans and the phone contract"),
    lead=_("Whoever holds the contract or leads the family group can often see calls, places and purchases."),
    platforms=("any",),
    verdicts=("nothing-seen",),
    criteria=("device.ios-use-shown-to-family",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Whose name is on the phone contract? That person may see numbers, times and costs of calls.")),
        Step(
            _(
                "Some firms sell a service that shows the place of each phone in the contract. Ask the firm, "
                "from another phone."
            )
        ),
        Step(_("Who has the login of the contract, and who gets the bill by mail or e-mail?")),
        Step(_("Who leads the family group of Apple or Google, or of a streaming service? Leaders see more.")),
        Step(_("A call to a helpline can show on the bill too. Call from another phone, or ask them about it.")),
        Step(_("Shared bank cards and shops show what was bought, and where a parcel goes.")),
        Step(_("To leave a shared contract or a group is seen by the others. Plan it first.")),
    ),
    sources=("nnedv-phone-plan", "isdi-questionnaire", "bonnie"),
    related=(PLAN_PAGE, "what-do-they-know", "own-device-and-account"),
)
