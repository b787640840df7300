"""Guidance page: findings on an iPhone or in its backup."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="iphone-findings",
    version=1,
    order=39,
    title=_("Findings on an iPhone or iPad"),
    lead=_("On an iPhone, secret apps are rarer. Access to the account and to the backup is more common."),
    platforms=("ios",),
    criteria=("device.ios-", "deliver.ios-", "collect.ios-", "remote.ios-", "conceal.ios-", "account.ios-"),
    verdicts=("known-stalkerware", "behaves-like-stalkerware", "needs-a-person", "nothing-seen"),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(
            _(
                "A backup shows the apps, some settings and what was allowed. It does not show who is signed in "
                "elsewhere."
            )
        ),
        Step(_("Some services read the backup in iCloud from afar. They need only the account and its password.")),
        Step(
            _(
                "Traces of a jailbreak mean that limits of the system were lifted. Some people do that for fun "
                "or repair."
            )
        ),
        Step(_("A computer that is trusted can read much of the phone. Ask which computers it was linked with.")),
        Step(_("A keyboard with full access can see what is typed. Many well-known keyboards ask for it.")),
        Step(
            _(
                "In Settings, Privacy & Security, App Privacy Report shows which apps used the place, camera "
                "and microphone."
            ),
            system="ios",
            since=16,
        ),
        Step(_("Show a finding that you do not know to a trained person, before anything is changed.")),
    ),
    sources=("cas-help", "gallardo", "nnedv-phone"),
    related=(PLAN_PAGE, "iphone-sharing", "profile-question"),
)
