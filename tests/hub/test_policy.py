"""The policy table: what it says in words is what it does, and what it does not name is denied."""

import pytest

from luciole.hub.members.policy import ANONYMOUS, TABLE, Actor, Target, Whose, allowed
from luciole.hub.members.words import Kind, Role, Scope, State

OURS, THEIRS = "ours", "theirs"
ANALYST = Actor("p", organisation=OURS, kind=Kind.SECURITY, roles=frozenset({Role.ANALYST}), second_factor=True)


def test_what_is_not_in_the_table_is_denied() -> None:
    assert not allowed(ANALYST, "sample.destroy")


@pytest.mark.parametrize("action", TABLE)
def test_nobody_unknown_does_more_than_the_public(action: str) -> None:
    assert allowed(ANONYMOUS, action) is TABLE[action].public


@pytest.mark.parametrize("state", [State.SUSPENDED, State.LEFT])
@pytest.mark.parametrize("action", [name for name, rule in TABLE.items() if not rule.public])
def test_an_organisation_that_is_no_member_does_nothing(action: str, state: State) -> None:
    everything = ANALYST._replace(state=state, roles=frozenset(Role))
    assert not allowed(everything, action, Target(OURS, "p", shared=True))


@pytest.mark.parametrize("action", [name for name, rule in TABLE.items() if rule.whose is Whose.OWN])
def test_what_is_of_another_organisation_stays_there(action: str) -> None:
    everything = ANALYST._replace(roles=frozenset(Role))
    assert allowed(everything, action, Target(OURS))
    assert not allowed(everything, action, Target(THEIRS, shared=True))


@pytest.mark.parametrize("kind", Kind)
def test_support_organisations_never_fetch(kind: Kind) -> None:
    for action in ("sample.fetch", "sample.fetch-raw"):
        asks = ANALYST._replace(kind=kind, scopes=frozenset(Scope), key="k")
        assert allowed(asks, action, Target(THEIRS, shared=True)) is (kind is not Kind.SUPPORT)


@pytest.mark.parametrize("action", [name for name, rule in TABLE.items() if not rule.public])
def test_a_key_does_only_what_its_scopes_name(action: str) -> None:
    bare = ANALYST._replace(roles=frozenset(Role), key="k", scopes=frozenset())
    assert not allowed(bare, action, Target(OURS, "p", shared=True))
    scope = TABLE[action].scope
    if scope is not None:
        assert allowed(bare._replace(scopes=frozenset({scope})), action, Target(OURS, "p", shared=True))


@pytest.mark.parametrize("action", [name for name, rule in TABLE.items() if rule.second_factor and not rule.public])
def test_whoever_sees_samples_or_members_data_used_a_second_factor(action: str) -> None:
    once = ANALYST._replace(roles=frozenset(Role), second_factor=False)
    assert not allowed(once, action, Target(OURS, "p", shared=True))
