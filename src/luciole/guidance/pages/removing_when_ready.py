"""Guidance page: removing when the plan says so."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="removing-when-ready",
    version=1,
    order=80,
    title=_("When the plan says that it is time"),
    lead=_("There are several ways to end the watching. Each one is noticed in its own way. You choose."),
    situations=("ready-to-change",),
    cautions=(
        PLAN_FIRST,
        _("Is the proof kept? What is removed cannot be shown later."),
        _("Choose a time when you are with people who help you, and not alone with the other person."),
    ),
    steps=(
        Step(
            _(
                "A new phone with a new number and a new account ends most of it. The old one can stay in use "
                "for a while."
            )
        ),
        Step(_("Do not bring the old backup, the old account or the old card to the new phone.")),
        Step(
            _(
                "To remove one app: on its page in Settings, under Apps, there is a button for it. Special "
                "powers have to be switched off before."
            ),
            system="android",
            since=6,
        ),
        Step(
            _(
                "Putting the phone back to its first state takes away nearly every app. The choice is in "
                "Settings, under System or General management."
            ),
            system="android",
            since=8,
            verify=True,
        ),
        Step(
            _("Settings, General, “Transfer or Reset iPhone” can erase it. Set it up as new, with a new account."),
            system="ios",
            since=15,
        ),
        Step(
            _("Safety Check can end sharing step by step, or all at once. The other person may see that it stopped."),
            system="ios",
            since=16,
        ),
        Step(_("On a computer, a trained person should set up the system anew. Keep only your own files.")),
        Step(_("The other person may see that data stops, that a device is gone, or get a message from an account.")),
        Step(_("Expect questions, and know what you will say. Keep the number of the helpline at hand.")),
    ),
    sources=("nnedv-phone", "kaspersky-alert", "cas-help", "nnedv-phone-plan"),
    related=(PLAN_PAGE, "after-changes", "keeping-evidence"),
)
