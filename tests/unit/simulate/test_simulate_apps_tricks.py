"""Each trick builds, keeps its promise about the signature, and is what Luciole's readers report under its id."""

import hashlib
import io
import zipfile

import pytest

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.dex import check_order, read_dex
from luciole.apps.apk.manifest import read_manifest
from luciole.apps.apk.signing.verify import verify
from luciole.kernel.errors import ContentError, ParseError
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.tricks import TRICK_MODULES, Stage, chosen, trick_list

APP = {
    "package": "org.example.inert.tricked", "label": {"default": "Tricked", "fr": "Rusé"},
    "permissions": ["READ_SMS"], "activities": [{"name": ".Main", "launcher": True}],
    "strings": ["https://collect.example.invalid/v1"], "apis": ["java.lang.Runtime.exec"],
    "icon": "plain",
}  # fmt: skip
EVERY = [name for name, _ in trick_list()]
QUIET = {
    "zip.size-zero": "reported as zip.inflated-size-differs",
    "zip.extra-field": "extra fields are skipped by their length, as Android does",
    "zip.zip64-lie": "no field asks for it, so nobody reads it",
    "zip.versions": "Android ignores versions",
    "zip.dates": "Android ignores dates",
    "zip.disk-numbers": "Android ignores disk numbers",
    "zip.descriptor": "an ordinary form",
    "xml.attribute-start": "an allowed form",
    "xml.comment-index": "never used",
    "xml.boolean-values": "an allowed form",
    "xml.raw-values": "the typed value counts",
    "xml.attribute-names": "ids count",
    "xml.attribute-names-swapped": "ids count",
    "xml.namespace": "ids count",
    "resources.second-string-pool": "the first one counts",
    "resources.keys-collapsed": "ids count",
    "resources.missing": "told by the coverage, not as an anomaly",
    "dex.map": "the map is not needed",
    "dex.mutf8": "bytes are searched as they are",
    "dex.bytes-behind-map": "inside the declared size",
    "dex.number-gap": "told as carried code",
    "dex.other-name": "told as carried code",
    "dex.encrypted": "told as a carried file",
}
"""Tricks that no reader reports under their id, with the reason."""
READ_BY_THESE_TESTS = ("zip.", "xml.", "strings.", "resources.", "manifest.", "dex.")
UNNOTICED = {"zip.name-empty"}
"""What the reader does not notice yet."""
REPORTED = [
    name for name in EVERY if name.startswith(READ_BY_THESE_TESTS) and name not in QUIET | dict.fromkeys(UNNOTICED)
]
UNREADABLE = {
    "bomb.manifest": "refused by a limit",
    "bomb.names": "refused by a limit",
    "strings.start": "no text can be found any more",
}
"""Tricks after which the manifest cannot be read, with the reason."""
KEEPS_SIGNATURE = [
    name for name in EVERY
    if chosen([name])[0].stage in {Stage.MANIFEST, Stage.RESOURCES, Stage.DEX} and not name.startswith("bomb.")
]  # fmt: skip


def anomalies_of(data: bytes) -> list[Anomaly]:
    archive = Archive.open(data)
    found: list[Anomaly] = []
    try:
        read_manifest(archive.read, archive.entries.keys(), found)
    except ParseError as error:
        found.append(Anomaly("unreadable", str(error)))
    for name in archive.entries:
        if name.endswith(b".dex"):
            for dex in read_dex(archive.read(name), name.decode(), found):
                check_order(dex, found, name.decode())
    return archive.anomalies + found


def test_the_plain_app_shows_no_anomaly() -> None:
    assert anomalies_of(build_apk(APP)) == []


@pytest.mark.parametrize("trick", EVERY)
def test_every_trick_builds_and_changes_the_file(trick: str) -> None:
    data = build_apk(APP | {"tricks": [trick], "signing": ["v1", "v2", "v3"]})
    assert data != build_apk(APP | {"signing": ["v1", "v2", "v3"]})
    assert len(data) < 32 << 20


@pytest.mark.parametrize("trick", REPORTED)
def test_readers_report_a_trick_under_its_own_id(trick: str) -> None:
    assert trick in {found.id for found in anomalies_of(build_apk(APP | {"tricks": [trick]}))}


@pytest.mark.parametrize("trick", [name for name in EVERY if name not in UNREADABLE])
def test_no_trick_hides_the_package_or_its_permissions(trick: str) -> None:
    archive = Archive.open(build_apk(APP | {"tricks": [trick]}))
    manifest = read_manifest(archive.read, archive.entries.keys(), []).manifest
    assert manifest.package == "org.example.inert.tricked"
    assert [one.name for one in manifest.requested] == ["android.permission.READ_SMS"]


