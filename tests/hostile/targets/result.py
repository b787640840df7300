"""Fuzz target: any bytes as a saved result, shown in every way, compared with itself, and put in order of time."""

import re

from luciole.assess.compare import compare
from luciole.assess.timeline import timeline
from luciole.guidance.depths import EXPERT
from luciole.kernel.errors import ParseError
from luciole.kernel.text import Translator
from luciole.packs.builtin import report_templates
from luciole.report import changes, dates, explain, html, json, terminal
from luciole.report.view import build_page

ENGLISH = Translator()
TEMPLATES = report_templates()
ACTIVE = re.compile(r"<(script|iframe|object|embed|form|input|link(?! rel=.icon)|base)\b")


def target(data: bytes) -> None:
    """Reads the result and renders it; only a ParseError may come out, and nothing active ever reaches the page."""
    try:
        result = json.read(data)
    except ParseError:
        return
    page = build_page(result, ENGLISH)
    assert terminal.render(page, ENGLISH).endswith("\n")
    assert terminal.render(page, ENGLISH, depth=EXPERT).endswith("\n")
    assert not ACTIVE.search(html.render(page, ENGLISH, TEMPLATES))
    assert not ACTIVE.search(html.render(page, ENGLISH, TEMPLATES, depth=EXPERT, paged=True))
    found = timeline([result])
    dates.render_csv(found, ENGLISH)
    for sheet in (changes.build(compare(result, result), ENGLISH), dates.build(found, ENGLISH)):
        assert terminal.render_sheet(sheet, ENGLISH).endswith("\n")
        assert not ACTIVE.search(html.render_sheet(sheet, ENGLISH, TEMPLATES))
    assert json.read(json.render(result)) == result
    for finding in explain.known_findings(result)[:20]:
        explain.render(explain.select(result, finding), ENGLISH)
