"""Ids of apps as Apple's systems write them: with team prefixes, inside extensions, shared folders and rights."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+", re.ASCII)
_TEAM = re.compile(r"[A-Z0-9]{10}", re.ASCII)
_SHARED = ("group.", "systemgroup.", "iCloud.")
"""What stands before the id of a folder that apps share on the device or in Apple's cloud."""
_LONGEST = 255
_MOST_LABELS = 12
SYSTEM = "com.apple."
"""Ids of Apple's own apps and services begin so."""


def is_bundle_id(text: str) -> bool:
    """Whether a text has the form of an app id: at least two labels of letters, digits, `-` and `_`."""
    return len(text) <= _LONGEST and _is_bundle_id(text)


@functools.lru_cache(maxsize=1 << 14)
def _is_bundle_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None and not text.replace(".", "").isdigit()


def is_team(text: str) -> bool:
    """Whether a text has the form of Apple's number of a team: ten capital letters and digits, one of them a digit."""
    return _TEAM.fullmatch(text) is not None


def plain_id(text: str) -> str:
    """An id without a team in front (`A1B2C3D4E5.org.example.app`); empty where the text is no id."""
    first, _, rest = text.partition(".")
    plain = rest if is_team(first) and "." in rest else text
    return plain if is_bundle_id(plain) else ""


def team_behind(text: str) -> str:
    """The team that tools for signing at home put behind an id (`org.example.app.A1B2C3D4E5`); empty for none."""
    last = text.rpartition(".")[2]
    return last if is_team(last) and any(each.isdigit() for each in last) else ""


def without_team(text: str) -> str:
    """The id that stood there before such a tool signed it."""
    return text.removesuffix("." + team_behind(text)) if team_behind(text) else text


def shorter_ids(text: str) -> Iterator[str]:
    """The ids that an id of an extension or shared folder may belong to, longest first: itself, and its beginnings."""
    plain = _unshared(plain_id(_unshared(text)))
    labels = plain.split(".")[:_MOST_LABELS] if is_bundle_id(plain) else []
    for count in range(len(labels), 1, -1):
        yield ".".join(labels[:count])


def _unshared(text: str) -> str:
    for start in _SHARED:
        text = text.removeprefix(start)
    return text


def is_shared(text: str) -> bool:
    """Whether more than the id of an app may stand in a text: that of a shared folder, or the number of a team."""
    return text.startswith(_SHARED) or is_team(text.partition(".")[0])


def owner_of(text: str, known: Collection[str]) -> str:
    """The known app that an id of an extension or shared folder belongs to; empty for none."""
    return next((each for each in shorter_ids(text) if each in known), "")
