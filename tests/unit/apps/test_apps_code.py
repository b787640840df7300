"""What code names: the fast search agrees with a full decoding, on real files and on files that lie."""

import re
import struct
from collections.abc import Mapping
from functools import cache, partial

import pytest
import yara_x

from luciole.apps.apk.addresses import find_addresses, host_of, lone_host
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.carried import loaded_names, peek_entry
from luciole.apps.apk.clusters import clusters
from luciole.apps.apk.code import Code, read_code
from luciole.apps.apk.code_facts import code_facts
from luciole.apps.apk.dex import Dex, read_dex
from luciole.apps.apk.phrases import anchor, find_phrases
from luciole.apps.apk.watched import STRINGS
from luciole.apps.apk.watched_apis import MEMBERS
from luciole.apps.apk.watched_phrases import PHRASES
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import FACTS
from luciole.simulate.apps.archive import Layout, Member, write_archive
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.dex import MethodName, seal_dex, write_dex
from shared_data import require

FILES = [
    "a2dp.Vol_137.apk", "souch.smsbypass_9.apk", "InsecureBankv2.apk", "com.teleca.jamendo_35.apk", "STFService.apk",
    "XposedInstaller_3.1.5.apk", "blooddonation.apk", "made-aapt-full.apk", "settings_apk-debug.apk", "droidbotApp.apk",
    "abcore-prod-debug.apk",
]  # fmt: skip


def examine(data: bytes, rules: yara_x.Rules | None = None) -> tuple[Code, list[Anomaly]]:
    archive = Archive.open(data)
    anomalies: list[Anomaly] = []
    code = read_code(archive.read, archive.entries.values(), anomalies, rules=rules, peek=partial(peek_entry, data))
    return code, anomalies


@cache
def corpus(name: str) -> bytes:
    return require(f"corpus-apk/{name}").read_bytes()


def app(entries: Mapping[str, bytes]) -> bytes:
    return write_archive(Layout(tuple(Member(name.encode(), content) for name, content in entries.items()))).join()


def code_app(*strings: str, methods: tuple[str, ...] = (), classes: tuple[str, ...] = ()) -> Code:
    names = [MethodName(*name.rsplit(".", 1)) for name in methods]
    return examine(app({"classes.dex": write_dex(classes, names, strings)}))[0]


def all_strings(dex: Dex) -> list[bytes]:
    return [dex.raw(index) for index in range(len(dex.strings))]


def naive_apis(data: bytes) -> set[str]:
    """Every method and field, all names decoded, compared with the table and with the classes above."""
    (dex,) = read_dex(data, "", [])
    strings = all_strings(dex)
    dotted = [strings[index][1:-1].replace(b"/", b".").decode() for index in dex.types]
    watched = {member.value for member in MEMBERS}
    found: set[str] = set()
    for table in (dex.methods, dex.fields):
        rows = zip(table.owner.tolist(), table.name.tolist(), strict=True)
        found |= {f"{dotted[owner]}.{strings[name].decode('utf-8', 'replace')}" for owner, name in rows}
    return found & watched


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_every_watched_function_that_a_full_decoding_finds_is_found(name: str) -> None:
    archive = Archive.open(corpus(name))
    expected = set().union(*(naive_apis(archive.read(entry)) for entry in loaded_names(archive.entries)))
    found = {api.value for api in examine(corpus(name))[0].apis}
    assert expected <= found
    inherited = found - expected
    assert all(value.startswith(("android.", "com.google.")) for value in inherited)
    assert expected or name.startswith("made-")


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_every_watched_text_that_is_a_whole_string_is_found(name: str) -> None:
    archive = Archive.open(corpus(name))
    expected: set[str] = set()
    for entry in loaded_names(archive.entries):
        (dex,) = read_dex(archive.read(entry), "", [])
        expected |= {text.decode() for text in all_strings(dex) if text in STRINGS}
    found = {text.value for text in examine(corpus(name))[0].texts if text.notes[0] in STRINGS.values()}
    assert {text for text in found if text.encode() in STRINGS} == expected


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_every_web_address_that_one_expression_finds_is_found(name: str) -> None:
    archive = Archive.open(corpus(name))
    expected: set[str] = set()
    for entry in loaded_names(archive.entries):
        (dex,) = read_dex(archive.read(entry), "", [])
        for text in all_strings(dex):
            expected |= {m.decode() for m in re.findall(rb"https?://(?:[a-z0-9-]+\.)+[a-z]{2,}", text)}
    urls = {url.value for url in examine(corpus(name))[0].urls}
    missing = {url for url in expected if not any(found.startswith(url) for found in urls)}
    assert missing == set()


