"""The manifest is taken as Android's package parser takes it, with everything it points to."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from luciole.apps.apk import framework as fw
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.manifest import ManifestReading, read_manifest
from luciole.apps.apk.manifest_facts import manifest_facts, unreadable_manifest
from luciole.apps.apk.manifest_model import Component
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import FACTS
from luciole.simulate.apps.attributes import ATTRIBUTES
from luciole.simulate.apps.binary_xml import AttributeValue, Element, Flags, Reference, write_xml
from luciole.simulate.apps.resources import Configuration, Plain, Style, Table

MAIN = "android.intent.action.MAIN"
LAUNCHER = "android.intent.category.LAUNCHER"
Attributes = Mapping[str, AttributeValue]


NOTHING_MORE: Attributes = MappingProxyType({})
NO_FILES_AT_ALL: Mapping[bytes, bytes] = MappingProxyType({})
NO_FILES: Mapping[str, bytes] = MappingProxyType({})
MORE_IDS = {
    "maxSdkVersion": 0x01010271, "targetPackage": 0x01010021, "visible": 0x01010194, "dataExtractionRules": 0x0101063E,
    "readPermission": 0x01010007,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _more_attribute_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer of inert apps knows only the ids it needs itself."""
    for name, number in MORE_IDS.items():
        monkeypatch.setitem(ATTRIBUTES, name, number)


def element(tag: str, *children: Element, **attributes: AttributeValue) -> Element:
    return Element(tag, attributes, children)


def app(*children: Element, sdk: int = 30, root: Attributes = NOTHING_MORE, **attributes: AttributeValue) -> Element:
    return Element(
        "manifest",
        {"package": "org.example.app", "versionCode": 7, "versionName": "1.7", **root},
        (element("uses-sdk", minSdkVersion=21, targetSdkVersion=sdk), element("application", *children, **attributes)),
    )


def entry_filter(*categories: str, action: str = MAIN, data: Attributes = NOTHING_MORE) -> Element:
    parts = [element("action", name=action), *(element("category", name=name) for name in categories)]
    return element("intent-filter", *parts, *([Element("data", data)] if data else []))


def read(
    manifest: Element | bytes,
    table: Table | bytes | None = None,
    files: Mapping[str, bytes] = NO_FILES,
    limits: Limits = DEFAULT,
) -> tuple[ManifestReading, list[Anomaly]]:
    entries = {name.encode(): data for name, data in files.items()}
    entries[b"AndroidManifest.xml"] = manifest if isinstance(manifest, bytes) else write_xml(manifest)
    if table is not None:
        entries[b"resources.arsc"] = table if isinstance(table, bytes) else table.write()
    anomalies: list[Anomaly] = []
    return read_manifest(entries.__getitem__, entries.keys(), anomalies, limits), anomalies


def component(reading: ManifestReading, name: str) -> Component:
    return next(found for found in reading.manifest.components if found.name == name)


def facts_of(reading: ManifestReading, name: str) -> list[Fact]:
    facts, _ = manifest_facts(reading, "app.apk")
    for fact in facts:
        assert set(fact.attributes) <= set(FACTS[fact.name].attributes)
    return [fact for fact in facts if fact.name == name]


def coverage_of(reading: ManifestReading, area: str) -> tuple[State, Reason]:
    return next((line.state, line.reason) for line in reading.coverage if line.area == area)


@pytest.mark.parametrize(
    ("written", "full"),
    [(".Main", "org.example.app.Main"), ("Main", "org.example.app.Main"), ("com.other.Main", "com.other.Main")],
)
def test_class_names_are_completed_with_the_package(written: str, full: str) -> None:
    reading, _ = read(app(element("activity", name=written)))
    assert [found.name for found in reading.manifest.components] == [full]


