"""The report of the demonstration: HTML and PDF from the saved result, processor seconds in one process each."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
import json, sys, time
from pathlib import Path
from luciole.guidance.languages import translator
from luciole.packs.builtin import report_templates
from luciole.report import html, pdf
from luciole.report import json as saved
from luciole.report.support import guidance_for
from luciole.report.view import Support, build_page
result, translate, templates = saved.read(Path(sys.argv[1]).read_bytes()), translator("en"), report_templates()
def page():
    return build_page(result, translate, Support(pages=guidance_for(result, translate)))
found, begun = {}, time.process_time()
found["html_seconds"] = (len(html.render(page(), translate, templates)), time.process_time() - begun)[1]
for depth in sys.argv[2:]:
    begun = time.process_time()
    pages = pdf.render(html.render(page(), translate, templates, depth=depth, paged=True))
    found[f"pdf_{depth}_seconds"] = time.process_time() - begun
    found[f"pdf_{depth}_kilobytes"] = len(pages) / 1000
print(json.dumps(found))
"""
"""A process of its own, so that the import of WeasyPrint counts with the first PDF."""


def measure(rounds: int = 3) -> dict[str, float]:
    """Median processor seconds: the page, and the PDF for a person and for an expert, each with WeasyPrint's start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        command = [sys.executable, "-m", "luciole", "demo", str(folder), "--quiet"]
        subprocess.run(command, check=True, capture_output=True)
        runs = [_run(folder / "result.json", "person") for _ in range(rounds)]
        experts = [_run(folder / "result.json", "expert") for _ in range(rounds)]
    return _medians(experts) | _medians(runs)


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def _run(result: Path, *depths: str) -> dict[str, float]:
    command = [sys.executable, "-c", PROGRAM, str(result), *depths]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ})
    found: dict[str, float] = json.loads(ended.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
