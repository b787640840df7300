"""Guidance page: the verdict known stalkerware."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="verdict-known-stalkerware",
    version=1,
    order=5,
    title=_("It is on a list of known stalkerware: what now?"),
    lead=_("Others have looked at this app before. They agree that it is made to watch somebody in secret."),
    verdicts=("known-stalkerware",),
    steps=(
        Step(_("The report says by what it was known: a name, a signer, a file or a server. A name alone is weaker.")),
        Step(_("It does not say who put it there, or whether the app is in use now.")),
        Step(_("The report lists what the app can collect. Think about what that may have shown.")),
        Step(_("Do not speak about this near the device, and do not search for the app's name on it.")),
        Step(_("Call a support organisation from another device. Plan with them before anything is changed.")),
        Step(_("If you want proof, make photos and notes now, while the app is still there.")),
    ),
    sources=("cas-definition", "echap", "nnedv-phone", "kaspersky-alert"),
    related=("do-not-remove-yet", "documenting", "own-device-and-account"),
)
