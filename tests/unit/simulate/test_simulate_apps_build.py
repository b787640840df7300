"""Inert apps hold what their descriptions say; read back by apk-info and the standard library, not by ourselves."""

import io
import json
import struct
import zipfile
from pathlib import Path

import apk_info
import pytest
import yaml

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.build import build_apk, build_container, build_split_set
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.description import AppDescription, describe
from luciole.simulate.apps.resources import pack_letters, split_locale
from luciole.simulate.apps.write import write_demonstrations
from shared_data import require

FULL = """
package: org.example.inert.full
label: {default: Full, fr: Plein, pt-BR: Cheio, fil: Puno, zh-Hant-TW: 滿}
version_code: 70000000001
version_name: "2.5"
permissions: [INTERNET, READ_SMS, org.example.inert.P]
declared_permissions: [org.example.inert.P]
shared_user: org.example.inert.shared
application: {debuggable: true, cleartext_traffic: true, allow_backup: false}
activities:
  - {name: .Main, launcher: true, theme: no-display, no_history: true, exclude_from_recents: true}
  - {name: Plain, exported: false}
aliases: [{name: .Icon, target: .Main, launcher: true, enabled: false}]
services:
  - {name: .Watch, accessibility: {can_retrieve_window_content: true, packages: [org.example.a]}}
  - {name: .Place, foreground_types: [location, microphone], process: ":x"}
receivers:
  - {name: .Text, actions: [android.provider.Telephony.SMS_RECEIVED], priority: 999, permission: BROADCAST_SMS}
  - {name: .Admin, device_admin: [wipe-data, force-lock]}
providers: [{name: .P, authorities: [org.example.p, org.example.q], exported: true}]
metadata: {isMonitoringTool: child_monitoring, number: 7, flag: true}
queries: [org.example.other]
features: [android.hardware.camera]
network_security: {cleartext: true, user_certificates: true, domains: [a.example]}
strings: ["https://collect.example.invalid/v1", "content://sms"]
apis: [android.telephony.SmsManager.sendTextMessage]
classes: [org.example.inert.full.Extra]
dex_files: 2
native_libraries: {arm64-v8a/libx.so: [Java_org_example_record]}
assets: {note.txt: text}
carried: [{name: assets/a.bin, kind: dex}, {name: assets/b.bin, kind: apk}, {name: assets/c.bin, kind: opaque}]
icon: plain
signing: [v1, v2, v3]
"""


@pytest.fixture(scope="module")
def full() -> AppDescription:
    return describe(yaml.safe_load(FULL))


def read(tmp_path: Path, data: bytes) -> apk_info.APK:
    path = tmp_path / "a.apk"
    path.write_bytes(data)
    return apk_info.APK(str(path))


