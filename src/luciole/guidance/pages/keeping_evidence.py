"""Guidance page: keeping proof so that it holds."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="keeping-evidence",
    version=1,
    order=34,
    title=_("Keeping proof so that it holds"),
    lead=_("Proof is strong when it is whole, and when it is clear who had it and when."),
    situations=("police",),
    verdicts=("known-stalkerware", "behaves-like-stalkerware"),
    steps=(
        Step(_("The proof belongs to you. It is best when you keep it, not your helper.")),
        Step(_("Change nothing in a file, a message or a photo. Keep the first copy as it is.")),
        Step(
            _(
                "Keep the report of this check together with what was checked. The report names what was read, "
                "with a digest."
            )
        ),
        Step(_("Write down each step: who did what with the device, when, and with which program.")),
        Step(_("Write down who had the device or the copy, from when to when.")),
        Step(_("What others hold also counts: bills, mails from a seller, payments, a log of an account.")),
        Step(_("Data on the server of such an app can be forged by outsiders. So it is weak proof alone.")),
        Step(_("Ask a lawyer or a support organisation what counts where you live.")),
    ),
    sources=("nnedv-evidence", "nnedv-primer", "womenslaw", "iso-27037", "eset-forged"),
    related=("documenting", "what-police-need"),
)
