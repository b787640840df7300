"""The ways through the hub: one table, of which a person sees what the policy lets them do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as mark

from luciole.hub.members.policy import Actor, Target, allowed


class Way(NamedTuple):
    """One way. name: of the address; action: who may go there; what: a sentence on the home page."""

    name: str
    title: str
    action: str
    what: str


WAYS: tuple[Way, ...] = (
    Way("samples:list", mark("Samples"), "sample.search", mark("Search and read what members shared.")),
    Way("samples:hand-in", mark("Hand in"), "sample.submit", mark("Hand in app files and say who may see them.")),
    Way("samples:searches", mark("Saved searches"), "search.self", mark("Searches that tell you about new samples.")),
    Way("samples:hunts", mark("Hunts"), "hunt.run", mark("Run a rule over everything that was handed in before.")),
    Way("hooks:list", mark("Webhooks"), "webhook.read", mark("A server of yours is told what happened here.")),
    Way("members:list", mark("Members"), "member.read", mark("Who belongs to the coalition, and what they do.")),
    Way("members:organisation", mark("Your organisation"), "member.edit", mark("Its profile, people and keys.")),
    Way("members:coalition", mark("Coalition"), "member.suspend", mark("Who leads and advises the coalition.")),
    Way("members:applications", mark("Applications"), "application.read", mark("Who asks to join, and what is next.")),
    Way("audit:list", mark("Log"), "audit.read", mark("Who did what, and when, in your organisation.")),
    Way("members:account", mark("Your account"), "account.self", mark("Sign-in, second factor, keys and language.")),
)
"""Ways whose address is not there are left out."""


class Entry(NamedTuple):
    """A way as one person sees it. is_here: whether they are on it."""

    address: str
    title: str
    what: str
    is_here: bool


def entries_for(actor: Actor, path: str) -> list[Entry]:
    """The ways that this actor may go. path: where they are."""
    if not actor.is_known:
        return []
    found = list(_entries(actor))
    here = max((one.address for one in found if path.startswith(one.address)), key=len, default="")
    return [one._replace(is_here=one.address == here) for one in found]


def _entries(actor: Actor) -> Iterator[Entry]:
    for way in WAYS:
        if not allowed(actor, way.action, Target(actor.organisation, actor.person, shared=True)):
            continue
        try:
            address = reverse(way.name)
        except NoReverseMatch:
            continue
        yield Entry(address, _(way.title), _(way.what), is_here=False)
