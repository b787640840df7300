"""Signatures that were tampered with, stripped, rotated or made with odd algorithms, and what is said of them."""

import struct
import subprocess
import warnings
from pathlib import Path
from shutil import which

import msgspec
import pytest
from cryptography import x509

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.signing import block as blocks
from luciole.apps.apk.signing import der
from luciole.apps.apk.signing.certificates import read_certificate
from luciole.apps.apk.signing.facts import signing_anomalies, signing_coverage, signing_facts
from luciole.apps.apk.signing.jar_text import JarText, digest_of
from luciole.apps.apk.signing.model import Signing
from luciole.apps.apk.signing.verify import verify
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State
from shared_data import corpus_rows, require

pytestmark = pytest.mark.corpus


def corpus(name: str) -> bytes:
    return (require("corpus-apk") / name).read_bytes()


def check(data: bytes, min_sdk: int = 21) -> Signing:
    return verify(Archive.open(data), min_sdk, every_entry=True)


def reason(signing: Signing, scheme: str) -> str:
    return signing.scheme(scheme).error


def pair(data: bytes, pair_id: int) -> blocks.Pair:
    block = blocks.find_block(Archive.open(data))
    assert block is not None
    found = block.find(pair_id)
    assert found is not None
    return found


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# ------------------------------------------------------------------ content and signature


def test_one_changed_bit_anywhere_in_the_content_fails_v2_and_v3() -> None:
    data = corpus("made-plain.apk")
    block = blocks.find_block(Archive.open(data))
    assert block is not None
    entry = Archive.open(data).entries[b"classes.dex"]
    for at in (entry.header + 12, entry.header + 80, block.start - 1, len(data) - 22 - 10):
        try:
            signing = check(flip(data, at))
        except ParseError:
            continue
        assert signing.scheme("v2").state == "failed"
        assert signing.scheme("v3").state == "failed"
        assert signing.accepted == ()
        assert not [one for one in signing_facts(signing) if one.attributes.get("verified")]


@pytest.mark.parametrize("scheme", [blocks.V2, blocks.V3])
def test_every_changed_byte_of_a_signer_fails_that_scheme(scheme: int) -> None:
    data = corpus("made-plain.apk")
    place = pair(data, scheme)
    name = "v2" if scheme == blocks.V2 else "v3"
    for at in range(place.offset, place.offset + place.size, 3):
        assert check(flip(data, at)).scheme(name).state == "failed", at - place.offset


def test_a_failed_scheme_still_shows_the_certificate_it_claims_as_unverified() -> None:
    signing = check(corpus("v2-only-with-rsa-pkcs1-sha256-2048-sig-does-not-verify.apk"))
    (fact,) = [one for one in signing_facts(signing) if one.name == "signature.certificate"]
    assert fact.attributes["verified"] is False
    assert fact.attributes["schemes"] == ["v2"]


def test_a_block_copied_from_another_app_does_not_verify() -> None:
    taker = corpus("made-plain.apk")
    place = pair(taker, blocks.V2)
    tried = 0
    for row in corpus_rows():
        if row["kind"] == "made" and row["v2"] == "ok" and row["package"] != "org.example.inert.plain":
            giver = corpus(row["file"])
            other = pair(giver, blocks.V2)
            data = giver[other.offset : other.offset + other.size]
            if other.size == place.size:
                forged = taker[: place.offset] + data + taker[place.offset + place.size :]
                assert reason(check(forged), "v2") == "V2_SIG_APK_DIGEST_DID_NOT_VERIFY"
                tried += 1
    assert tried


def test_two_schemes_of_two_keys_are_told_and_each_range_names_its_own_signer() -> None:
    """The two files have the same content and two keys, so the v2 of one verifies in the other."""
    giver, taker = corpus("made-plain-other-key.apk"), corpus("made-plain.apk")
    place, other = pair(taker, blocks.V2), pair(giver, blocks.V2)
    assert place.size == other.size
    data = giver[other.offset : other.offset + other.size]
    signing = check(taker[: place.offset] + data + taker[place.offset + place.size :])
    signers = {one.releases: one.signers[0].certificate.sha256 for one in signing.accepted}
    rows = {row["file"]: row for row in corpus_rows()}
    assert signers["24-27"] == rows["made-plain-other-key.apk"]["v2_signers"]
    assert signers["28-32"] == rows["made-plain.apk"]["v3_signers"]
    assert "signing.signers-differ" in {one.id for one in signing_anomalies(signing)}


# ------------------------------------------------------------------ stripped and hidden


