"""What is read from real app files agrees with the corpus table, Debian's aapt and apk-info."""

import os
import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.binary_xml import BinaryXml
from luciole.apps.apk.manifest import ManifestReading, read_manifest
from luciole.apps.apk.manifest_facts import manifest_facts
from luciole.apps.apk.resources import Table
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import State
from luciole.kernel.vocabulary import FACTS
from shared_data import corpus_rows, require

pytestmark = pytest.mark.corpus

ROWS = {row["file"]: row for row in corpus_rows()}
BADGED = sorted(name for name, row in ROWS.items() if row["badging_tool"] == "aapt")
STOPPED = sorted(name for name, row in ROWS.items() if row["badging_tool"].startswith("aapt ("))
COLUMNS = ("package", "version_code", "version_name", "min_sdk", "target_sdk", "label")
# The note of these rows names the label that aapt could not follow.
LABELS_OF_NOTES = {
    "apktool-issue3705.apk": "CompactEntries",
    "compact-entry.apk": "erev0s.com-CompactEntry",
    "shared-library-client.apk": "SharedLibrary client",
    "framework-stub-android-36.apk": "Android System",
}
LEAF = re.compile(r"^ *A: (?:\w+:)?\S*?\((0x[0-9a-f]{8})\)=")


@cache
def path_of(name: str) -> Path:
    return require("corpus-apk") / name


@cache
def reading_of(name: str) -> ManifestReading:
    archive = Archive.open(path_of(name).read_bytes())
    return read_manifest(archive.read, archive.entries, [])


@cache
def aapt(*arguments: str) -> str:
    if shutil.which("aapt") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("aapt is not installed")
        pytest.skip("aapt is not installed")
    return subprocess.run(["aapt", *arguments], capture_output=True, check=False).stdout.decode("utf-8", "replace")


def badging(name: str) -> str:
    return aapt("dump", "badging", str(path_of(name)))


def columns(reading: ManifestReading) -> dict[str, str]:
    manifest = reading.manifest
    return {
        "package": manifest.package,
        "version_code": "" if manifest.version_code is None else str(manifest.version_code),
        "version_name": manifest.version_name,
        "min_sdk": manifest.min_sdk.text if manifest.min_sdk else "",
        "target_sdk": manifest.target_sdk.text if manifest.target_sdk else "",
        "label": reading.labels[0].text if reading.labels and not reading.labels[0].locale else "",
    }


def test_the_corpus_has_the_rows_that_the_tests_compare() -> None:
    require("corpus-apk")
    assert len(BADGED) > 90
    assert set(STOPPED) == set(LABELS_OF_NOTES)


@pytest.mark.parametrize("name", BADGED)
def test_identity_agrees_with_the_corpus_table(name: str) -> None:
    assert columns(reading_of(name)) == {column: ROWS[name][column] for column in COLUMNS}


@pytest.mark.parametrize("name", STOPPED)
def test_labels_that_aapt_cannot_follow_agree_with_the_note(name: str) -> None:
    expected = {column: ROWS[name][column] for column in COLUMNS} | {"label": LABELS_OF_NOTES[name]}
    assert columns(reading_of(name)) == expected
    assert LABELS_OF_NOTES[name] in ROWS[name]["note"] + ROWS[name]["label"]


@pytest.mark.parametrize("name", sorted(set(BADGED) | set(STOPPED)))
def test_everything_in_ordinary_files_is_looked_at(name: str) -> None:
    assert {line.area: line.state for line in reading_of(name).coverage} == {
        "manifest": State.EXAMINED,
        "resources": State.EXAMINED,
    }


@pytest.mark.parametrize("name", sorted(name for name, row in ROWS.items() if "AndroidManifest.xml" in row["note"]))
def test_a_file_without_a_manifest_is_refused_with_the_reason(name: str) -> None:
    archive = Archive.open(path_of(name).read_bytes())
    with pytest.raises(ParseError, match=re.escape("no AndroidManifest.xml")):
        read_manifest(archive.read, archive.entries, [])


@pytest.mark.tools
@pytest.mark.parametrize("name", BADGED)
def test_permissions_agree_with_aapt(name: str) -> None:
    lines = aapt("dump", "permissions", str(path_of(name))).splitlines()
    wanted = sorted(match[1] for line in lines if (match := re.match(r"uses-permission[^:]*: name='([^']*)'", line)))
    declared = sorted(match[1] for line in lines if (match := re.match(r"permission: (\S+)", line)))
    manifest = reading_of(name).manifest
    assert sorted(permission.name for permission in manifest.requested) == wanted
    assert sorted(permission.name for permission in manifest.declared) == declared


@pytest.mark.tools
@pytest.mark.parametrize("name", BADGED)
def test_maximum_sdk_of_permissions_agrees_with_aapt(name: str) -> None:
    text = badging(name)
    found = re.findall(r"^uses-permission(?:-sdk-23)?: name='([^']*)' maxSdkVersion='(\d+)'", text, re.MULTILINE)
    implied = set(re.findall(r"^uses-implied-permission: name='([^']*)'", text, re.MULTILINE))
    limited = {(p.name, str(p.max_sdk)) for p in reading_of(name).manifest.requested if p.max_sdk is not None}
    assert limited == {pair for pair in found if pair[0] not in implied}


@pytest.mark.tools
@pytest.mark.parametrize("name", BADGED)
def test_labels_of_every_language_agree_with_aapt(name: str) -> None:
    theirs = {
        (locale, text)
        for locale, text in re.findall(r"^application-label-([\w-]+):'(.*)'$", badging(name), re.MULTILINE)
        if text != ROWS[name]["label"]
    }
    ours = {(label.locale, label.text) for label in reading_of(name).labels if label.locale}
    assert theirs <= ours
    # aapt lists every language of the table, with the default text where the app's name has none of its own.
    assert {pair for pair in ours if pair[1] != ROWS[name]["label"]} == theirs


