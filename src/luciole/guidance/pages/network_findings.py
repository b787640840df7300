"""Guidance page: what a capture of traffic can show."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="network-findings",
    version=1,
    order=41,
    title=_("Findings in network traffic: what they can show"),
    lead=_("A capture shows which servers a device spoke with. It hardly ever shows what was said."),
    platforms=("network",),
    verdicts=(
        "known-stalkerware",
        "behaves-like-stalkerware",
        "needs-a-person",
        "visible-monitoring",
        "dual-use",
        "nothing-seen",
    ),
    criteria=(
        "remote.network-",
        "collect.network-",
        "conceal.network-",
        "account.network-",
        "insecure.network-",
        "device.network-",
    ),
    steps=(
        Step(_("The device need not be touched for this. That is its strength.")),
        Step(
            _("A known server is a strong sign. One visit to a web site is not the same as an app that reports there.")
        ),
        Step(_("Many honest apps report at even times too: mail, weather, updates.")),
        Step(_("One server can be shared by many firms. So an address alone is a weak sign.")),
        Step(_("An app may wait for hours, or for a charger, before it sends. A short capture can miss it.")),
        Step(_("What went over mobile data or another network is not in the capture.")),
        Step(_("Do not open the addresses in the report. The other side could notice the visit.")),
    ),
    sources=("echap", "predator-report", "nnedv-phone"),
    related=("router-and-wifi", "could-not-look", "documenting"),
)
