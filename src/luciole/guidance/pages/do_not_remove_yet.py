"""Guidance page: why nothing is removed yet, and what goes into a safety plan."""

from luciole.guidance.page import Page, Step
from luciole.kernel.text import mark as _

PAGE = Page(
    id="do-not-remove-yet",
    version=1,
    order=10,
    title=_("Do not remove anything yet"),
    lead=_("First comes the plan, then the change. You choose when, and whether at all."),
    situations=("may-notice", "leaving", "ready-to-change"),
    verdicts=(
        "known-stalkerware",
        "behaves-like-stalkerware",
        "needs-a-person",
        "visible-monitoring",
        "dual-use",
    ),
    steps=(
        Step(_("The person who gets the data can see when it stops. Some people become more dangerous then.")),
        Step(_("An app that is gone takes its traces with it. Police or a court may need them.")),
        Step(_("A new password or a stopped share can send a message to the other person.")),
        Step(_("Make a plan with somebody who knows about violence. Say what you fear, and where you could go.")),
        Step(_("Put into the plan: who you can call, what you take with you, and what you will say about the change.")),
        Step(_("Write a list of devices and accounts, and of who can get into each of them.")),
        Step(_("Until then, use the device for harmless things. Do what matters on another device.")),
        Step(_("To leave the app where it is can be a good choice for now. Nobody may press you.")),
    ),
    sources=("nnedv-phone", "kaspersky-alert", "kaspersky-help", "tip-sheet", "canada-checklist", "cas-resources"),
    related=("documenting", "own-device-and-account", "removing-when-ready"),
)
