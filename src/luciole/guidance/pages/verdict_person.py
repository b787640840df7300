"""Guidance page: the verdict that somebody should look."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="verdict-needs-a-person",
    version=1,
    order=5,
    title=_("Somebody should look at this: what now?"),
    lead=_("The signs do not fit together, or a part is missing. A program cannot decide this."),
    verdicts=("needs-a-person",),
    steps=(
        Step(_("This is a question and no answer. It can still turn out to be ordinary.")),
        Step(_("Look at the list of what was not examined. Some of it can be added later.")),
        Step(_("Ask: do I know this app, did I agree to it, does it fit how I use the device?")),
        Step(
            _(
                "Show the report to a tech clinic or another trained person. It names each place where something "
                "was read."
            )
        ),
        Step(_("Until then change nothing, and use another device for what matters.")),
    ),
    sources=("clinic-overview", "nnedv-phone", "other-causes"),
    related=("do-not-remove-yet", "could-not-look", "what-do-they-know"),
)
