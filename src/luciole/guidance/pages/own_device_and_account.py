"""Guidance page: a device and an account that only the person uses."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="own-device-and-account",
    version=1,
    order=30,
    title=_("A device and an account that only you use"),
    lead=_("You need one way to talk and plan that the other person cannot read."),
    situations=("watched-device", "may-notice", "leaving"),
    verdicts=("known-stalkerware", "behaves-like-stalkerware"),
    steps=(
        Step(_("Get a device that was never in their hands. A simple, cheap phone is enough.")),
        Step(_("Pay in a way that does not show up on a shared bank statement or phone bill.")),
        Step(_("Do not put the old card, the old account or the old backup on it.")),
        Step(_("Make a new e-mail account there. Choose a name that does not point to you.")),
        Step(_("Choose a password there that is like no other. Use your own new number for the second step.")),
        Step(_("Do not link the new account with the old one, and do not send mail from one to the other.")),
        Step(_("Think about where you keep it, and what you say if it is found.")),
        Step(_("Keep the old phone in normal use as long as the plan says so.")),
    ),
    sources=("nnedv-activity", "nnedv-phone-plan", "australia-plan", "canada-checklist"),
    related=("which-device", "do-not-remove-yet", "after-changes"),
)
