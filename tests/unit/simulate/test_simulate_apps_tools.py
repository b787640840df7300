"""Debian's tools read inert apps as described: aapt, apksigner, dexdump, zipalign, and readelf the libraries."""

import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.dex import MethodName, write_dex
from luciole.simulate.apps.elf import MACHINES, write_elf
from luciole.simulate.apps.keys import signer

pytestmark = pytest.mark.tools
READABLE = [name for name in DEMONSTRATIONS if name != "malformed"]
APP = {
    "package": "org.example.inert.tools",
    "label": {"default": "Tools", "fr": "Outils", "fil": "Gamit", "pt-BR": "Ferramentas", "es-419": "Cosas"},
    "version_code": 17, "version_name": "3.1.4", "min_sdk": 23, "target_sdk": 31, "icon": "plain",
    "permissions": ["READ_SMS", "org.example.inert.P"], "application": {"debuggable": True},
    "activities": [{"name": ".Main", "launcher": True, "label": "Start"}],
    "services": [{"name": ".Watch", "accessibility": {"can_retrieve_window_content": True}}],
    "receivers": [{"name": ".Admin", "device_admin": ["wipe-data", "force-lock"]}],
    "native_libraries": {"arm64-v8a/libx.so": ["one"], "x86/libx.so": ["one"]},
}  # fmt: skip


def run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        message = f"{command[0]} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def written(tmp_path: Path, data: bytes, name: str = "a.apk") -> str:
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def badging(tmp_path: Path, app: object) -> list[str]:
    return run("aapt", "dump", "badging", written(tmp_path, build_apk(app))).splitlines()  # type: ignore[arg-type] # checked at run time


def test_aapt_reads_versions_labels_and_permissions_as_described(tmp_path: Path) -> None:
    lines = badging(tmp_path, APP)
    assert lines[0] == "package: name='org.example.inert.tools' versionCode='17' versionName='3.1.4'"
    assert {
        "sdkVersion:'23'", "targetSdkVersion:'31'",
        "uses-permission: name='android.permission.READ_SMS'", "uses-permission: name='org.example.inert.P'",
        "application-label:'Tools'", "application-label-fr:'Outils'", "application-label-fil:'Gamit'",
        "application-label-pt-BR:'Ferramentas'", "application-label-es-419:'Cosas'", "application-debuggable",
        "launchable-activity: name='org.example.inert.tools.Main'  label='Start' icon=''",
        "provides-component:'device-admin'", "provides-component:'accessibility'",
        "native-code: 'arm64-v8a' 'x86'",
    } <= set(lines)  # fmt: skip
    assert any("icon='res/drawable/icon.png'" in line for line in lines)


