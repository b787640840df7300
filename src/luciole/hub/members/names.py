"""How the closed lists of this domain are called on pages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as mark

from luciole.hub.members.joining import ABSTAIN, NO, YES
from luciole.hub.members.words import Kind, Role, Scope, Standing, State, Step

NAMES: Mapping[str, Mapping[str, str]] = {
    "Kind": {
        Kind.SUPPORT: mark("Support of survivors, and work with people who used violence"),
        Kind.RIGHTS: mark("Digital rights"),
        Kind.SECURITY: mark("IT security"),
        Kind.POLICE: mark("Law enforcement"),
        Kind.RESEARCH: mark("Universities and research"),
    },
    "Standing": {
        Standing.FOUNDING: mark("Founding member"),
        Standing.PARTNER: mark("Partner"),
        Standing.SUPPORTER: mark("Supporter"),
    },
    "State": {
        State.ACTIVE: mark("Member"),
        State.SUSPENDED: mark("Suspended"),
        State.LEFT: mark("Former member"),
    },
    "Role": {
        Role.OWNER: mark("Owner: manages people, keys and the profile"),
        Role.ANALYST: mark("Analyst: fetches and searches samples"),
        Role.VOTER: mark("Voter: votes for the organisation"),
        Role.HELPER: mark("Helper: supports survivors"),
        Role.INVESTIGATOR: mark("Investigator: works on cases of the police"),
        Role.TRAINER: mark("Trainer: gives courses"),
        Role.AUDITOR: mark("Auditor: reads the log of the organisation"),
        Role.COORDINATOR: mark("Coordinator of the coalition"),
        Role.ADVISER: mark("Adviser of the coalition"),
    },
    "Step": {
        Step.RECEIVED: mark("Received"),
        Step.COMPLETE: mark("Complete"),
        Step.CONFLICTS: mark("Questions answered"),
        Step.REFERENCES: mark("Two members vouch for it"),
        Step.PROPOSED: mark("Proposed: agreed when nobody objects"),
        Step.VOTING: mark("Members vote"),
        Step.AGREED: mark("Members agreed"),
        Step.SIGNED: mark("Agreement signed"),
        Step.ADMITTED: mark("Admitted"),
        Step.REFUSED: mark("Refused"),
        Step.WITHDRAWN: mark("Withdrawn"),
    },
    "Scope": {
        Scope.READ: mark("Read: search, look up and read analyses"),
        Scope.SUBMIT: mark("Hand in samples"),
        Scope.FETCH: mark("Fetch samples, encrypted to the organisation"),
        Scope.FETCH_RAW: mark("Fetch samples as they are"),
        Scope.MANAGE: mark("Manage webhooks, saved searches and own keys"),
    },
}
VOTES: Mapping[str, str] = {YES: mark("Yes"), NO: mark("No"), ABSTAIN: mark("Abstain")}


def name_of(word: StrEnum) -> str:
    """A word of a closed list, as a page shows it in the current language."""
    return _(NAMES[type(word).__name__][word])


def short_name_of(word: StrEnum) -> str:
    """The same without its explanation."""
    return name_of(word).partition(":")[0]