def test_v3_that_was_removed_is_missed_by_v2() -> None:
    """apksig writes into v2 that there is a v3; here the v3 pair is renamed."""
    data = corpus("golden-aligned-v1v2v3-lineage-out.apk")
    at = pair(data, blocks.V3).offset - 4
    signing = check(data[:at] + struct.pack("<I", 0x12345678) + data[at + 4 :])
    assert reason(signing, "v2") == "V2_SIG_MISSING_APK_SIG_REFERENCED"
    assert signing.scheme("v3").state == "absent"
    assert [one.releases for one in signing.accepted] == ["21-23"]
    assert "signing.unknown-pair" in {one.id for one in signing_anomalies(signing)}


def test_v1_that_names_a_newer_scheme_is_not_accepted_by_releases_that_know_it() -> None:
    signing = check(corpus("v2-stripped.apk"))
    assert signing.scheme("v1").state == "verified"
    assert [one.releases for one in signing.accepted] == ["21-23"]
    facts = [one for one in signing_facts(check(corpus("v2-stripped.apk"), 24)) if one.name == "signature.certificate"]
    assert [one.attributes["verified"] for one in facts] == [False]


def test_v31_that_was_removed_is_missed_by_v3() -> None:
    data = corpus("v31-ec-p256-2-tgt-33-1-tgt-28-targetSdk-30.apk")
    at = pair(data, blocks.V31).offset - 4
    signing = check(data[:at] + struct.pack("<I", 0x12345678) + data[at + 4 :])
    assert reason(signing, "v3") == "V31_BLOCK_MISSING"


def test_a_damaged_magic_reads_as_unsigned_and_is_told() -> None:
    data = corpus("made-plain.apk")
    signing = check(data.replace(b"APK Sig Block 42", b"APK Sig Block 43"))
    assert {one.state for one in signing.schemes} == {"absent"}
    assert "signing.block-hidden" in {one.id for one in signing_anomalies(signing)}


def test_pairs_that_do_not_fit_the_block_make_it_damaged_and_say_so() -> None:
    data = corpus("made-plain.apk")
    at = pair(data, blocks.V2).offset - 12
    signing = check(data[:at] + struct.pack("<Q", 1 << 40) + data[at + 8 :])
    assert signing.accepted == ()
    assert signing_coverage(signing).state is State.PARTIAL
    assert signing_coverage(signing).reason is Reason.DAMAGED


def test_the_first_of_two_pairs_with_one_id_counts_and_the_second_is_told() -> None:
    signing = check(corpus("fdroid-issue-1128-min-sdk-30-poc.apk"))
    assert "signing.second-pair" in {one.id for one in signing_anomalies(signing)}


# ------------------------------------------------------------------ rotation


def test_the_lineage_is_told_apart_from_the_signer() -> None:
    signing = check(corpus("v1v2v3-with-rsa-2048-lineage-3-signers.apk"))
    (signer,) = signing.scheme("v3").signers
    assert len(signer.lineage) == 3
    assert signer.lineage[-1] == signer.certificate
    first = signing.scheme("v2").signers[0].certificate
    assert signer.lineage[0] == first
    roles = {
        (one.value, one.attributes["role"], one.attributes["verified"])
        for one in signing_facts(signing)
        if one.name == "signature.certificate"
    }
    assert (signer.lineage[1].sha256, "lineage", True) in roles
    assert (signer.certificate.sha256, "signer", True) in roles
    assert not [one for one in signing_anomalies(signing) if one.id == "signing.signers-differ"]


def test_a_rotated_key_is_named_by_the_releases_that_take_it() -> None:
    rows = {row["file"]: row for row in corpus_rows()}
    signing = check(corpus("made-rotated-v31.apk"))
    by_range = {one.releases: (one.scheme, [s.certificate.sha256 for s in one.signers]) for one in signing.accepted}
    row = rows["made-rotated-v31.apk"]
    assert by_range["33+"] == ("v3.1", [row["v31_signers"]])
    assert by_range["28-32"] == ("v3", [row["v3_signers"]])
    assert by_range["24-27"] == ("v2", [row["v2_signers"]])


# ------------------------------------------------------------------ certificates and keys


def corpus_certificates() -> list[bytes]:
    found: dict[str, bytes] = {}
    for row in corpus_rows():
        if row["v1"] in {"ok", "bad", "absent"}:
            for scheme in check(corpus(row["file"])).schemes:
                for one in (*scheme.claimed, *(s.certificate for s in scheme.signers)):
                    found[one.sha256] = one.encoded
    return list(found.values())


