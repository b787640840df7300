"""From the request to join to the log, by keyboard alone: as a browser with scripts does it, and as one without."""

from __future__ import annotations

import io
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from browser_hub import Demonstration, Keyboard, watch
from members_making import PASSWORD, totp

SECRETS: dict[str, str] = {}
LAST: dict[str, int] = {}


class Visitor(Keyboard):
    """Somebody in a browser of their own. scripts: whether it runs any."""

    def __init__(self, browser: Any, hub: Demonstration, *, scripts: bool) -> None:
        self._context = browser.new_context(java_script_enabled=scripts)
        super().__init__(self._context.new_page())
        self.page.set_default_timeout(30_000)
        self.hub = hub
        self.wrong = watch(self.page, hub.address)

    def open(self, path: str) -> None:
        """Goes to an address as from a bookmark."""
        self.page.goto(path if path.startswith("http") else self.hub.address + path)

    def set_up(self, link: str, name: str) -> None:
        """Follows an invitation: a password, then an app with codes."""
        self.open(link)
        self.write("Password", PASSWORD)
        self.write("The password again", PASSWORD)
        self.button("Go on")
        self.link("App with codes")
        SECRETS[name] = self.page.locator("#secret").inner_text().strip()
        self.write("Code", self._code(name))
        self.button("Set it up")
        assert self.page.locator("#codes li").count() == 10

    def sign_in(self, email: str, name: str) -> None:
        """With the password and a code of the app."""
        self.open("/sign-in/")
        self.write("Email", email)
        self.write("Password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/sign-in/code/")
        self.write("Code", self._code(name))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.hub.address}/")

    def _code(self, name: str) -> str:
        """A code that was not used before: each holds for half a minute, and the next one is taken too."""
        now = int(time.time())
        while LAST.get(name, 0) > now // 30:
            self.page.wait_for_timeout(1000)
            now = int(time.time())
        step = 1 if LAST.get(name) == now // 30 else 0
        LAST[name] = now // 30 + step
        return totp(SECRETS[name], now, step)

    def heading(self) -> str:
        """What the page calls itself."""
        return str(self.page.get_by_role("heading", level=1).inner_text())

    def end(self) -> None:
        """Nothing of it was wrong on the way."""
        assert self.wrong == []
        self._context.close()


def enter(visitor: Visitor, name: str, email: str) -> Visitor:
    """Somebody of the demonstration signs in; the first time they follow their link."""
    if name in SECRETS:
        visitor.sign_in(email, name)
    else:
        visitor.set_up(visitor.hub.people[name], name)
    return visitor


@pytest.mark.parametrize("which", ["with scripts", "without scripts"])
def test_the_whole_story_by_keyboard(which: str, chromium: Any, demonstration: Demonstration, tmp_path: Path) -> None:
    hub, scripts = demonstration, which == "with scripts"
    contact, organisation = f"asha-{scripts}@example.org".lower(), f"House {which}"

    def visitor() -> Visitor:
        return Visitor(chromium, hub, scripts=scripts)

    applicant, lead = visitor(), visitor()
    ask_to_join(applicant, organisation, contact)
    own_page = hub.link_in_mail(contact, applicant.page)
    enter(lead, "Camille Coordinator", "coordinator@example.org")
    open_application(lead, organisation)
    lead.button("Ask the questions")
    answer_questions(applicant, own_page)
    for name, email in (("Bo Bright", "owner@bright.example.org"), ("Oli Campus", "owner@campus.example.org")):
        member = enter(visitor(), name, email)
        open_application(member, organisation)
        member.write("Your words", "We have worked with them for years.")
        member.button("Vouch for it")
        member.end()
    open_application(lead, organisation)
    lead.write("Why members should agree", "A good house.")
    lead.choose("By silence")
    lead.button("Ask the members")
    lead.button("Decide now")
    applicant.open(own_page)
    applicant.write("Your name, as a signature", "Asha")
    applicant.choose("The organisation agrees")
    applicant.button("Sign")
    open_application(lead, organisation)
    lead.choose("Partner")
    lead.button("Admit")
    lead.end()
    invitation = newest_invitation(hub, contact, applicant)
    applicant.set_up(invitation, contact)
    applicant.open("/samples/")
    assert applicant.heading() == "Samples"
    applicant.end()

    analyst = enter(visitor(), "Ana Bright", "analyst@bright.example.org")
    app = next(one for one in sorted((hub.folder / "to-hand-in").iterdir()) if ("evening" in one.name) is scripts)
    hand_in(analyst, app)
    read_and_find(analyst, app)
    fetch(analyst, app, tmp_path)
    analyst.end()
    owner = enter(visitor(), "Udo Campus", "auditor@campus.example.org")
    owner.link("Log")
    assert owner.page.get_by_role("table").locator("tbody tr").count() > 0
    owner.end()


