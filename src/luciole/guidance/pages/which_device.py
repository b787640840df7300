"""Guidance page: whether this is a good device to read on."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="which-device",
    version=1,
    order=24,
    title=_("Is this a good device to read this on?"),
    lead=_("Choose a device that the other person never held, never set up and never paid for."),
    situations=("watched-device", "before-looking", "may-notice"),
    steps=(
        Step(_("Did the other person ever have this device, even for ten minutes? Then use another one for this.")),
        Step(_("Was it a gift, or did they set it up for you? Then use another one.")),
        Step(_("Do they know how to unlock it, or could they guess the code? Then use another one.")),
        Step(_("Is it signed in to an account that they know? Then what you do may show up there.")),
        Step(
            _("A device at a library, at work or of a friend is often better. Sign in to nothing there that they know.")
        ),
        Step(
            _(
                "A private window leaves less behind on the device. It does not help against an app that sees "
                "the screen."
            )
        ),
        Step(_("You do not have to give up your phone. Keep it for the things that may be seen.")),
    ),
    sources=("nnedv-spyware", "nnedv-activity", "nnedv-primer", "kaspersky-help"),
    related=("before-you-look", "own-device-and-account"),
)
