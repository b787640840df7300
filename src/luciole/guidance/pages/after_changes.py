"""Guidance page: accounts and passwords afterwards."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="after-changes",
    version=1,
    order=82,
    title=_("Afterwards: accounts and passwords, in a good order"),
    lead=_("Do this on a device that is only yours. A new password can be read on a device that is watched."),
    situations=("after-changes", "ready-to-change"),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Begin with e-mail. It is the key to all other accounts.")),
        Step(_("Next come the Apple or Google account, then the phone contract, then the bank.")),
        Step(_("After that: messengers, social media, shops, streaming, the car and the smart home.")),
        Step(
            _(
                "For each account: a new password, then your own number and mail for help, then the second step "
                "of sign-in."
            )
        ),
        Step(_("Then look at the list of devices, and sign out those that are not yours.")),
        Step(_("Choose answers to security questions that nobody can know. They need not be true.")),
        Step(_("A program for passwords helps. Nobody else may know its main password.")),
        Step(_("Look again after some weeks, and when somebody knows too much again.")),
        Step(_("Ask the support organisation to stay in touch with you. The time after a change is a hard one.")),
    ),
    sources=("canada-checklist", "australia-plan", "isdi-questionnaire", "refuge-tech"),
    related=(PLAN_PAGE, "own-device-and-account", "mail-rules"),
)
