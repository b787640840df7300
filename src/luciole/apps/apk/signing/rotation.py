"""Reads a proof of rotation: the certificates a signer came from, each step signed by the one before."""

from __future__ import annotations

from luciole.apps.apk.signing.algorithms import BY_ID
from luciole.apps.apk.signing.block import Reader
from luciole.apps.apk.signing.certificates import Certificate, read_certificate
from luciole.apps.apk.signing.keys import verify_signature
from luciole.apps.apk.signing.model import Refused
from luciole.kernel.errors import ParseError

VERSION = 1


def read_lineage(attribute: Reader, signer: Certificate, most: int) -> tuple[Certificate, ...]:
    """The certificates of a proof-of-rotation attribute, oldest first, up to `signer`, at most `most`.

    Format: version u32, then nodes (signed data: certificate, algorithm u32; flags u32; algorithm u32; signature), as
    in apksig's V3SigningCertificateLineage. Raises Refused when a step does not verify or does not end in `signer`.
    """
    try:
        steps = _verify_steps(attribute, most)
    except Refused:
        raise
    except ParseError as error:
        raise Refused("V3_SIG_MALFORMED_LINEAGE", str(error)) from error
    if not steps or steps[-1].encoded != signer.encoded:
        raise Refused("V3_SIG_POR_CERT_MISMATCH", "the proof of rotation does not end in the signer")
    return tuple(steps)


def _verify_steps(attribute: Reader, most: int) -> list[Certificate]:
    if attribute.number() != VERSION:
        raise Refused("V3_SIG_MALFORMED_LINEAGE", "unknown version of the proof of rotation")
    steps: list[Certificate] = []
    algorithm = 0
    while attribute.more:
        if len(steps) >= most:
            raise Refused("V3_SIG_MALFORMED_LINEAGE", "more steps than the limit")
        node = attribute.slice()
        signed = node.slice().rest()
        node.number()
        next_algorithm = node.number()
        signature = node.content()
        if steps:
            _verify_step(steps[-1], algorithm, signature, signed)
        steps.append(_read_step(signed, algorithm if steps else None))
        algorithm = next_algorithm
    if len({step.encoded for step in steps}) != len(steps):
        raise Refused("V3_SIG_POR_DID_NOT_VERIFY", "a certificate occurs twice in the proof of rotation")
    return steps


def _verify_step(before: Certificate, algorithm: int, signature: bytes, signed: bytes) -> None:
    known = BY_ID.get(algorithm)
    if known is None or not verify_signature(before.public_key, known.signature, signature, signed):
        raise Refused("V3_SIG_POR_DID_NOT_VERIFY", "a step of the proof of rotation does not verify")


def _read_step(signed: bytes, algorithm: int | None) -> Certificate:
    """The certificate in a step; the algorithm named inside must be the one the step before announced."""
    fields = Reader(signed)
    certificate = read_certificate(fields.content())
    inside = fields.number()
    if algorithm is not None and inside != algorithm:
        raise Refused("V3_SIG_POR_DID_NOT_VERIFY", "the algorithms of a step of the proof of rotation differ")
    return certificate
