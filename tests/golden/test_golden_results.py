"""What people are told about the demonstration apps and phone, word for word.

A difference here means that somebody who runs a check reads something else than before. Read the difference; when it
is meant, refresh with `make golden` and say in the commit why people should now read this. Do not refresh to get green.
"""

import difflib
import os
from pathlib import Path

import pytest

from luciole.assess.document import CriterionFinding, Result
from luciole.cli.demonstration import demonstration_engine, make_inputs
from luciole.kernel.text import Translator
from luciole.report import terminal
from luciole.report.view import build_page
from luciole.scale.check import check
from luciole.scale.handler import ReadSettings

HERE = Path(__file__).parent
NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("demonstration")
    engine = demonstration_engine()
    return check(make_inputs(folder), engine, ReadSettings(now=NOW, index=engine.index))


def compare(name: str, text: str) -> None:
    path = HERE / name
    if os.environ.get("LUCIOLE_REFRESH"):
        path.write_text(text, "utf-8")
    expected = path.read_text("utf-8") if path.exists() else ""
    difference = difflib.unified_diff(expected.splitlines(), text.splitlines(), "as it was", "as it is", lineterm="")
    assert "\n".join(difference) == "", __doc__


def test_the_words_of_the_demonstration(result: Result) -> None:
    page = build_page(result, Translator())
    text = terminal.render(page, Translator(), width=100)
    digests = {result.knowledge.catalogue[:16]: "CATALOGUE", result.knowledge.index[:16]: "INDEX"}
    for digest, name in digests.items():
        text = text.replace(digest, name)
    compare("demonstration.txt", text)


def test_the_verdicts_and_findings_of_the_demonstration(result: Result) -> None:
    lines = []
    for one in result.assessments:
        user = "" if one.subject.user is None else f" (user {one.subject.user})"
        met = [f.id if isinstance(f, CriterionFinding) else f"{f.family} by {f.role}" for f in one.findings]
        if one.verdict.code != "nothing-seen":
            lines.append(f"{one.subject.identity}{user}: {one.verdict.code} by {one.verdict.rule or 'no rule'}")
            lines += [f"    {name}" for name in met]
    compare("verdicts.txt", "\n".join(lines) + "\n")


def test_every_finding_that_is_shown_says_what_was_observed(result: Result) -> None:
    page = build_page(result, Translator())
    bare = [f.id for one in page.subjects for group in one.groups for f in group.findings if not f.observed]
    assert bare == []
