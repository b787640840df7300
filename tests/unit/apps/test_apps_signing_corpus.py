"""Signature verdicts against AOSP's apksig, on every file of the corpus for which it has one."""

import pytest

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.signing.facts import signing_facts
from luciole.apps.apk.signing.model import Signing
from luciole.apps.apk.signing.verify import verify
from luciole.kernel.errors import ParseError
from shared_data import corpus_rows, require

SCHEMES = {"v1": "v1", "v2": "v2", "v3": "v3", "v3.1": "v31"}
STATES = {"ok": "verified", "bad": "failed", "absent": "absent", "unreadable": "unsupported"}
ROWS = [row for row in corpus_rows() if row["v1"]]
pytestmark = pytest.mark.corpus


def signing_of(row: dict[str, str], *, every_entry: bool) -> Signing | None:
    """None where the file cannot be opened, which only a file may that apksig finds unreadable."""
    data = (require("corpus-apk") / row["file"]).read_bytes()
    try:
        return verify(Archive.open(data), every_entry=every_entry)
    except ParseError:
        assert row["v1"] == "unreadable"
        return None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_every_verdict_is_that_of_apksig(row: dict[str, str]) -> None:
    signing = signing_of(row, every_entry=True)
    if signing is None:
        return
    for name, column in SCHEMES.items():
        scheme = signing.scheme(name)
        assert scheme.state == STATES[row[column]], (name, scheme.error, scheme.detail)
        signers = sorted(signer.certificate.sha256 for signer in scheme.signers)
        assert signers == sorted(filter(None, row[f"{column}_signers"].split(";"))), name
    assert " ".join(one.releases for one in signing.accepted) == row["accepted_api"].replace("none", "")
    current = sorted(signer.certificate.sha256 for signer in signing.current)
    assert current == sorted(filter(None, row["signer_sha256"].split(";")))


@pytest.mark.parametrize("row", [row for row in ROWS if row["first_error"].startswith(("v1:", "v2:", "v3:"))],
                         ids=lambda row: row["file"])  # fmt: skip
def test_the_reason_of_a_failure_is_that_of_apksig(row: dict[str, str]) -> None:
    signing = signing_of(row, every_entry=True)
    assert signing is not None
    scheme, _, reason = row["first_error"].partition(": ")
    assert signing.scheme(scheme).error == reason


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_without_comparing_every_entry_nothing_is_claimed_that_is_not_so(row: dict[str, str]) -> None:
    """The quick way may say "not compared" of v1, and then says nothing of Android 5 and 6; the rest is the same."""
    signing = signing_of(row, every_entry=False)
    if signing is None:
        return
    v1 = signing.scheme("v1").state
    assert v1 == STATES[row["v1"]] or (v1 == "not-compared" and row["v1"] in {"ok", "bad"})
    if v1 == "not-compared":
        assert row["v2"] == "ok" or row["v3"] == "ok"
    accepted = [one.releases for one in signing.accepted]
    truth = row["accepted_api"].replace("none", "").split()
    assert set(accepted) <= set(truth)
    assert set(truth) - set(accepted) <= {"21-23"}
    assert sorted(one.certificate.sha256 for one in signing.current) == sorted(
        filter(None, row["signer_sha256"].split(";"))
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_certificate_counts_as_verified_only_where_apksig_accepts_a_signer(row: dict[str, str]) -> None:
    signing = signing_of(row, every_entry=True)
    if signing is None:
        return
    facts = [fact for fact in signing_facts(signing) if fact.name == "signature.certificate"]
    verified = {fact.value for fact in facts if fact.attributes["verified"] and fact.attributes["role"] == "signer"}
    columns = {one for column in SCHEMES.values() for one in row[f"{column}_signers"].split(";") if one}
    assert (
        set(filter(None, row["signer_sha256"].split(";"))) <= verified <= columns | set(row["signer_sha256"].split(";"))
    )
    if row["accepted_api"] == "none":
        assert not verified