def names(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_the_second_reader_sees_what_was_described(full: AppDescription, tmp_path: Path) -> None:
    apk = read(tmp_path, build_apk(full))
    assert apk.get_package_name() == "org.example.inert.full"
    assert apk.get_attribute_value("manifest", "versionName") == "2.5"
    assert apk.get_min_sdk_version() == "24"
    assert apk.get_target_sdk_version() == 33
    assert apk.get_application_label() == "Full"
    assert set(apk.get_permissions()) == {
        "android.permission.INTERNET", "android.permission.READ_SMS", "org.example.inert.P",
    }  # fmt: skip
    assert apk.get_shared_user_id() == "org.example.inert.shared"
    assert apk.get_application_debuggable() == "true"
    assert apk.get_application_allow_backup() == "false"


def test_the_second_reader_sees_components_and_filters(full: AppDescription, tmp_path: Path) -> None:
    apk = read(tmp_path, build_apk(full))
    assert {one.name for one in apk.get_services()} == {".Watch", ".Place"}
    assert {one.name for one in apk.get_receivers()} == {".Text", ".Admin"}
    assert {one.name for one in apk.get_activities()} == {".Main", "Plain"}
    assert [one.name for one in apk.get_activity_aliases()] == [".Icon"]
    assert apk.get_main_activity() == ".Main"
    assert apk.get_supported_abis() == ["arm64-v8a"]
    watch = next(one for one in apk.get_services() if one.name.endswith("Watch"))
    assert watch.permission == "android.permission.BIND_ACCESSIBILITY_SERVICE"


def test_the_archive_is_one_that_the_standard_library_reads_without_complaint(full: AppDescription) -> None:
    archive = zipfile.ZipFile(io.BytesIO(build_apk(full)))
    assert archive.testzip() is None
    listed = archive.namelist()
    assert {"AndroidManifest.xml", "resources.arsc", "classes.dex", "classes2.dex", "assets/note.txt",
            "lib/arm64-v8a/libx.so", "META-INF/CERT.RSA"} <= set(listed)  # fmt: skip
    assert len(listed) == len(set(listed))


def test_tables_and_libraries_are_stored_and_aligned(full: AppDescription) -> None:
    data = build_apk(full)
    archive = zipfile.ZipFile(io.BytesIO(data))
    for name, alignment in (("resources.arsc", 4), ("lib/arm64-v8a/libx.so", 4096)):
        info = archive.getinfo(name)
        assert info.compress_type == zipfile.ZIP_STORED
        header = info.header_offset
        start = header + 30 + int.from_bytes(data[header + 26 : header + 28], "little")
        start += int.from_bytes(data[header + 28 : header + 30], "little")
        assert start % alignment == 0


def test_the_same_description_gives_the_same_bytes(full: AppDescription) -> None:
    assert build_apk(full) == build_apk(full)
    rotated = {"package": "org.example.inert.x", "signing": ["v1", "v2", "v3"], "rotation": ["other", "third"]}
    assert build_apk(rotated) == build_apk(rotated)


@pytest.mark.parametrize("layout", ["plain", "sparse", "compact", "offset16"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_layout_of_the_table_and_of_strings_keeps_the_package(layout: str, encoding: str, tmp_path: Path) -> None:
    app = {"package": "org.example.inert.layout", "label": {"default": "Ünïcode", "fr": "É"},
           "resource_table": layout, "xml_encoding": encoding}  # fmt: skip
    apk = read(tmp_path, build_apk(app))
    assert apk.get_package_name() == "org.example.inert.layout"
    # apk-info does not read compact entries, also not in the public file that has them
    assert apk.get_application_label() == (None if layout == "compact" else "Ünïcode")


@pytest.mark.corpus
def test_compact_entries_lie_as_in_the_public_file_that_has_them() -> None:
    public = zipfile.ZipFile(require("corpus-apk/compact-entry.apk")).read("resources.arsc")
    app = {"package": "org.example.inert.layout", "label": "Label", "resource_table": "compact"}
    own = zipfile.ZipFile(io.BytesIO(build_apk(app))).read("resources.arsc")
    entry = bytes.fromhex("0000080300000000")  # key 0, type 3 and the compact flag, text 0
    assert public.endswith(entry)
    assert own.endswith(entry)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({}, "package"),
        ({"package": "org.example.a", "permision": []}, "permision"),
        ({"package": "org.example.a", "activities": [{"nam": ".Main"}]}, "nam"),
        ({"package": "org.example.a", "services": [{"name": ".S", "accessibility": {"can_fly": True}}]}, "can_fly"),
        ({"package": "org.example.a", "version_name": 1.0}, "version_name"),
        ({"package": "org.example.a", "tricks": ["zip.nothing"]}, "zip.nothing"),
        ({"package": "org.example.a", "key": "nobody"}, "nobody"),
        ({"package": "org.example.a", "key": "android-test"}, "not part of Luciole"),
        ({"package": "org.example.a", "apis": ["nodot"]}, "nodot"),
        ({"package": "org.example.a", "signing": ["v3.1"]}, "v3.1"),
        ({"package": "org.example.a", "label": {"french": "Carnet"}}, "french"),
        ({"package": "org.example.a", "label": {"fr-é": "Carnet"}}, "fr-é"),
        ({"package": "org.example.a", "assets": {"n" * 70_000: ""}}, "longer than"),
        ({"package": "org.example.a", "dex_files": 101}, "dex_files"),
        ({"package": "org.example.a", "native_libraries": {"mips/libx.so": []}}, "mips"),
        ({"package": "org.example.a", "services": [{"name": ".S", "foreground_types": ["flying"]}]}, "flying"),
    ],
)
def test_a_wrong_description_is_refused_and_the_word_is_named(wrong: dict[str, object], word: str) -> None:
    with pytest.raises(ContentError, match=word):
        build_apk(wrong)


def test_a_split_set_has_one_package_version_and_signer(tmp_path: Path) -> None:
    app = {
        "package": "org.example.inert.set", "version_code": 5, "splits_required": True,
        "activities": [{"name": ".Main", "launcher": True}],
        "splits": {"config.ar": {"label": "ملاحظات"},
                   "config.arm64_v8a": {"native_libraries": {"arm64-v8a/libx.so": []}},
                   "extra": {"feature": True, "permissions": ["READ_CONTACTS"], "services": [{"name": ".More"}]}},
    }  # fmt: skip
    files = build_split_set(app)
    assert list(files) == ["base.apk", "split_config.ar.apk", "split_config.arm64_v8a.apk", "split_extra.apk"]
    apks = {name: read(tmp_path, data) for name, data in files.items()}
    assert {apk.get_package_name() for apk in apks.values()} == {"org.example.inert.set"}
    assert {apk.get_attribute_value("manifest", "versionCode") for apk in apks.values()} == {"5"}
    assert apks["split_extra.apk"].get_attribute_value("manifest", "split") == "extra"
    assert apks["split_extra.apk"].get_permissions()
    assert apks["base.apk"].get_attribute_value("manifest", "split") is None


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("xapk", ["manifest.json", "base.apk", "split_config.ar.apk", "split_extra.apk"]),
        ("apks", ["toc.pb", "splits/base-master.apk", "splits/base-ar.apk", "splits/extra-master.apk"]),
        ("apkm", ["info.json", "base.apk", "split_config.ar.apk", "split_extra.apk"]),
    ],
)
def test_a_container_holds_its_files_and_its_own_description(kind: str, inside: list[str]) -> None:
    files = build_split_set(
        {"package": "org.example.inert.set", "splits": {"config.ar": {}, "extra": {"feature": True}}}
    )
    data = build_container(files, kind, package="org.example.inert.set")  # type: ignore[arg-type] # checked at run time
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.namelist() == inside
    assert archive.testzip() is None
    if kind == "xapk":
        about = json.loads(archive.read("manifest.json"))
        assert [part["id"] for part in about["split_apks"]] == ["base", "config.ar", "extra"]


