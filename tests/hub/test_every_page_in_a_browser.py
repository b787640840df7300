"""Every page of the hub in a real browser: axe finds nothing, nothing scrolls sideways, the console stays empty."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from browser_hub import Axe, Demonstration, watch
from browser_world import World
from django.test import RequestFactory
from django.urls import URLPattern, converters, get_resolver, reverse
from django.utils import translation

from luciole.hub.site.pages import refused
from luciole.hub.site.problems import PREFIX

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
LONGEST = 60
"""Seconds for one page, on a machine that is very busy."""
NO_PAGES = {
    "health": "for whatever watches over the hub",
    "static": "style sheets and scripts",
    "samples:feed": "Atom, for feed readers",
    "samples:pieces": "for the script of the hand-in form",
    "openid_connect_login": "leads to another server",
    "openid_connect_callback": "comes from another server",
    "mfa_login_webauthn": "for the script of passkeys",
}
"""Addresses that answer a browser with something else than a page, and why."""
QUERIES = {
    "samples:list": ("", "?q=verdict:known-stalkerware", "?q=((", "?q=nothing-has-this", "?q=kind:apk&after=3"),
    "samples:searches": ("", "?q=battery"),
    "audit:list": ("", "?action=sample.hand-in"),
    "account_login": ("", "?next=/samples/"),
}


class Route(NamedTuple):
    """One address that a browser can ask for. name: with its namespace; nowhere: what can stand in it, of nothing."""

    name: str
    nowhere: dict[str, object]


def routes() -> list[Route]:
    """All of them, from the URL resolver; what is below /api/ is for programs and its one page is added by hand."""
    return list(_routes(get_resolver().url_patterns, "", {}))


def _routes(patterns: list[Any], space: str, above: dict[str, object]) -> Iterator[Route]:
    for one in patterns:
        here = above | {name: _NOTHING[type(converter)] for name, converter in one.pattern.converters.items()}
        here |= {name: "1-x" for name in one.pattern.regex.groupindex if name not in here}
        if isinstance(one, URLPattern):
            yield Route(f"{space}{one.name}", here)
        elif one.app_name != "ninja":
            yield from _routes(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space, here)


_NOTHING: dict[type, object] = {
    converters.UUIDConverter: UUID(int=0), converters.IntConverter: 1, converters.SlugConverter: "nobody",
    converters.StringConverter: "0" * 64, converters.PathConverter: "nothing",
}  # fmt: skip


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


def addresses(world: World, context: Any, address: str) -> Iterator[tuple[str, str]]:
    """Name and path of everything to look at. Fails where a route is new and nobody said what stands in it."""
    for route in routes():
        if route.name in NO_PAGES:
            continue
        if route.nowhere and route.name not in world.places:
            answer = context.request.get(address + reverse(route.name, kwargs=route.nowhere), max_redirects=0)
            assert answer.status == 405, f"say in browser_world.py what stands in the address of {route.name}"
            continue
        for values in world.places.get(route.name, [{}]):
            path = reverse(route.name, kwargs=values)
            for query in QUERIES.get(route.name, ("",)):
                yield route.name, path + query
    yield "api", f"{PREFIX}docs"


@contextmanager
def ending(path: str) -> Iterator[None]:
    """Fails, instead of waiting for ever, where the browser does not answer: some of its calls know no limit."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"the browser did not come back from {path}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def context_of(browser: Any, demonstration: Demonstration, world: World, who: str, **named: Any) -> Any:
    context = browser.new_context(viewport=DESKTOP, **named)
    if who:
        context.add_cookies([{"name": world.cookie, "value": world.cookies[who], "url": demonstration.address}])
    return context


