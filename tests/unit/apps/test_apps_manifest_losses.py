"""What is odd in a manifest costs only what depends on it; whether an app shows itself is said whenever it was read."""

import functools
import struct

import pytest

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.manifest import ManifestReading, read_manifest
from luciole.apps.apk.manifest_facts import manifest_facts
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.simulate.apps.binary_xml import AttributeValue, Element, Reference, write_xml
from luciole.simulate.apps.resources import Configuration, Plain, Table

MAIN = "android.intent.action.MAIN"
LAUNCHER = "android.intent.category.LAUNCHER"
REFERENCE, BOOLEAN, TRUE = 0x01, 0x12, 0xFFFFFFFF
READ_SMS = "android.permission.READ_SMS"
MISSING = Reference(0x7F990000)


def element(tag: str, *children: Element, **attributes: AttributeValue) -> Element:
    return Element(tag, attributes, children)


ENTRY = element("intent-filter", element("action", name=MAIN), element("category", name=LAUNCHER))


def app(*children: Element, top: tuple[Element, ...] = (), minimum: int = 21, **root: AttributeValue) -> Element:
    parts = (element("uses-sdk", minSdkVersion=minimum), element("uses-permission", name=READ_SMS), *top)
    return Element("manifest", {"package": "org.example.app", **root}, (*parts, element("application", *children)))


def read(
    manifest: Element | bytes, table: Table | None = None, limits: Limits = DEFAULT
) -> tuple[ManifestReading, list[Anomaly]]:
    files = {b"AndroidManifest.xml": manifest if isinstance(manifest, bytes) else write_xml(manifest)}
    if table is not None:
        files[b"resources.arsc"] = table.write()
    anomalies: list[Anomaly] = []
    return read_manifest(files.__getitem__, files, anomalies, limits), anomalies


def visible(reading: ManifestReading) -> list[object]:
    return [fact.value for fact in manifest_facts(reading)[0] if fact.name == "launcher.visible"]


def permissions(reading: ManifestReading) -> list[object]:
    return [fact.value for fact in manifest_facts(reading)[0] if fact.name == "permission.requested"]


def area(reading: ManifestReading, name: str = "manifest") -> Coverage:
    return next(line for line in reading.coverage if line.area == name)


def with_odd_string(data: bytes, text: str, trick: str) -> bytes:
    """The document, in which the string `text` is too long for its end, or lies outside the pool."""
    at = data.index(bytes((len(text), len(text))) + text.encode() + b"\0")
    pool = 8
    count, _, _, start = struct.unpack_from("<IIII", data, pool + 8)
    changed = bytearray(data)
    if trick == "strings.length":
        changed[at + 1] = 0x7F
        return bytes(changed)
    offsets = struct.unpack_from(f"<{count}I", data, pool + 28)
    struct.pack_into("<I", changed, pool + 28 + 4 * offsets.index(at - pool - start), 0x00FFFFF0)
    return bytes(changed)


TRICKS = ("strings.length", "strings.offset")


@pytest.mark.parametrize("trick", TRICKS)
def test_an_odd_string_that_is_only_shown_costs_nothing(trick: str) -> None:
    note = element("meta-data", name="note", value="odd text")
    data = write_xml(app(element("activity", name=".Main"), note))
    reading, anomalies = read(with_odd_string(data, "odd text", trick))
    assert [found.id for found in anomalies] == [trick]
    assert area(reading) == Coverage("manifest", State.EXAMINED, amount=2)
    assert visible(reading) == [False]


@pytest.mark.parametrize("trick", TRICKS)
def test_an_odd_string_of_a_receiver_leaves_it_known_that_no_icon_is_shown(trick: str) -> None:
    receiver = element("receiver", element("intent-filter", element("action", name="odd text")), name=".R")
    data = write_xml(app(element("activity", name=".Main"), receiver))
    reading, _ = read(with_odd_string(data, "odd text", trick))
    assert (area(reading).state, area(reading).reason) == (State.PARTIAL, Reason.DAMAGED)
    assert visible(reading) == [False]
    assert permissions(reading) == [READ_SMS]


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("lost", ["category", "tag"])
def test_an_odd_string_of_an_activity_leaves_open_whether_an_icon_is_shown(trick: str, lost: str) -> None:
    category = element("category", name="odd text") if lost == "category" else element("odd text", name=LAUNCHER)
    main = element("activity", element("intent-filter", element("action", name=MAIN), category), name=".Main")
    reading, _ = read(with_odd_string(write_xml(app(main)), "odd text", trick))
    assert area(reading).state is State.PARTIAL
    assert visible(reading) == []
    assert permissions(reading) == [READ_SMS]
    both, _ = read(with_odd_string(write_xml(app(main, element("activity", ENTRY, name=".Sure"))), "odd text", trick))
    assert visible(both) == [True]


def test_a_long_value_of_meta_data_costs_nothing() -> None:
    note = element("meta-data", name="note", value="x" * 70_000)
    reading, anomalies = read(app(element("activity", name=".Main"), note))
    assert "strings.cut" in {found.id for found in anomalies}
    assert area(reading).state is State.EXAMINED
    assert visible(reading) == [False]


def test_depth_below_the_application_costs_nothing() -> None:
    deep = functools.reduce(lambda inner, _: element("x", inner), range(250), element("x"))
    reading, anomalies = read(app(deep, element("activity", ENTRY, name=".Main")))
    assert [found.id for found in anomalies] == ["xml.depth"]
    assert area(reading).state is State.EXAMINED
    assert visible(reading) == [True]


