"""Who may do what to whose things: one readable table, deny by default. Pure, so that every layer shares it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from luciole.hub.members.words import Kind, Role, Scope, State


class Whose(Enum):
    """What of an object a rule reaches."""

    OWN = "own"
    """Things of the actor's organisation."""
    SHARED = "shared"
    """Things that were shared with the actor's organisation, its own among them."""
    SELF = "self"
    """Things of the very person."""
    ALL = "all"
    """Things of the coalition, which belong to no organisation."""


class Actor(NamedTuple):
    """Who asks. scopes: of an API key, None for a person who signed in; second_factor: whether one was used."""

    person: str = ""
    key: str = ""
    organisation: str = ""
    kind: Kind | None = None
    state: State = State.ACTIVE
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] | None = None
    second_factor: bool = False

    @property
    def is_known(self) -> bool:
        """Whether somebody stands behind the request."""
        return bool(self.person or self.key)


ANONYMOUS = Actor()


class Target(NamedTuple):
    """What an action is about. organisation: its owner, empty for things of the coalition; person: whose own it is;
    shared: whether it was shared with the organisation of the actor."""  # noqa: D205, D209 - a list of fields follows the sentence

    organisation: str = ""
    person: str = ""
    shared: bool = False


OF_COALITION = Target()


class Rule(NamedTuple):
    """One line of the table. roles: one of them is needed (empty: any member); kinds: of organisations that may (empty:
    all); scope: that an API key needs (None: keys may not); public: no account is needed."""  # noqa: D205, D209 - a list of fields follows the sentence

    sentence: str
    whose: Whose = Whose.ALL
    roles: frozenset[Role] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    scope: Scope | None = None
    second_factor: bool = True
    public: bool = False


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


FETCHING = frozenset({Kind.SECURITY, Kind.POLICE, Kind.RESEARCH, Kind.RIGHTS})
"""Support organisations and the public never fetch samples."""
OF_MEMBERS = frozenset(Kind)
"""Any kind, but some organisation: people of the coalition itself have none for which they could act."""
OWNER, ANALYST, VOTER = Role.OWNER, Role.ANALYST, Role.VOTER
COORDINATOR, AUDITOR, INVESTIGATOR = Role.COORDINATOR, Role.AUDITOR, Role.INVESTIGATOR