@pytest.mark.parametrize(
    ("major", "code", "expected"),
    [(None, 7, 7), (1, 7, (1 << 32) + 7), (0x7FFFFFFF, 0xFFFFFFFF, (0x7FFFFFFF << 32) + 0xFFFFFFFF)],
)
def test_version_codes_have_64_bits(major: int | None, code: int, expected: int) -> None:
    root: Attributes = {"versionCode": code, **({} if major is None else {"versionCodeMajor": major})}
    reading, _ = read(app(root=root))
    assert reading.manifest.version_code == expected


def test_code_names_count_as_a_release_to_come() -> None:
    sdk = element("uses-sdk", minSdkVersion="VanillaIceCream", targetSdkVersion="VanillaIceCream")
    reading, _ = read(Element("manifest", {"package": "org.example.app"}, (sdk, element("application"))))
    assert (reading.manifest.target_level, reading.manifest.min_level) == (10_000, 10_000)
    assert [fact.value for fact in facts_of(reading, "app.sdk")] == ["VanillaIceCream", "VanillaIceCream"]


def test_without_a_target_the_minimum_holds_and_without_both_one() -> None:
    only = element("uses-sdk", minSdkVersion=23)
    reading, _ = read(Element("manifest", {"package": "org.example.app"}, (only, element("application"))))
    assert (reading.manifest.min_level, reading.manifest.target_level) == (23, 23)
    reading, _ = read(Element("manifest", {"package": "org.example.app"}, (element("application"),)))
    assert (reading.manifest.min_level, reading.manifest.target_level) == (1, 1)


def test_values_by_reference_are_resolved() -> None:
    table = Table("org.example.app")
    version = table.add("string", "version", "2.0-beta")
    code = table.add("integer", "code", Plain(0x10, 42))
    enabled = table.add("bool", "off", Plain(0x12, 0))
    permission = table.add("string", "permission", "android.permission.READ_SMS")
    root = {"versionName": Reference(version), "versionCode": Reference(code)}
    tree = app(element("activity", name=".A", enabled=Reference(enabled)), root=root)
    asked = element("uses-permission", name=Reference(permission))
    reading, anomalies = read(tree._replace(children=(*tree.children, asked)), table)
    manifest = reading.manifest
    assert (manifest.version_name, manifest.version_code) == ("2.0-beta", 42)
    assert not component(reading, "org.example.app.A").enabled
    assert [found.name for found in manifest.requested] == ["android.permission.READ_SMS"]
    assert [anomaly.id for anomaly in anomalies] == ["manifest.permission-by-reference"]


def test_values_that_refer_to_a_missing_table_keep_their_number_and_are_said() -> None:
    reading, _ = read(app(root={"versionName": Reference(0x7F010005)}))
    assert reading.manifest.version_name == "@0x7f010005"
    assert coverage_of(reading, "manifest") == (State.PARTIAL, Reason.MISSING)


def test_permissions_keep_their_tag_and_last_release() -> None:
    tree = app()
    asked = (
        element("uses-permission", name="android.permission.READ_SMS", maxSdkVersion=28),
        element("uses-permission-sdk-23", name="android.permission.CAMERA"),
        element("permission", name="org.example.P", protectionLevel=0x12),
        element("permission", name="org.example.Q", protectionLevel=1),
    )
    reading, _ = read(tree._replace(children=(*tree.children, *asked)))
    assert [(found.name, found.tag, found.max_sdk) for found in reading.manifest.requested] == [
        ("android.permission.READ_SMS", "uses-permission", 28),
        ("android.permission.CAMERA", "uses-permission-sdk-23", None),
    ]
    assert [(found.name, found.protection) for found in reading.manifest.declared] == [
        ("org.example.P", "signature|privileged"),
        ("org.example.Q", "dangerous"),
    ]
    requested = facts_of(reading, "permission.requested")
    assert [(fact.value, dict(fact.attributes)) for fact in requested] == [
        ("android.permission.READ_SMS", {"max_sdk": 28}),
        ("android.permission.CAMERA", {}),
    ]


