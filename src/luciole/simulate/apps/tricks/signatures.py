"""Tricks with signatures: stripped schemes, damaged blocks, certificates and keys that do not belong together."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from luciole.simulate.apps.archive import Layout, Member
from luciole.simulate.apps.jar_signing import jar_members, write_pkcs7
from luciole.simulate.apps.keys import Signer, signer
from luciole.simulate.apps.signing import V2, V3, V31, Pair, Range, prefixed, signed_pair
from luciole.simulate.apps.tricks.containers import add, opaque
from luciole.simulate.apps.tricks.registry import Stage, on_bytes, on_jar, on_layout, on_pairs


@on_pairs("signature.v3-stripped")
def v3_stripped(pairs: list[Pair], _signers: Sequence[Signer], _digest: bytes) -> list[Pair]:
    """The v3 signature was taken out although v2 says that there is one."""
    return [pair for pair in pairs if pair[0] not in {V3, V31}]


@on_pairs("signature.block-stripped")
def block_stripped(_pairs: list[Pair], _signers: Sequence[Signer], _digest: bytes) -> list[Pair]:
    """The whole signing block was taken out."""
    return []


@on_pairs("signature.wrong")
def wrong_signature(pairs: list[Pair], signers: Sequence[Signer], _digest: bytes) -> list[Pair]:
    """The signatures do not fit what they sign."""
    return [(number, _turn_bit(value, signers)) for number, value in pairs]


def _turn_bit(value: bytes, signers: Sequence[Signer]) -> bytes:
    """The last bit of the signature turned; behind it stands only the public key with its length."""
    key = next(found.public_key for found in signers if value.endswith(found.public_key))
    at = len(value) - len(key) - 5
    return value[:at] + bytes((value[at] ^ 1,)) + value[at + 1 :]


@on_pairs("signature.other-digest")
def other_digest(pairs: list[Pair], signers: Sequence[Signer], digest: bytes) -> list[Pair]:
    """The signature was made over the content of another app."""
    foreign = bytes(byte ^ 0xFF for byte in digest)
    return [(number, signed_pair(signers[0], foreign, b"", None if number == V2 else Range(24))) for number, _ in pairs]


@on_pairs("signature.foreign-certificate")
def foreign_certificate(pairs: list[Pair], signers: Sequence[Signer], digest: bytes) -> list[Pair]:
    """The certificate shown is another than that of the key that signed."""
    shown = signers[0]._replace(certificate=signer("third").certificate)
    return [(number, signed_pair(shown, digest, b"", None if number == V2 else Range(24))) for number, _ in pairs]


@on_pairs("signature.schemes-differ")
def schemes_differ(pairs: list[Pair], _signers: Sequence[Signer], digest: bytes) -> list[Pair]:
    """V3 is signed with another key than v2."""
    return [
        (number, signed_pair(signer("third"), digest, b"", Range(24)) if number == V3 else value)
        for number, value in pairs
    ]


@on_pairs("signature.two-signers")
def two_signers(_pairs: list[Pair], signers: Sequence[Signer], digest: bytes) -> list[Pair]:
    """V2 carries two signers, both right, of which tools show one; there is no v3."""
    both = b"".join(signed_pair(found, digest, b"")[4:] for found in (signers[0], signer("third")))
    return [(V2, prefixed(both))]


@on_pairs("signature.second-of-scheme")
def second_of_scheme(pairs: list[Pair], _signers: Sequence[Signer], digest: bytes) -> list[Pair]:
    """A second v2 signature by another key follows; the first one counts."""
    return [*pairs, (V2, signed_pair(signer("third"), digest, b""))]


@on_pairs("signature.unknown-pair")
def unknown_pair(pairs: list[Pair], _signers: Sequence[Signer], _digest: bytes) -> list[Pair]:
    """The signing block carries opaque bytes under an id of its own."""
    return [*pairs, (0x71777777, opaque(4096))]


@on_bytes("signature.block-magic", Stage.BLOCK)
def block_magic(block: bytes) -> bytes:
    """The signing block's last word is damaged, so that it seems to be none."""
    return block[:-1] + b"3" if block else block


@on_bytes("signature.block-sizes", Stage.BLOCK)
def block_sizes(block: bytes) -> bytes:
    """The two sizes of the signing block disagree."""
    size = struct.unpack_from("<Q", block)[0] if block else 0
    return struct.pack("<Q", size + 8) + block[8:] if block else block


@on_bytes("signature.content-changed", Stage.FILE)
def content_changed(data: bytes) -> bytes:
    """One bit of the file was changed after it was signed."""
    return data[:10] + bytes((data[10] ^ 1,)) + data[11:]


def _signed_again(layout: Layout, schemes: Sequence[str], *signers: Signer) -> Layout:
    """The archive with another v1 signature in the place of its own."""
    members = tuple(item for item in layout.members if not item.name.startswith(b"META-INF/"))
    return layout._replace(members=(*members, *jar_members(members, signers, schemes)))


@on_jar("signature.v1-other-key")
def v1_other_key(layout: Layout, _signers: Sequence[Signer], schemes: Sequence[str]) -> Layout:
    """The v1 signature is made with another key than the newer ones."""
    return _signed_again(layout, schemes, signer("third"))


@on_jar("signature.v1-two-signers")
def v1_two_signers(layout: Layout, signers: Sequence[Signer], schemes: Sequence[str]) -> Layout:
    """The v1 signature has two signers, of which tools show one."""
    return _signed_again(layout, schemes, *signers, signer("third"))


@on_jar("signature.v1-extra-certificate")
def v1_extra_certificate(layout: Layout, signers: Sequence[Signer], _schemes: Sequence[str]) -> Layout:
    """The v1 signature carries a certificate that signs nothing, in front of the one that does."""
    text = next(item.data for item in layout.members if item.name == b"META-INF/CERT.SF")
    block = write_pkcs7(signers[0], text, [signer("third").certificate])
    members = (
        item._replace(data=block) if item.name.endswith((b"/CERT.RSA", b"/CERT.EC")) else item
        for item in layout.members
    )
    return layout._replace(members=tuple(members))


@on_jar("signature.v1-unsigned-entry")
def v1_unsigned_entry(layout: Layout, _signers: Sequence[Signer], _schemes: Sequence[str]) -> Layout:
    """An entry was added after the v1 signature was made."""
    return add(layout, Member(b"assets/later.txt", b"added later"))


@on_layout("signature.uncovered-file")
def uncovered_file(layout: Layout) -> Layout:
    """META-INF holds a file that v1 does not cover."""
    return add(layout, Member(b"META-INF/payload.bin", opaque(4096)))
