"""Every real app file is read or refused with a reason, and ordinary apps are not called stalkerware."""

from pathlib import Path

import pytest

from luciole.assess.assess import Engine, assess
from luciole.assess.document import Assessment
from luciole.intel.formats import recognise
from luciole.intel.index import Index
from luciole.intel.merge import merge
from luciole.intel.model import Knowledge
from luciole.kernel.errors import LucioleError
from luciole.packs.engine import load_engine, with_index
from luciole.packs.importing import read_files
from luciole.packs.store import warning_lists
from luciole.scale.items import AppFile
from luciole.scale.opening import read_item
from luciole.scale.settings import ReadSettings
from shared_data import corpus_rows, require

NOW = "2026-01-01T00:00:00Z"
ROWS = {row["file"]: row for row in corpus_rows()}
ORDINARY = [name for name, row in ROWS.items() if row["kind"] == "app"]
NO_APP = {"not-android-alpine.apk"}
"""Files of the corpus that are no Android app at all and must be refused."""
CALLED_STALKERWARE = {"known-stalkerware", "behaves-like-stalkerware"}
AT_LEAST_A_PERSON = CALLED_STALKERWARE | {"needs-a-person"}


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine with the real public list of known apps."""
    folder = require("data/stalkerware-indicators")
    files = read_files(folder)
    form = recognise(files)
    result = form.read(files, NOW[:10], form.SOURCE)  # type: ignore[attr-defined] # Echap's format names its source
    knowledge, _ = merge(Knowledge(), result, NOW[:10], warning_lists())
    return with_index(load_engine(), Index.open(Index.build(knowledge, warning_lists())))


def verdicts(name: str, engine: Engine) -> list[Assessment]:
    path: Path = require("corpus-apk") / name
    reading = read_item(AppFile(str(path), name), ReadSettings(now=NOW))
    return list(assess([reading], engine, created=NOW).assessments)


def test_the_corpus_is_here() -> None:
    require("corpus-apk/manifest.csv")
    assert len(ORDINARY) == 37


@pytest.mark.corpus
@pytest.mark.parametrize("name", ROWS)
def test_every_file_is_read_or_refused_with_a_reason(name: str, engine: Engine) -> None:
    if name in NO_APP:
        with pytest.raises(LucioleError, match="no kind of file that Luciole reads"):
            verdicts(name, engine)
        return
    found = verdicts(name, engine)
    assert found
    assert all(line.detail or line.reason.value != "damaged" for one in found for line in one.coverage)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_app_is_not_called_stalkerware(name: str, engine: Engine) -> None:
    assert [one.verdict.code for one in verdicts(name, engine) if one.verdict.code in CALLED_STALKERWARE] == []


@pytest.mark.corpus
def test_the_app_that_poses_as_a_battery_meter_and_hides_messages_needs_a_person(engine: Engine) -> None:
    (found,) = verdicts("souch.smsbypass_9.apk", engine)
    assert found.verdict.code in AT_LEAST_A_PERSON
    assert {"conceal.sms-hidden", "conceal.system-name"} <= {one.id for one in found.findings}


@pytest.mark.corpus
@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row["badging_tool"] == "aapt"])
def test_identity_agrees_with_the_reference(name: str, engine: Engine) -> None:
    row = ROWS[name]
    (found,) = verdicts(name, engine)
    facts = {fact.name: fact.value for fact in found.facts}
    assert facts["app.package"] == row["package"]
    assert facts["file.sha256"] == row["sha256"]
    assert facts["file.size"] == int(row["size"])
    assert str(facts.get("app.version_code", "")) == row["version_code"]
    assert facts.get("app.version_name", "") == row["version_name"]
