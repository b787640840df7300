"""Guidance page: e-mail that is read along."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="mail-rules",
    version=1,
    order=46,
    title=_("E-mail: who can read along"),
    lead=_("Mail opens the door to most other accounts. So look at it first, from a device that is only yours."),
    platforms=("any",),
    verdicts=("nothing-seen",),
    criteria=("account-model",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(
            _("In the settings of your mail, look for forwarding. Is a copy sent to an address that you do not know?"),
            verify=True,
        ),
        Step(_("Look for filters or rules. A rule can hide messages or pass them on."), verify=True),
        Step(_("Look who else may open the mailbox. Some services let you share it with another person."), verify=True),
        Step(
            _("Look at the list of devices and of last sign-ins. Note places and times that do not fit."), verify=True
        ),
        Step(_("Look at the address and the number for getting the account back. Who reads them?")),
        Step(_("Look at other apps and pages that may sign in with this account.")),
        Step(_("A new password or a deleted rule can be noticed. Put it into the plan first.")),
    ),
    sources=("isdi-questionnaire", "canada-checklist", "refuge-tech"),
    related=(PLAN_PAGE, "own-device-and-account", "after-changes"),
)
