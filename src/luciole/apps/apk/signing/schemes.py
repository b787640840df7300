"""Verifies APK signature schemes v2, v3 and v3.1 as Android does, each by itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.signing.algorithms import BY_ID, STRENGTH
from luciole.apps.apk.signing.block import V2, V3, V31, Block, Pair, Reader
from luciole.apps.apk.signing.certificates import Certificate, read_certificate
from luciole.apps.apk.signing.digests import ContentDigests
from luciole.apps.apk.signing.keys import same_key, verify_signature
from luciole.apps.apk.signing.model import Refused, Scheme, Signer
from luciole.apps.apk.signing.rotation import read_lineage
from luciole.kernel.errors import ParseError

STRIPPING_PROTECTION = 0xBEEFF00D
PROOF_OF_ROTATION = 0x3BA06F8C
ROTATION_MIN_SDK = 0x559F8B02
ROTATION_ON_DEVELOPMENT_RELEASE = 0xC2A6B3BA
MOST_SIGNERS = 10
"""Android accepts no more signers of one file (PackageParser, since Android 14); the bound on our work for the rest."""
MOST_ALGORITHMS = 32
MOST_ATTRIBUTES = 64
MOST_DATA = 16 << 20
"""Bytes of one scheme's data in the signing block."""
V3_OF_V2 = 3
"""The scheme that the stripping protection of v2 can name."""
FIRST_WITH_V31 = 33

NewerName = Literal["v2", "v3", "v3.1"]


