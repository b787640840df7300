"""Guidance page: what police and courts ask for."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="what-police-need",
    version=1,
    order=70,
    title=_("What police and courts need"),
    lead=_("Your own account of what happened is often the most important part. The rest supports it."),
    situations=("police",),
    verdicts=("known-stalkerware",),
    steps=(
        Step(_("You decide whether to go to the police. Ask a support organisation to come with you.")),
        Step(_("Bring a short list: what happened, with dates, places and people who saw it.")),
        Step(_("Bring your notes and photos, and the report of this check. Keep copies of all of them.")),
        Step(_("Say which device it is, who bought it, who pays for it and who knows its code.")),
        Step(_("Say that the device was checked, with what, and when, and what was changed for that.")),
        Step(_("Ask before you hand over a phone: for how long, what is read, and who may see it.")),
        Step(
            _(
                "For officers: note the state first (on, locked, battery, network). Cutting it from the network "
                "is a choice to weigh."
            )
        ),
        Step(
            _(
                "For officers: do not browse apps on it, and do not contact servers named in the report from an "
                "office line."
            )
        ),
        Step(
            _(
                "For officers: the maker of an app may hold the buyer's account and payments. A letter can ask "
                "to keep them."
            )
        ),
    ),
    sources=("nnedv-survivors", "nnedv-evidence", "swgde", "goset", "iso-27037"),
    related=("keeping-evidence", "documenting"),
)
