"""Guidance page: the verdict monitors and shows itself."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="verdict-visible-monitoring",
    version=1,
    order=5,
    title=_("It monitors and shows itself: what now?"),
    lead=_("This app can watch, and it does not hide that. The question is whether you agree to it."),
    verdicts=("visible-monitoring",),
    steps=(
        Step(_("Did you know of it? Did you agree, freely, and do you still agree?")),
        Step(_("Parents, schools and firms use such apps. For an adult in a couple there is hardly a good reason.")),
        Step(_("To say yes out of fear is not to agree. You may change your mind at any time.")),
        Step(_("Ask who sees the data. The app, or the e-mail about it, often names the account.")),
        Step(_("If you did not agree, plan with a support organisation before you change or say anything.")),
    ),
    sources=("cas-dual-use", "google-monitoring", "privacy-international", "parental-study"),
    related=("do-not-remove-yet", "monitoring-you-knew-of", "children-devices"),
)
