"""Guidance page: browser profiles, extensions and shared logins."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="browsers-and-logins",
    version=1,
    order=44,
    title=_("Browsers and shared logins"),
    lead=_("A browser can carry pages, passwords and searches to another device. No special program is needed."),
    platforms=("computer", "android"),
    verdicts=("nothing-seen", "dual-use"),
    criteria=(
        "collect.computer-extension-broad",
        "deliver.computer-extension-outside",
        "resist.computer-extension-forced",
        "collect.browsing",
    ),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Look which account the browser is signed in to. Is it yours alone?")),
        Step(_("If it keeps all devices in step, your searches and passwords may show up on each of them.")),
        Step(_("Open the list of extensions. One that may read all pages sees what you type there.")),
        Step(_("If the browser says that it is managed, ask who does that. Work and school do.")),
        Step(_("Saved passwords can be seen by all who can unlock the computer.")),
        Step(
            _(
                "Shops, streaming, cloud storage and banks have lists of sign-ins too. Look for ones that you do "
                "not know."
            )
        ),
        Step(_("To sign out other devices is a change. Put it into the plan first.")),
    ),
    sources=("canada-checklist", "isdi-questionnaire", "refuge-tech"),
    related=(PLAN_PAGE, "mail-rules", "own-device-and-account"),
)
