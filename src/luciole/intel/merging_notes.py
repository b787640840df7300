"""What is worth knowing about the values after a merge: shared infrastructure, overlaps, look-alikes."""

from __future__ import annotations

from collections.abc import Iterable

from luciole.intel import values
from luciole.intel.merging import State
from luciole.intel.model import NETWORK_ROLES
from luciole.intel.warninglists import WarningList, warned_keys
from luciole.kernel.text import mark


def notes(state: State, lists: tuple[WarningList, ...]) -> None:
    """Adds the notes to the report; the knowledge stays as it is."""
    _warned(state, lists)
    _several_roles(state)
    _look_alikes(state)


def _warned(state: State, lists: tuple[WarningList, ...]) -> None:
    for key, warned in warned_keys(state.indicators, lists).items():
        if warned.tenant:
            text = mark("One customer's name below shared hosting: the exact name counts, never the name above it.")
            state.tell("noted", f"tenant:{warned.list_name}", text, [key[1]])
        else:
            text = mark("Stands on a warning list: it decides nothing alone until another organisation confirms it.")
            state.tell("held", f"warning-list:{warned.list_name}", text, [key[1]])


def _several_roles(state: State) -> None:
    roles: dict[str, set[str]] = {}
    for key in state.indicators:
        if key[2] in NETWORK_ROLES:
            roles.setdefault(key[1], set()).add(key[2])
    text = mark("Stands in several roles.")
    state.tell("noted", "several-roles", text, (value for value, found in roles.items() if len(found) > 1))
    hosts = {key[1] for key in state.indicators if key[0] == "host"}
    state.tell("noted", "below-another", mark("Lies below another listed name."), below_another(hosts))


def below_another(hosts: Iterable[str]) -> set[str]:
    """Those hosts that lie below another of them."""
    every = set(hosts)
    return {host for host in every if not every.isdisjoint(values.parents(host))}


def _look_alikes(state: State) -> None:
    packages = {key[1] for key in state.indicators if key[0] == "package"}
    bundles = {key[1] for key in state.indicators if key[0] == "ios-bundle"}
    state.tell("noted", "one-string-two-kinds", mark("An Android app and an iOS app of one id."), packages & bundles)
    folded: dict[str, set[str]] = {}
    for package in packages:
        folded.setdefault(package.casefold(), set()).add(package)
    text = mark("App ids that differ by case only; both are kept.")
    state.tell("noted", "differ-by-case", text, (one for same in folded.values() if len(same) > 1 for one in same))