@pytest.mark.parametrize(("tag", "state"), [("x", State.EXAMINED), ("uses-permission", State.PARTIAL)])
def test_attributes_beyond_the_limit_cost_what_they_stand_on(tag: str, state: State) -> None:
    many = Element(tag, {"name": READ_SMS, **{f"a{number}": 1 for number in range(50)}})
    reading, anomalies = read(app(element("activity", name=".Main"), top=(many,)), limits=Limits(xml_attributes=20))
    assert [found.id for found in anomalies] == ["xml.attributes"]
    assert area(reading).state is state
    assert visible(reading) == [False]


def test_two_thousand_attributes_are_read() -> None:
    main = Element("activity", {**{f"a{number}": 1 for number in range(2_100)}, "name": ".Main"}, (ENTRY,))
    reading, _ = read(app(main))
    assert reading.launcher[0].name == "org.example.app.Main"
    assert area(reading).state is State.EXAMINED


def test_as_many_components_as_android_allows_are_read() -> None:
    reading, _ = read(app(*[element("activity", name=f".A{number}") for number in range(30_000)]))
    assert len(reading.manifest.components) == 30_000
    assert area(reading).state is State.EXAMINED


def test_beyond_the_limit_of_components_only_an_icon_that_was_seen_is_said() -> None:
    parts = [element("activity", name=f".A{number}") for number in range(20)]
    limits = Limits(components=5)
    hidden, _ = read(app(*parts), limits=limits)
    shown, _ = read(app(element("activity", ENTRY, name=".Main"), *parts), limits=limits)
    assert [visible(hidden), visible(shown)] == [[], [True]]
    for reading in (hidden, shown):
        assert permissions(reading) == [READ_SMS]
        assert (area(reading).state, area(reading).reason) == (State.PARTIAL, Reason.LIMIT)


def test_a_reference_to_nothing_costs_only_what_uses_it() -> None:
    version, _ = read(app(element("activity", name=".Main"), versionName=MISSING), Table("org.example.app"))
    assert area(version).state is State.EXAMINED
    assert visible(version) == [False]
    enabled, _ = read(app(element("activity", ENTRY, name=".Main", enabled=MISSING)), Table("org.example.app"))
    assert area(enabled).state is State.PARTIAL
    assert visible(enabled) == []


def flags(*values: tuple[Configuration, bool]) -> tuple[Table, Reference]:
    table, resource = Table("org.example.app"), 0
    for configuration, value in values:
        resource = table.add("bool", "shown", Plain(BOOLEAN, TRUE if value else 0), configuration)
    return table, Reference(resource)


ANY, FROM_24, FUTURE = Configuration(), Configuration(sdk=24), Configuration(sdk=9000)


@pytest.mark.parametrize(
    ("values", "minimum", "shown", "noted"),
    [
        ([(ANY, True), (FROM_24, False)], 21, False, True),
        ([(FROM_24, False), (ANY, True)], 21, False, True),
        ([(ANY, False), (FROM_24, True)], 21, True, True),
        ([(ANY, True), (FROM_24, False)], 26, False, False),
        ([(ANY, True), (FROM_24, True)], 21, True, False),
        ([(ANY, True), (FUTURE, False)], 21, True, False),
        ([(ANY, False), (Configuration("fr"), True)], 21, False, False),
        ([(ANY, False), (Configuration("fr", sdk=24), True)], 21, False, False),
    ],
)
def test_values_that_depend_on_the_release_are_those_of_the_newest(
    values: list[tuple[Configuration, bool]], minimum: int, shown: bool, noted: bool  # noqa: FBT001 - one of two forms
) -> None:  # fmt: skip
    table, enabled = flags(*values)
    main = element("activity", ENTRY, name=".Main", enabled=enabled)
    reading, anomalies = read(app(main, minimum=minimum), table)
    assert visible(reading) == [shown]
    found = [anomaly for anomaly in anomalies if anomaly.id == "resources.value-depends-on-release"]
    assert bool(found) is noted
    for anomaly in found:
        assert "'true'" in anomaly.detail
        assert "'false'" in anomaly.detail
        assert "24" in anomaly.detail


def test_a_permission_named_by_a_reference_is_the_one_of_the_newest_release() -> None:
    table = Table("org.example.app")
    table.add("string", "wanted", "android.permission.VIBRATE")
    name = Reference(table.add("string", "wanted", "android.permission.CAMERA", FROM_24))
    reading, anomalies = read(app(top=(element("uses-permission", name=name),)), table)
    assert permissions(reading) == [READ_SMS, "android.permission.CAMERA"]
    details = [found.detail for found in anomalies if found.id == "resources.value-depends-on-release"]
    assert len(details) == 1
    assert "VIBRATE" in details[0]
    assert "CAMERA" in details[0]


def test_as_many_references_as_android_follows_are_followed_and_more_are_said() -> None:
    table = Table("org.example.app")
    name = table.add("string", "end", "Notes")
    chain = [name]
    for number in range(25):
        chain.append(table.add("string", f"n{number}", Plain(REFERENCE, chain[-1])))
    for hops, labels in ((20, ["Notes"]), (21, [])):
        manifest = Element("manifest", {"package": "org.example.app"}, (
            element("application", label=Reference(chain[hops])),
        ))  # fmt: skip
        reading, _ = read(manifest, table)
        assert [label.text for label in reading.labels] == labels
    line = area(reading, "resources")
    assert (line.state, line.reason, line.detail) == (State.PARTIAL, Reason.LIMIT, "more than 20 references in a row")
