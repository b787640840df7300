"""The closed lists that describe organisations, people and what they may do; pure, so that every layer shares them."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an organisation is. Decides what its people may ever be allowed, whatever their roles."""

    SUPPORT = "support"
    """Support of survivors, and work with people who used violence."""
    RIGHTS = "rights"
    SECURITY = "security"
    POLICE = "police"
    RESEARCH = "research"


class Standing(StrEnum):
    """How an organisation belongs to the coalition."""

    FOUNDING = "founding"
    PARTNER = "partner"
    SUPPORTER = "supporter"


class State(StrEnum):
    """Whether an organisation may act. A suspended or former member may sign in to nothing but its own record."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


class Role(StrEnum):
    """What a person does, in their organisation or (the last two) for the coalition."""

    OWNER = "owner"
    ANALYST = "analyst"
    VOTER = "voter"
    HELPER = "helper"
    INVESTIGATOR = "investigator"
    TRAINER = "trainer"
    AUDITOR = "auditor"
    COORDINATOR = "coordinator"
    ADVISER = "adviser"


COALITION_ROLES = frozenset({Role.COORDINATOR, Role.ADVISER})


class Scope(StrEnum):
    """What an API key may be used for; never more than its owner may."""

    READ = "read"
    SUBMIT = "submit"
    FETCH = "fetch"
    FETCH_RAW = "fetch-raw"
    MANAGE = "manage"
    """Webhooks of the organisation, own saved searches, and ending own keys."""


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0: how far what was handed in may travel."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"


class Purpose(StrEnum):
    """What something is fetched or shared for."""

    DETECTION = "detection"
    RESEARCH = "research"
    SUPPORT = "support"
    CASEWORK = "casework"


class Step(StrEnum):
    """Where an application to join stands. Each step is dated."""

    RECEIVED = "received"
    COMPLETE = "complete"
    CONFLICTS = "conflicts"
    """The questions about conflicts of interest are answered."""
    REFERENCES = "references"
    """Two members vouch for it."""
    PROPOSED = "proposed"
    VOTING = "voting"
    AGREED = "agreed"
    """The members agreed, by vote or by silence."""
    SIGNED = "signed"
    ADMITTED = "admitted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
