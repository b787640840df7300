"""The test keys of inert apps: fixed, public, made for this project, and good for nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from luciole.kernel.errors import ContentError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
RSA_PKCS1_SHA256, ECDSA_SHA256 = 0x0103, 0x0201
DERIVED = "ec:"
"""A key named "ec:anything" is derived from its name, so that there are as many signers as a test wants."""

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# A private key in the open, on purpose: whoever signs with it proves nothing.
_RSA_PRIMES = (
    0xEFD1FEAABA9296EBA175B8A405976E4140D5774B4D867230800BC147AD2CAD30 << 768
    | 0x2FE2C19B95FBD9CE472C5E536265A84629647DFF53FBDDA6099A90814979FB5E << 512
    | 0x9D26031749227290EDA158D59FB36D5409D23926C9063CC1EEF727A9EF6E7594 << 256
    | 0xF42DDFD8AB7B0CA6FF60FEED51234FD89510BEE122A7D0F7DEED18ADFE759815,
    0xC9129CB1F98B8BF91A0B0D281E34F93B7A25D83E8E2922D695BABBAFDEE14144 << 768
    | 0x391BACF1AC6BDE0B274BC6CF56C5647B595F8B143CAC84D2276552ADAD67003A << 512
    | 0x84011A1F1C0D988AFD223F464925CD019D41093F53BE56D16004F1B4D5038FF1 << 256
    | 0x4CEC62F73D7D6B556EFB569491C065F0A13069DFFC861610D9374FDB831F853D,
)
_SUBJECTS = {"own": "Inert Test", "other": "Inert Test Other", "third": "Inert Test Third", "debug": "Android Debug"}
_NOT_BEFORE = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_NOT_AFTER = dt.datetime(2054, 1, 1, tzinfo=dt.UTC)


class Signer(NamedTuple):
    """A key with its certificate. algorithm: id of the signature algorithm in APK signing blocks."""

    name: str
    key: PrivateKey
    certificate: bytes
    """DER."""
    public_key: bytes
    """SubjectPublicKeyInfo in DER."""
    algorithm: int

    def sign(self, data: bytes) -> bytes:
        """The signature over `data` with SHA-256; the same for the same data."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


@cache
def signer(name: str) -> Signer:
    """The signer called `name`: own (RSA-2048), other, third, debug or "ec:anything" (EC P-256).

    Raises ContentError for any other name; "android-test" is refused because its private key is not the project's.
    """
    if name == "android-test":
        raise ContentError(
            ["key android-test: the private key of AOSP is not part of Luciole, so nothing can be signed with it"]
        )
    if name not in _SUBJECTS and not name.startswith(DERIVED):
        raise ContentError([f"unknown key {name!r}; there are: {', '.join(_SUBJECTS)} and {DERIVED}anything"])
    key: PrivateKey = _rsa_key() if name == "own" else _derived_key(name)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    algorithm = RSA_PKCS1_SHA256 if name == "own" else ECDSA_SHA256
    return Signer(name, key, _certificate(name, key), public, algorithm)


def _rsa_key() -> rsa.RSAPrivateKey:
    p, q = _RSA_PRIMES
    exponent = 65537
    private = pow(exponent, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(exponent, p * q)
    parts = (rsa.rsa_crt_dmp1(private, p), rsa.rsa_crt_dmq1(private, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, private, *parts, public).private_key()


def _derived_key(name: str) -> ec.EllipticCurvePrivateKey:
    seed = hashlib.sha512(b"luciole inert test key " + name.encode()).digest()
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _certificate(name: str, key: PrivateKey) -> bytes:
    common_name = _SUBJECTS.get(name, name.removeprefix(DERIVED))[:64] or "Inert Test"
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if name == "debug":
        attributes = [
            *attributes,
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Android"),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
        ]
    subject = x509.Name(attributes)
    serial = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1 or 1
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial, _NOT_BEFORE, _NOT_AFTER)
    deterministic = None if isinstance(key, rsa.RSAPrivateKey) else True
    made = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=deterministic)
    return made.public_bytes(serialization.Encoding.DER)