@pytest.mark.parametrize("layout", ["plain", "sparse"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_aapt_reads_every_layout_it_knows(layout: str, encoding: str, tmp_path: Path) -> None:
    lines = badging(tmp_path, APP | {"resource_table": layout, "xml_encoding": encoding, "min_sdk": 32})
    assert "application-label-fr:'Outils'" in lines


def test_aapt_reads_the_configuration_of_an_accessibility_service(tmp_path: Path) -> None:
    service = {"name": ".S", "accessibility": {
        "can_retrieve_window_content": True, "event_types": ["typeAllMask"],
        "flags": ["flagRetrieveInteractiveWindows"],
        "packages": ["org.example.a", "org.example.b"],
    }}  # fmt: skip
    path = written(tmp_path, build_apk({"package": "org.example.inert.s", "services": [service]}))
    tree = run("aapt", "dump", "xmltree", path, "res/xml/accessibility_s.xml")
    assert "android:accessibilityEventTypes(0x01010380)=(type 0x11)0xffffffff" in tree
    assert "android:accessibilityFlags(0x01010384)=(type 0x11)0x40" in tree
    assert "android:canRetrieveWindowContent(0x01010385)=(type 0x12)0xffffffff" in tree
    assert '"org.example.a,org.example.b"' in tree


def test_aapt2_follows_versions_by_reference(tmp_path: Path) -> None:
    path = written(tmp_path, build_apk(APP | {"versions_by_reference": True}))
    told = run("aapt2", "dump", "badging", path)
    assert told.startswith("package: name='org.example.inert.tools' versionCode='17' versionName='3.1.4'")


def test_aapt_reads_components_filters_and_flags_as_described(tmp_path: Path) -> None:
    app = {
        "package": "org.example.inert.parts",
        "activities": [{"name": ".Main", "exclude_from_recents": True, "no_history": True, "theme": "no-display"}],
        "aliases": [{"name": ".Icon", "target": ".Main", "launcher": True, "enabled": False}],
        "services": [{"name": ".Place", "foreground_types": ["location", "microphone"], "process": ":x"}],
        "receivers": [{"name": ".Text", "actions": ["a.b.C"], "priority": 999, "permission": "BROADCAST_SMS"}],
        "providers": [{"name": ".P", "authorities": ["org.example.p", "org.example.q"], "exported": False}],
        "metadata": {"isMonitoringTool": "child_monitoring"}, "queries": ["org.example.other"],
        "network_security": {"cleartext": True, "user_certificates": True, "domains": ["a.example"]},
    }  # fmt: skip
    path = written(tmp_path, build_apk(app))
    tree = run("aapt", "dump", "xmltree", path, "AndroidManifest.xml")
    wanted = (
        "E: activity-alias", 'android:targetActivity(0x01010202)=".Main"', "android:enabled(0x0101000e)=(type 0x12)0x0",
        "android:noHistory(0x0101022d)=(type 0x12)0xffffffff", "android:theme(0x01010000)=@0x01030055",
        "android:excludeFromRecents(0x01010017)=(type 0x12)0xffffffff",
        "android:foregroundServiceType(0x01010599)=(type 0x11)0x88", 'android:process(0x01010011)=":x"',
        "android:priority(0x0101001c)=(type 0x10)0x3e7", '"android.permission.BROADCAST_SMS"',
        'android:authorities(0x01010018)="org.example.p;org.example.q"', '"isMonitoringTool"', '"child_monitoring"',
        "E: queries", '"org.example.other"', '"android.intent.category.LAUNCHER"',
    )  # fmt: skip
    assert [text for text in wanted if text not in tree] == []
    security = run("aapt", "dump", "xmltree", path, "res/xml/network_security_config.xml")
    assert 'A: src="user"' in security
    assert "A: cleartextTrafficPermitted=(type 0x12)0xffffffff" in security
    assert 'C: "a.example"' in security


@pytest.mark.parametrize("name", READABLE)
def test_aapt_reads_every_demonstration(name: str, tmp_path: Path) -> None:
    app = DEMONSTRATIONS[name]
    lines = badging(tmp_path, app)
    assert lines[0].startswith(f"package: name='{app.package}' ")
    wanted = {f"uses-permission: name='{p if '.' in p else 'android.permission.' + p}'" for p in app.permissions}
    assert {line for line in lines if line.startswith("uses-permission:")} == wanted


def verify(tmp_path: Path, app: dict[str, object], minimum: int = 21) -> str:
    path = written(tmp_path, build_apk(app))
    return run("apksigner", "verify", "-v", "--print-certs", "--min-sdk-version", str(minimum), path)


@pytest.mark.parametrize("key", ["own", "other"])
def test_apksigner_verifies_v1_v2_and_v3_with_rsa_and_ec(key: str, tmp_path: Path) -> None:
    told = verify(tmp_path, APP | {"signing": ["v1", "v2", "v3"], "key": key})
    for scheme in (
        "v1 scheme (JAR signing)",
        "v2 scheme (APK Signature Scheme v2)",
        "v3 scheme (APK Signature Scheme v3)",
    ):
        assert f"Verified using {scheme}: true" in told
    assert f"certificate DN: CN={'Inert Test' if key == 'own' else 'Inert Test Other'}" in told


def test_apksigner_verifies_a_rotation_and_names_the_newest_key(tmp_path: Path) -> None:
    rotation = ["own", "other", "third"]
    told = verify(tmp_path, APP | {"signing": ["v1", "v2", "v3"], "rotation": rotation}, 28)
    assert "Verified using v3 scheme (APK Signature Scheme v3): true" in told
    assert "certificate DN: CN=Inert Test Third" in told


def test_apksigner_reads_the_debug_certificate(tmp_path: Path) -> None:
    assert "CN=Android Debug" in verify(tmp_path, APP | {"key": "debug"}, 24)


def test_apksigner_refuses_a_stripped_signature(tmp_path: Path) -> None:
    app = APP | {"signing": ["v1", "v2", "v3"], "tricks": ["signature.block-stripped"]}
    path = written(tmp_path, build_apk(app))
    done = subprocess.run(["apksigner", "verify", path], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    assert "DOES NOT VERIFY" in done.stdout + done.stderr


def test_dexdump_verifies_checksums_and_lists_classes(tmp_path: Path) -> None:
    methods = [MethodName("android.telephony.SmsManager", "sendTextMessage"), MethodName("java.lang.Runtime", "exec")]
    data = write_dex(["org.example.b.Two", "org.example.a.One"], methods, ["", "é", "\U0001f98b", "a\0b"])
    told = run("dexdump", "-f", written(tmp_path, data, "classes.dex"))
    assert "Class descriptor  : 'Lorg/example/a/One;'" in told
    assert "Class descriptor  : 'Lorg/example/b/Two;'" in told
    assert "method_ids_size     : 2" in told
    assert "insns_size" not in told


@pytest.mark.parametrize("version", ["035", "037", "038", "039"])
def test_dexdump_reads_every_version_it_knows(version: str, tmp_path: Path) -> None:
    data = write_dex(["org.example.A"], [MethodName("java.lang.Runtime", "exec")], ["text"], version=version)
    assert f"DEX version '{version}'" in run("dexdump", written(tmp_path, data, "classes.dex"))


@pytest.mark.parametrize("name", READABLE)
def test_dexdump_reads_every_dex_of_every_demonstration(name: str, tmp_path: Path) -> None:
    archive = zipfile.ZipFile(io.BytesIO(build_apk(DEMONSTRATIONS[name])))
    for member in archive.namelist():
        if member.endswith(".dex"):
            told = run("dexdump", "-d", written(tmp_path, archive.read(member), "classes.dex"))
            assert "insns" not in told


@pytest.mark.parametrize("trick", ["dex.checksum", "dex.file-size", "dex.header-size", "dex.table-outside", "dex.map"])
def test_dexdump_refuses_a_damaged_dex(trick: str, tmp_path: Path) -> None:
    app = APP | {"tricks": [trick], "strings": ["text"]}
    data = zipfile.ZipFile(io.BytesIO(build_apk(app))).read("classes.dex")
    done = subprocess.run(["dexdump", written(tmp_path, data, "classes.dex")], capture_output=True, check=False)
    assert done.returncode != 0


def test_zipalign_finds_everything_aligned(tmp_path: Path) -> None:
    assert "Verification successful" in run("zipalign", "-c", "-v", "4", written(tmp_path, build_apk(APP)))


@pytest.mark.parametrize("abi", sorted(MACHINES))
def test_readelf_lists_the_exported_names_and_no_runnable_segment(abi: str, tmp_path: Path) -> None:
    path = written(tmp_path, write_elf(abi, ["Java_org_example_one", "two"]), "libx.so")
    told = run("readelf", "-W", "-h", "-l", "-S", "-d", "--dyn-syms", path)
    assert "DYN (Shared object file)" in told
    assert told.count(" FUNC    GLOBAL DEFAULT") == 2
    assert "Java_org_example_one" in told
    assert "Warning" not in told
    assert "Error" not in told
    assert " R E " not in told
    assert "PROGBITS" not in told


def test_the_certificate_on_the_signer_is_the_one_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.der"
    path.write_bytes(signer("own").certificate)
    told = run("openssl", "x509", "-inform", "DER", "-in", str(path), "-noout", "-subject", "-text")
    assert "Inert Test" in told
    assert "2048 bit" in told
