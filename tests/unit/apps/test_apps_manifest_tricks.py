"""What an inert app says about itself is read in spite of every trick with its manifest and table."""

import pytest

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.manifest import ManifestReading, read_manifest
from luciole.kernel.outcome import Reason, State
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.tricks import trick_list

APP: dict[str, object] = {
    "package": "org.example.app",
    "label": {"default": "Notes", "fr": "Carnet"},
    "permissions": ["READ_SMS"],
    "activities": [{"name": ".Main", "launcher": True}],
}
LOSES_A_STRING = {"strings.offset", "strings.start", "strings.unterminated"}
LOSES_THE_NAME = {"resources.cycle", "resources.entry-outside", "resources.missing", "resources.unreadable",
                  "resources.garbage"}  # fmt: skip
TRICKS = [name for name, _ in trick_list() if name.startswith(("xml.", "strings.", "resources."))]
SENTENCES = dict(trick_list())


def read(trick: str) -> tuple[ManifestReading, list[Anomaly]]:
    archive = Archive.open(build_apk({**APP, "tricks": [trick]}))
    anomalies: list[Anomaly] = []
    return read_manifest(archive.read, archive.entries, anomalies), anomalies


def coverage(reading: ManifestReading) -> dict[str, tuple[State, Reason]]:
    return {line.area: (line.state, line.reason) for line in reading.coverage}


@pytest.mark.parametrize("trick", [name for name in TRICKS if name not in LOSES_A_STRING])
def test_the_manifest_is_read_in_spite_of_the_trick(trick: str) -> None:
    reading, _ = read(trick)
    manifest = reading.manifest
    assert manifest.package == "org.example.app"
    assert [permission.name for permission in manifest.requested] == ["android.permission.READ_SMS"]
    assert [entry.state for entry in reading.launcher] == ["shown"]


@pytest.mark.parametrize("trick", [name for name in TRICKS if name not in LOSES_A_STRING | LOSES_THE_NAME])
def test_the_names_are_read_in_spite_of_the_trick(trick: str) -> None:
    reading, _ = read(trick)
    assert [(label.locale, label.text) for label in reading.labels] == [("", "Notes"), ("fr", "Carnet")]


@pytest.mark.parametrize("trick", sorted(LOSES_A_STRING & set(TRICKS)))
def test_what_is_lost_with_a_string_is_not_said_to_be_absent(trick: str) -> None:
    reading, _ = read(trick)
    assert coverage(reading)["manifest"] == (State.PARTIAL, Reason.DAMAGED)


@pytest.mark.parametrize("trick", sorted(LOSES_THE_NAME & set(TRICKS)))
def test_a_name_that_is_lost_is_not_said_to_be_absent(trick: str) -> None:
    reading, _ = read(trick)
    assert reading.labels == ()
    assert coverage(reading)["resources"][0] is not State.EXAMINED


@pytest.mark.parametrize("trick", [name for name in TRICKS if "Android refuses" in SENTENCES[name]])
def test_what_android_refuses_is_said_to_be_refused(trick: str) -> None:
    _, anomalies = read(trick)
    if trick == "xml.unclosed":
        # ResXMLTree reaches the end of the document without an error, and the package parser takes what it has.
        assert not any(anomaly.refused for anomaly in anomalies)
    else:
        assert trick in {anomaly.id for anomaly in anomalies if anomaly.refused}


@pytest.mark.parametrize("trick", ["bomb.xml-depth", "bomb.xml-attributes"])
def test_a_bomb_that_hides_nothing_costs_nothing(trick: str) -> None:
    reading, anomalies = read(trick)
    assert reading.manifest.package == "org.example.app"
    assert reading.visible is True
    assert coverage(reading)["manifest"] == (State.EXAMINED, Reason.NONE)
    assert ("xml.depth" in {anomaly.id for anomaly in anomalies}) is (trick == "bomb.xml-depth")
