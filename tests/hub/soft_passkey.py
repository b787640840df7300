"""An authenticator in software, written from WebAuthn Level 2 (sections 6.1, 6.5.1, 7): P-256, no attestation."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

_PRESENT, _VERIFIED, _ATTESTED = 1, 4, 64


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class SoftPasskey:
    """One key for one site. verifies: whether its owner has to unlock it."""

    def __init__(self, origin: str, site: str, *, verifies: bool = True) -> None:
        self._origin, self._site = origin, hashlib.sha256(site.encode()).digest()
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._identity, self._handle = secrets.token_bytes(32), b""
        self._flags = _PRESENT | (_VERIFIED if verifies else 0)

    def make(self, options: dict[str, object]) -> str:
        """Answers navigator.credentials.create."""
        public = options["publicKey"]
        assert isinstance(public, dict)
        padded = public["user"]["id"] + "=" * (-len(public["user"]["id"]) % 4)
        self._handle = base64.urlsafe_b64decode(padded)
        numbers = self._private.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", 32) + self._identity + cbor.encode(key)
        data = self._site + bytes([self._flags | _ATTESTED]) + struct.pack(">I", 1) + attested
        statement = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", public["challenge"])
        return self._credential({"clientDataJSON": _text(said), "attestationObject": _text(statement)}, rk=True)

    def use(self, options: dict[str, object]) -> str:
        """Answers navigator.credentials.get."""
        public = options["publicKey"]
        assert isinstance(public, dict)
        data = self._site + bytes([self._flags]) + struct.pack(">I", 2)
        said = self._said("webauthn.get", public["challenge"])
        signature = self._private.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": _text(said), "authenticatorData": _text(data), "signature": _text(signature),
                "userHandle": _text(self._handle),
            },
            rk=False,
        )  # fmt: skip

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self._origin, "crossOrigin": False}).encode()

    def _credential(self, response: dict[str, str], *, rk: bool) -> str:
        results = {"credProps": {"rk": True}} if rk else {}
        name = _text(self._identity)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": results}
        )