class SchemeVerifier:
    """Verifies one scheme of one archive. digests: shared between the schemes, so that nothing is hashed twice."""

    def __init__(self, name: NewerName, archive: Archive, block: Block, digests: ContentDigests) -> None:
        self.name = name
        self._prefix = "V2_" if name == "v2" else "V3_"
        self._archive = archive
        self._block = block
        self._digests = digests
        self._certificates = 0
        self.claimed: list[Certificate] = []

    def verify(self) -> Scheme:
        """The scheme's state with every signer, or the first reason why it fails; absent where no pair is its own."""
        pair = self._block.find({"v2": V2, "v3": V3, "v3.1": V31}[self.name])
        if pair is None:
            return Scheme(self.name, "absent")
        try:
            signers = self._read_signers(pair)
            if self.name != "v2":
                self._check_ranges(signers)
        except Refused as error:
            return Scheme(self.name, "failed", error.reason, error.message, claimed=tuple(self.claimed))
        except ParseError as error:
            reason = f"{self._prefix}SIG_MALFORMED_SIGNERS"
            return Scheme(self.name, "failed", reason, error.message, claimed=tuple(self.claimed))
        return Scheme(self.name, "verified", signers=tuple(signers))

    def _refuse(self, reason: str, message: str = "") -> Refused:
        return Refused(f"{self._prefix}{reason}", message)

    def _read_signers(self, pair: Pair) -> list[Signer]:
        if pair.size > MOST_DATA:
            raise self._refuse("SIG_MALFORMED_SIGNERS", "the scheme's data is larger than the limit")
        field = Reader(bytes(self._archive.view[pair.offset : pair.offset + pair.size])).slice()
        signers: list[Signer] = []
        while field.more:
            if len(signers) >= MOST_SIGNERS:
                raise self._refuse("SIG_TOO_MANY_SIGNERS", "more signers than the limit")
            signers.append(self._read_signer(field.slice()))
        if not signers:
            raise self._refuse("SIG_NO_SIGNERS")
        return signers

    def _read_signer(self, field: Reader) -> Signer:
        """One signer: signed data, for v3 the releases it is for, signatures, public key (scheme documentation)."""
        signed = field.slice().rest()
        outer = (0, 0x7FFFFFFF) if self.name == "v2" else (field.number(), field.number())
        signatures = self._read_pairs(field.slice())
        public_key = field.content()
        inside = Reader(signed)
        digests = self._read_pairs(inside.slice())
        certificates = self._read_certificates(inside.slice())
        self._check_signatures(signatures, public_key, signed)
        if not certificates:
            raise self._refuse("SIG_NO_CERTIFICATES")
        if not same_key(certificates[0].public_key, public_key):
            raise self._refuse("SIG_PUBLIC_KEY_MISMATCH_BETWEEN_CERTIFICATE_AND_SIGNATURES_RECORD")
        if [one for one, _ in signatures] != [one for one, _ in digests]:
            raise self._refuse("SIG_SIG_ALG_MISMATCH_BETWEEN_SIGNATURES_AND_DIGESTS_RECORDS")
        if self.name != "v2":
            self._check_sdk(outer, (inside.number(), inside.number()))
        lineage = self._read_attributes(inside, certificates[0], outer)
        self._check_digests(digests, [one for one, _ in signatures])
        return Signer(tuple(certificates), outer[0], outer[1], lineage)

    def _read_pairs(self, field: Reader) -> list[tuple[int, bytes]]:
        """Algorithm and bytes: the form of the lists of signatures and of digests."""
        pairs: list[tuple[int, bytes]] = []
        while field.more:
            if len(pairs) >= MOST_ALGORITHMS:
                raise self._refuse("SIG_MALFORMED_SIGNATURE", "more algorithms than the limit")
            one = field.slice()
            pairs.append((one.number(), one.content()))
        return pairs

    def _read_certificates(self, field: Reader) -> list[Certificate]:
        found: list[Certificate] = []
        while field.more:
            self._certificates += 1
            if self._certificates > self._archive.limits.certificates:
                raise self._refuse("SIG_MALFORMED_CERTIFICATE", "more certificates than the limit")
            try:
                found.append(read_certificate(field.content()))
            except ParseError as error:
                raise self._refuse("SIG_MALFORMED_CERTIFICATE", error.message) from error
        self.claimed += found
        return found

    def _check_signatures(self, signatures: list[tuple[int, bytes]], public_key: bytes, signed: bytes) -> None:
        """Verifies the signatures that some release takes."""
        if not signatures:
            raise self._refuse("SIG_NO_SIGNATURES")
        known = [(one, value) for one, value in signatures if one in BY_ID]
        if not known:
            raise self._refuse("SIG_NO_SUPPORTED_SIGNATURES")
        taken = self._taken([one for one, _ in known])
        for algorithm, signature in known:
            if algorithm not in taken:
                continue
            try:
                verified = verify_signature(public_key, BY_ID[algorithm].signature, signature, signed)
            except ParseError as error:
                raise self._refuse("SIG_VERIFY_EXCEPTION", error.message) from error
            if not verified:
                raise self._refuse("SIG_DID_NOT_VERIFY")

    def _taken(self, known: list[int]) -> set[int]:
        """The algorithms that count: the one with the strongest digest, and for v2 the strongest but verity.

        Android 7 and 8 look at v2 and do not know verity.
        """
        taken = {max(known, key=_strength)}
        plain = [one for one in known if BY_ID[one].content != "verity"]
        if self.name == "v2" and plain:
            taken.add(max(plain, key=_strength))
        return taken

    def _check_digests(self, digests: list[tuple[int, bytes]], algorithms: list[int]) -> None:
        kinds = {BY_ID[one].content for one in self._taken([one for one in algorithms if one in BY_ID])}
        for algorithm, digest in digests:
            known = BY_ID.get(algorithm)
            if known is not None and known.content in kinds and digest != self._digests.get(known.content):
                raise self._refuse("SIG_APK_DIGEST_DID_NOT_VERIFY")

    def _check_sdk(self, outer: tuple[int, int], inner: tuple[int, int]) -> None:
        if outer[0] > outer[1] or outer[1] > 0x7FFFFFFF:  # noqa: PLR2004 - a signed number
            raise self._refuse("SIG_INVALID_SDK_VERSIONS")
        if outer != inner:
            raise self._refuse("MIN_SDK_VERSION_MISMATCH_BETWEEN_SIGNER_AND_SIGNED_DATA_RECORD")

    def _read_attributes(self, inside: Reader, signer: Certificate, sdk: tuple[int, int]) -> tuple[Certificate, ...]:
        """Follows what the additional attributes demand; returns the lineage where one of them proves it."""
        lineage: tuple[Certificate, ...] = ()
        attributes = inside.slice()
        for _ in range(MOST_ATTRIBUTES):
            if not attributes.more:
                return lineage
            value = attributes.slice()
            kind = value.number()
            if kind == STRIPPING_PROTECTION and self.name == "v2":
                self._check_stripped(value.number())
            elif kind == PROOF_OF_ROTATION and self.name != "v2":
                lineage = read_lineage(value, signer, self._archive.limits.certificates - self._certificates)
                self._certificates += len(lineage)
            elif kind == ROTATION_MIN_SDK and self.name == "v3":
                self._check_rotation(value.number(), sdk)
        raise self._refuse("SIG_MALFORMED_ADDITIONAL_ATTRIBUTE", "more attributes than the limit")

    def _check_stripped(self, scheme: int) -> None:
        if scheme == V3_OF_V2 and self._block.find(V3) is None:
            raise self._refuse(
                "SIG_MISSING_APK_SIG_REFERENCED", "v2 says that there is a v3 signature, and there is none"
            )

    def _check_rotation(self, rotation_sdk: int, sdk: tuple[int, int]) -> None:
        """v3 says that newer releases find another signer in v3.1: then v3.1 must be there."""
        if rotation_sdk <= sdk[1] + 1 and self._block.find(V31) is None:
            raise Refused("V31_BLOCK_MISSING", "v3 says that there is a v3.1 signature, and there is none")

    def _check_ranges(self, signers: list[Signer]) -> None:
        """The signers of v3 share the releases among them without overlap or hole."""
        if self.name == "v3.1" and self._block.find(V3) is None:
            raise Refused("V31_BLOCK_FOUND_WITHOUT_V3_BLOCK")
        ordered = sorted(signers, key=lambda signer: signer.max_sdk)
        for before, after in pairwise(ordered):
            if after.min_sdk != before.max_sdk + 1:
                raise self._refuse("INCONSISTENT_SDK_VERSIONS")
            if after.lineage[: len(before.lineage)] != before.lineage:
                raise self._refuse("INCONSISTENT_LINEAGES")


def _strength(algorithm: int) -> int:
    return STRENGTH[BY_ID[algorithm].content]