@pytest.mark.parametrize(
    ("kind", "sdk", "with_filter", "expected"),
    [
        ("activity", 30, False, False), ("activity", 30, True, True), ("service", 30, True, True),
        ("receiver", 21, False, False), ("provider", 16, False, True), ("provider", 17, False, False),
    ],
)  # fmt: skip
def test_export_is_implied_by_filters_and_for_old_providers(
    kind: str,
    sdk: int,
    with_filter: bool,  # noqa: FBT001 - one of two forms
    expected: bool,  # noqa: FBT001 - one of two forms
) -> None:
    children = [entry_filter(LAUNCHER)] if with_filter else []
    reading, _ = read(app(element(kind, *children, name=".X"), sdk=sdk))
    found = component(reading, "org.example.app.X")
    assert (found.exported, found.exported_stated) == (expected, None)


def test_a_filter_without_stated_export_is_refused_from_android_12_on() -> None:
    _, anomalies = read(app(element("service", entry_filter(LAUNCHER), name=".X"), sdk=31))
    assert [(anomaly.id, anomaly.refused) for anomaly in anomalies] == [("manifest.exported-missing", True)]


def test_services_providers_and_filters_are_read_whole() -> None:
    service = element(
        "service", name=".S", permission="android.permission.BIND_JOB_SERVICE", process=":hidden",
        foregroundServiceType=Flags(0x40000000 | 0x80 | 0x8),
    )  # fmt: skip
    provider = element("provider", name=".P", authorities="org.example.a;org.example.b", readPermission="org.example.R")
    data = {"scheme": "https", "host": "example.invalid", "mimeType": "text/plain"}
    receiver = element(
        "receiver",
        entry_filter("android.intent.category.DEFAULT", action="android.provider.Telephony.SMS_RECEIVED", data=data),
        name=".R", exported=True,
    )  # fmt: skip
    receiver.children[0].attributes["priority"] = 999  # type: ignore[index] # the writer's mapping is a plain dictionary
    activity = element("activity", name=".A", excludeFromRecents=True, noHistory=True)
    reading, _ = read(app(service, provider, receiver, activity))
    found = component(reading, "org.example.app.S")
    assert (found.process, found.foreground_types) == (":hidden", ("location", "microphone", "specialUse"))
    assert component(reading, "org.example.app.P").authorities == ("org.example.a", "org.example.b")
    shown = facts_of(reading, "intent_filter")[0]
    assert dict(shown.attributes) == {
        "kind": "receiver", "priority": 999, "exported": True, "enabled": True,
        "actions": ["android.provider.Telephony.SMS_RECEIVED"], "categories": ["android.intent.category.DEFAULT"],
        "schemes": ["https"], "hosts": ["example.invalid"], "mime_types": ["text/plain"],
    }  # fmt: skip
    found = component(reading, "org.example.app.A")
    assert found.exclude_from_recents
    assert found.no_history


def test_the_first_application_counts() -> None:
    tree = app(element("activity", name=".A"), label="First")
    second = element("application", element("service", name=".Decoy"), label="Second")
    reading, anomalies = read(tree._replace(children=(*tree.children, second)))
    assert [label.text for label in reading.labels] == ["First"]
    assert [found.name for found in reading.manifest.components] == ["org.example.app.A"]
    assert [anomaly.id for anomaly in anomalies] == ["manifest.several-applications"]


def test_queries_features_libraries_and_instrumentation_are_read() -> None:
    queries = element(
        "queries",
        element("package", name="com.whatsapp"),
        element("intent", element("action", name="android.intent.action.SEND")),
        element("provider", authorities="com.example.files"),
    )
    tree = app(element("uses-library", name="org.apache.http.legacy", required=False))
    others = (
        queries,
        element("uses-feature", name="android.hardware.camera", required=False),
        element("instrumentation", name=".Test", targetPackage="org.example.other"),
    )
    reading, _ = read(tree._replace(children=(*tree.children, *others)))
    manifest = reading.manifest
    assert [(found.kind, found.name) for found in manifest.queries] == [
        ("package", "com.whatsapp"), ("intent", "android.intent.action.SEND"), ("provider", "com.example.files"),
    ]  # fmt: skip
    assert [(found.name, found.required) for found in manifest.features] == [("android.hardware.camera", False)]
    assert [found.name for found in manifest.application.libraries] == ["org.apache.http.legacy"]
    assert [found.target_package for found in manifest.instrumentation] == ["org.example.other"]


