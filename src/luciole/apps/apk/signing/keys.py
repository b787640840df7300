"""Verifies one signature with one public key, within bounded time."""

from __future__ import annotations

import functools
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from luciole.kernel.errors import ParseError

MOST_RSA_BITS = 16384
MOST_EXPONENT_BITS = 33
"""A larger public exponent makes one verification arbitrarily slow; no signing tool writes one."""

HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - old apps are signed with it and Android accepts them
    "sha1": hashes.SHA1(),  # noqa: S303 - as above
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class Algorithm(NamedTuple):
    """How a signature is made. key: RSA, PSS, EC or DSA; digest: a name of `HASHES`."""

    key: str
    digest: str


def verify_signature(public_key: bytes, algorithm: Algorithm, signature: bytes, signed: bytes) -> bool:
    """Whether `signature` over `signed` was made with the key (an encoded SubjectPublicKeyInfo).

    Raises ParseError when the key cannot be used: damaged, of another kind than the algorithm, or too large.
    """
    key = _load(public_key)
    chosen = HASHES[algorithm.digest]
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm.key in {"RSA", "PSS"}:
            pss = padding.PSS(padding.MGF1(chosen), chosen.digest_size)
            key.verify(signature, signed, pss if algorithm.key == "PSS" else padding.PKCS1v15(), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm.key == "EC":
            key.verify(signature, signed, ec.ECDSA(chosen))
        elif isinstance(key, dsa.DSAPublicKey) and algorithm.key == "DSA":
            key.verify(signature, signed, chosen)
        else:
            raise ParseError("the key is of another kind than the signature")
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ParseError(f"the signature cannot be checked ({error})") from error
    return True


def same_key(one: bytes, other: bytes) -> bool:
    """Whether two encoded public keys are the same key, however they are encoded."""
    if one == other:
        return True
    try:
        return _load(one) == _load(other)
    except ParseError:
        return False


@functools.lru_cache(maxsize=8)
def _load(encoded: bytes) -> PublicKeyTypes:
    try:
        key = serialization.load_der_public_key(encoded)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ParseError(f"the public key cannot be read ({error})") from error
    if isinstance(key, rsa.RSAPublicKey):
        exponent = key.public_numbers().e.bit_length()
        if key.key_size > MOST_RSA_BITS or exponent > MOST_EXPONENT_BITS:
            raise ParseError("the public key is too large", limit=True)
    return key
