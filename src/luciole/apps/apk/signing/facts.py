"""Turns verified signatures into facts: schemes, certificates, accepted releases, weak keys, pairs of the block."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.signing.certificates import Certificate
from luciole.apps.apk.signing.model import Scheme, Signer, Signing
from luciole.kernel.facts import Fact, Place, Value
from luciole.kernel.outcome import Coverage, Reason, State

PUBLIC_TEST_KEYS = {
    "61ed377e85d386a8dfee6b864bd85b0bfaa5af81": "testkey",
    "27196e386b875e76adf700e7ea84e4c6eee33dfa": "platform",
    "5b368cff2da2686996bc95eac190eaa4f5630fe5": "shared",
    "b79df4a82e90b57ea76525ab7037ab238a42f5d3": "media",
}
"""SHA-1 of the certificates in AOSP's build/target/product/security, whose private keys are public."""
SIGNED = {"verified", "not-compared"}
MOST_LISTED = 32


def signing_facts(signing: Signing, file: str = "", member: str = "") -> list[Fact]:
    """The facts of the area signing. file, member: where the app lies, for the places of the facts."""
    place = Place(file=file, member=member, section="signatures")
    facts = [_scheme(scheme, place) for scheme in signing.schemes]
    facts += _certificates(signing, place)
    facts += [
        Fact("signature.accepted", one.releases, place, {"signers": _digests(one.signers), "scheme": one.scheme})
        for one in signing.accepted
    ]
    facts += _weak(signing, place)
    facts += [
        Fact("signature.block", pair.id, Place(file, member, pair.offset, None, "signing block"), {"size": pair.size})
        for pair in signing.pairs
    ]
    return facts


def signing_anomalies(signing: Signing) -> list[Anomaly]:
    """What about the signatures is odd without failing: unknown pairs, unused certificates, schemes that disagree."""
    found = list(signing.anomalies)
    for pair in signing.pairs:
        if not pair.known_as or (pair.known_as == "padding" and pair.entropy > 0):
            detail = f"id {pair.id}, {pair.size} bytes, entropy {pair.entropy:.1f} of 8"
            found.append(Anomaly("signing.unknown-pair", detail, pair.offset))
    seen: set[str] = set()
    for pair in signing.pairs:
        if pair.id in seen and pair.known_as != "padding":
            found.append(Anomaly("signing.second-pair", f"id {pair.id} again; only the first counts", pair.offset))
        seen.add(pair.id)
    oldest = signing.scheme("v1")
    if oldest.state in SIGNED:
        own = _digests(oldest.signers)
        unused = sorted({one.sha256 for one in oldest.claimed} - set(own))
        found += [Anomaly("signing.unused-certificate", one, member="META-INF/") for one in unused[:MOST_LISTED]]
    if _disagree(signing):
        found.append(Anomaly("signing.signers-differ", "schemes name different signers, and no rotation connects them"))
    return found


def signing_coverage(signing: Signing) -> Coverage:
    """How far the signatures were looked at."""
    if all(scheme.state == "unsupported" for scheme in signing.schemes):
        detail = "the archive's directory is damaged: certificates were read, no signature counts"
        return Coverage("signing", State.PARTIAL, Reason.DAMAGED, detail=detail)
    damaged = next((one for one in signing.anomalies if one.id == "signing.block-damaged"), None)
    if damaged:
        return Coverage("signing", State.PARTIAL, Reason.DAMAGED, detail=damaged.detail, offset=damaged.offset)
    unread = next((scheme for scheme in signing.schemes if scheme.state == "unsupported"), None)
    if unread:
        return Coverage("signing", State.PARTIAL, Reason.LIMIT, detail=f"{unread.name}: {unread.detail}")
    present = sum(scheme.state != "absent" for scheme in signing.schemes)
    detail = "v1 not compared with every entry" if signing.scheme("v1").state == "not-compared" else ""
    return Coverage("signing", State.EXAMINED, amount=present, detail=detail)


def _scheme(scheme: Scheme, place: Place) -> Fact:
    attributes: dict[str, Value] = {"state": scheme.state, "error": scheme.error, "signers": len(scheme.signers)}
    return Fact("signature.scheme", scheme.name, place, attributes)


def _digests(signers: tuple[Signer, ...]) -> list[str]:
    return [signer.certificate.sha256 for signer in signers]


def _certificates(signing: Signing, place: Place) -> Iterator[Fact]:
    """One fact per certificate and role; verified only where a scheme that some release looks at verified."""
    accepted = {one.certificate.sha256 for range_ in signing.accepted for one in range_.signers}
    seen: dict[str, Certificate] = {}
    schemes: dict[str, list[str]] = {}
    for range_ in signing.accepted:
        for signer in range_.signers:
            seen.setdefault(signer.certificate.sha256, signer.certificate)
            schemes.setdefault(signer.certificate.sha256, []).append(range_.scheme)
    for scheme in signing.schemes:
        named = [one.certificate for one in scheme.signers] if scheme.state in SIGNED else scheme.claimed
        for one in named:
            if scheme.state == "verified" or one.sha256 not in accepted:
                seen.setdefault(one.sha256, one)
                schemes.setdefault(one.sha256, []).append(scheme.name)
    for sha256, one in seen.items():
        yield certificate_fact(one, place, "signer", sorted(set(schemes[sha256])), verified=sha256 in accepted)
    for one in signing.lineage():
        verified = any(one in signer.lineage for range_ in signing.accepted for signer in range_.signers)
        yield certificate_fact(one, place, "lineage", ["v3"], verified=verified)
    if signing.stamp:
        yield certificate_fact(signing.stamp, place, "stamp", [], verified=False)


def certificate_fact(one: Certificate, place: Place, role: str, schemes: list[str], *, verified: bool) -> Fact:
    """The fact of one certificate; role: signer, lineage or stamp; schemes: those that name it."""
    kind, bits = one.key
    attributes: dict[str, Value] = {
        "verified": verified,
        "schemes": schemes,
        "sha1": one.sha1,
        "md5": one.md5,
        "subject": one.subject,
        "issuer": one.issuer,
        "common_name": one.subject_part("CN"),
        "organization": one.subject_part("O"),
        "not_before": one.not_before,
        "not_after": one.not_after,
        "algorithm": one.algorithm,
        "key": kind,
        "key_bits": bits,
        "serial": one.serial,
        "role": role,
    }
    return Fact("signature.certificate", one.sha256, place, attributes)


def _weak(signing: Signing, place: Place) -> Iterator[Fact]:
    """Signers that prove little: keys that everybody has."""
    signers = {one.certificate.sha256: one.certificate for scheme in signing.schemes for one in scheme.signers}
    for sha256, one in signers.items():
        if one.sha1 in PUBLIC_TEST_KEYS:
            yield Fact("signature.weak", sha256, place, {"why": "android-test-key"})
        elif one.subject_part("CN") == "Android Debug":
            yield Fact("signature.weak", sha256, place, {"why": "debug"})


def _disagree(signing: Signing) -> bool:
    """Two schemes name signers of whom none is, or came from, a signer of the other."""
    groups = [
        {one.sha256 for signer in scheme.signers for one in (signer.certificate, *signer.lineage)}
        for scheme in signing.schemes
        if scheme.state in SIGNED and scheme.signers
    ]
    return any(not one & other for one in groups for other in groups)