@pytest.mark.parametrize("trick", ["dex.unsorted", "dex.checksum", "dex.file-size", "dex.header-size", "dex.map"])
def test_a_trick_with_the_tables_hides_nothing(trick: str) -> None:
    apk = build_apk({
        "package": "org.example.inert.notes",
        "strings": ["https://collect.example.invalid/v1", "content://sms", "com.whatsapp"],
        "apis": ["android.telephony.SmsManager.sendTextMessage"], "tricks": [trick],
    })  # fmt: skip
    code, anomalies = examine(apk)
    assert trick in {anomaly.id for anomaly in anomalies}
    assert [api.value for api in code.apis] == ["android.telephony.SmsManager.sendTextMessage"]
    assert [host.value for host in code.hosts] == ["collect.example.invalid"]
    assert {text.value for text in code.texts} == {"content://sms", "com.whatsapp"}


def test_a_length_that_lies_hides_no_text() -> None:
    data = bytearray(write_dex(strings=["com.whatsapp", "zzz"]))
    at = data.index(b"\x0ccom.whatsapp\0")
    data[at] = 3
    assert [t.value for t in examine(app({"classes.dex": seal_dex(bytes(data))}))[0].texts] == ["com.whatsapp"]


def test_a_text_cut_by_a_nul_that_the_length_steps_over_is_found() -> None:
    data = bytearray(write_dex(strings=["com.whatsapp_secret", "zzz"]))
    at = data.index(b"com.whatsapp_secret")
    data[at + 12] = 0
    assert [t.value for t in examine(app({"classes.dex": seal_dex(bytes(data))}))[0].texts] == ["com.whatsapp"]


def test_an_inherited_function_is_found_through_the_apps_own_class() -> None:
    owner = "android.accessibilityservice.AccessibilityService"
    methods = [MethodName("org.example.Watch", "getRootInActiveWindow"), MethodName(owner, "<init>")]
    data = bytearray(write_dex(["org.example.Watch"], methods))
    (dex,) = read_dex(bytes(data), "", [])
    parent = next(i for i in range(len(dex.types)) if dex.type_raw(i) == f"L{owner.replace('.', '/')};".encode())
    (classes_at,) = struct.unpack_from("<I", data, 100)
    struct.pack_into("<I", data, classes_at + 8, parent)
    found = {api.value for api in examine(app({"classes.dex": seal_dex(bytes(data))}))[0].apis}
    assert found == {f"{owner}.<init>", f"{owner}.getRootInActiveWindow"}


def test_the_same_name_on_an_unrelated_class_is_no_reference() -> None:
    code = code_app(methods=("org.example.Other.getRootInActiveWindow", "org.example.Other.sendTextMessage"))
    assert code.apis == ()


def test_behaviours_of_the_catalogue_are_watched() -> None:
    behaviours = {behaviour for member in MEMBERS for behaviour in member.behaviours}
    catalogue = [*range(1, 19), 20, 22, 23, 24, 25, 26, 27, *range(30, 36), 40, 45]
    assert {f"K{number:02}" for number in catalogue} <= behaviours
    named = {
        "android.location.LocationManager.requestLocationUpdates", "android.provider.CallLog$Calls.CONTENT_URI",
        "android.media.AudioRecord.startRecording", "android.accessibilityservice.AccessibilityService.takeScreenshot",
        "android.media.projection.MediaProjection.createVirtualDisplay", "android.os.FileObserver.<init>",
        "android.app.usage.UsageStatsManager.queryUsageStats", "dalvik.system.DexClassLoader.<init>",
        "android.content.ClipboardManager.addPrimaryClipChangedListener",
        "android.app.admin.DevicePolicyManager.wipeData",
        "android.app.admin.DevicePolicyManager.lockNow", "android.content.BroadcastReceiver.abortBroadcast",
        "android.content.pm.PackageManager.setComponentEnabledSetting", "android.net.VpnService.<init>",
        "android.telecom.InCallService.<init>", "android.telecom.CallRedirectionService.<init>",
        "android.telecom.CallScreeningService.<init>",
        "android.media.projection.MediaProjectionManager.createScreenCaptureIntent",
    }  # fmt: skip
    assert named <= {member.value for member in MEMBERS}
    assert {b"/system/bin/su", b"com.topjohnwu.magisk", b"com.whatsapp", b"isMonitoringTool"} <= set(STRINGS)


