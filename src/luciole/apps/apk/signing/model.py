"""What verifying the signatures of an app package gives: schemes, signers, and who is accepted by which release."""

from __future__ import annotations

from typing import Literal

import msgspec

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.signing.certificates import Certificate
from luciole.kernel.errors import ParseError

SchemeName = Literal["v1", "v2", "v3", "v3.1"]
State = Literal["verified", "failed", "absent", "unsupported", "not-compared"]
FOREVER = 0x7FFFFFFF
"""The highest SDK level that a v3 signer can name."""


class Refused(ParseError):
    """A signature that Android would not accept. reason: the name that AOSP's apksig has for it."""

    def __init__(self, reason: str, message: str = "", *, offset: int | None = None) -> None:
        super().__init__(message or reason, offset=offset)
        self.reason = reason


class Signer(msgspec.Struct, frozen=True):
    """One signer of a scheme.

    certificates: the first is the signer's own; min_sdk, max_sdk: releases it is for; lineage: certificates
    this signer rotated from, oldest first and itself last, each step verified; empty without.
    """

    certificates: tuple[Certificate, ...]
    min_sdk: int = 0
    max_sdk: int = FOREVER
    lineage: tuple[Certificate, ...] = ()

    @property
    def certificate(self) -> Certificate:
        """The signer's own certificate."""
        return self.certificates[0]


class Scheme(msgspec.Struct, frozen=True):
    """One signature scheme of a file, judged by itself.

    state: not-compared means that the signature over the list of digests verifies, while the entries were not compared
    with that list; error: apksig's name for what is wrong, else empty; claimed: certificates that stand in a signature
    which did not verify, or beside one in its bag, and therefore prove nothing.
    """

    name: SchemeName
    state: State
    error: str = ""
    detail: str = ""
    signers: tuple[Signer, ...] = ()
    claimed: tuple[Certificate, ...] = ()


class Accepted(msgspec.Struct, frozen=True):
    """Whom the devices of a range of releases accept. releases: 21-23, 24-27, 28-32 or 33+."""

    releases: str
    scheme: str
    signers: tuple[Signer, ...]


class UnknownPair(msgspec.Struct, frozen=True):
    """A pair of the signing block. id: eight hex digits; entropy: bits per byte of its beginning."""

    id: str
    known_as: str
    offset: int
    size: int
    entropy: float


class Signing(msgspec.Struct, frozen=True):
    """Everything about the signatures of one file.

    schemes: v1, v2, v3, v3.1 in this order; accepted: per range of releases, none where no device accepts it;
    current: the signers an Android 13 device would name; stamp: certificate of a source stamp, never a signer.
    """

    schemes: tuple[Scheme, ...]
    accepted: tuple[Accepted, ...]
    current: tuple[Signer, ...] = ()
    stamp: Certificate | None = None
    pairs: tuple[UnknownPair, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()

    def scheme(self, name: str) -> Scheme:
        """The scheme called `name`."""
        return next(scheme for scheme in self.schemes if scheme.name == name)

    def lineage(self) -> tuple[Certificate, ...]:
        """Every certificate a verified signer rotated from, without the signers themselves."""
        signers = [signer for scheme in self.schemes for signer in scheme.signers]
        own = {signer.certificate.sha256 for signer in signers}
        found = {one.sha256: one for signer in signers for one in signer.lineage if one.sha256 not in own}
        return tuple(found.values())
