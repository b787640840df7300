"""Which hub the commands speak to, and with which key; never one that nobody named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from luciole.kernel.errors import UsageError

if TYPE_CHECKING:
    from luciole.client import Hub


def named_hub(address: str) -> Hub:
    """The hub at `address`, else the one of the environment, else of the settings. Raises UsageError without one."""
    from luciole.client import Hub
    from luciole.packs.settings import load_settings

    settings = load_settings()
    where = address or os.environ.get("LUCIOLE_HUB_ADDRESS") or settings.hub
    key = os.environ.get("LUCIOLE_HUB_KEY") or settings.hub_key
    if not where:
        raise UsageError("No hub is named.", remedy="Set LUCIOLE_HUB_ADDRESS, or `hub` in the settings, or say --hub.")
    if not key:
        raise UsageError("No key is named.", remedy="Set LUCIOLE_HUB_KEY, or `hub_key` in the settings.")
    return Hub(where, key)
