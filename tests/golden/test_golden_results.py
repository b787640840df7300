"""What people are told about the demonstration apps and phone, word for word.

A difference here means that somebody who runs a check reads something else than before. Read the difference; when it
is meant, refresh with `make golden` and say in the commit why people should now read this. Do not refresh to get green.
"""

import difflib
import os
from pathlib import Path

import msgspec
import pytest

from luciole.assess import compare as comparing
from luciole.assess.document import CriterionFinding, Result
from luciole.assess.timeline import timeline
from luciole.cli.demonstration import demonstration_engine, make_inputs
from luciole.guidance.depths import EXPERT, PERSON, Depth
from luciole.kernel.text import Translator
from luciole.report import changes, dates, terminal
from luciole.report.view import build_page
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.devices.write import write_zip

HERE = Path(__file__).parent
NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("demonstration")
    engine = demonstration_engine()
    return check(make_inputs(folder), engine, ReadSettings(now=NOW))


def compare(name: str, text: str) -> None:
    path = HERE / name
    if os.environ.get("LUCIOLE_REFRESH"):
        path.write_text(text, "utf-8")
    expected = path.read_text("utf-8") if path.exists() else ""
    difference = difflib.unified_diff(expected.splitlines(), text.splitlines(), "as it was", "as it is", lineterm="")
    assert "\n".join(difference) == "", __doc__


@pytest.mark.parametrize(("depth", "name"), [(PERSON, "demonstration.txt"), (EXPERT, "demonstration-expert.txt")])
def test_the_words_of_the_demonstration(result: Result, depth: Depth, name: str) -> None:
    shown = result if depth == PERSON else msgspec.structs.replace(result, assessments=result.assessments[:2])
    page = build_page(shown, Translator())
    compare(name, without_digests(terminal.render(page, Translator(), width=100, depth=depth), result))


def without_digests(text: str, result: Result) -> str:
    """The text without the digests of the catalogue and the index, which change with every word of a criterion."""
    about = result.knowledge
    for digest, name in ((about.catalogue, "CATALOGUE"), (about.index, "INDEX")):
        text = text.replace(digest, name).replace(digest[:16], name)
    return text


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The demonstration's phone before and after an app came, both with every fact."""
    phone = msgspec.structs.replace(demonstration(), filler=Filler())
    before = msgspec.structs.replace(phone, apps=tuple(app for app in phone.apps if app.package != COMES))
    folder, engine = tmp_path_factory.mktemp("taken"), demonstration_engine()
    settings = ReadSettings(now=NOW)
    return {
        name: check([write_zip(one, folder / f"{name}.zip")], engine, settings, all_facts=True)
        for name, one in (("before", before), ("after", phone))
    }


COMES = "org.example.familywatch"


def test_the_words_of_a_comparison(taken: dict[str, Result]) -> None:
    english = Translator()
    sheet = changes.build(comparing.compare(taken["before"], taken["after"]), english)
    compare("comparison.txt", terminal.render_sheet(sheet, english, width=100))


def test_the_words_of_a_timeline(taken: dict[str, Result]) -> None:
    english = Translator()
    after = taken["after"]
    few = tuple(one for one in after.assessments if not one.subject.identity.startswith(("android", "com.")))
    sheet = dates.build(timeline([msgspec.structs.replace(after, assessments=few)]), english)
    compare("timeline.txt", terminal.render_sheet(sheet, english, width=100))


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