def test_certificates_read_as_the_cryptography_library_reads_them() -> None:
    compared = 0
    for encoded in corpus_certificates():
        own = read_certificate(encoded)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                other = x509.load_der_x509_certificate(encoded)
                names = other.subject.get_attributes_for_oid(x509.oid.NameOID.COMMON_NAME)
                serial, begin = other.serial_number, other.not_valid_before_utc
        except ValueError:
            continue
        assert int.from_bytes(own.serial_number, "big", signed=True) == serial
        assert own.not_before == begin.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert own.not_after == other.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert own.subject_part("CN") == (names[0].value if names else "")
        assert own.key[1] == other.public_key().key_size  # type: ignore[union-attr] # checked at run time
        compared += 1
    assert compared > 30


def test_a_certificate_that_is_not_der_is_read_and_its_bytes_hashed_as_they_are() -> None:
    (row,) = [one for one in corpus_rows() if one["file"] == "v1-only-with-rsa-1024-cert-not-der.apk"]
    (signer,) = check(corpus(row["file"])).scheme("v1").signers
    assert signer.certificate.sha256 == row["v1_signers"]
    assert signer.certificate.key == ("RSA", 1024)


def test_the_public_android_test_key_is_called_weak() -> None:
    facts = signing_facts(check(corpus("shared-library-client.apk")))
    (weak,) = [one for one in facts if one.name == "signature.weak"]
    assert weak.attributes["why"] == "android-test-key"
    (certificate,) = [one for one in facts if one.name == "signature.certificate"]
    assert certificate.attributes["sha1"] == "61ed377e85d386a8dfee6b864bd85b0bfaa5af81"
    assert certificate.value == weak.value


def test_a_debug_key_is_called_weak() -> None:
    facts = signing_facts(check(corpus("ApiDemos-debug.apk")))
    assert [one.attributes["why"] for one in facts if one.name == "signature.weak"] == ["debug"]


def test_certificates_in_the_bag_that_did_not_sign_are_no_signers() -> None:
    signing = check(corpus("v1-only-pkcs7-cert-bag-first-cert-not-used.apk"))
    assert len(signing.scheme("v1").claimed) == 2
    assert len([one for one in signing_facts(signing) if one.name == "signature.certificate"]) == 1
    assert "signing.unused-certificate" in {one.id for one in signing_anomalies(signing)}


@pytest.mark.parametrize("key", [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"\x30\x04\x30\x00\x03\x00", b"\x30\x80" * 40])
def test_a_certificate_whose_key_is_damaged_still_names_its_subject(key: bytes) -> None:
    """Found by mutation: a key without its bits, and one whose algorithm is empty."""
    whole = check(corpus("made-plain.apk")).scheme("v2").signers[0].certificate
    damaged = msgspec.structs.replace(whole, public_key=key)
    assert damaged.key == ("", 0)
    assert damaged.subject_part("CN").startswith("Inert")


@pytest.mark.parametrize("length", range(0, 700, 7))
def test_a_certificate_that_is_cut_is_a_parse_error(length: int) -> None:
    signing = check(corpus("made-plain.apk"))
    encoded = signing.scheme("v2").signers[0].certificate.encoded
    if length < len(encoded):
        with pytest.raises(ParseError):
            read_certificate(encoded[:length])


# ------------------------------------------------------------------ JAR texts and ASN.1


def test_jar_sections_join_continued_lines_and_keep_their_own_bytes() -> None:
    raw = b"Manifest-Version: 1.0\r\n\r\nName: res/a ve\r\n ry long name\r\nSHA1-Digest: AAAA\r\n\r\nName: b\nX: y\n"
    text = JarText(raw)
    assert text.main == {b"manifest-version": b"1.0"}
    assert set(text.sections.by_name) == {b"res/a very long name", b"b"}
    assert digest_of(text.sections.by_name[b"res/a very long name"]) == ("sha1", b"\0\0\0")
    spans = [raw[begin:end] for begin, end in text.spans()]
    assert b"".join(spans) == raw
    assert text.named_spans()[b"res/a very long name"] == spans[1]


def test_the_strongest_digest_of_a_section_counts() -> None:
    assert digest_of(b"SHA1-Digest: AAAA\nSHA-256-Digest: BBBB\nMD5-Digest: CCCC") == ("sha256", b"\4\20\101")
    assert digest_of(b"MD5-Digest: AAAA") is None
    with pytest.raises(ParseError):
        digest_of(b"SHA-256-Digest: A")


def test_sections_without_a_name_or_with_the_same_are_told() -> None:
    assert JarText(b"V: 1\n\nX: y\n\n").sections.unnamed
    assert JarText(b"V: 1\n\nName: a\nX: y\n\nName: a\nX: y\n\n").sections.duplicate
    other = JarText(b"V: 1\n\n\n\nSHA1-Digest: AAAA\nName: a\n\n").sections
    assert not other.unnamed
    assert list(other.by_name) == [b"a"]


