"""A real browser and a real hub: a passkey with its script, an app with codes without any script, by keyboard."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from members_making import PASSWORD, totp
from real_hub import RealHub, a_free_port

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
EMAIL = "first@example.org"
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture
def running(tmp_path: Path, new_database: Any) -> Iterator[tuple[str, str]]:
    """A hub that serves on localhost; its address and the link of its first coordinator."""
    hub, port = RealHub(tmp_path / "hub", new_database()), a_free_port()
    address = f"http://localhost:{port}"
    made = hub.run(
        "init",
        str(hub.folder),
        "--email",
        EMAIL,
        "--name",
        "First",
        "--address",
        address,
        "--listen",
        f"127.0.0.1:{port}",
    )
    link = re.search(r"http://localhost:\d+(/invitation/\S+)", made.stdout)
    assert link is not None, made.stdout + made.stderr
    process = hub.start("serve", LUCIOLE_WORKERS="1")
    try:
        _wait(f"{address}/health", process)
        yield address, link[1]
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _wait(address: str, process: Any) -> None:
    """Asks until it answers; every try waits for the connection itself."""
    for _ in range(600):
        assert process.poll() is None, process.stderr.read()
        try:
            with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except OSError:
            pass
        import select

        select.select([], [], [], 0.1)
    pytest.fail("the hub did not come up")


@pytest.fixture
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()


def _accept(page: Any, address: str, link: str) -> None:
    page.goto(address + link)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/second-factor/")


def test_a_passkey_is_added_and_signs_in_alone(running: tuple[str, str], browser: Any) -> None:
    address, link = running
    context = browser.new_context()
    page, seen = context.new_page(), []
    # Chromium says at each sign-out what it cleared, as the header asked for.
    page.on("console", lambda one: None if "Cleared data types" in one.text else seen.append(one.text))
    page.on(
        "request", lambda request: seen.append(request.url) if not request.url.startswith((address, "data:")) else None
    )
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    _accept(page, address, link)
    page.goto(f"{address}/account/second-factor/passkeys/add/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/account/second-factor/recovery/")
    assert page.locator("#codes li").count() == 10
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    page.goto(f"{address}/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/coalition/")
    assert page.get_by_role("heading", level=1).inner_text() == "Who acts for the coalition"
    assert seen == []


def test_without_a_script_and_by_keyboard_an_app_with_codes_is_set_up_and_used(
    running: tuple[str, str], browser: Any
) -> None:
    address, link = running
    page = browser.new_context(java_script_enabled=False).new_page()
    _accept(page, address, link)
    page.goto(f"{address}/account/second-factor/app/")
    secret, now = page.locator("#secret").inner_text(), time.time()
    page.get_by_label("Code").focus()
    page.keyboard.type(totp(secret, now))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/second-factor/recovery/")
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_load_state()
    page.goto(f"{address}/sign-in/")
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0
    page.get_by_label("Email").focus()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code/")
    page.get_by_label("Code").focus()
    page.keyboard.type(totp(secret, now, 1))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/coalition/")
    assert page.get_by_role("heading", level=1).inner_text() == "Who acts for the coalition"
