"""The device configuration a resource is for: locale, density, release (ResourceTypes.h, ResTable_config)."""

from __future__ import annotations

import functools
import struct
from typing import NamedTuple

_HEAD = struct.Struct("<IHH2s2s").unpack_from
_U16 = struct.Struct("<H").unpack_from
_NO_DENSITY = 0xFFFF
_ANY_DENSITY = 0xFFFE
_SMALLEST = 12
_SCRIPT_WAS_COMPUTED = 52
_FIELDS = 64
_U32 = struct.Struct("<I").unpack_from


NEWEST_RELEASE = 37
"""API level of the newest release of Android that is known here; values for later ones are not used yet."""


class Configuration(NamedTuple):
    """locale: BCP 47, empty for any; density: dots per inch, 0 when not named; others: other qualifiers are set."""

    locale: str
    density: int
    sdk: int
    others: bool

    @property
    def any_density(self) -> bool:
        """Meant for every density, as vector and adaptive icons are."""
        return self.density == _ANY_DENSITY

    def age(self, release: int) -> int:
        """How far this is from the best for an API level: 0 for that very level, most for levels that come later."""
        return release - self.sdk if self.sdk <= release else self.sdk


@functools.lru_cache(maxsize=4096)
def read_configuration(raw: bytes) -> Configuration:
    """The configuration in `raw`; fields beyond its own size or the end of `raw` count as not set."""
    size = _U32(raw)[0] if len(raw) >= _SMALLEST else 0
    raw = raw[:size].ljust(_FIELDS, b"\0")
    _, mobile_country, mobile_network, language, region = _HEAD(raw)
    density, sdk = _U16(raw, 14)[0], _U16(raw, 24)[0]
    others = bool(mobile_country or mobile_network) or any(
        raw[start:stop].strip(b"\0") for start, stop in ((12, 14), (16, 24), (28, 36), (48, 50))
    )
    return Configuration(_locale(language, region, raw), 0 if density == _NO_DENSITY else density, sdk, others)


def _locale(language: bytes, region: bytes, raw: bytes) -> str:
    name = _unpack(language, ord("a"))
    if not name:
        return ""
    # The script may have been computed by the build tool; then it is no part of the name.
    script = b"" if raw[_SCRIPT_WAS_COMPUTED] else raw[36:40].rstrip(b"\0")
    variant = raw[40:48].rstrip(b"\0")
    parts = (name, script.decode("latin-1"), _unpack(region, ord("0")), variant.decode("latin-1"))
    return "-".join(part for part in parts if part)


def _unpack(code: bytes, base: int) -> str:
    """Two letters as they are, or three of five bits each when the high bit is set."""
    if not code[0] & 0x80:
        return code.rstrip(b"\0").decode("latin-1")
    first = code[1] & 0x1F
    second = (code[1] >> 5) + ((code[0] & 0x03) << 3)
    third = (code[0] & 0x7C) >> 2
    return "".join(chr(base + letter) for letter in (first, second, third))
