"""Guidance page: linked devices of messengers."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="messengers",
    version=1,
    order=45,
    title=_("Messengers: linked devices"),
    lead=_("A messenger can run on a second device. Whoever set that up can read along, without any special app."),
    platforms=("android", "ios", "computer"),
    verdicts=("dual-use", "nothing-seen"),
    criteria=("collect.messenger-files", "collect.messenger-watch", "collect.program-messages"),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("WhatsApp: in the settings or the menu, “Linked devices” lists every computer and browser.")),
        Step(_("Signal: in the settings, “Linked devices” lists them.")),
        Step(_("Telegram: in the settings, “Devices” lists every place where you are signed in.")),
        Step(
            _("Messenger and Instagram: in the settings of the account, look for where you are logged in."), verify=True
        ),
        Step(_("Other apps: look in the settings for devices, sessions or sign-ins."), verify=True),
        Step(_("Look at backups too. Whoever can open the online storage may be able to read the backup.")),
        Step(_("Take photos of the list with another device. An unknown entry has a name and a date.")),
        Step(_("Logging a device out is a change. The other person may see it within minutes.")),
    ),
    sources=("nnedv-phone-plan", "other-causes", "isdi-questionnaire"),
    related=(PLAN_PAGE, "mail-rules", "own-device-and-account"),
)
