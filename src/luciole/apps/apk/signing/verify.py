"""Verifies every signature scheme of an app package and says whom which releases of Android accept."""

from __future__ import annotations

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.signing.block import (
    KNOWN_PAIRS,
    STAMP,
    STAMP_V2,
    Block,
    Reader,
    entropy_of,
    find_block,
    looks_damaged,
)
from luciole.apps.apk.signing.certificates import Certificate, read_certificate
from luciole.apps.apk.signing.digests import ContentDigests
from luciole.apps.apk.signing.jar import LIMIT_REACHED, JarResult, JarSignature, missing_reason
from luciole.apps.apk.signing.model import Accepted, Scheme, Signer, Signing, State, UnknownPair
from luciole.apps.apk.signing.schemes import NewerName, SchemeVerifier
from luciole.kernel.errors import ParseError

RANGES = (("21-23", 21, 23), ("24-27", 24, 27), ("28-32", 28, 32), ("33+", 33, 33))
"""Ranges of API levels that look for the same schemes; for the last one its first release speaks."""
FIRST_WITH_V2, FIRST_WITH_V3, FIRST_WITH_V31 = 24, 28, 33
NEWER: tuple[NewerName, ...] = ("v2", "v3", "v3.1")
UNREADABLE = frozenset(
    {
        "zip.no-end-record",
        "zip.record-leaves-directory",
        "zip.entry-count-too-high",
        "zip.end-comment-differs",
        "zip.offsets-shifted",
    }
)
"""Archives whose directory no verifier of Android finds or can follow: no signature in them counts anywhere."""
MOST_STAMP = 1 << 20


def verify(
    archive: Archive, min_sdk: int = 21, *, every_entry: bool = False, digests: ContentDigests | None = None
) -> Signing:
    """The verified signatures of `archive`. min_sdk: lowest API level the app installs on.

    digests: of this archive, where some were computed before.

    Comparing every entry with the v1 signature costs as much as reading the whole file. It is done where v1 decides:
    no newer scheme verified, or v1 names another signer and the app installs below API 24; and when `every_entry` asks.
    Else v1 is reported as not-compared. Nothing is raised for a bad signature: that is what the result says.
    """
    anomalies: list[Anomaly] = []
    block = _find_block(archive, anomalies)
    newer = _verify_newer(archive, block, digests)
    jar = _verify_jar(archive, newer, min_sdk, every_entry=every_entry)
    schemes: tuple[Scheme, ...] = (_jar_scheme(archive, jar), *newer)
    accepted = tuple(
        found
        for releases, first, last in RANGES
        if last >= min_sdk and (found := _accept(releases, (first, last), jar, newer)) is not None
    )
    if any(one.id in UNREADABLE for one in archive.anomalies):
        schemes, accepted = tuple(map(_unsupported, schemes)), ()
    _report_stripped(jar, newer, anomalies)
    return Signing(
        schemes,
        accepted,
        next((one.signers for one in accepted if one.releases == "33+"), ()),
        _read_stamp(archive, block),
        _list_pairs(archive, block),
        tuple(anomalies),
    )


def _unsupported(scheme: Scheme) -> Scheme:
    """The scheme in an archive that no verifier of Android can read: its certificates are told and prove nothing."""
    claimed = (*(one.certificate for one in scheme.signers), *scheme.claimed)
    return Scheme(scheme.name, "unsupported", "MALFORMED_ARCHIVE", claimed=tuple(dict.fromkeys(claimed)))


def _report_stripped(jar: JarResult | None, newer: tuple[Scheme, ...], anomalies: list[Anomaly]) -> None:
    """The v1 signature names newer schemes, and they are not there: somebody removed them."""
    present = {number for number, scheme in zip((2, 3), newer, strict=False) if scheme.state != "absent"}
    missing = sorted((jar.names & {2, 3}) - present) if jar else []
    if missing:
        detail = "v1 says that the file is also signed with scheme " + " and ".join(f"v{one}" for one in missing)
        anomalies.append(Anomaly("signing.newer-scheme-missing", detail, member="META-INF/", refused=True))


def _verify_jar(archive: Archive, newer: tuple[Scheme, ...], min_sdk: int, *, every_entry: bool) -> JarResult | None:
    signature = JarSignature(archive)
    if signature.result is None:
        return None
    own = {one.sha256 for one in signature.result.early.signers}
    same = [scheme for scheme in newer if {one.certificate.sha256 for one in scheme.signers} == own]
    older_decides = min_sdk < FIRST_WITH_V2 and not same
    verified = [scheme for scheme in newer if scheme.state == "verified"]
    failed = [scheme for scheme in newer if scheme.state == "failed"]
    if every_entry or older_decides or failed or not verified:
        signature.compare()
    return signature.result


