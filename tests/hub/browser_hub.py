"""The demonstration hub in processes of its own, Debian's Chromium, axe, and a person who has only a keyboard."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from real_hub import a_database, a_free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CHROMIUM = Path("/usr/bin/chromium")
LOCKED = Path(__file__).parent / "browser_packages"
INSTALLED = Path(sys.prefix) / "share" / "luciole-tests" / "browser"
HOW_TO_INSTALL = (
    f"npm ci --ignore-scripts --prefix {INSTALLED}, after copying package.json and package-lock.json of {LOCKED} there"
)
_MOST_STEPS = 250
_READY = "Ctrl-C stops it"
_LINK = re.compile(r": (.+) \((.+)\)\n +(http://\S+/invitation/\S+)")
_MAIL = re.compile(r"MAIL to (\S+): .*\n((?:  http://\S+\n)*)")
_FOCUS = """wanted => {
  const one = document.activeElement;
  if (!one || one === document.body || one.matches("main")) return {is: false, seen: true, what: ""};
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return {is: one === wanted, seen: outlined && inside, what: one.outerHTML.slice(0, 120)};
}"""

_AXE_RUN = """tags => Promise.race([
  axe.run({runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}).then(all => all.violations.map(one =>
    one.id + ": " + one.nodes.slice(0, 4).map(node => node.html.slice(0, 160) + " – " +
      (node.any[0] || node.all[0] || node.none[0] || {message: ""}).message).join(" | "))),
  new Promise(done => setTimeout(() => done(["axe did not end"]), 20000)),
])"""


class Demonstration(NamedTuple):
    """A running `luciole hub demo`. people: one-time link by name; log: what it prints while it runs."""

    address: str
    folder: Path
    people: dict[str, str]
    keys: dict[str, str]
    log: Path
    environment: dict[str, str]

    def script(self, code: str) -> str:
        """Runs Python in a process in which Django is set up for this hub; returns what it printed."""
        begin = "from luciole.hub.site.starting import set_up\nset_up()\n"
        done = subprocess.run(
            [sys.executable, "-c", begin + code], env=self.environment, capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    def link_in_mail(self, to: str, page: Page) -> str:
        """The link of the newest mail to somebody, once it was printed. page: by which time passes."""
        for _ in range(300):
            found = [links for who, links in _MAIL.findall(self.log.read_text("utf-8")) if who == to and links]
            if found:
                return str(found[-1].split()[-1])
            page.wait_for_timeout(100)
        raise AssertionError(f"no mail for {to}")


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """`luciole hub demo`, as a new user runs it, with the database of this test run."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium")
    folder = tmp_path_factory.mktemp("browser") / "demo-hub"
    log = folder.parent / "log"
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("LUCIOLE_", "DJANGO_"))}
    if "LUCIOLE_DATABASE" in os.environ:
        ours["LUCIOLE_DATABASE"] = a_database(os.environ["LUCIOLE_DATABASE"])
    command = [sys.executable, "-m", "luciole", "hub", "demo", str(folder), "--port", str(a_free_port())]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=ours, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield _begun(process, folder, log, ours)
    finally:
        process.terminate()
        process.wait(60)


def _begun(process: subprocess.Popen[bytes], folder: Path, log: Path, ours: dict[str, str]) -> Demonstration:
    tour = ""
    for _ in range(1200):
        tour = log.read_text("utf-8")
        if _READY in tour and _answers(tour):
            break
        assert process.poll() is None, tour
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    found = re.search(r"Luciole is at (\S+),", tour)
    assert found is not None, tour
    keys = dict(re.findall(r"  (\w+ \w+) \(made up\)\n +(luc_\S+)", tour))
    people = {name: link for name, _, link in _LINK.findall(tour)}
    listen = found[1].removeprefix("http://")
    environment = ours | {"LUCIOLE_HUB": str(folder / "hub"), "LUCIOLE_ADDRESS": found[1], "LUCIOLE_LISTEN": listen}
    return Demonstration(found[1], folder, people, keys, log, environment)