def test_a_split_names_itself_and_leaves_the_levels_to_its_base() -> None:
    root = {"package": "org.example.app", "split": "config.ar", "configForSplit": "extra"}
    reading, anomalies = read(Element("manifest", root, (element("application", hasCode=False),)))
    assert (reading.manifest.split.name, reading.manifest.split.config_for) == ("config.ar", "extra")
    assert facts_of(reading, "app.target_sdk") == []
    assert facts_of(reading, "launcher.visible") == []
    assert anomalies == []


def test_a_base_that_needs_its_splits_says_so() -> None:
    reading, _ = read(app(element("meta-data", name="com.android.vending.splits.required", value=True)))
    assert reading.manifest.split.required
    reading, _ = read(app(root={"isSplitRequired": True}))
    assert reading.manifest.split.required


@pytest.mark.parametrize(
    ("part", "state", "visible"),
    [
        (element("activity", entry_filter(LAUNCHER), name=".A", exported=True), "shown", True),
        (element("activity", entry_filter(LAUNCHER), name=".A", exported=True, enabled=False), "disabled", False),
        (element("activity", entry_filter(LAUNCHER), name=".A", exported=False), "not-exported", False),
        (element("activity", entry_filter("android.intent.category.INFO"), name=".A"), "info-only", False),
        (element("activity", entry_filter("android.intent.category.LEANBACK_LAUNCHER"), name=".A"), "tv-only", False),
        (
            element("activity", entry_filter(LAUNCHER, data={"scheme": "secret", "host": "open"}), name=".A"),
            "needs-data", False,
        ),
        (element("activity", entry_filter(LAUNCHER, action="android.intent.action.VIEW"), name=".A"), None, False),
    ],
)  # fmt: skip
def test_launcher_entries_have_a_state(part: Element, state: str | None, visible: bool) -> None:  # noqa: FBT001 - one of two forms
    reading, _ = read(app(part))
    assert [entry.state for entry in reading.launcher] == ([] if state is None else [state])
    assert reading.visible == visible
    assert [fact.value for fact in facts_of(reading, "launcher.visible")] == [visible]


def test_an_enabled_alias_shows_the_app_and_a_disabled_application_does_not() -> None:
    parts = (
        element("activity", name=".A"),
        element("activity-alias", entry_filter(LAUNCHER), name=".On", targetActivity=".A", exported=True),
        element(
            "activity-alias", entry_filter(LAUNCHER), name=".Off", targetActivity=".A", exported=True, enabled=False
        ),
        element("activity-alias", entry_filter(LAUNCHER), name=".Lost", targetActivity=".Gone", exported=True),
    )
    reading, anomalies = read(app(*parts))
    assert [(anomaly.id, anomaly.refused) for anomaly in anomalies] == [("manifest.alias-without-target", True)]
    assert {entry.name[16:]: entry.state for entry in reading.launcher} == {
        "On": "shown", "Off": "disabled", "Lost": "disabled",
    }  # fmt: skip
    reading, _ = read(app(*parts, enabled=False))
    assert {entry.state for entry in reading.launcher} == {"disabled"}


CLEAR = (fw.WINDOW_BACKGROUND, Plain(0x01, 0x0106000D))
TRANSLUCENT = (fw.WINDOW_IS_TRANSLUCENT, Plain(0x12, 0xFFFFFFFF))
SOLID = (fw.WINDOW_BACKGROUND, Plain(0x1C, 0xFFFFFFFF))


