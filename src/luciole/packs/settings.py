"""Settings of the kit: one typed table, from a file and the environment."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import msgspec

from luciole.kernel.errors import UsageError

ECHAP = "https://raw.githubusercontent.com/AssoEchap/stalkerware-indicators/master"


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list that `luciole update` fetches. addresses: https addresses of its files."""

    name: str
    addresses: tuple[str, ...]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. sources: what `luciole update` fetches when a person asks; country: two letters of
    ISO 3166, whose entries of the directory of help reports show; hub, hub_key: the address of a hub and a key of it,
    for `luciole submit`, `search` and `fetch`, also as LUCIOLE_HUB_ADDRESS and LUCIOLE_HUB_KEY in the environment."""  # noqa: D205, D209 - a list of fields follows the sentence

    sources: tuple[Source, ...] = (
        Source("echap", tuple(f"{ECHAP}/{name}" for name in ("ioc.yaml", "watchware.yaml", "samples.csv"))),
    )
    country: str = ""
    hub: str = ""
    hub_key: str = ""


def settings_file() -> Path:
    """LUCIOLE_SETTINGS, else `luciole/settings.toml` in the XDG configuration folder."""
    if named := os.environ.get("LUCIOLE_SETTINGS"):
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "luciole" / "settings.toml"


def load_settings() -> Settings:
    """The settings of this person, or the defaults. Raises UsageError naming the file and what is wrong in it."""
    path = settings_file()
    if not path.exists():
        return Settings()
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Settings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", remedy="Correct the file or move it away.") from None