def test_every_watched_text_is_ascii_and_each_phrase_can_be_anchored() -> None:
    assert all(text.isascii() and text == text.strip() for text in STRINGS)
    for phrase in PHRASES:
        anchor(phrase)
        assert phrase == phrase.lower()


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_each_phrase_is_found_inside_a_sentence_in_any_case_of_its_ascii_letters(phrase: bytes) -> None:
    text = b"Why not: " + phrase.upper() + b"? Read on."
    assert phrase.decode() in find_phrases(text)


def test_a_phrase_does_not_count_in_the_middle_of_a_word() -> None:
    assert find_phrases(b"an antispy on your phone") == {}
    assert list(find_phrases(b"SPY ON YOUR phone")) == ["spy on your"]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://Collect.Example.invalid:8443/v1?x=1", "collect.example.invalid"),
        ("http://user:word@panel.example/x", "panel.example"),
        ("http://192.0.2.7:81/a", "192.0.2.7"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("https://été.example.invalid/", "été.example.invalid"),
        ("wss://a.b.example", "a.b.example"),
        ("http://xn--e1afmkfd.xn--p1ai/", "xn--e1afmkfd.xn--p1ai"),
        ("http://host.example./", "host.example"),
        ("http://256.1.1.1/", ""), ("http://localhost/", ""), ("https://%s/api", ""), ("http://-a.example/", ""),
        ("http://a..example/", ""), ("http://" + "a" * 64 + ".example/", ""), ("http://1.2.3/", ""), ("no address", ""),
    ],
)  # fmt: skip
def test_the_host_of_an_address(text: str, host: str) -> None:
    assert host_of(text) == host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (b"panel.spy-example.com", "panel.spy-example.com"),
        (b"collect.example.invalid:8080", "collect.example.invalid"),
        (b"45.77.12.9", "45.77.12.9"), (b"45.77.12.9:4444", "45.77.12.9"),
        (b"com.vendor.app", ""), (b"android.app", ""), (b"java.io", ""), (b"Main.java", ""), (b"config.json", ""),
        (b"1.2.3.4", ""), (b"10.0.2.15", ""), (b"127.0.0.1", ""), (b"2.16.840.1", ""), (b"user.name", ""), (b"a.b", ""),
        (b"Foo.com", ""), (b"lib.so", ""), (b"org.example.me", ""), (b"see example.com", ""),
    ],
)  # fmt: skip
def test_a_host_alone_counts_only_when_it_looks_like_one(text: bytes, host: str) -> None:
    assert lone_host(text) == host
    assert [found.value for found in code_app(text.decode()).hosts] == ([host] if host else [])


def test_addresses_inside_sentences_end_where_the_sentence_goes_on() -> None:
    text = b'see (https://a.example/x). And "http://b.example/y", or {ftp://c.example}\0mailto:x'
    assert list(find_addresses(text, 0, len(text)).urls) == [
        "https://a.example/x",
        "http://b.example/y",
        "ftp://c.example",
    ]


def test_a_flood_of_addresses_is_bounded_and_said_so() -> None:
    text = b"".join(b"http://h%d.example/\0" % number for number in range(30_000))
    found = find_addresses(text, 0, len(text))
    assert not found.complete
    assert len(found.urls) == 20_000


def test_one_code_base_under_two_names_gives_one_digest() -> None:
    names = ("Main", "BootReceiver", "sync/Uploader", "sync/CallJob", "model/Event", "R", "BuildConfig", "a", "b/c")
    first = clusters(f"com/first/phone/{name}".encode() for name in names)
    second = clusters(f"net/second/app/client/{name}".encode() for name in names)
    assert [cluster.prefix for cluster in first + second] == ["com.first.phone", "net.second.app.client"]
    assert first[0].digest == second[0].digest
    assert first[0].classes == 5
    other = clusters(f"com/first/phone/{name}".encode() for name in (*names, "Extra"))
    assert other[0].digest != first[0].digest


