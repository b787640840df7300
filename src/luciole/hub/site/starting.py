"""Starts Django in a process: once, with the current SQLite, and never on settings that are unsafe."""

from __future__ import annotations

import os

from luciole.hub.site.table import Settings
from luciole.kernel.errors import LucioleError


class UnsafeSettings(LucioleError):
    """The hub does not start with these settings."""


def set_up() -> Settings:
    """Sets Django up and returns the settings. Raises UnsafeSettings, with every reason."""
    os.umask(0o077)  # whatever the hub writes is for its owner alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luciole.hub.site.settings")
    from luciole.hub.site import settings  # noqa: PLC0415 - puts the current SQLite in place, and reads the settings

    if settings.HUB.problems:
        raise UnsafeSettings(
            "\n".join(settings.HUB.problems), remedy="Settings: environment, or hub.toml in the data folder."
        )
    import django  # noqa: PLC0415 - after the swap of SQLite

    django.setup()
    return settings.HUB