@pytest.mark.parametrize(
    ("style", "kind"),
    [
        (Style(0x01030055, ()), "no-display"),
        (Style(0x0103000F, ()), "translucent"),
        (Style(0x0103000F, (SOLID,)), None),
        (Style(0x01030005, (TRANSLUCENT, CLEAR)), "translucent"),
        (Style(0x01030005, (TRANSLUCENT,)), None),
        (Style(0x01030005, ((fw.WINDOW_NO_DISPLAY, Plain(0x12, 0xFFFFFFFF)),)), "no-display"),
        (Style(0x01030055, ((fw.WINDOW_NO_DISPLAY, Plain(0x12, 0)), (fw.WINDOW_IS_TRANSLUCENT, Plain(0x12, 0)))), None),
        (Style(0x01030005, ()), None),
    ],
)
def test_themes_that_show_nothing_are_found_through_their_parents(style: Style, kind: str | None) -> None:
    table = Table("org.example.app")
    base = table.add("style", "Base", style)
    theme = table.add("style", "Theme", Style(base, ()))
    reading, _ = read(app(element("activity", name=".A", theme=Reference(theme))), table)
    assert [found.kind for found in reading.invisible] == ([] if kind is None else [kind])


def test_the_theme_of_the_application_holds_where_an_activity_has_none() -> None:
    parts = (element("activity", name=".A"), element("activity", name=".B", theme=Reference(0x01030005)))
    reading, _ = read(app(*parts, theme=Reference(0x01030055)))
    facts = facts_of(reading, "theme.invisible")
    assert [(fact.value, dict(fact.attributes)) for fact in facts] == [
        ("org.example.app.A", {"theme": "Theme.NoDisplay", "kind": "no-display"})
    ]


ACCESSIBILITY = element(
    "accessibility-service",
    accessibilityEventTypes=Flags(0xFFFFFFFF), accessibilityFlags=Flags(0x40 | 0x20),
    accessibilityFeedbackType=Flags(0x10),
    canRetrieveWindowContent=True, canPerformGestures=True, canTakeScreenshot=True, canRequestFilterKeyEvents=False,
    isAccessibilityTool=False, packageNames="com.whatsapp, org.telegram.messenger",
    settingsActivity="org.example.app.Settings",
)  # fmt: skip


def accessibility_app(table: Table) -> Element:
    resource = table.add("xml", "service", "res/xml/service.xml")
    return app(
        element(
            "service",
            element("intent-filter", element("action", name="android.accessibilityservice.AccessibilityService")),
            element("meta-data", name="android.accessibilityservice", resource=Reference(resource)),
            name=".S", permission="android.permission.BIND_ACCESSIBILITY_SERVICE", exported=True,
        )
    )  # fmt: skip


def test_an_accessibility_service_is_shown_with_its_configuration() -> None:
    table = Table("org.example.app")
    tree = accessibility_app(table)
    reading, _ = read(tree, table, {"res/xml/service.xml": write_xml(ACCESSIBILITY)})
    (fact,) = facts_of(reading, "accessibility.service")
    assert fact.place.member == "res/xml/service.xml"
    assert fact.value == "org.example.app.S"
    assert dict(fact.attributes) == {
        "can_retrieve_window_content": True, "can_perform_gestures": True, "can_take_screenshot": True,
        "can_filter_keys": False, "is_accessibility_tool": False, "event_types": ["typeAllMask"],
        "flags": ["flagRequestFilterKeyEvents", "flagRetrieveInteractiveWindows"], "feedback": ["feedbackGeneric"],
        "packages": ["com.whatsapp", "org.telegram.messenger"], "settings": "org.example.app.Settings",
    }  # fmt: skip
    assert coverage_of(reading, "resources") == (State.EXAMINED, Reason.NONE)