def test_libraries_form_no_cluster() -> None:
    assert clusters(b"androidx/core/app/Class%d" % number for number in range(50)) == []
    assert clusters(b"com/google/gson/Class%d" % number for number in range(50)) == []


def test_clusters_come_out_of_the_class_tables() -> None:
    names = tuple(f"org.example.inert.watch.Part{number}" for number in range(12))
    (cluster,) = code_app(classes=(*names, "kotlin.Unit", "androidx.core.App")).clusters
    assert (cluster.prefix, cluster.classes) == ("org.example.inert.watch", 12)


def test_code_after_a_gap_or_under_another_name_is_carried() -> None:
    dex = [write_dex(strings=[f"https://host{number}.example/"]) for number in range(4)]
    apk = app({"classes.dex": dex[0], "classes2.dex": dex[1], "classes4.dex": dex[2], "assets/logo.png": dex[3]})
    code, _ = examine(apk)
    loaded = {host.value: host.loaded for host in code.hosts}
    assert loaded == {"host0.example": True, "host1.example": True, "host2.example": False, "host3.example": False}
    assert [(file.name, file.kind) for file in code.carried] == [(b"classes4.dex", "dex"), (b"assets/logo.png", "dex")]


def test_a_dex_that_cannot_be_read_makes_the_area_partial() -> None:
    code, anomalies = examine(app({"classes.dex": write_dex(strings=["a"]), "classes2.dex": b"\x8f\x01" * 200}))
    coverage = {row.area: row for row in code.coverage}
    assert (coverage["code"].state, coverage["code"].reason) == (State.PARTIAL, Reason.DAMAGED)
    assert "classes2.dex" in coverage["code"].detail
    assert [(anomaly.id, anomaly.refused) for anomaly in anomalies] == [("dex.unreadable", True)]


def test_when_no_dex_can_be_read_the_code_was_not_looked_at() -> None:
    code, _ = examine(app({"classes.dex": b"\x8f\x01" * 200}))
    assert code.coverage[0].state is State.NOT_LOOKED_AT


def test_rules_match_the_inflated_code_and_are_not_asked_by_default() -> None:
    rules = yara_x.compile(
        'rule panel { meta: family = "Example" strings: $a = "panel.example.invalid" condition: $a }'
    )
    apk = app({"classes.dex": write_dex(strings=["https://panel.example.invalid/"])})
    code, _ = examine(apk, rules)
    assert [(m.identifier, m.namespace, m.member, m.family) for m in code.matches] == [
        ("panel", "default", "classes.dex", "Example")
    ]
    assert code.coverage[2].state is State.EXAMINED
    plain = examine(apk)[0]
    assert (plain.coverage[2].state, plain.coverage[2].reason) == (State.NOT_LOOKED_AT, Reason.NOT_ASKED)


def test_known_packers_are_named() -> None:
    code = examine(app({"classes.dex": write_dex(["com.stub.StubApp"]), "assets/libjiagu.so": b"x"}))[0]
    assert [packer.value for packer in code.packers] == ["360 Jiagu"]


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["InsecureBankv2.apk", "XposedInstaller_3.1.5.apk", "mastg-HelloWorld-JNI.apk"])
def test_facts_are_those_of_the_vocabulary(name: str) -> None:
    kinds = {"text": str, "number": int, "flag": bool, "texts": list}
    facts = list(code_facts(examine(corpus(name))[0], name))
    assert {"code.dex", "code.api", "code.url", "code.host"} <= {fact.name for fact in facts}
    for fact in facts:
        row = FACTS[fact.name]
        assert set(fact.attributes) <= set(row.attributes)
        assert all(type(value) is kinds[row.attributes[key]] for key, value in fact.attributes.items())
        assert fact.place.file == name


@pytest.mark.corpus
def test_the_place_of_a_text_leads_to_its_bytes() -> None:
    data = corpus("InsecureBankv2.apk")
    dex = Archive.open(data).read(b"classes.dex")
    for found in examine(data)[0].urls:
        assert dex[found.offset :].startswith(found.value.encode())