def _find_block(archive: Archive, anomalies: list[Anomaly]) -> Block | None:
    try:
        block = find_block(archive)
    except ParseError as error:
        anomalies.append(Anomaly("signing.block-damaged", error.message, error.offset, refused=True))
        return None
    if block is None:
        place = looks_damaged(archive)
        if place is not None:
            detail = "what looks like a signing block is not where or what Android looks for: read as unsigned"
            anomalies.append(Anomaly("signing.block-hidden", detail, place))
    return block


def _verify_newer(
    archive: Archive, block: Block | None, digests: ContentDigests | None
) -> tuple[Scheme, Scheme, Scheme]:
    if block is None:
        return Scheme("v2", "absent"), Scheme("v3", "absent"), Scheme("v3.1", "absent")
    digests = digests or ContentDigests(archive, block.start)
    v2, v3, v31 = (SchemeVerifier(name, archive, block, digests).verify() for name in NEWER)
    return v2, v3, v31


def _jar_scheme(archive: Archive, jar: JarResult | None) -> Scheme:
    if jar is None:
        return Scheme("v1", "absent", missing_reason(archive))
    if jar.early.error == LIMIT_REACHED:
        return Scheme("v1", "unsupported", LIMIT_REACHED, jar.early.detail, claimed=jar.claimed)
    if jar.early.error:
        return Scheme("v1", "failed", jar.early.error, jar.early.detail, claimed=jar.claimed)
    signers = tuple(Signer((one,)) for one in jar.early.signers)
    state: State = "verified" if jar.compared else "not-compared"
    return Scheme("v1", state, signers=signers, claimed=jar.claimed)


def _accept(
    releases: str, sdk: tuple[int, int], jar: JarResult | None, newer: tuple[Scheme, Scheme, Scheme]
) -> Accepted | None:
    """The newest scheme that devices of this range know and find decides alone; None when it fails."""
    v2, v3, v31 = newer
    first, last = sdk
    if first >= FIRST_WITH_V31 and v31.state != "absent":
        if v31.state != "verified":
            return None
        signers = _for_releases(v31, first, last)
        if signers:
            return Accepted(releases, "v3.1", signers)
    if first >= FIRST_WITH_V3 and v3.state != "absent":
        signers = _for_releases(v3, first, last)
        return Accepted(releases, "v3", signers) if v3.state == "verified" and signers else None
    if first >= FIRST_WITH_V2 and v2.state != "absent":
        return Accepted(releases, "v2", v2.signers) if v2.state == "verified" else None
    return _accept_jar(releases, first, jar)


def _for_releases(scheme: Scheme, first: int, last: int) -> tuple[Signer, ...]:
    return tuple(signer for signer in scheme.signers if signer.min_sdk <= last and signer.max_sdk >= first)


def _accept_jar(releases: str, first: int, jar: JarResult | None) -> Accepted | None:
    """v1 decides where nothing newer is found, unless it says itself that something newer was there."""
    if jar is None or not jar.compared:
        return None
    known = {2, 3} if first >= FIRST_WITH_V3 else {2} if first >= FIRST_WITH_V2 else set()
    verdict = jar.early if first < FIRST_WITH_V2 else jar.late
    if verdict.error or jar.names & known:
        return None
    return Accepted(releases, "v1", tuple(Signer((one,)) for one in verdict.signers))


def _list_pairs(archive: Archive, block: Block | None) -> tuple[UnknownPair, ...]:
    return tuple(
        UnknownPair(f"{pair.id:08x}", KNOWN_PAIRS.get(pair.id, ""), pair.offset, pair.size, entropy_of(archive, pair))
        for pair in (block.pairs if block else ())
    )


def _read_stamp(archive: Archive, block: Block | None) -> Certificate | None:
    """The certificate in a source stamp: who delivered the file. It is read, not verified, and never a signer."""
    pair = block and (block.find(STAMP_V2) or block.find(STAMP))
    if not pair or pair.size > MOST_STAMP:
        return None
    try:
        return read_certificate(Reader(bytes(archive.view[pair.offset : pair.offset + pair.size])).slice().content())
    except ParseError:
        return None
