"""Guidance page: the verdict ordinary app with a second use."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="verdict-dual-use",
    version=1,
    order=5,
    title=_("An ordinary app with a second use: what now?"),
    lead=_("Many people use this app for good reasons. It can also show somebody where you are or what you do."),
    verdicts=("dual-use",),
    steps=(
        Step(_("Do you use this app? Did you set it up yourself?")),
        Step(_("Open it and look for sharing: who is in the group, the family or the list of devices?")),
        Step(_("Look which account is signed in. Is it yours, and who else knows its password?")),
        Step(_("If somebody sees more than you want, do not stop it yet. They may get a message about it.")),
        Step(_("Plan the change with somebody you trust, best with a support organisation.")),
    ),
    sources=("cas-definition", "other-causes", "gallardo"),
    related=("do-not-remove-yet", "iphone-sharing", "android-sharing"),
)
