"""Guidance page: a configuration profile or device management."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="profile-question",
    version=1,
    order=40,
    title=_("A profile or device management: a question first"),
    lead=_("A profile lets somebody else set up a device from afar. Work and school do this every day."),
    platforms=("ios", "computer", "android"),
    criteria=(
        "device.ios-profile",
        "device.ios-profile-removed",
        "device.ios-fixed-profile",
        "device.ios-mdm",
        "device.ios-supervised",
        "device.ios-root-certificate",
        "device.ios-vpn-profile",
        "device.ios-vpn-always-on",
        "device.ios-content-filter",
        "device.ios-dns-profile",
        "device.ios-proxy",
        "remote.ios-managed-app",
        "device.computer-managed",
        "device.computer-profile",
        "device.computer-authority",
        "device.managed",
        "resist.owner",
    ),
    situations=("knew-of-it",),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Is this a phone or a computer from work or school? Then ask there what they can see.")),
        Step(_("Was it once a work device, or bought used? An old profile may have stayed.")),
        Step(_("Read the name of the maker and of the firm in the profile. Does it fit a firm that you know?")),
        Step(
            _("In Settings, General, VPN & Device Management lists the profiles. If it is missing, there may be none."),
            system="ios",
            since=15,
        ),
        Step(_("In Settings, General, Profiles lists them."), system="ios", until=14, verify=True),
        Step(_("On a Mac, look in System Settings for Device Management or Profiles."), system="macos", verify=True),
        Step(_("A profile that sends all traffic elsewhere, or adds a root certificate, deserves a trained eye.")),
        Step(_("If no firm or school can be behind it, plan first. Whoever set it up may see that it is gone.")),
    ),
    sources=("cas-help", "nnedv-phone", "google-monitoring"),
    related=(PLAN_PAGE, "monitoring-you-knew-of", "documenting"),
)
