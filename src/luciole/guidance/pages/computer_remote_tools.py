"""Guidance page: tools for remote access on a computer."""

from luciole.guidance.page import PLAN_FIRST, PLAN_PAGE, Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="computer-remote-tools",
    version=1,
    order=41,
    title=_("Computers: programs that work from afar"),
    lead=_(
        "Some programs let another person see the screen, use the mouse or record the keys. Many are "
        "sold for help at work."
    ),
    platforms=("computer",),
    verdicts=(
        "known-stalkerware",
        "behaves-like-stalkerware",
        "needs-a-person",
        "visible-monitoring",
        "dual-use",
        "nothing-seen",
    ),
    criteria=(
        "remote.computer-",
        "collect.computer-",
        "device.computer-",
        "persist.computer-",
        "conceal.computer-",
        "weaken.computer-",
        "collect.program-",
        "conceal.program-",
        "resist.program-",
        "weaken.program-",
    ),
    cautions=(PLAN_FIRST,),
    steps=(
        Step(_("Was help from afar ever given on this computer? The tool for it may have stayed.")),
        Step(_("Look at the list of installed programs, and at what starts together with the computer.")),
        Step(
            _("In System Settings, Privacy & Security lists which programs may record the screen or follow the keys."),
            system="macos",
            since=13,
        ),
        Step(_("In Settings, under Apps, look at installed apps and at Startup."), system="windows", since=10),
        Step(_("Look whether other people have their own user on this computer, or rights to manage it.")),
        Step(_("A computer from work or school is often managed. Ask there what can be seen.")),
        Step(_("A small plug between the keys and the computer can also record. Look at the sockets.")),
        Step(_("Whoever used a program from afar can see at once that it is gone. Plan first.")),
    ),
    sources=("nnedv-spyware", "canada-checklist", "australia-plan"),
    related=(PLAN_PAGE, "browsers-and-logins", "profile-question"),
)
