"""What a browser with scripts does beside: files that are dropped, go in pieces, and go on where they broke off."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from browser_hub import Demonstration, watch
from browser_world import World
from test_every_page_in_a_browser import context_of

_PIECE = 4 << 20
_DROP = """([names, sizes]) => {
  const all = new DataTransfer();
  names.forEach((name, number) => all.items.add(new File([new Uint8Array(sizes[number]).fill(number + 65)], name)));
  const place = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"])
    place.dispatchEvent(new DragEvent(kind, {dataTransfer: all, bubbles: true, cancelable: true}));
}"""


def test_several_files_are_dropped_and_go_on_after_the_connection_broke(
    chromium: Any, demonstration: Demonstration, furnished: World
) -> None:
    context = context_of(chromium, demonstration, furnished, "everybody")
    page = context.new_page()
    wrong = watch(page, demonstration.address, lambda text: "Failed to load resource" in text)
    page.goto(f"{demonstration.address}/samples/hand-in")
    sizes = [3 * _PIECE + 1000, 2000]
    page.evaluate(_DROP, [["large.bin", "small.bin"], sizes])
    assert page.locator("#drop").inner_text() == "large.bin, small.bin"
    page.get_by_label("TLP:RED").check()
    seen: list[str] = []

    def breaking(route: Any) -> None:
        """The second piece breaks off twice; the third arrives, but its answer is lost."""
        at = route.request.url.rpartition("at=")[2]
        seen.append(at)
        if at == str(_PIECE) and seen.count(at) < 3:
            route.abort("connectionreset")
        elif at == str(2 * _PIECE) and seen.count(at) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/samples/uploads/*?at=*", breaking)
    page.get_by_role("main").get_by_role("button", name="Hand in").click()
    page.get_by_text("The connection broke off").wait_for()
    assert page.get_by_role("progressbar", name="large.bin").get_attribute("max") == str(sizes[0])
    page.wait_for_url("**/samples/own")
    assert seen == [str(one * _PIECE) for one in (0, 1, 1, 1, 2, 2, 3)] + ["0"]
    for number, size in enumerate(sizes):
        digest = hashlib.sha256(bytes([65 + number]) * size).hexdigest()
        assert page.locator(f'a[href$="{digest}"]').count() == 1
    assert wrong == []
    context.close()


def test_a_file_chosen_without_scripts_is_handed_in_the_same(
    chromium: Any, demonstration: Demonstration, furnished: World, tmp_path: Path
) -> None:
    context = context_of(chromium, demonstration, furnished, "everybody", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demonstration.address}/samples/hand-in")
    assert not page.locator("#drop").is_visible()
    both = [tmp_path / "one.bin", tmp_path / "two.bin"]
    for one in both:
        one.write_bytes(one.name.encode() * 100)
    page.get_by_label("Files").set_input_files(both)
    page.get_by_role("main").get_by_role("button", name="Hand in").click()
    assert page.url.endswith("/samples/own")
    for one in both:
        assert page.locator(f'a[href$="{hashlib.sha256(one.read_bytes()).hexdigest()}"]').count() == 1
    context.close()


def test_keys_lead_through_samples_and_can_be_switched_off(
    chromium: Any, demonstration: Demonstration, furnished: World
) -> None:
    context = context_of(chromium, demonstration, furnished, "everybody")
    page = context.new_page()
    page.goto(f"{demonstration.address}/samples/")
    titles = page.locator("table.samples tbody th a")
    for key, number in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert titles.nth(number).evaluate("one => one === document.activeElement")
    page.keyboard.press("/")
    page.keyboard.type("j?/k")
    assert page.get_by_label("Search").input_value() == "j?/k"
    page.get_by_label("Search").evaluate("one => one.blur()")
    page.keyboard.press("?")
    page.wait_for_url("**/samples/help#keys")
    page.get_by_label("Use these keys in this browser").uncheck()
    page.goto(f"{demonstration.address}/samples/")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    context.close()
