"""The words of the two depths of a report: short for a person, everything for an expert."""

from __future__ import annotations

from typing import Literal

from luciole.kernel.text import mark as _

Depth = Literal["person", "expert"]
PERSON: Depth = "person"
EXPERT: Depth = "expert"

SHORT_FORM = _(
    "This is the short form. Everything that was observed, with the place where it was read, stands in the long form."
)
OPEN_FOR_EXPERTS = _('The long form is on this page: open the parts called "For experts".')
RENDER_FOR_EXPERTS = _("To see the long form, add: {option}")
OPTION = "--depth expert"
FOR_EXPERTS = _("For experts: everything that was observed, and how this was decided")
RECORD_FOR_EXPERTS = _("For experts: details of what was examined, digests and versions")
HOW_DECIDED = _("How this was decided")
RULE = _("Rule of the policy")
HELP_TITLE = _("Where to turn to")
GUIDANCE_TITLE = _("What may help now")
READ_PAGE = _("To read this page: {command}")
SOURCES = _("Sources")
MORE_OBSERVED = _("Also observed")
CRITERIA_TITLE = _("The criteria that were met, and what each may mean")
EXPLAINED_ONCE = _(
    'Why each finding matters, and ordinary reasons for it, stand in the part "{part}", once, under its reference.'
)
UNDECIDED_IDS = _("Undecided criteria, and what they need")

EXPERT_LABELS = {
    "behaviours": _("Behaviours"),
    "attack": _("ATT&CK"),
    "indicator": _("Indicator"),
    "sources": _("Sources"),
    "confidence": _("Confidence"),
    "first_seen": _("First seen"),
    "last_seen": _("Last seen"),
    "shared": _("Also used by others, says the list"),
}