def test_locales_are_packed_as_android_packs_them() -> None:
    assert split_locale("zh-Hant-TW") == ("zh", "Hant", "TW")
    assert split_locale("es-419") == ("es", "", "419")
    assert pack_letters("fr", "a") == b"fr"
    # the value that aapt writes for "fil"
    assert pack_letters("fil", "a") == b"\xad\x05"


def test_demonstrations_are_written_to_a_folder_and_read_back(tmp_path: Path) -> None:
    paths = write_demonstrations(tmp_path / "apps")
    assert [path.stem for path in paths] == list(DEMONSTRATIONS)
    for path, app in zip(paths, DEMONSTRATIONS.values(), strict=True):
        if path.stem != "malformed":
            assert apk_info.APK(str(path)).get_package_name() == app.package


def test_a_derived_key_makes_a_signer_of_its_own() -> None:
    one, two = (build_apk({"package": "org.example.inert.a", "key": f"ec:{name}"}) for name in ("one", "two"))
    assert len(one) == pytest.approx(len(two), abs=16)
    assert one != two


def test_androguard_finds_classes_references_and_strings_in_the_code(full: AppDescription) -> None:
    from androguard.core.dex import DEX
    from loguru import logger

    logger.disable("androguard")
    archive = zipfile.ZipFile(io.BytesIO(build_apk(full)))
    files = [DEX(archive.read(name)) for name in ("classes.dex", "classes2.dex")]
    strings = {text for file in files for text in file.get_strings()}
    assert {"https://collect.example.invalid/v1", "content://sms"} <= strings
    classes = {one.get_name() for file in files for one in file.get_classes()}
    assert {
        "Lorg/example/inert/full/Extra;",
        "Lorg/example/inert/full/Main;",
        "Lorg/example/inert/full/Watch;",
    } <= classes
    assert "sendTextMessage" in strings
    assert [method for file in files for method in file.get_encoded_methods()] == []


def test_short_file_names_differ_only_in_case_and_the_table_finds_them(tmp_path: Path) -> None:
    services = [{"name": f".{letter}", "accessibility": {}} for letter in "ABC"]
    app = {"package": "org.example.inert.r", "services": services, "icon": "plain", "short_file_names": True}
    data = build_apk(app)
    assert [name for name in names(data) if name.startswith("r/")] == ["r/A.xml", "r/b.xml", "r/B.xml", "r/a.png"]
    assert read(tmp_path, data).get_application_icon() == "r/a.png"


def test_a_dex_container_names_its_own_size() -> None:
    app = {"package": "org.example.inert.c", "strings": ["text"], "dex_version": "041"}
    data = zipfile.ZipFile(io.BytesIO(build_apk(app))).read("classes.dex")
    assert data[:8] == b"dex\n041\0"
    assert struct.unpack_from("<II", data, 32) == (len(data), 0x78)
    assert struct.unpack_from("<II", data, 0x70) == (len(data), 0)
