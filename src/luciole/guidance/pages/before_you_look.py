"""Guidance page: before anybody looks at a device."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="before-you-look",
    version=1,
    order=22,
    title=_("Before you look"),
    lead=_("Looking at a device can be seen by the person who watches it. So think first, and look later."),
    situations=("before-looking", "watched-device", "may-notice", "helping"),
    steps=(
        Step(_("Are you in danger now? Then call for help first. The device can wait.")),
        Step(
            _("Ask what could happen if the other person learns that somebody looks. Trust what you feel about this.")
        ),
        Step(
            _("Read, search and write on a device that the other person never had. A library or a friend may have one.")
        ),
        Step(_("Leave the phone in another room while you talk. It may record what is said near it.")),
        Step(_("Use the phone as on any other day. A sudden silence can be noticed.")),
        Step(_("Clearing the list of visited pages can also be noticed. An empty list looks odd.")),
        Step(_("Talk with a support organisation before the check. You can decide “not now” at every step.")),
    ),
    sources=("nnedv-spyware", "nnedv-phone", "nnedv-activity", "digital-footprint"),
    related=("which-device", "do-not-remove-yet", "talking-with-the-person"),
)
