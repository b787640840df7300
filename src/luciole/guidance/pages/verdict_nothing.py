"""Guidance page: the verdict that nothing was seen."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="verdict-nothing-seen",
    version=1,
    order=5,
    title=_("Nothing was seen: what now?"),
    lead=_("This check did not see what it looks for. That is no promise. Your own sense of things still counts."),
    verdicts=("nothing-seen",),
    steps=(
        Step(_("Look at what was not examined. The check says nothing about those parts.")),
        Step(_("Most watching needs no special app. Shared accounts and sharing of places are more common.")),
        Step(_("Does somebody know things that they should not know? Note what, and since when.")),
        Step(_("Look at your accounts: who knows the password, and which devices are signed in?")),
        Step(_("Other people, a car, a tracker or a child's tablet can also be the way.")),
        Step(_("Get help even when a check sees nothing. You need no proof to be heard.")),
    ),
    sources=("nnedv-phone", "other-causes", "gallardo", "av-test-2025"),
    related=("what-do-they-know", "iphone-sharing", "android-sharing", "could-not-look"),
)