@pytest.mark.tools
@pytest.mark.parametrize("name", BADGED)
def test_launchable_activities_agree_with_aapt(name: str) -> None:
    theirs = set(re.findall(r"^launchable-activity: name='([^']*)'", badging(name), re.MULTILINE))
    shown = {entry.name for entry in reading_of(name).launcher if entry.state == "shown"}
    activities = {c.name for c in reading_of(name).manifest.components if c.kind == "activity"}
    # aapt names neither aliases, nor whether a component is enabled.
    assert shown & activities <= theirs
    disabled = {entry.name for entry in reading_of(name).launcher if entry.state != "shown"}
    assert theirs <= shown | disabled


@pytest.mark.tools
@pytest.mark.parametrize("name", BADGED)
def test_elements_and_attribute_ids_agree_with_aapt(name: str) -> None:
    archive = Archive.open(path_of(name).read_bytes())
    lines = aapt("dump", "xmltree", str(path_of(name)), "AndroidManifest.xml").splitlines()
    theirs: list[tuple[str, list[int]]] = []
    for line in lines:
        if (match := re.match(r"^ *E: (\S+) \(line=", line)) is not None:
            # A tag may stand in a namespace, which Android's parser does not look at.
            theirs.append((match[1].rpartition(":")[2], []))
        elif (match := LEAF.match(line)) is not None:
            theirs[-1][1].append(int(match[1], 16))
    document = BinaryXml(archive.read(b"AndroidManifest.xml"), [], "AndroidManifest.xml")
    ours = [(element.tag, list(element.attributes)) for element in document.elements()]
    assert ours == theirs


@pytest.mark.parametrize("name", BADGED)
def test_components_agree_with_apk_info(name: str) -> None:
    apk_info = pytest.importorskip("apk_info")
    try:
        other = apk_info.APK(str(path_of(name)))
    except apk_info.APKError:
        pytest.skip("apk-info cannot read this file")
    manifest = reading_of(name).manifest
    theirs = {
        "activity": other.get_activities(),
        "alias": other.get_activity_aliases(),
        "service": other.get_services(),
        "receiver": other.get_receivers(),
        "provider": other.get_providers(),
    }
    for kind, components in theirs.items():
        ours = [component for component in manifest.components if component.kind == kind]
        assert sorted(c.name for c in ours) == sorted(full_name(manifest.package, c.name) for c in components)
        stated = {(c.name, c.exported_stated) for c in ours if c.exported_stated is not None}
        assert {name for name, exported in stated if exported} == {
            full_name(manifest.package, c.name) for c in components if c.exported == "true"
        }


def full_name(package: str, name: str) -> str:
    if name.startswith("."):
        return package + name
    return name if "." in name else f"{package}.{name}"


@pytest.mark.parametrize("name", sorted(set(BADGED) | set(STOPPED)))
def test_facts_use_only_names_and_attributes_of_the_vocabulary(name: str) -> None:
    facts, _ = manifest_facts(reading_of(name), name)
    kinds = {"text": str, "number": int, "flag": bool, "texts": list}
    for fact in facts:
        known = FACTS[fact.name]
        assert isinstance(fact.value, kinds[known.value]), fact
        assert fact.place.file == name
        assert fact.place.member
        assert fact.place.offset is not None
        for attribute, value in fact.attributes.items():
            assert type(value) is kinds[known.attributes[attribute]], (fact.name, attribute)


@pytest.mark.tools
@pytest.mark.parametrize(
    "name", ["a2dp.Vol_137.apk", "com.politedroid_6.apk", "made-aapt-full.apk", "settings_apk-debug.apk", "urzip.apk",
             "duplicate.permissions.apk", "golden-aligned-in.apk", "blooddonation.apk", "XposedInstaller_3.1.5.apk"],
)  # fmt: skip
def test_every_entry_of_the_table_agrees_with_aapt(name: str) -> None:
    archive = Archive.open(path_of(name).read_bytes())
    table = Table(archive.read(b"resources.arsc"), [])
    plain: Counter[tuple[int, int, int]] = Counter()
    bags: dict[int, list[tuple[int, set[int]]]] = {}
    current = 0
    for line in aapt("dump", "--values", "resources", str(path_of(name))).splitlines():
        if match := re.match(r"\s+resource (0x\w+) .*?: t=(0x\w+) d=(0x\w+) \(s=", line):
            resource, kind, data = (int(number, 16) for number in match.groups())
            plain[resource, kind, data] += 1
        elif match := re.match(r"\s+resource (0x\w+) .*<bag>", line):
            current = int(match[1], 16)
            bags.setdefault(current, []).append((0, set()))
        elif match := re.match(r"\s+Parent=(0x\w+)", line):
            bags[current][-1] = (int(match[1], 16), set())
        elif match := re.match(r"\s+#\d+ \(Key=(0x\w+)\)", line):
            bags[current][-1][1].add(int(match[1], 16))
    assert plain
    ours = {key: [found for found in table.get(key) if not found.bag] for key in {key for key, _, _ in plain}}
    assert Counter((key, found.kind, found.data) for key, all_found in ours.items() for found in all_found) == plain
    for resource, expected in bags.items():
        found_bags = [found for found in table.get(resource) if found.bag]
        items = [(table.bag_parent(found), {key for key, _, _ in table.bag_items(found)}) for found in found_bags]
        assert sorted(items, key=repr) == sorted(expected, key=repr)
