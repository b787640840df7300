"""Files that an inert app carries inside: small, recognisable by content, and without code."""

from __future__ import annotations

import hashlib

from luciole.simulate.apps.archive import Layout, member, write_archive
from luciole.simulate.apps.binary_xml import Element, write_xml
from luciole.simulate.apps.description import CarriedKind
from luciole.simulate.apps.dex import write_dex
from luciole.simulate.apps.elf import write_elf

_OPAQUE_BLOCKS = 2048


def carried_file(package: str, kind: CarriedKind) -> bytes:
    """A file of `kind`; opaque: 64 KiB that look encrypted and hold nothing."""
    match kind:
        case "dex":
            return write_dex([f"{package}.carried.Payload"], (), ["carried"])
        case "elf":
            return write_elf("arm64-v8a", ["carried"])
        case "zip":
            return _zip({"note.txt": b"carried"})
        case "apk":
            manifest = write_xml(Element("manifest", {"package": f"{package}.carried"}))
            return _zip({"AndroidManifest.xml": manifest, "classes.dex": carried_file(package, "dex")})
        case "opaque":
            seed = package.encode()
            return b"".join(
                hashlib.sha256(seed + number.to_bytes(4, "big")).digest() for number in range(_OPAQUE_BLOCKS)
            )


def _zip(files: dict[str, bytes]) -> bytes:
    return write_archive(Layout(tuple(member(name, data) for name, data in files.items()))).join()
