"""Makes a hub: its folder, settings, keys and database, and the link with which its first coordinator begins."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import NamedTuple

from luciole.hub.site.durable import make_folder, write_new
from luciole.hub.site.keys import HubKeys
from luciole.hub.site.table import HUB_FILE, TABLE, load
from luciole.kernel.errors import LucioleError

DJANGO_KEY = "keys/django"
_FOREIGN = 0o077


class CannotMake(LucioleError):
    """A hub cannot be made there."""


class Wanted(NamedTuple):
    """What a new hub is told. address: where people reach it; listen: where it listens; email, name: who begins."""

    address: str
    listen: str
    email: str
    name: str
    language: str = "en"


class Made(NamedTuple):
    """A hub that was made. link: for the first coordinator, empty where there is one already."""

    folder: Path
    link: str


def make(folder: Path, wanted: Wanted) -> Made:
    """Makes what is missing of the hub in `folder`; doing it again is harmless. Raises CannotMake, OSError.

    Sets Django up for that folder, so this process can serve no other hub afterwards.
    """
    folder = folder.absolute()
    _prepare(folder)
    if not (folder / HUB_FILE).exists():
        write_new(folder / HUB_FILE, settings_file(wanted).encode())
    os.environ["LUCIOLE_HUB"] = str(folder)
    problems = load(os.environ, (folder / HUB_FILE).read_text("utf-8")).problems
    if problems:
        raise CannotMake("\n".join(problems), remedy=f"Change {folder / HUB_FILE}, and call this again.")
    HubKeys.make(folder)
    if not (folder / DJANGO_KEY).exists():
        write_new(folder / DJANGO_KEY, secrets.token_urlsafe(48).encode() + b"\n")
    return Made(folder, _first_link(wanted))


def _prepare(folder: Path) -> None:
    is_ours = (folder / HUB_FILE).exists()
    if folder.exists() and not is_ours and any(folder.iterdir()):
        raise CannotMake(f"{folder} is not empty and holds no hub.", remedy="Name a folder that does not exist yet.")
    make_folder(folder)
    if folder.stat().st_mode & _FOREIGN:
        folder.chmod(0o700)


def _first_link(wanted: Wanted) -> str:
    """Brings the database to its newest state; the link where nobody is there yet."""
    from luciole.hub.site.starting import set_up  # noqa: PLC0415 - only once the settings are there

    set_up()
    from luciole.hub.members.invitations import first_coordinator  # noqa: PLC0415 - after set_up
    from luciole.hub.members.models import Person  # noqa: PLC0415 - as above
    from luciole.hub.site import migrating  # noqa: PLC0415 - as above

    migrating.migrate()
    if Person.objects.exists():
        return ""
    return first_coordinator(wanted.email, wanted.name, wanted.language)


def settings_file(wanted: Wanted) -> str:
    """The settings file of a new hub: what was said, and all other settings with their help, not in force."""
    said = {"address": wanted.address, "listen": wanted.listen}
    parts = ["# Settings of this hub. The environment goes before this file: LUCIOLE_ADDRESS before address.\n"]
    for one in TABLE:
        if one.name != "hub":
            mark = "" if one.name in said else "# "
            parts.append(f'\n# {one.help}\n{mark}{one.name} = "{said.get(one.name, one.default)}"\n')
    return "".join(parts)
