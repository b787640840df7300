"""Guidance page: sharing and access with Google and Android."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="android-sharing",
    version=1,
    order=43,
    title=_("Android and Google: who has access, and what is shared"),
    lead=_("No check of apps sees this. Look only, and change nothing yet: many changes send a message."),
    platforms=("android",),
    verdicts=("known-stalkerware", "behaves-like-stalkerware", "needs-a-person", "dual-use", "nothing-seen"),
    situations=("nothing-seen", "leaving"),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(
            _("In the settings of your Google account, under security, open your devices. Do you know each one?"),
            verify=True,
        ),
        Step(
            _("In the same place, look at the mail and the number that can get the account back. Are they yours?"),
            verify=True,
        ),
        Step(_("In Google Maps, tap your picture, then Location sharing. It shows who can see where you are.")),
        Step(_("Find Hub, once called Find My Device, shows the phone to all who can sign in to your account.")),
        Step(
            _("In the Google account, look for the family group, and for Family Link. Who leads the group?"),
            verify=True,
        ),
        Step(_("In Google Photos, look in the settings for partner sharing and for shared albums."), verify=True),
        Step(
            _("In the Play Store, tap your picture, then Play Protect. Note whether it is on, and when it last looked.")
        ),
        Step(
            _(
                "In Settings, look for the users of the phone and for a work profile. Is there one that you "
                "did not make?"
            ),
            system="android",
            since=5,
            verify=True,
        ),
        Step(
            _("Settings, Privacy, Privacy dashboard shows which apps used the camera, the microphone and the place."),
            system="android",
            since=12,
            verify=True,
        ),
        Step(_("In the settings of the screen lock: is there a finger or a face that is not yours?"), verify=True),
        Step(
            _("The maker of the phone may have an account of its own, with its own search for the phone."), verify=True
        ),
    ),
    sources=("gallardo", "ucsd", "other-causes", "refuge-tech", "warning-signs"),
    related=(PLAN_PAGE, "own-device-and-account", "messengers", "family-and-contract"),
)
