"""Guidance page: the router and the wireless network."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="router-and-wifi",
    version=1,
    order=52,
    title=_("The router and the Wi-Fi"),
    lead=_("Whoever runs the router can see which devices are at home, and which sites they ask for."),
    platforms=("network", "computer", "android", "ios"),
    verdicts=("nothing-seen",),
    criteria=(
        "device.network-foreign-resolver",
        "device.network-personal-resolver",
        "device.network-tunnel",
        "remote.network-opened-from-outside",
        "device.proxy",
        "device.private-dns",
        "device.computer-names-led-elsewhere",
        "device.computer-detour",
    ),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Who set up the router, and who knows its password? A sticker on it often shows the first one.")),
        Step(
            _(
                "Its page in the browser lists devices, and sometimes sites and times. Visits to that page can "
                "leave traces."
            )
        ),
        Step(_("Some routers can be run from afar with an app. Whose account is that?")),
        Step(_("Sites with https hide what you read there. They do not hide which site it is.")),
        Step(_("For things that matter, use mobile data of your own device, or another network.")),
        Step(_("A new Wi-Fi password cuts off every device, and is noticed. Plan it first.")),
    ),
    sources=("canada-checklist", "australia-plan"),
    related=(PLAN_PAGE, "network-findings", "smart-home"),
)