def sideways(page: Any) -> list[str]:
    """Elements that make the page itself scroll sideways."""
    found: list[str] = page.evaluate(
        "() => document.documentElement.scrollWidth <= innerWidth + 1 ? []"
        " : [document.documentElement.scrollWidth + ' of ' + innerWidth, ...[...document.querySelectorAll('body *')]"
        ".filter(one => { const box = one.getBoundingClientRect(); return (box.right > innerWidth + 1 || box.left < -1)"
        " && !one.parentElement.closest('.scroll, pre, svg'); }).slice(0, 4).map(one => one.outerHTML.slice(0, 140))]"
    )
    return found


def looked_at(page: Any, axe: Axe, where: str) -> list[str]:
    """What is wrong with the page that is open: light and wide, dark and narrow, and from right to left."""
    wrong = []
    for scheme, size in (("light", DESKTOP), ("dark", PHONE)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        wrong += [f"{where} ({scheme}, {size['width']}): {one}" for one in (*axe.findings(page), *sideways(page))]
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    wrong += [f"{where} (rtl, 320): {one}" for one in sideways(page)]
    page.set_viewport_size(DESKTOP)
    wrong += [f"{where} (rtl, 1280): {one}" for one in sideways(page)]
    return wrong


@pytest.mark.parametrize("who", ["everybody", "support", "fresh", "lead", ""])
def test_axe_finds_nothing_on_any_page(
    who: str, chromium: Any, demonstration: Demonstration, furnished: World, axe: Axe
) -> None:
    context = context_of(chromium, demonstration, furnished, who)
    wrong: list[str] = []
    seen: dict[str, int] = {}
    shapes: set[str] = set()
    for name, path in addresses(furnished, context, demonstration.address):
        answer = context.request.get(demonstration.address + path, max_redirects=0)
        seen[name] = max(seen.get(name, 0), answer.status if answer.status == 200 else 0)
        # Others than the one with every role see the same pages with less on them: each shape of a page once.
        shape = name if answer.status == 200 else str(answer.status)
        if answer.status in REDIRECTS or (shape in shapes and who != "everybody"):
            continue
        shapes.add(shape)
        with ending(path):
            page = context.new_page()
            said = watch(page, demonstration.address, lambda text: "Failed to load resource" in text)
            page.goto(demonstration.address + path)
            wrong += looked_at(page, axe, f"{path} {answer.status}") + said
            page.close()
    context.close()
    assert wrong == []
    if who == "everybody":
        elsewhere = {name for name, status in seen.items() if status != 200}
        assert elsewhere <= FOR_OTHERS, elsewhere - FOR_OTHERS


REDIRECTS = {301, 302, 303, 307, 308}


FOR_OTHERS = {"account_login", "account_inactive", "mfa_authenticate", "account_reset_password"}
"""Pages that somebody who is signed in with everything is led away from."""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_on_pages_of_errors(
    language: str, chromium: Any, demonstration: Demonstration, axe: Axe
) -> None:
    page = chromium.new_page()
    wrong = watch(page, demonstration.address, lambda text: "Failed to load resource" in text)
    for status in (400, 401, 403, 404, 405, 409, 413, 429, 500, 503, 507):
        with translation.override(language):
            body = refused(RequestFactory().get("/somewhere"), status).content.decode()
        assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in body
        page.route("**/somewhere", _answering(status, body))
        page.goto(f"{demonstration.address}/somewhere")
        wrong += looked_at(page, axe, str(status))
    page.close()
    assert wrong == []


def _answering(status: int, body: str) -> Callable[[Any], None]:
    def answer(route: Any) -> None:
        route.fulfill(status=status, body=body, content_type="text/html")

    return answer


def test_axe_would_find_something(chromium: Any, demonstration: Demonstration, axe: Axe) -> None:
    page = chromium.new_page()
    page.goto(demonstration.address)
    page.evaluate(
        "() => { document.querySelector('main').innerHTML = '<img src=x><p style=\"color:#ddd\">Faint</p>'; }"
    )
    found = " ".join(axe.findings(page))
    assert "image-alt" in found
    page.close()
