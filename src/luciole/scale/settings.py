"""How to read, and what a child process can be asked; loads nothing of what reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from luciole.apps.options import PLAIN, AppOptions
from luciole.kernel.limits import DEFAULT, Limits
from luciole.scale.items import Item

if TYPE_CHECKING:
    from luciole.intel.index import Index


class Find(msgspec.Struct, frozen=True, tag="find"):
    """Asks what lies at a path. path: bytes, as the system has it."""

    path: bytes


Request = Find | Item


def nothing_known() -> Index | None:
    """The index where no values are known."""
    return None


class ReadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to read. now: ISO 8601 UTC; index: opens the known values to look for in the texts of device evidence;
    identity: an age key; password: of an encrypted backup; include: private data that a person asked to read, and
    screen_off: when a screen was off, both as `devices.collect.Request` has them."""  # noqa: D205, D209 - a list of fields follows the sentence

    now: str
    index: Callable[[], Index | None] = nothing_known
    options: AppOptions = PLAIN
    identity: str | None = None
    password: str | None = None
    limits: Limits = DEFAULT
    include: frozenset[str] = frozenset()
    screen_off: tuple[tuple[str, str], ...] = ()