@pytest.mark.parametrize("files", [{}, {"res/xml/service.xml": b"no XML"}])
def test_a_configuration_that_cannot_be_read_makes_the_area_partial(files: dict[str, bytes]) -> None:
    table = Table("org.example.app")
    reading, _ = read(accessibility_app(table), table, files)
    (fact,) = facts_of(reading, "accessibility.service")
    assert fact.attributes == {}
    assert coverage_of(reading, "resources")[0] is State.PARTIAL


def test_device_admin_policies_are_listed() -> None:
    table = Table("org.example.app")
    resource = table.add("xml", "admin", "res/xml/admin.xml")
    policies = element("uses-policies", element("force-lock"), element("wipe-data"))
    data = element("meta-data", name="android.app.device_admin", resource=Reference(resource))
    receiver = element("receiver", data, name=".D", permission="android.permission.BIND_DEVICE_ADMIN")
    files = {"res/xml/admin.xml": write_xml(element("device-admin", policies, visible=False))}
    reading, _ = read(app(receiver), table, files)
    (fact,) = facts_of(reading, "device_admin.policies")
    assert dict(fact.attributes) == {"policies": ["force-lock", "wipe-data"], "visible": False}


def test_network_security_tells_rules_for_debugging_apart() -> None:
    table = Table("org.example.app")
    resource = table.add("xml", "network", "res/xml/network.xml")
    user = element("trust-anchors", element("certificates", src="user"))
    domain = Element("domain", {"includeSubdomains": True}, (), "example.invalid")
    debugging = element("network-security-config", element("debug-overrides", user))
    real = element(
        "network-security-config",
        element("base-config", element("trust-anchors", element("certificates", src="system"))),
        element("domain-config", domain, user, cleartextTrafficPermitted=True),
    )
    tree = app(networkSecurityConfig=Reference(resource))
    reading, _ = read(tree, table, {"res/xml/network.xml": write_xml(debugging)})
    assert facts_of(reading, "network_security")[0].attributes == {}
    reading, _ = read(tree, table, {"res/xml/network.xml": write_xml(real)})
    assert dict(facts_of(reading, "network_security")[0].attributes) == {
        "cleartext": True, "user_certificates": True, "domains": ["example.invalid"],
    }  # fmt: skip


def test_backup_rules_are_listed() -> None:
    table = Table("org.example.app")
    resource = table.add("xml", "backup", "res/xml/backup.xml")
    rules = element(
        "data-extraction-rules",
        element(
            "cloud-backup",
            element("include", domain="sharedpref", path="."),
            element("exclude", domain="file", path="log"),
        ),
    )
    reading, _ = read(app(dataExtractionRules=Reference(resource)), table, {"res/xml/backup.xml": write_xml(rules)})
    (fact,) = facts_of(reading, "backup.rules")
    assert dict(fact.attributes) == {"include": ["sharedpref:."], "exclude": ["file:log"]}


def test_labels_are_collected_in_every_language() -> None:
    table = Table("org.example.app")
    label = table.add("string", "name", "System Service")
    table.add("string", "name", "مذكرات", Configuration("ar"))
    reading, _ = read(app(label=Reference(label)), table)
    assert [(fact.attributes["locale"], fact.value) for fact in facts_of(reading, "app.label")] == [
        ("", "System Service"),
        ("ar", "مذكرات"),
    ]


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("", ["label.blank"]),
        ("\u3164\u200b ", ["label.blank"]),
        ("\u202eecivreS", ["label.bidi-override"]),
        ("مذكرات\u200f", []),
        ("Notes", []),
    ],
)
def test_names_that_show_nothing_or_turn_around_are_noted(text: str, noted: list[str]) -> None:
    table = Table("org.example.app")
    label = table.add("string", "name", text)
    _, anomalies = read(app(label=Reference(label)), table)
    assert [anomaly.id for anomaly in anomalies] == noted


