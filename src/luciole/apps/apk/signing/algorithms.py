"""The signature algorithms of schemes v2 and later, by the numbers that stand in the signing block."""

from __future__ import annotations

from typing import NamedTuple

from luciole.apps.apk.signing.keys import Algorithm


class BlockAlgorithm(NamedTuple):
    """How a signer signs, and which digest of the file it signs (sha256, sha512 or verity)."""

    signature: Algorithm
    content: str


BY_ID: dict[int, BlockAlgorithm] = {
    0x0101: BlockAlgorithm(Algorithm("PSS", "sha256"), "sha256"),
    0x0102: BlockAlgorithm(Algorithm("PSS", "sha512"), "sha512"),
    0x0103: BlockAlgorithm(Algorithm("RSA", "sha256"), "sha256"),
    0x0104: BlockAlgorithm(Algorithm("RSA", "sha512"), "sha512"),
    0x0201: BlockAlgorithm(Algorithm("EC", "sha256"), "sha256"),
    0x0202: BlockAlgorithm(Algorithm("EC", "sha512"), "sha512"),
    0x0301: BlockAlgorithm(Algorithm("DSA", "sha256"), "sha256"),
    0x0421: BlockAlgorithm(Algorithm("RSA", "sha256"), "verity"),
    0x0423: BlockAlgorithm(Algorithm("EC", "sha256"), "verity"),
    0x0425: BlockAlgorithm(Algorithm("DSA", "sha256"), "verity"),
}
STRENGTH = {"sha256": 0, "verity": 1, "sha512": 2}
"""Android verifies the algorithm with the strongest digest."""
