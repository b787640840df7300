"""Guidance page: writing down what was found."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="documenting",
    version=1,
    order=32,
    title=_("Writing down what was found"),
    lead=_("Notes and photos help you, and those who help you. Make them before anything is changed."),
    situations=("police", "may-notice", "leaving"),
    verdicts=("known-stalkerware", "behaves-like-stalkerware", "needs-a-person"),
    steps=(
        Step(_("Only do this if it does not put you at risk. You can leave it out.")),
        Step(_("Take photos of the screen with another device. A picture made on the phone itself may be seen.")),
        Step(_("Let the photo show the date and the time, and the whole screen.")),
        Step(_("Write what happened, when and where, who saw it, and how it made you feel.")),
        Step(_("Write down what the other person knew or said that they should not know.")),
        Step(_("In messages, keep the number or the address and the time. A name from your contacts is not enough.")),
        Step(_("Keep the notes in two places that the other person cannot reach.")),
    ),
    sources=("tip-sheet", "womenslaw", "nnedv-evidence"),
    related=("keeping-evidence", "what-police-need", "do-not-remove-yet"),
)
