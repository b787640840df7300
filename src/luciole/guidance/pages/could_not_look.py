"""Guidance page: when the check could not look."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="could-not-look",
    version=1,
    order=28,
    title=_("When the check could not look"),
    lead=_("Something was locked, damaged, missing or unknown. So nothing is known about that part, good or bad."),
    situations=("could-not-look",),
    verdicts=("needs-a-person",),
    steps=(
        Step(_("Read the reason that stands beside each part in the report.")),
        Step(_("If a password was asked for, try again with the right one. Do it only if the person agrees.")),
        Step(_("If a file was cut off or damaged, take it again when that is a good moment.")),
        Step(_("An app file shows less than a device. A backup shows less than the device at hand.")),
        Step(_("Other ways are open: look at the settings together, or at accounts from another device.")),
        Step(_("Each new look at the device can be noticed. Sometimes it is better not to try again.")),
    ),
    sources=("nnedv-phone", "clinic-overview"),
    related=("before-you-look", "what-do-they-know"),
)