def ask_to_join(who: Visitor, organisation: str, contact: str) -> None:
    who.open("/")
    who.page.keyboard.press("Tab")
    assert who.page.evaluate("document.activeElement.className") == "skip"
    who.page.keyboard.press("Enter")
    assert who.page.url.endswith("#content")
    who.link("Ask to join")
    who.write("Name of the organisation", organisation)
    who.pick("What it is", "Digital")
    who.write("Country", "KE")
    who.write("Languages it works in", "en sw")
    who.write("What it does, and why", "We help people.")
    who.write("Your name", "Asha")
    who.write("Your e-mail address", contact)
    who.button("Send")
    assert who.heading() == "Thank you"


def open_application(who: Visitor, organisation: str) -> None:
    who.open("/")
    who.link("Applications", exact=True)
    who.link(organisation)
    assert who.heading() == organisation


def answer_questions(who: Visitor, page: str) -> None:
    who.open(page)
    for name in ("sells", "owned", "watches", "handed", "other"):
        who.reach(who.page.locator(f'input[name="{name}"]').first)
        who.page.keyboard.press("Space")
    who.button("Send the answers")


def newest_invitation(hub: Demonstration, contact: str, who: Visitor) -> str:
    """The invitation comes after other mails to the same person."""
    for _ in range(200):
        link = hub.link_in_mail(contact, who.page)
        if "/invitation/" in link:
            return link
        who.page.wait_for_timeout(100)
    raise AssertionError("no invitation came")


def hand_in(who: Visitor, app: Path) -> None:
    who.open("/")
    who.link("Hand in", exact=True)
    who.choose("TLP:GREEN")
    who.file("Files", app)
    who.reach(who.page.get_by_role("main").get_by_role("button", name="Hand in"))
    who.page.keyboard.press("Enter")
    who.page.wait_for_url("**/samples/own")


def read_and_find(who: Visitor, app: Path) -> None:
    package = f"org.example.inert.{app.stem.replace('-', '')}"
    title = app.stem.replace("-", " ").capitalize()
    for _ in range(120):
        who.open("/samples/")
        who.write("Search", f"package:{package}")
        who.page.keyboard.press("Enter")
        who.page.wait_for_url("**/samples/?q=*")
        if who.page.get_by_role("link", name=title).count():
            break
        who.page.wait_for_timeout(500)
    who.link(title)
    assert title in who.heading()
    assert package in who.page.locator("main").inner_text()
    assert who.page.locator("svg.graph").count() == 1


def fetch(who: Visitor, app: Path, folder: Path) -> None:
    who.pick("What you need it for", "research")
    who.reach(who.page.get_by_role("button", name="Fetch", exact=True))
    with who.page.expect_download() as download:
        who.page.keyboard.press("Enter")
    sealed = folder / "sealed.age"
    download.value.save_as(sealed)
    assert download.value.suggested_filename.endswith(".age")
    key = who.hub.folder / "age" / "bright-labs.txt"
    opened = subprocess.run(["age", "--decrypt", "-i", str(key), str(sealed)], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(opened)) as archive:
        files = [archive.extractfile(one) for one in archive.getnames()]
        assert app.read_bytes() in [one.read() for one in files if one is not None]