@pytest.mark.parametrize(
    ("table", "reason"),
    [(None, Reason.MISSING), (b"\x02\0\x0c\0garbage and more", Reason.DAMAGED), (b"x", Reason.DAMAGED)],
)
def test_a_label_whose_table_is_missing_or_damaged_is_not_looked_at(table: bytes | None, reason: Reason) -> None:
    reading, _ = read(app(label=Reference(0x7F010000)), table)
    assert facts_of(reading, "app.label") == []
    assert coverage_of(reading, "resources") == (State.NOT_LOOKED_AT, reason)


def test_a_label_that_is_not_in_the_table_is_missing_and_not_empty() -> None:
    table = Table("org.example.app")
    table.add("string", "other", "text")
    reading, _ = read(app(label=Reference(0x7F050000)), table)
    assert facts_of(reading, "app.label") == []
    assert coverage_of(reading, "resources") == (State.PARTIAL, Reason.MISSING)


def test_an_app_without_a_table_that_needs_none_is_examined() -> None:
    reading, _ = read(app(label="Notes"))
    assert coverage_of(reading, "resources") == (State.EXAMINED, Reason.NONE)


@pytest.mark.parametrize("package", ["", "nodots", "a b.c", "../x.y", "org.example." + "x" * 300])
def test_package_names_that_android_refuses_are_noted(package: str) -> None:
    _, anomalies = read(Element("manifest", {"package": package}, (element("application"),)))
    assert [anomaly.refused for anomaly in anomalies] == [True]


def test_without_a_manifest_the_reason_is_given() -> None:
    with pytest.raises(ParseError, match="no AndroidManifest"):
        read_manifest(NO_FILES_AT_ALL.__getitem__, set(), [])
    lines = unreadable_manifest("no AndroidManifest.xml", None, Reason.MISSING)
    assert {(line.area, line.state) for line in lines} == {
        ("manifest", State.NOT_LOOKED_AT), ("resources", State.NOT_LOOKED_AT),
    }  # fmt: skip


def test_components_beyond_the_limit_are_said_to_be_left_out() -> None:
    parts = [element("activity", name=f".A{number}") for number in range(20)]
    reading, _ = read(app(*parts), limits=Limits(components=5))
    assert len(reading.manifest.components) == 5
    assert coverage_of(reading, "manifest") == (State.PARTIAL, Reason.LIMIT)


def test_facts_beyond_the_limit_are_said_to_be_left_out() -> None:
    reading, _ = read(app(*[element("activity", name=f".A{number}") for number in range(20)]))
    facts, coverage = manifest_facts(reading, limits=Limits(facts=10))
    assert len(facts) == 10
    assert {line.reason for line in coverage} == {Reason.LIMIT}


def test_a_shown_text_that_lies_in_another_part_of_the_app_does_not_make_the_manifest_partial() -> None:
    label = Reference(0x7F0500AA)
    reading, _ = read(app(element("activity", name=".A", label=label), element("meta-data", name="x", value=label)))
    assert component(reading, "org.example.app.A").label == "@0x7f0500aa"
    assert coverage_of(reading, "manifest") == (State.EXAMINED, Reason.NONE)


def test_meta_data_names_the_file_of_a_resource_and_the_text_of_a_value() -> None:
    table = Table("org.example.app")
    file, text = table.add("xml", "paths", "r/a.xml"), table.add("string", "url", "https://example.invalid/a")
    reading, _ = read(
        app(
            element("meta-data", name="paths", resource=Reference(file)),
            element("meta-data", name="url", value=Reference(text)),
            element("meta-data", name="isMonitoringTool", value="child_monitoring"),
        ),
        table,
    )
    assert [(fact.value, dict(fact.attributes)) for fact in facts_of(reading, "metadata")] == [
        ("paths", {"owner": "", "resource": "r/a.xml"}),
        ("url", {"owner": "", "value": "https://example.invalid/a"}),
        ("isMonitoringTool", {"owner": "", "value": "child_monitoring"}),
    ]
