"""Names are read from the application and from its home-screen entries, within bounds, and in one plain form."""

import pytest

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.manifest import ManifestReading, read_manifest
from luciole.apps.apk.manifest_facts import manifest_facts
from luciole.apps.apk.plain_name import is_blank, plain_name
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.simulate.apps.binary_xml import AttributeValue, Element, Reference, write_xml
from luciole.simulate.apps.resources import Configuration, Table

ENTRY = Element("intent-filter", {}, (
    Element("action", {"name": "android.intent.action.MAIN"}),
    Element("category", {"name": "android.intent.category.LAUNCHER"}),
))  # fmt: skip


def app(label: AttributeValue, *children: Element) -> Element:
    return Element("manifest", {"package": "org.example.app"}, (Element("application", {"label": label}, children),))


def entry(tag: str, name: str, label: AttributeValue) -> Element:
    return Element(tag, {"name": name, "label": label, "exported": True, "targetActivity": ".Main"}, (ENTRY,))


def read(
    manifest: Element, table: Table | None = None, limits: Limits = DEFAULT
) -> tuple[ManifestReading, list[Anomaly]]:
    files = {b"AndroidManifest.xml": write_xml(manifest)}
    if table is not None:
        files[b"resources.arsc"] = table.write()
    anomalies: list[Anomaly] = []
    return read_manifest(files.__getitem__, files, anomalies, limits), anomalies


def labels(reading: ManifestReading) -> list[tuple[object, ...]]:
    facts = [fact for fact in manifest_facts(reading)[0] if fact.name == "app.label"]
    return [(fact.attributes["of"], fact.attributes["locale"], fact.value) for fact in facts]


def resources(reading: ManifestReading) -> Coverage:
    return next(line for line in reading.coverage if line.area == "resources")


def test_the_name_under_an_icon_is_told_where_it_is_another_one() -> None:
    table = Table("org.example.app")
    same = table.add("string", "name", "Notes")
    own = table.add("string", "own", "System Service")
    table.add("string", "own", "Service Système", Configuration("fr"))
    manifest = app(
        Reference(same),
        entry("activity", ".Main", Reference(same)),
        entry("activity", ".Icon", Reference(own)),
        entry("activity-alias", ".Other", "Calculator"),
        Element("activity", {"name": ".Inner", "label": "Inside"}),
    )
    reading, _ = read(manifest, table)
    assert labels(reading) == [
        ("application", "", "Notes"),
        ("org.example.app.Icon", "", "System Service"),
        ("org.example.app.Icon", "fr", "Service Système"),
        ("org.example.app.Other", "", "Calculator"),
    ]


def test_of_names_for_several_releases_the_newest_comes_first() -> None:
    table = Table("org.example.app")
    name = table.add("string", "name", "Old name")
    table.add("string", "name", "New name", Configuration(sdk=26))
    reading, _ = read(app(Reference(name)), table)
    assert [label.text for label in reading.labels] == ["New name", "Old name"]


def test_each_language_in_which_nothing_is_seen_is_noted() -> None:
    table = Table("org.example.app")
    name = table.add("string", "name", "Notes")
    table.add("string", "name", "\u200b", Configuration("fr"))
    table.add("string", "name", "\u3164 \u2800", Configuration("de"))
    under = table.add("string", "under", "\u2063")
    _, anomalies = read(app(Reference(name), entry("activity", ".Main", Reference(under))), table)
    assert [(found.id, found.detail) for found in anomalies] == [
        ("label.blank", "the app's name has no visible character in the language de"),
        ("label.blank", "the app's name has no visible character in the language fr"),
        ("label.blank", "the name under the icon of org.example.app.Main has no visible character"),
    ]


BLANK = ["", " \t", "\u00a0", "\u3164", "\u2800", "\u115f", "\uffa0", "\u200b\u200f", "\u2060\u2064", "\ufeff",
         "\u0301", "\u034f", "\u202e\u2066", "\x01"]  # fmt: skip


@pytest.mark.parametrize("text", BLANK)
def test_names_that_show_nothing_are_blank_and_plainly_empty(text: str) -> None:
    assert is_blank(text)
    assert plain_name(text) == ""


@pytest.mark.parametrize("text", [".", "é", "e\u0301", "مذكرات", "ก็", "कि", "日本", "\U0001f600", "\u200bX", "a"])
def test_names_that_show_something_are_not_blank(text: str) -> None:
    assert not is_blank(text)
    assert plain_name(text) != ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("System  Service ", "system service"),
        ("\u00a0System\u2003Service", "system service"),
        ("Sys\u200btem Ser\u00advice\u202e", "system service"),
        ("\u0405ystem Servi\u0441e", "system service"),
        ("\u0405\u0443\u0455\u0442\u0435\u043c", "system"),
        ("\uff33\uff59\uff53\uff54\uff45\uff4d", "system"),
        ("\U0001d412ystem", "system"),
        ("\u0392att\u03b5ry", "battery"),
        ("S\u0332y\u0332stem", "system"),
        ("\u041d\u0430\u0441\u0442\u0440\u043e\u0439", "\u043d\u0430\u0441\u0442\u0440\u043e\u0439"),
        ("Service \u0421\u0438\u0441\u0442\u0435\u043c\u0430", "service \u0441\u0438\u0441\u0442\u0435\u043c\u0430"),
        ("Service Système", "service système"),
        ("Bater\u0069\u0301a", "batería"),
        ("设置", "设置"),
    ],
)  # fmt: skip
def test_names_are_written_as_the_eye_reads_them(text: str, plain: str) -> None:
    assert plain_name(text) == plain


def test_the_plain_name_stands_beside_the_name() -> None:
    facts, _ = manifest_facts(read(app("Sys\u200btem"))[0])
    assert [fact.attributes["plain"] for fact in facts if fact.name == "app.label"] == ["system"]


def test_long_names_are_cut_and_many_end_at_a_bound_that_is_said() -> None:
    table = Table("org.example.app")
    name = table.add("string", "name", "x" * 30_000)
    for first in "abcdefghij":
        for second in "abcdefghijklmnopqrst":
            table.add("string", "name", f"{first}{second}" * 10_000, Configuration(first + second))
    reading, _ = read(app(Reference(name), entry("activity", ".Main", Reference(name))), table)
    assert 50 < len(reading.labels) < 70
    assert {len(label.text) for label in reading.labels} == {4096}
    line = resources(reading)
    assert (line.state, line.reason, line.amount) == (State.PARTIAL, Reason.LIMIT, len(reading.labels))
    assert "262144 bytes" in line.detail
    assert reading.visible is True
    assert next(line for line in reading.coverage if line.area == "manifest").state is State.EXAMINED


def test_one_name_that_is_too_long_is_cut_and_this_is_said() -> None:
    reading, _ = read(app("x" * 5_000))
    assert [len(label.text) for label in reading.labels] == [4096]
    assert resources(reading).reason is Reason.LIMIT