@pytest.mark.parametrize("trick", KEEPS_SIGNATURE)
def test_a_trick_inside_an_entry_is_signed_with_the_file(trick: str) -> None:
    signing = verify(Archive.open(build_apk(APP | {"tricks": [trick]})), 24)
    assert {scheme.name: scheme.state for scheme in signing.schemes} == {
        "v1": "absent", "v2": "verified", "v3": "verified", "v3.1": "absent",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("trick", "states"),
    [
        ("signature.v3-stripped", {"v2": "failed", "v3": "absent"}),
        ("signature.block-stripped", {"v2": "absent", "v3": "absent"}),
        ("signature.wrong", {"v2": "failed", "v3": "failed"}),
        ("signature.other-digest", {"v2": "failed", "v3": "failed"}),
        ("signature.foreign-certificate", {"v2": "failed", "v3": "failed"}),
        ("signature.schemes-differ", {"v2": "verified", "v3": "verified"}),
        ("signature.two-signers", {"v2": "verified", "v3": "absent"}),
        ("signature.second-of-scheme", {"v2": "verified", "v3": "verified"}),
        ("signature.unknown-pair", {"v2": "verified", "v3": "verified"}),
        ("signature.block-magic", {"v2": "absent", "v3": "absent"}),
        ("signature.block-sizes", {"v2": "absent", "v3": "absent"}),
        ("signature.content-changed", {"v2": "failed", "v3": "failed"}),
    ],
)
def test_signature_tricks_end_as_android_would_judge_them(trick: str, states: dict[str, str]) -> None:
    signing = verify(Archive.open(build_apk(APP | {"tricks": [trick]})), 24)
    assert {scheme.name: scheme.state for scheme in signing.schemes if scheme.name in states} == states


@pytest.mark.parametrize(
    ("trick", "state", "signers"),
    [
        ("signature.v1-other-key", "verified", ["Inert Test Third"]),
        ("signature.v1-two-signers", "verified", ["Inert Test", "Inert Test Third"]),
        ("signature.v1-extra-certificate", "verified", ["Inert Test"]),
        ("signature.v1-unsigned-entry", "failed", []),
        ("signature.uncovered-file", "verified", ["Inert Test"]),
    ],
)
def test_tricks_with_v1_end_as_android_would_judge_them(trick: str, state: str, signers: list[str]) -> None:
    app = APP | {"signing": ["v1"], "min_sdk": 21, "tricks": [trick]}
    scheme = verify(Archive.open(build_apk(app)), 21).schemes[0]
    assert scheme.state == state
    assert [one.certificates[0].subject.removeprefix("CN=") for one in scheme.signers] == signers


def test_a_rotation_with_v31_verifies_with_the_old_key_below_33_and_the_new_one_from_there() -> None:
    app = APP | {"signing": ["v2", "v3", "v3.1"], "rotation": ["own", "other"]}
    signing = verify(Archive.open(build_apk(app)), 24)
    assert {scheme.name: scheme.state for scheme in signing.schemes} == {
        "v1": "absent", "v2": "verified", "v3": "verified", "v3.1": "verified",
    }  # fmt: skip
    names = {scheme.name: [signer.certificates[0].subject for signer in scheme.signers] for scheme in signing.schemes}
    assert "Inert Test Other" in names["v3.1"][0]
    assert "Inert Test Other" not in names["v3"][0]


def test_tricks_apply_together_in_their_order() -> None:
    wanted = ["zip.encryption-bit", "xml.file-type", "dex.checksum", "resources.type"]
    found = {one.id for one in anomalies_of(build_apk(APP | {"tricks": wanted}))}
    assert set(wanted) <= found


def test_a_prefixed_archive_starts_with_a_dex_and_is_still_found() -> None:
    data = build_apk(APP | {"tricks": ["zip.bytes-before-archive"]})
    assert data.startswith(b"dex\n")
    assert "AndroidManifest.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_a_duplicate_manifest_has_two_contents() -> None:
    data = build_apk(APP | {"tricks": ["zip.duplicate-name"]})
    archive = zipfile.ZipFile(io.BytesIO(data))
    manifests = [one for one in archive.infolist() if one.filename == "AndroidManifest.xml"]
    assert len({hashlib.sha256(archive.read(one)).digest() for one in manifests}) == 2


def test_every_trick_has_one_plain_sentence() -> None:
    assert len(EVERY) > 100
    for name, sentence in trick_list():
        assert name == name.lower()
        assert "." in name
        assert sentence.endswith(".")
        assert not sentence[0].islower()
        assert len(sentence) <= 120
    assert len({sentence for _, sentence in trick_list()}) == len(EVERY)
    assert len(TRICK_MODULES) == 8


def test_the_lists_of_these_tests_name_tricks_that_exist() -> None:
    assert [name for name in (*QUIET, *UNREADABLE, *UNNOTICED) if name not in EVERY] == []


def test_an_unknown_trick_is_refused_with_the_list() -> None:
    with pytest.raises(ContentError, match=r"zip\.encryption-bit"):
        chosen(["zip.unheard-of"])
