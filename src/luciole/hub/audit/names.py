"""How the words of the log are called on pages: what was done, by whom, with what, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as mark

ACTIONS: Mapping[str, str] = MappingProxyType({
    "account.change": mark("An account was changed"),
    "account.end-sign-in": mark("Sign-ins were ended"),
    "account.password": mark("A password was changed"),
    "account.recovery-code": mark("A recovery code was used"),
    "account.second-factor": mark("A second factor was changed"),
    "account.sign-in": mark("Somebody signed in"),
    "account.sign-out": mark("Somebody signed out"),
    "agreement.sign": mark("The agreement was signed"),
    "application.add": mark("Something was added to an application"),
    "application.step": mark("An application went a step further"),
    "application.tally": mark("Votes were counted"),
    "application.vote": mark("A vote was given"),
    "application.vouch": mark("A member vouched for an applicant"),
    "comment.remove": mark("A comment was taken back"),
    "handin.change": mark("A hand-in was marked anew"),
    "handin.withdraw": mark("A hand-in was withdrawn"),
    "hub.backup": mark("A backup was made"),
    "hub.restore": mark("The hub was made of a backup"),
    "hunt.run": mark("A hunt was begun"),
    "invitation.cancel": mark("An invitation was ended"),
    "invitation.make": mark("Somebody was invited"),
    "invitation.use": mark("An invitation was used"),
    "key.make": mark("A key was made"),
    "key.revoke": mark("A key was revoked"),
    "lookup": mark("Something was looked up"),
    "organisation.admit": mark("A member was admitted"),
    "organisation.change": mark("A profile was changed"),
    "organisation.leave": mark("A membership was ended"),
    "organisation.reinstate": mark("A member was reinstated"),
    "organisation.suspend": mark("A member was suspended"),
    "person.disable": mark("An account was ended"),
    "person.enable": mark("An account was opened again"),
    "person.role": mark("A role was given or taken"),
    "person.second-factor": mark("A second factor was removed for somebody"),
    "sample.analysed": mark("A sample was analysed"),
    "sample.comment": mark("A comment was written"),
    "sample.fetch": mark("A sample was fetched"),
    "sample.fetch-raw": mark("A sample was fetched as it is"),
    "sample.judged-again": mark("Samples were judged anew"),
    "sample.submit": mark("A file was handed in"),
    "search.feed": mark("A feed got a new address"),
    "search.remove": mark("A saved search was removed"),
    "search.save": mark("A search was saved"),
    "sign-in-server.keep": mark("A sign-in server was kept"),
    "sign-in-server.remove": mark("A sign-in server was forgotten"),
    "webhook.disabled": mark("The hub switched a webhook off"),
    "webhook.make": mark("A webhook was made"),
    "webhook.ping": mark("A test was sent to a webhook"),
    "webhook.remove": mark("A webhook was removed"),
    "webhook.rotate": mark("The secret of a webhook was changed"),
    "webhook.switch": mark("A webhook was switched on or off"),
})  # fmt: skip
"""Everything that is written into the log."""

_ACTORS: Mapping[str, str] = MappingProxyType(
    {"person": mark("a person"), "key": mark("a key"), "hub": mark("the hub itself")}
)
_THINGS: Mapping[str, str] = MappingProxyType({
    "application": mark("an application"), "hub": mark("the hub"), "hunt": mark("a hunt"),
    "invitation": mark("an invitation"), "key": mark("a key"), "lookups": mark("look-ups"),
    "organisation": mark("an organisation"), "person": mark("a person"), "sample": mark("a sample"),
    "search": mark("a saved search"), "webhook": mark("a webhook"),
})  # fmt: skip
_DETAILS: Mapping[str, str] = MappingProxyType({
    "abstain": mark("abstain"), "all": mark("all of them"), "asked": mark("asked for"), "changed": mark("changed"),
    "channel": mark("told by"), "choice": mark("vote"), "comment": mark("comment"), "digest": mark("digest"),
    "erased": mark("erased"), "fetch": mark("fetch"), "fields": mark("fields"), "files": mark("files"),
    "form": mark("form"), "given": mark("given"), "hand_in": mark("hand-in"), "how": mark("how"),
    "keep": mark("hand-ins stay"), "keys": mark("keys"), "kind": mark("kind"), "looked_at": mark("looked at"),
    "most": mark("at most"), "no": mark("no"), "on": mark("switched on"), "purpose": mark("purpose"),
    "requests": mark("requests"), "role": mark("role"), "scopes": mark("scopes"), "seconds": mark("seconds"),
    "second_factor": mark("second factor"), "state": mark("state"), "step": mark("step"), "tlp": mark("marking"),
    "version": mark("version"), "yes": mark("yes"),
})  # fmt: skip


def action_text(action: str) -> str:
    """What was done, in words; the word of the log where a newer hub wrote it."""
    return _(ACTIONS.get(action, action))


def actor_text(kind: str) -> str:
    """What did it, in words."""
    return _(_ACTORS.get(kind, kind))


def thing_text(kind: str) -> str:
    """What it was done with, in words."""
    return _(_THINGS.get(kind, kind))


def detail_text(name: str) -> str:
    """What a detail tells, in words."""
    return _(_DETAILS.get(name, name))


def value_text(value: object) -> object:
    """A detail: yes or no in words, numbers and the words of closed lists as they are."""
    return (_("yes") if value else _("no")) if isinstance(value, bool) else value