def _answers(tour: str) -> bool:
    import http.client

    where = tour.rpartition("Luciole is at http://")[2].partition(",")[0]
    connection = http.client.HTTPConnection(where, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a file; it ends with them, so that no event loop stays behind."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def npm_package(path: str) -> Path:
    """A file of the locked npm packages, installed now if it was not. Skips where it cannot, and says how to."""
    wanted = INSTALLED / "node_modules" / path
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock_of = INSTALLED / "package-lock.json"
        is_current = lock_of.exists() and lock_of.read_bytes() == (LOCKED / "package-lock.json").read_bytes()
        if not (wanted.exists() and is_current) and shutil.which("npm"):
            for name in ("package.json", "package-lock.json"):
                shutil.copy(LOCKED / name, INSTALLED)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=INSTALLED, check=False, capture_output=True)
    if not wanted.exists():
        pytest.skip(f"needs npm packages: {HOW_TO_INSTALL}")
    return wanted


class Axe:
    """axe-core in a page. Every rule for WCAG 2.2 A and AA, and its best practices."""

    _TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

    @cached_property
    def _source(self) -> str:
        return npm_package("axe-core/axe.min.js").read_text("utf-8")

    def findings(self, page: Page) -> list[str]:
        """What axe reports on the page as it is: rule, and the first elements."""
        page.evaluate(self._source + "; 0")
        found = page.evaluate(_AXE_RUN, list(self._TAGS))
        return [str(one) for one in found]


class Keyboard:
    """A person at a page who has no mouse. Each element they come by must show that it has the focus."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("filechooser", lambda _: None)  # from now on, so that none opens before somebody waits for it

    def reach(self, what: Locator) -> None:
        """Goes on with Tab until `what` has the focus. Fails where it is never reached, or focus cannot be seen."""
        wanted = what.element_handle(timeout=20_000)
        for _ in range(_MOST_STEPS):
            focus: dict[str, Any] = self.page.evaluate(_FOCUS, wanted)
            assert focus["seen"], f"the focus cannot be seen on {focus['what']}"
            if focus["is"]:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"never reached with Tab: {what}")

    def follow(self, what: Locator) -> None:
        """Reaches a link or button and presses Enter; waits for the page that comes."""
        self.reach(what)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def link(self, name: str | re.Pattern[str], **more: Any) -> None:
        """Follows a link by its name."""
        self.follow(self.page.get_by_role("link", name=name, **more).first)

    def button(self, name: str, **more: Any) -> None:
        """Presses a button by its name."""
        self.follow(self.page.get_by_role("button", name=name, exact=True, **more).first)

    def write(self, label: str, text: str) -> None:
        """Types into a field."""
        self.reach(self.page.get_by_label(label, exact=False).first)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, label: str) -> None:
        """Chooses one of several with the arrow keys (radio buttons), as they are one stop for Tab; or ticks a box."""
        one = self.page.get_by_label(label).first
        if one.get_attribute("type") == "checkbox":
            self.reach(one)
            self.page.keyboard.press("Space")
            assert one.is_checked()
            return
        group = self.page.locator(f'input[name="{one.get_attribute("name")}"]')
        checked = [each for each in group.all() if each.is_checked()]
        self.reach(checked[0] if checked else group.first)
        if not checked:
            self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if one.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"never chosen: {label}")

    def pick(self, label: str, text: str) -> None:
        """Picks an entry of a list by typing how it begins."""
        field = self.page.get_by_label(label).first
        self.reach(field)
        self.page.keyboard.type(text)
        assert field.locator("option:checked").inner_text().startswith(text)

    def file(self, label: str, path: Path) -> None:
        """Opens the window that asks for files, with the keyboard, and names one there."""
        self.reach(self.page.get_by_label(label).first)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(path)


def watch(page: Page, address: str, allowed: Callable[[str], bool] = lambda _: False) -> list[str]:
    """What a page must never do, as it does it: messages in the console, errors, requests to anybody else."""
    seen: list[str] = []
    page.on("console", lambda one: None if allowed(one.text) else seen.append(f"{page.url}: {one.text}"))
    page.on("pageerror", lambda one: seen.append(f"{page.url}: {one}"))
    page.on(
        "request",
        lambda one: None if one.url.startswith((address, "data:", "blob:")) else seen.append(f"foreign: {one.url}"),
    )
    return seen


def decoded(text: str) -> Any:
    """JSON that a script printed last."""
    return msgspec.json.decode(text.splitlines()[-1].encode())