@pytest.mark.parametrize("raw", [b"\n" * 3_000_000, b"a\n\n" * 200_000, b"a: b\n" * 5_000])
def test_a_jar_text_that_no_tool_writes_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        _ = JarText(raw).sections
    assert caught.value.limit


def test_indefinite_lengths_are_followed_and_bounded() -> None:
    data = b"\x30\x80\x02\x01\x05\x00\x00"
    outer = der.element(data, 0, len(data))
    assert [child.tag for child in der.members(data, outer)] == [2]
    with pytest.raises(ParseError):
        der.element(b"\x30\x80" * 100, 0, 200)


@pytest.mark.parametrize(
    ("encoded", "text"),
    [(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "1.2.840.113549.1.1.11"), (b"\x06\x03\x55\x04\x03", "2.5.4.3")],
)
def test_object_identifiers_read_in_dots(encoded: bytes, text: str) -> None:
    assert der.object_id(encoded, der.element(encoded, 0, len(encoded))) == text


# ------------------------------------------------------------------ against apksigner


@pytest.mark.tools
@pytest.mark.skipif(which("apksigner") is None, reason="apksigner is not installed")
def test_apksigner_agrees_on_files_it_signs_with_verity_and_with_all_schemes(tmp_path: Path) -> None:
    """Its verity digests are the independent truth for ours."""
    key, certificate = make_key(tmp_path)
    for source in ("apktool-issue2701.apk", "made-plain.apk", "com.politedroid_3.apk"):
        for extra in (
            ["--verity-enabled", "true"],
            ["--v1-signing-enabled", "true"],
            ["--v3-signing-enabled", "false"],
        ):
            out = tmp_path / "signed.apk"
            command = ["apksigner", "sign", "--key", key, "--cert", certificate, "--min-sdk-version", "21", *extra]
            subprocess.run([*command, "--out", str(out), str(require("corpus-apk") / source)], check=True)
            printed = subprocess.run(
                ["apksigner", "verify", "-v", "--print-certs", "--min-sdk-version", "21", str(out)],
                check=True, capture_output=True, text=True,
            ).stdout  # fmt: skip
            signing = check(out.read_bytes())
            for name, line in (("v1", "v1 scheme (JAR signing)"), ("v2", "v2 scheme"), ("v3", "v3 scheme")):
                theirs = next(one for one in printed.splitlines() if f"using {line}" in one).endswith("true")
                assert (signing.scheme(name).state == "verified") == theirs, (source, extra, name)
            assert signing.current[0].certificate.sha256 in printed
            data = bytearray(out.read_bytes())
            data[40] ^= 1
            tampered = tmp_path / "tampered.apk"
            tampered.write_bytes(data)
            refusal = subprocess.run(["apksigner", "verify", str(tampered)], check=False, capture_output=True)
            assert refusal.returncode != 0
            assert {one.releases for one in check(bytes(data)).accepted} <= {"21-23"}


def make_key(folder: Path) -> tuple[str, str]:
    """A new RSA key and its certificate, as apksigner wants them."""
    pem, der_key, certificate = folder / "k.pem", folder / "k.pk8", folder / "c.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(pem), "-out", str(certificate),
         "-days", "9000", "-subj", "/CN=Inert"], check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", str(pem), "-outform", "DER", "-out", str(der_key)], check=True
    )
    return str(der_key), str(certificate)


# ------------------------------------------------------------------ archives that no verifier can read


@pytest.mark.parametrize("damage", ["after", "before", "no end record"])
def test_in_an_archive_that_android_cannot_open_certificates_are_told_and_prove_nothing(damage: str) -> None:
    data = corpus("made-plain.apk")
    damaged = {"after": data + b"payload", "before": b"#!/bin/sh\n" + data, "no end record": data[:-22]}[damage]
    signing = check(damaged)
    assert {one.state for one in signing.schemes} == {"unsupported"}
    assert signing.accepted == ()
    assert signing_coverage(signing).state is State.PARTIAL
    (fact,) = [one for one in signing_facts(signing) if one.name == "signature.certificate"]
    assert fact.value == check(data).current[0].certificate.sha256
    assert fact.attributes["verified"] is False


def test_a_newer_scheme_that_v1_names_and_that_is_gone_is_told() -> None:
    assert "signing.newer-scheme-missing" in {one.id for one in signing_anomalies(check(corpus("v2-stripped.apk")))}
