"""Reads a provisioning profile: for whom an app may be installed, by whom, until when, with which rights.

Source: Apple, TN3125 (a property list, signed as CMS). How many devices are named is told, never which.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from luciole.apps import plist
from luciole.apps.apk.signing import der
from luciole.apps.apk.signing.certificates import Certificate
from luciole.apps.apk.signing.pkcs7 import verify_signer
from luciole.apps.macho.code_signature import apple_block
from luciole.apps.pe.authenticode import signed_content
from luciole.kernel.errors import ParseError

Kind = Literal["development", "ad-hoc", "enterprise", "store"]
LARGEST = 1 << 20


class Profile(NamedTuple):
    """One profile. devices: how many it names; created, expires: ISO 8601 or empty; rights: the entitlements it allows;
    signer: whoever signed it, where that verifies."""  # noqa: D205, D209 - a list of fields follows the sentence

    name: str
    kind: Kind
    devices: int
    team: str
    team_name: str
    created: str
    expires: str
    rights: plist.Map
    signer: Certificate | None


def read_profile(data: bytes, member: str = "") -> Profile:
    """The profile in `data`. Raises ParseError when it is damaged or too large."""
    if len(data) > LARGEST:
        raise ParseError(f"a profile of {len(data)} bytes", file=member, limit=True)
    encoded = signed_content(data)
    if not encoded:
        raise ParseError("the profile holds nothing", file=member, offset=0)
    text = der.content(encoded, der.element(encoded, 0, len(encoded)))
    held = plist.load_map(text, member)
    teams = plist.words(held, "TeamIdentifier")
    return Profile(
        plist.text(held, "Name"), _kind(held), len(plist.items(held, "ProvisionedDevices")), teams[0] if teams else "",
        plist.text(held, "TeamName"), plist.when(held, "CreationDate"), plist.when(held, "ExpirationDate"),
        plist.mapping(held, "Entitlements"), _signer(data, text),
    )  # fmt: skip


def _kind(held: plist.Map) -> Kind:
    """Enterprise profiles fit all devices; others name devices, and those for debugging allow it."""
    if plist.flag(held, "ProvisionsAllDevices"):
        return "enterprise"
    if plist.flag(held, "Entitlements", "get-task-allow"):
        return "development"
    return "ad-hoc" if isinstance(held.get("ProvisionedDevices"), list) else "store"


def _signer(data: bytes, signed: bytes) -> Certificate | None:
    try:
        block = apple_block(data)
        return verify_signer(block, block.signers[0], signed, check_type=False) if block.signers else None
    except ParseError:
        # the texts of a profile are shown all the same; without a signer none is named
        return None
