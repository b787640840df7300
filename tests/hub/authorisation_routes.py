"""Every address of the hub as the URL resolver has it, with the action of the policy table that each one names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from luciole.hub.members.policy import TABLE

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Route(NamedTuple):
    """One address. path: with its parameters; view: as the resolver has it; operations: of the API, by method."""

    path: str
    view: Callable[..., object]
    operations: dict[str, Any]

    @property
    def actions(self) -> dict[str, str]:
        """The action of the policy table of each method."""
        of_api = {method: action_of(one.view_func) for method, one in self.operations.items()}
        return of_api or dict.fromkeys(METHODS, action_of(self.view))

    @property
    def action(self) -> str:
        """Of a page, where it is one for all methods."""
        return action_of(self.view)


def routes() -> list[Route]:
    """Each address once, as the resolver finds it."""
    found: dict[str, Route] = {}
    for one in _below(get_resolver(), ""):
        found.setdefault(one.path, one)
    return list(found.values())


def _below(resolver: URLResolver, before: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _below(one, path)
        elif isinstance(one, URLPattern):
            yield Route(path, one.callback, _operations(one.callback))


def _operations(view: Any) -> dict[str, Any]:
    """The operations behind an address of the API. Ninja answers with a function that holds them."""
    for cell in getattr(view, "__closure__", None) or ():
        held = getattr(cell.cell_contents, "operations", None)
        if held is not None:
            return {method: one for one in held for method in one.methods}
    return {}


def action_of(view: Any) -> str:
    """The action that `requires` wrote on a view, however it was wrapped afterwards."""
    while view is not None:
        action = getattr(view, "action", "")
        if action:
            return str(action)
        view = getattr(view, "__wrapped__", None)
    return ""


ROUTES = routes()
PAGES = [one for one in ROUTES if not one.path.startswith("api/")]
OPERATIONS = [(one, method) for one in ROUTES for method in one.operations]


def is_public(action: str) -> bool:
    """Whether no account is needed. What is not in the table is not public, and fails where it is asked for."""
    return action in TABLE and TABLE[action].public


def changing() -> Iterator[tuple[str, str]]:
    """What changes something and shows nothing: its path and its action."""
    for route in PAGES:
        if "GET" not in taken(route.view):
            yield route.path, route.action
    for route, method in OPERATIONS:
        if method != "GET":
            yield route.path, route.actions[method]


def taken(view: Any) -> set[str]:
    """The methods of a page, as Django's decorators keep them; all of them where none says so."""
    while view is not None:
        for cell in getattr(view, "__closure__", None) or ():
            held = cell.cell_contents
            if isinstance(held, list) and held and set(held) <= set(METHODS):
                return set(held)
        view = getattr(view, "__wrapped__", None)
    return set(METHODS)
