"""Tells members' webhooks what happens to samples and searches."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from luciole.hub.hooks import services as hooks


def announce(organisation: UUID | str | None, event: str, about: Mapping[str, object]) -> int:
    """Tells an organisation's webhooks, in the transaction of what it tells. Returns how many are told.

    event: of `hooks.services.Event`; about: ids, digests and numbers that the organisation may know. Raises ValueError
    for an event that is none.
    """
    return hooks.tell(str(organisation), hooks.Event(event), about) if organisation else 0
