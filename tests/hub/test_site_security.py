"""What stands around every view: headers, host and origin, errors in their form, sessions that end, quiet logs."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, path
from django.utils import translation

from luciole.hub.members.models import Person
from luciole.hub.members.words import Role
from luciole.hub.samples.failures import StorageFull
from luciole.hub.site import headers, logs, pages, security
from luciole.hub.site.templating import code

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CANARY = "canary-4711"


def raises(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        del request
        raise error

    return view


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(json.dumps({"cookies": dict(request.COOKIES)}), content_type="application/json")


@pytest.fixture
def odd_views() -> Iterator[None]:
    """Addresses whose views fail in every way, beside the real ones."""
    made = [
        path("odd/crash", raises(RuntimeError(f"secret {CANARY}"))),
        path("odd/denied", raises(PermissionDenied(CANARY))),
        path("odd/database", raises(OperationalError(f"row {CANARY}"))),
        path("odd/full", raises(StorageFull("There is no room."))),
        path("odd/teapot", lambda _: HttpResponse(status=418)),
        path("api/v1/odd/crash", raises(RuntimeError(f"secret {CANARY}"))),
        path("api/v1/odd/plain", lambda _: HttpResponse(f"<b>{CANARY}</b>", status=400)),
        path("api/v1/odd/echo", echo),
    ]
    patterns = get_resolver().url_patterns
    patterns[0:0] = made
    yield
    del patterns[0 : len(made)]


@pytest.fixture
def browser(db: None) -> Client:
    del db
    return Client(raise_request_exception=False)


ADDRESSES = (
    "/", "/health", "/nothing", "/static/hub.css", "/static/nothing.css", "/api/v1/nothing", "/language",
    "/odd/crash", "/odd/denied", "/odd/database", "/odd/full", "/odd/teapot", "/api/v1/odd/crash", "/api/v1/odd/plain",
    "/samples/nothing",
)  # fmt: skip


@pytest.mark.usefixtures("odd_views")
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options", "patch"])
def test_every_answer_has_every_header(browser: Client, address: str, method: str) -> None:
    answer = getattr(browser, method)(address)
    assert {name: answer.headers.get(name) for name in WANTED} == WANTED
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    assert "camera=()" in answer.headers["Permissions-Policy"]
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_site_over_tls_says_so_for_years_and_one_without_does_not() -> None:
    assert "max-age=63072000" in headers.always(https=True)["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in headers.always(https=False)


@pytest.mark.usefixtures("odd_views")
@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/v1/nothing", 404), ("/api/v1/odd/crash", 500), ("/api/v1/odd/plain", 400), ("/api/nothing", 404)],
)
def test_the_api_answers_errors_as_problems(browser: Client, address: str, status: int) -> None:
    answer = browser.get(address)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["instance"] == f"urn:luciole:request:{answer.headers['X-Request-Id']}"
    assert CANARY not in answer.content.decode()


@pytest.mark.usefixtures("odd_views")
@pytest.mark.parametrize(
    ("address", "status"),
    [("/odd/crash", 500), ("/odd/denied", 403), ("/odd/database", 503), ("/odd/full", 507), ("/odd/teapot", 418),
     ("/nothing", 404)],
)  # fmt: skip
def test_pages_answer_errors_as_pages_that_tell_nothing_but_the_request(
    browser: Client, address: str, status: int
) -> None:
    answer = browser.get(address)
    assert answer.status_code == status
    text = answer.content.decode()
    assert "<h1>" in text
    assert answer.headers["X-Request-Id"] in text
    assert CANARY not in text
    assert "Traceback" not in text


def test_a_method_that_a_page_does_not_know_says_which_it_knows(browser: Client) -> None:
    answer = browser.get("/language")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "<h1>" in answer.content.decode()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "a/b", ""])
def test_other_names_of_the_hub_are_refused(browser: Client, host: str) -> None:
    answer = browser.get("/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert host not in answer.content.decode() or not host
    assert browser.get("/health", HTTP_HOST="10.0.0.3:8000").status_code == 200


FOREIGN = (
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_ORIGIN": "https://evil.example"},
)
OWN = ({}, {"HTTP_SEC_FETCH_SITE": "same-origin"}, {"HTTP_ORIGIN": "http://testserver"}, {"HTTP_ORIGIN": "null"})


@pytest.mark.parametrize("sent", FOREIGN)
def test_a_form_of_another_site_does_nothing(browser: Client, sent: dict[str, str]) -> None:
    answer = browser.post("/language", {"language": "fr"}, **sent)
    assert answer.status_code == 403
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


@pytest.mark.parametrize("sent", OWN)
def test_a_form_of_the_hub_works(browser: Client, sent: dict[str, str]) -> None:
    answer = browser.post("/language", {"language": "fr", "next": "/health?a=b"}, **sent)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/health?a=b"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_the_language_form_leads_nowhere_else(browser: Client, back: str) -> None:
    assert browser.post("/language", {"language": "fr", "next": back}).headers["Location"] == "/"


def test_a_form_without_the_mark_of_its_page_is_refused(db: None) -> None:
    del db
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/language", {"language": "fr"})
    assert answer.status_code == 403
    assert "Nothing was done" in answer.content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', strict.get("/").content.decode())
    assert found
    sent = {"language": "fr", "csrfmiddlewaretoken": found[1]}
    assert strict.post("/language", sent).status_code == 302


@pytest.mark.usefixtures("odd_views")
def test_the_api_never_sees_a_cookie(
    browser: Client, signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    browser.cookies["session"] = CANARY
    assert browser.get("/api/v1/odd/echo").json() == {"cookies": {}}
    assert signed_in(a_person(Role.OWNER)).get("/api/v1/odd/echo").json() == {"cookies": {}}


def test_pages_of_somebody_signed_in_are_never_kept_by_the_browser(
    signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    answer = signed_in(a_person(Role.OWNER)).get("/health")
    assert answer.headers["Cache-Control"] == "no-store"


def test_signing_out_clears_what_the_browser_holds(
    signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    browser = signed_in(a_person(Role.OWNER))
    assert "Clear-Site-Data" not in browser.get("/").headers
    answer = browser.post(_sign_out())
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def _sign_out() -> str:
    from django.urls import reverse

    return reverse("account_logout")


@pytest.mark.parametrize(
    ("begun", "seen", "lives"), [(0, 0, True), (11.9, 0.4, True), (1, 0.51, False), (12, 0.1, False)]
)
def test_sign_ins_end_after_half_an_hour_unused_and_after_twelve_hours(
    signed_in: Callable[..., Client], a_person: Callable[..., Person], begun: float, seen: float, lives: object
) -> None:
    browser = signed_in(a_person(Role.OWNER))
    session = browser.session
    now = int(time.time())
    session["begun"], session["seen"] = now - int(begun * 3600), now - int(seen * 3600)
    session.save()
    assert _is_signed_in(browser) is lives


def _is_signed_in(browser: Client) -> bool:
    return f'action="{_sign_out()}"' in browser.get("/").content.decode()


def test_a_sign_in_that_is_used_goes_on_and_its_beginning_is_kept(
    signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    browser = signed_in(a_person(Role.OWNER))
    browser.get("/")
    session = browser.session
    began = session["begun"]
    session["seen"] = session["seen"] - 600
    session.save()
    browser.get("/")
    assert browser.session["seen"] >= began
    assert browser.session["begun"] == began


def test_static_files_are_kept_under_names_that_hold_their_digest(browser: Client) -> None:
    page = browser.get("/").content.decode()
    found = re.search(r'href="(/static/hub\.css\?v=[0-9a-f]{16})"', page)
    assert found
    answer = browser.get(found[1])
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    again = browser.get("/static/hub.css", HTTP_IF_NONE_MATCH=answer.headers["ETag"])
    assert again.status_code == 304
    assert browser.get("/static/hub.css?v=0123456789abcdef").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["../settings.py", "..%2fsettings.py", "hub.css/../../settings.py", "/etc/passwd", "\0"]
)
def test_only_static_files_are_served(browser: Client, name: str) -> None:
    assert browser.get(f"/static/{name}").status_code == 404


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(browser: Client) -> None:
    text = browser.get("/").content.decode()
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", text)


def test_the_hub_answers_in_the_language_of_the_person_then_of_the_cookie_then_of_the_browser(
    browser: Client, signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    assert browser.get("/").headers["Content-Language"] == "en"
    assert browser.get("/", HTTP_ACCEPT_LANGUAGE="fr-CA,fr;q=0.9").headers["Content-Language"] == "fr"
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert browser.get("/", HTTP_ACCEPT_LANGUAGE="en").headers["Content-Language"] == "fr"
    person = a_person(Role.OWNER)
    Person.objects.filter(pk=person.pk).update(language="fr")
    assert signed_in(person).get("/", HTTP_ACCEPT_LANGUAGE="en").headers["Content-Language"] == "fr"


def test_a_language_from_right_to_left_turns_the_page() -> None:
    with translation.override("ar"):
        text = pages.refused(RequestFactory().get("/"), 404).content.decode()
    assert '<html lang="ar" dir="rtl">' in text


def test_signs_that_are_not_seen_are_written_out_in_names() -> None:
    assert code("a\u202eb\u200bc<") == '<code dir="ltr">a‹U+202E›b‹U+200B›c&lt;</code>'


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the hub would log."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.WithoutContents())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.usefixtures("odd_views")
def test_logs_tell_what_happened_and_never_what_was_sent(browser: Client, lines: io.StringIO) -> None:
    answer = browser.get(f"/odd/crash?{CANARY}", HTTP_USER_AGENT=CANARY)
    browser.get(f"/nothing/{CANARY}")
    browser.get("/", HTTP_HOST=f"{CANARY}.example")
    browser.post("/language", {"language": CANARY}, HTTP_ORIGIN=f"https://{CANARY}")
    logging.getLogger("django.something").error("a library says %s", CANARY)
    logging.getLogger("other").error(f"a library says {CANARY}")  # noqa: G004 - as careless as libraries are
    text = lines.getvalue()
    assert CANARY not in text
    assert "builtins.RuntimeError at" in text
    assert "test_site_security.py" in text
    assert answer.headers["X-Request-Id"] in text


def test_a_line_of_the_log_is_one_line(lines: io.StringIO) -> None:
    logging.getLogger("luciole.test").warning("first\nERROR second")
    assert lines.getvalue().count("\n") == 1


def test_passwords_are_kept_as_argon2id_with_64_mib_and_three_passes() -> None:
    from django.contrib.auth.hashers import check_password, make_password

    made = make_password("a long enough password")
    assert made.startswith("argon2$argon2id$v=19$m=65536,t=3,p=4$")
    assert check_password("a long enough password", made)
    assert not check_password("another password", made)


def test_an_origin_is_compared_whole() -> None:
    request = SimpleNamespace(path="/x", method="POST", headers={"Origin": "http://testserver.evil.example"})
    request.get_host = lambda: "testserver"
    request.META = {}
    refused = security._refusal(request)  # type: ignore[arg-type]
    assert refused is not None


def test_members_see_the_ways_that_the_policy_lets_them_go(
    signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    analyst = signed_in(a_person(Role.ANALYST)).get("/").content.decode()
    assert 'href="/samples/hunts"' in analyst
    assert 'href="/log/"' not in analyst
    owner = signed_in(a_person(Role.OWNER)).get("/").content.decode()
    assert 'href="/log/"' in owner
    assert 'href="/samples/hunts"' not in owner
    without = signed_in(a_person(Role.ANALYST), second_factor=False).get("/").content.decode()
    assert 'href="/samples/"' not in without
    assert "second factor" in without


def test_one_way_at_most_is_marked_as_where_one_is(
    signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    text = signed_in(a_person(Role.ANALYST)).get("/samples/hand-in").content.decode()
    assert text.count('href="/samples/hand-in" aria-current="page"') == 1
    assert text.count('<nav class="band ways"') == 1
    assert len(re.findall(r'<li><a [^>]*aria-current="page"', text)) == 1


def test_people_of_a_suspended_member_are_told_so(
    signed_in: Callable[..., Client], a_person: Callable[..., Person]
) -> None:
    person = a_person(Role.ANALYST)
    assert person.organisation
    type(person.organisation).objects.filter(pk=person.organisation.pk).update(state="suspended")
    text = signed_in(person).get("/").content.decode()
    assert "takes no part" in text
    assert "/samples/" not in text