TABLE: Mapping[str, Rule] = {
    "public.read": Rule("Everybody may read the public pages.", public=True),
    "application.write": Rule("Everybody may ask to join.", public=True),
    "application.follow": Rule("Whoever holds its secret link may follow an application.", public=True),
    "account.enter": Rule("Whoever was invited may set up their account and sign in.", public=True),
    "account.self": Rule("A person may see and change their own account.", Whose.SELF, second_factor=False),
    "member.read": Rule("Every member may see the members.", scope=Scope.READ, second_factor=False),
    "member.edit": Rule("An owner may change the profile of their organisation.", Whose.OWN, _roles(OWNER)),
    "people.manage": Rule("An owner may invite people, give roles and end accounts.", Whose.OWN, _roles(OWNER)),
    "coalition.roles": Rule("The coordinator gives and takes the roles of the coalition.", roles=_roles(COORDINATOR)),
    "application.read": Rule("Every member may see applications to join.", second_factor=False),
    "application.handle": Rule("The coordinator leads applications through their steps.", roles=_roles(COORDINATOR)),
    "application.vouch": Rule("An owner or voter may vouch for an applicant.", roles=_roles(OWNER, VOTER)),
    "application.vote": Rule("A voter votes for their organisation.", roles=_roles(VOTER)),
    "member.suspend": Rule("The coordinator may suspend a member and end its membership.", roles=_roles(COORDINATOR)),
    "member.leave": Rule("An owner may end the membership of their organisation.", Whose.OWN, _roles(OWNER)),
    "key.manage": Rule("An owner manages the keys of their organisation.", Whose.OWN, _roles(OWNER)),
    "key.self": Rule("A person of a member manages their own keys.", Whose.SELF, kinds=OF_MEMBERS),
    "audit.read-coalition": Rule(
        "The coordinator and auditors read the log of the coalition itself.", roles=_roles(COORDINATOR, AUDITOR)
    ),
    "audit.read": Rule(
        "Owners and auditors read the log of their organisation.", Whose.OWN, _roles(OWNER, AUDITOR), scope=Scope.READ
    ),
    "sample.submit": Rule("Every member may hand in samples.", Whose.ALL, scope=Scope.SUBMIT),
    "sample.read": Rule("Every member may see samples that are shared with it.", Whose.SHARED, scope=Scope.READ),
    "sample.search": Rule("Every member may search what is shared with it.", Whose.ALL, scope=Scope.READ),
    "sample.fetch": Rule(
        "Analysts and investigators may fetch samples, encrypted to their organisation.",
        Whose.SHARED, _roles(ANALYST, INVESTIGATOR), FETCHING, Scope.FETCH,
    ),
    "sample.fetch-raw": Rule(
        "A key made for it may fetch samples as they are.",
        Whose.SHARED, _roles(ANALYST, INVESTIGATOR), FETCHING, Scope.FETCH_RAW,
    ),
    "sample.comment": Rule(
        "Every member may comment on samples it sees.", Whose.SHARED, kinds=OF_MEMBERS, scope=Scope.SUBMIT
    ),
    "comment.remove": Rule("A person may take back their own comment.", Whose.SELF, scope=Scope.SUBMIT),
    "handin.change": Rule("Who handed a file in may change its marking or withdraw it.", Whose.OWN, scope=Scope.SUBMIT),
    "search.self": Rule("A person keeps their own saved searches.", Whose.SELF, scope=Scope.READ),
    "feed.read": Rule("Whoever holds its secret address may read the feed of a saved search.", public=True),
    "hunt.run": Rule("Analysts may search what was handed in before.", Whose.OWN, _roles(ANALYST), scope=Scope.READ),
    "webhook.manage": Rule(
        "Owners and analysts manage webhooks.", Whose.OWN, _roles(OWNER, ANALYST), scope=Scope.MANAGE
    ),
    "webhook.read": Rule(
        "Owners and analysts see webhooks and what was delivered.", Whose.OWN, _roles(OWNER, ANALYST), scope=Scope.READ
    ),
    "search.keep": Rule("A person changes their own saved searches with a key.", Whose.SELF, scope=Scope.MANAGE),
    "key.look": Rule("A key may see what it may do.", second_factor=False, scope=Scope.READ),
    "key.list": Rule("A person sees their own keys through one of them.", Whose.SELF, scope=Scope.READ),
    "key.end": Rule("A person ends their own keys through one of them.", Whose.SELF, scope=Scope.MANAGE),
    "lookup": Rule("Every member may look up digests, packages and certificates.", scope=Scope.READ),
}  # fmt: skip
"""Every action there is. What is not named here may nobody do."""


def allowed(actor: Actor, action: str, target: Target = OF_COALITION) -> bool:
    """Whether the table lets this actor do this to that. An action that is not in the table is denied."""
    rule = TABLE.get(action)
    if rule is None:
        return False
    return rule.public or (_may(actor, rule) and _reaches(actor, rule.whose, target))


def lacks_second_factor(actor: Actor, action: str, target: Target) -> bool:
    """Whether only the second factor is missing, so that a page can ask for it instead of denying."""
    return not actor.second_factor and allowed(actor._replace(second_factor=True), action, target)


def _may(actor: Actor, rule: Rule) -> bool:
    if not actor.is_known or actor.state is not State.ACTIVE:
        return False
    if actor.scopes is not None and (rule.scope is None or rule.scope not in actor.scopes):
        return False
    if actor.scopes is None and rule.second_factor and not actor.second_factor:
        return False
    if rule.kinds and actor.kind not in rule.kinds:
        return False
    return not rule.roles or bool(rule.roles & actor.roles)


def _reaches(actor: Actor, whose: Whose, target: Target) -> bool:
    if whose is Whose.ALL:
        return True
    if whose is Whose.SELF:
        return bool(actor.person) and target.person == actor.person
    own = bool(actor.organisation) and target.organisation == actor.organisation
    return own or (whose is Whose.SHARED and target.shared)
