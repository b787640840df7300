"""What a person is told before something is taken from a device, and after."""

from __future__ import annotations

from luciole.kernel.text import mark as _

ANDROID_BEFORE = (
    _("This reads settings, lists of apps and logs of the connected phone, and writes one file: {path}"),
    _("It changes nothing on the phone, installs nothing there and sends nothing anywhere."),
    _("Before you go on: an app or a person that watches this phone may see the following."),
    _("- Developer options and debugging have to be switched on already. That can be seen in the settings."),
    _("- While the cable is connected the phone shows a notice that debugging is on."),
    _("- The phone asks whether to trust this computer. It keeps a list of the computers it trusts."),
    _("- The phone's own log may note for a while that lists were asked for."),
    _("Only go on if the person whose phone it is agrees, and if now is a good time."),
)
"""Shown line by line. path: the file that will be written."""
ANDROID_CHECKED = (
    _("This reads settings, lists of apps and logs of the connected phone. No copy of them stays on this computer."),
    *ANDROID_BEFORE[1:],
)
"""The same where a connected phone is checked at once and nothing is written."""
IOS_BEFORE = (
    _("This reads lists of apps, profiles and a few settings of the connected iPhone or iPad. It writes: {path}"),
    _("It changes no setting, installs nothing there and sends nothing anywhere."),
    _("Before you go on: an app or a person that watches this device may see the following."),
    _("- The screen may light up and ask whether to trust this computer, and for the code."),
    _("- The device remembers this computer until its location and privacy settings are reset."),
    _("Only go on if the person whose device it is agrees, and if now is a good time."),
)  # fmt: skip
"""As above, for iPhones."""
GO_ON = _("Go on?")
PAIR = _("The device does not trust this computer yet. Ask it now? A question appears on its screen.")
NOTHING_DONE = _("Nothing was asked of the device and no file was written.")
WRITTEN = _("Written: {path}")
KEEP = _(
    "Keep this file where the person of concern cannot reach it. It holds private data, such as names of apps and "
    "times of use."
)
NOT_ANSWERED = _("Not answered, or not wholly. The check will say so too:")
AFTERWARDS_ANDROID = _(
    "Afterwards, if the plan says so: switch debugging off again on the phone, and under Developer options choose to "
    "revoke the computers that it trusts."
)
