"""Pages as a browser shows them: mirrored where a language runs from right to left, and never wider than the screen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

sys.path.insert(0, str(Path(__file__).parent))

from test_every_rendering import as_html

from luciole.guidance import languages

BROWSER = shutil.which("chromium")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed: tools/system-packages installs it")

PHONE, DESK = 360, 1200
"""Widths in pixels: a small phone, a desk."""
TALL = 6000
RESULT = "everything"
SENTENCE = 8
"""Rows with fewer pixels of ink beside the edges are rules and borders."""


def screen(folder: Path, language: str, width: int) -> Image.Image:
    """A picture of the top of the page, in shades of grey, ink white."""
    page, picture = folder / f"{language}.html", folder / f"{language}-{width}.png"
    page.write_text(as_html(RESULT, language), "utf-8")
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        f"--window-size={width},{TALL}",
        f"--user-data-dir={folder / 'profile'}",
        f"--screenshot={picture}", page.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    grey = Image.open(picture).convert("L")
    return ImageChops.difference(grey, Image.new("L", grey.size, grey.getpixel((0, grey.height - 1))))


def margins(ink: Image.Image) -> tuple[list[int], list[int]]:
    """Pixels without ink at the left and at the right of every row of letters."""
    left, right = [], []
    for top in range(0, ink.height - SENTENCE, SENTENCE):
        box = ink.crop((0, top, ink.width, top + SENTENCE)).point(lambda shade: 255 * (shade > 96)).getbbox()
        if box is not None and box[2] - box[0] > SENTENCE:
            left.append(box[0])
            right.append(ink.width - box[2])
    return left, right


def spread(values: list[int]) -> float:
    """How ragged an edge is: the mean distance from its nearest margin."""
    edge = min(values)
    return sum(value - edge for value in values) / len(values)


@pytest.mark.parametrize(("language", "width"), [("en", PHONE), ("ar", PHONE), ("de", DESK), ("ar", DESK)])
def test_lines_begin_where_the_language_begins(language: str, width: int, tmp_path: Path) -> None:
    left, right = margins(screen(tmp_path, language, width))
    assert len(left) > 100
    begins, ends = (right, left) if languages.translator(language).direction == "rtl" else (left, right)
    assert spread(begins) < spread(ends)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_is_wider_than_a_small_phone(language: str, tmp_path: Path) -> None:
    left, right = margins(screen(tmp_path, language, PHONE))
    assert min(left) > 0
    assert min(right) > 0
