"""Guidance page: monitoring that the person knew of."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="monitoring-you-knew-of",
    version=1,
    order=35,
    title=_("Monitoring that you knew of"),
    lead=_("Work, school and parents may use monitoring that shows itself. In a couple it can be a form of control."),
    verdicts=("visible-monitoring",),
    situations=("knew-of-it", "children"),
    criteria=("declared", "device.managed"),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("At work: ask what is seen, on which device, and whether private use is seen too.")),
        Step(_("At school: ask what is seen outside of lessons and at home.")),
        Step(_("For a child: it should be open, fit the age, and end when it is not needed any more.")),
        Step(_("Between adults: you agreed only if you could have said no without fear.")),
        Step(_("A parent's tool on the phone of an adult is a reason to talk with a support organisation.")),
        Step(_("You may take back what you agreed to. If that could anger somebody, plan it first.")),
        Step(_("Use a private device, not the managed one, to look for help.")),
    ),
    sources=("cas-dual-use", "google-monitoring", "privacy-international", "parental-study"),
    related=(PLAN_PAGE, "children-devices", "profile-question"),
)
